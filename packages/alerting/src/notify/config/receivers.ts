import { readPagerduty, readSlack } from './chat.ts';
import type { GlobalConfig } from './global.ts';
import { httpOf, readTlsConfig } from './http.ts';
import type { IntegrationConfig, IntegrationSettings, ReceiverConfig } from './model.ts';
import type { MappingReader } from './reader.ts';

/** Reads a receiver with its integrations. */
export function readReceiver(reader: MappingReader, global: GlobalConfig): ReceiverConfig {
  const name = reader.text('name') ?? '';
  if (name === '') reader.error('name', 'expected a name, got none');
  const labels = { ...reader.textMap('labels'), name };
  const integrations = SECTIONS.flatMap(([section, read]) =>
    reader.mappings(section).flatMap((entry, index): readonly IntegrationConfig[] => {
      const config = read(entry, global);
      entry.finish();
      return config === undefined ? [] : [{ ...config, index }];
    }),
  );
  for (const section of UNSUPPORTED) {
    reader.ignore(section, 'not supported: alerts are not sent to these integrations');
  }
  reader.finish();
  return { name, labels, integrations };
}

type ReadIntegration = (reader: MappingReader, global: GlobalConfig) => IntegrationSettings | undefined;

const SECTIONS: readonly (readonly [section: string, read: ReadIntegration])[] = [
  ['webhook_configs', readWebhook],
  ['email_configs', readEmail],
  ['slack_configs', readSlack],
  ['pagerduty_configs', readPagerduty],
  ['msteamsv2_configs', readTeams],
];

/** The other integrations of Alertmanager 0.34. */
const UNSUPPORTED = [
  ...['discord_configs', 'incidentio_configs', 'opsgenie_configs', 'wechat_configs', 'pushover_configs'],
  ...['victorops_configs', 'sns_configs', 'telegram_configs', 'webex_configs', 'msteams_configs', 'jira_configs'],
  ...['rocketchat_configs', 'mattermost_configs'],
];

function readWebhook(reader: MappingReader, global: GlobalConfig): IntegrationSettings | undefined {
  const url = reader.secret('url');
  if (url === undefined) reader.error('url', 'expected url or url_file, got none');
  const isTemplate = url !== undefined && 'value' in url && url.value.includes('{{');
  if (url !== undefined && !isTemplate) reader.url('url');
  const config = {
    kind: 'webhook' as const,
    sendsResolved: reader.flag('send_resolved') ?? true,
    http: httpOf(reader, global.http),
    url: url ?? { value: '' },
    maxAlerts: reader.count('max_alerts') ?? 0,
    timeoutMillis: reader.durationMillis('timeout') ?? 0,
    payload: reader.raw('payload'),
  };
  return url === undefined ? undefined : config;
}

function readTeams(reader: MappingReader, global: GlobalConfig): IntegrationSettings | undefined {
  const url = reader.secret('webhook_url');
  if (url === undefined) reader.error('webhook_url', 'expected webhook_url or webhook_url_file, got none');
  reader.url('webhook_url');
  const config = {
    kind: 'msteamsv2' as const,
    sendsResolved: reader.flag('send_resolved') ?? true,
    http: httpOf(reader, global.http),
    url: url ?? { value: '' },
    title: reader.template('title', '{{ template "msteamsv2.default.title" . }}'),
    text: reader.template('text', '{{ template "msteamsv2.default.text" . }}'),
    timeoutMillis: reader.durationMillis('timeout') ?? 0,
  };
  return url === undefined ? undefined : config;
}

function readEmail(reader: MappingReader, { smtp }: GlobalConfig): IntegrationSettings | undefined {
  const [to, from] = [reader.text('to'), reader.text('from') ?? smtp.from];
  if (to === undefined) reader.error('to', 'expected an address, got none');
  if (from === '') reader.error('from', 'expected an address here or in global.smtp_from, got none');
  const address = readSmarthost(reader, smtp.smarthost);
  const config: IntegrationSettings = {
    kind: 'email',
    sendsResolved: reader.flag('send_resolved') ?? false,
    to: to ?? '',
    from,
    hello: reader.text('hello') ?? smtp.hello,
    ...address,
    username: reader.text('auth_username') ?? smtp.username,
    password: reader.secret('auth_password') ?? smtp.password,
    secret: reader.secret('auth_secret') ?? smtp.secret,
    identity: reader.text('auth_identity') ?? smtp.identity,
    headers: headersOf(reader),
    html: reader.template('html', '{{ template "email.default.html" . }}'),
    text: reader.template('text', ''),
    requiresTls: reader.flag('require_tls') ?? smtp.requiresTls,
    isImplicitTls: reader.flag('force_implicit_tls') ?? smtp.isImplicitTls ?? address.port === 465,
    tls: reader.has('tls_config') ? readTlsConfig(reader.mapping('tls_config')) : smtp.tls,
    thread: readThread(reader.mapping('threading')),
  };
  reader.raw('tls_config');
  return to === undefined ? undefined : config;
}

function readSmarthost(
  reader: MappingReader,
  global: string | undefined,
): { readonly host: string; readonly port: number } {
  const smarthost = reader.text('smarthost') ?? global ?? '';
  const address = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(smarthost);
  if (address === null) {
    reader.error(
      'smarthost',
      `expected "host:port" here or in global.smtp_smarthost, got ${JSON.stringify(smarthost)}`,
    );
  }
  return { host: address?.[1] ?? address?.[2] ?? '', port: Number(address?.[3] ?? 0) };
}

function readThread(reader: MappingReader): 'none' | 'group' | 'day' {
  const isEnabled = reader.flag('enabled') ?? false;
  const by = reader.text('thread_by_date') ?? '';
  reader.finish();
  if (!isEnabled) return 'none';
  if (by !== 'none' && by !== 'daily') {
    reader.error('thread_by_date', `expected "none" or "daily", got ${JSON.stringify(by)}`);
  }
  return by === 'daily' ? 'day' : 'group';
}

function headersOf(reader: MappingReader): Readonly<Record<string, string>> {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(reader.textMap('headers'))) {
    if (!/^[!-9;-~]+$/.test(name))
      reader.error('headers', `expected the name of a header, got ${JSON.stringify(name)}`);
    const known = name.toLowerCase().replace(/(^|-)[a-z]/g, (text) => text.toUpperCase());
    if (headers.has(known)) reader.error('headers', `expected each header once, got ${known} twice`);
    headers.set(known, value);
  }
  return Object.fromEntries(headers);
}
