import type { GlobalConfig } from './global.ts';
import { httpOf } from './http.ts';
import type { IntegrationSettings, SlackTexts } from './model.ts';
import type { MappingReader } from './reader.ts';

/** Reads an entry of `slack_configs`. */
export function readSlack(reader: MappingReader, global: GlobalConfig): IntegrationSettings | undefined {
  const own = reader.secret('api_url');
  const ownToken = reader.secret('app_token');
  if (own !== undefined && ownToken !== undefined) {
    reader.error('app_token', 'expected only one of api_url and app_token, got both');
  }
  reader.url('api_url');
  const http = httpOf(reader, global.http);
  const usesToken = own === undefined && (ownToken !== undefined || http.authorization === undefined);
  const token = ownToken ?? (usesToken ? global.slackToken : undefined);
  const appUrl = reader.url('app_url') ?? global.slackAppUrl;
  const url = token === undefined ? (own ?? global.slackUrl) : { value: appUrl };
  if (url === undefined) {
    reader.error('api_url', 'expected api_url, api_url_file, app_token or global.slack_api_url, got none');
  }
  reader.ignore('update_message', 'not supported: each notification is a message of its own');
  const isShort = reader.flag('short_fields') ?? false;
  const config: IntegrationSettings = {
    kind: 'slack',
    sendsResolved: reader.flag('send_resolved') ?? false,
    http: token === undefined ? http : { ...http, authorization: { type: 'Bearer', credentials: token } },
    timeoutMillis: reader.durationMillis('timeout') ?? 0,
    url: url ?? { value: '' },
    texts: slackTexts(reader),
    fields: reader.mappings('fields').map((field) => {
      const texts = { title: required(field, 'title'), value: required(field, 'value') };
      const read = { ...texts, isShort: field.flag('short') ?? isShort };
      field.finish();
      return read;
    }),
    actions: reader.mappings('actions').map(readAction),
    linkNames: reader.flag('link_names') ?? false,
    mrkdwnIn: reader.texts('mrkdwn_in') ?? ['fallback', 'pretext', 'text'],
  };
  return url === undefined ? undefined : config;
}

function slackTexts(reader: MappingReader): SlackTexts {
  const own = (name: string) => reader.template(name, '');
  const known = (name: string, part = name.replaceAll('_', '')) =>
    reader.template(name, `{{ template "slack.default.${part}" . }}`);
  return {
    channel: own('channel'),
    username: known('username'),
    color: known('color'),
    title: known('title'),
    titleLink: known('title_link'),
    pretext: known('pretext'),
    text: known('text'),
    messageText: own('message_text'),
    footer: known('footer'),
    fallback: known('fallback'),
    callbackId: known('callback_id'),
    iconEmoji: known('icon_emoji'),
    iconUrl: known('icon_url'),
    imageUrl: own('image_url'),
    thumbUrl: own('thumb_url'),
  };
}

function required(reader: MappingReader, name: string): string {
  const text = reader.text(name);
  if (text === undefined) reader.error(name, 'expected a text, got none');
  return text ?? '';
}

/** Reads a button. One with a URL has no message. */
function readAction(reader: MappingReader): Readonly<Record<string, unknown>> {
  const texts = { type: required(reader, 'type'), text: required(reader, 'text'), style: reader.text('style') };
  const [url, name, value] = [reader.text('url'), reader.text('name'), reader.text('value')];
  if (url === undefined && name === undefined) reader.error('url', 'expected url or name, got none');
  let confirm: Readonly<Record<string, string | undefined>> | undefined;
  if (reader.has('confirm')) {
    const inner = reader.mapping('confirm');
    confirm = {
      text: required(inner, 'text'),
      title: inner.text('title'),
      ok_text: inner.text('ok_text'),
      dismiss_text: inner.text('dismiss_text'),
    };
    inner.finish();
  }
  reader.raw('confirm');
  reader.finish();
  return url === undefined ? { ...texts, name, value, confirm } : { ...texts, url };
}

/** Templates of the details that every event has. */
const DETAILS: Readonly<Record<string, string>> = {
  firing: '{{ .Alerts.Firing | toJson }}',
  resolved: '{{ .Alerts.Resolved | toJson }}',
  num_firing: '{{ .Alerts.Firing | len }}',
  num_resolved: '{{ .Alerts.Resolved | len }}',
};

/** Reads an entry of `pagerduty_configs`. */
export function readPagerduty(reader: MappingReader, global: GlobalConfig): IntegrationSettings | undefined {
  const routingKey = reader.secret('routing_key');
  const serviceKey = reader.secret('service_key');
  if (routingKey === undefined && serviceKey === undefined) {
    reader.error('routing_key', 'expected routing_key or routing_key_file, got none');
  }
  for (const name of ['service_key', 'service_key_file']) {
    reader.ignore(
      name,
      'not supported (Events API v1): set routing_key; until then alerts are not sent to this integration',
    );
  }
  const client = reader.template('client', '{{ template "pagerduty.default.client" . }}');
  const own = (name: string) => reader.template(name, '');
  const config = {
    kind: 'pagerduty' as const,
    sendsResolved: reader.flag('send_resolved') ?? true,
    http: httpOf(reader, global.http),
    timeoutMillis: reader.durationMillis('timeout') ?? 0,
    url: reader.url('url') ?? global.pagerdutyUrl,
    routingKey: routingKey ?? { value: '' },
    texts: {
      client,
      clientUrl: reader.template('client_url', '{{ template "pagerduty.default.clientURL" . }}'),
      description: reader.template('description', '{{ template "pagerduty.default.description" .}}'),
      source: reader.text('source') ?? client,
      severity: reader.text('severity') ?? 'error',
      class: own('class'),
      component: own('component'),
      group: own('group'),
    },
    details: { ...DETAILS, ...(reader.raw('details') as object | undefined) },
    images: reader.mappings('images').map((image) => textsOf(image, ['src', 'alt', 'href'])),
    links: reader.mappings('links').map((link) => textsOf(link, ['href', 'text'])),
  };
  return routingKey === undefined ? undefined : config;
}

function textsOf<Name extends string>(reader: MappingReader, names: readonly Name[]): Readonly<Record<Name, string>> {
  const texts = Object.fromEntries(names.map((name) => [name, reader.template(name, '')])) as Record<Name, string>;
  reader.finish();
  return texts;
}
