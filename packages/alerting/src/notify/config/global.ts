import { readHttpConfig, readTlsConfig } from './http.ts';
import type { EmailConfig, HttpConfig, SecretSource, TlsConfig } from './model.ts';
import type { MappingReader } from './reader.ts';

/** What the section `global` sets for all receivers. */
export interface GlobalConfig {
  readonly resolveTimeoutMillis: number;
  readonly http: HttpConfig;
  readonly slackUrl: SecretSource | undefined;
  readonly slackToken: SecretSource | undefined;
  readonly slackAppUrl: string;
  readonly pagerdutyUrl: string;
  readonly smtp: Pick<
    EmailConfig,
    'from' | 'hello' | 'username' | 'password' | 'secret' | 'identity' | 'requiresTls'
  > & {
    readonly smarthost: string | undefined;
    readonly tls: TlsConfig;
    readonly isImplicitTls: boolean | undefined;
  };
}

/** Reads the section `global`. */
export function readGlobal(reader: MappingReader): GlobalConfig {
  for (const name of OF_OTHER_RECEIVERS) reader.raw(name);
  const slackUrl = reader.secret('slack_api_url');
  const slackToken = reader.secret('slack_app_token');
  if (slackUrl !== undefined && slackToken !== undefined) {
    reader.error('slack_app_token', 'expected only one of slack_api_url and slack_app_token, got both');
  }
  const config: GlobalConfig = {
    resolveTimeoutMillis: reader.durationMillis('resolve_timeout') ?? 5 * 60_000,
    http: readHttpConfig(reader.mapping('http_config')),
    slackUrl,
    slackToken,
    slackAppUrl: reader.url('slack_app_url') ?? 'https://slack.com/api/chat.postMessage',
    pagerdutyUrl: reader.url('pagerduty_url') ?? 'https://events.pagerduty.com/v2/enqueue',
    smtp: {
      smarthost: reader.text('smtp_smarthost'),
      from: reader.text('smtp_from') ?? '',
      hello: reader.text('smtp_hello') ?? 'localhost',
      username: reader.text('smtp_auth_username') ?? '',
      password: reader.secret('smtp_auth_password'),
      secret: reader.secret('smtp_auth_secret'),
      identity: reader.text('smtp_auth_identity') ?? '',
      requiresTls: reader.flag('smtp_require_tls') ?? true,
      tls: readTlsConfig(reader.mapping('smtp_tls_config')),
      isImplicitTls: reader.flag('smtp_force_implicit_tls'),
    },
  };
  reader.finish();
  return config;
}

/** Fields for receivers that are not supported; their sections are reported instead. */
const OF_OTHER_RECEIVERS = [
  ...['jira_api_url', 'opsgenie_api_url', 'opsgenie_api_key', 'opsgenie_api_key_file', 'wechat_api_url'],
  ...['wechat_api_secret', 'wechat_api_secret_file', 'wechat_api_corp_id', 'victorops_api_url', 'victorops_api_key'],
  ...['victorops_api_key_file', 'telegram_api_url', 'telegram_bot_token', 'telegram_bot_token_file', 'webex_api_url'],
  ...['rocketchat_api_url', 'rocketchat_token', 'rocketchat_token_file', 'rocketchat_token_id'],
  ...['rocketchat_token_id_file', 'mattermost_webhook_url', 'mattermost_webhook_url_file'],
];
