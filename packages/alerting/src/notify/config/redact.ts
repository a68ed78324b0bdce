import { stringify } from 'yaml';

/** Fields whose values are secrets. Names of files are none. */
const SECRET =
  /^(?:password|auth_password|auth_secret|credentials|bearer_token|client_secret|key|service_key|routing_key|app_token|api_key|api_secret|bot_token|token|token_id|user_key|secret|secrets|webhook_url|proxy_url)$|_(?:password|secret|token|api_key|token_id)$|^(?:slack_api_url|mattermost_webhook_url|smtp_auth_secret)$/;

/** URLs of these sections contain a token. */
const SECRET_URLS = new Set([
  'webhook_configs',
  'slack_configs',
  'discord_configs',
  'msteams_configs',
  'incidentio_configs',
]);

/** Returns a configuration as YAML with `<secret>` in place of secrets, as Alertmanager shows it. */
export function redactedYaml(value: unknown): string {
  return stringify(redact(value, ''), { aliasDuplicateObjects: false });
}

function redact(value: unknown, section: string): unknown {
  if (Array.isArray(value)) return value.map((item) => redact(item, section));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const isUrl = SECRET_URLS.has(section) && (name === 'url' || name === 'api_url');
      if ((SECRET.test(name) || isUrl) && inner !== null && inner !== '') return [name, '<secret>'];
      if (name === 'http_headers') return [name, redactHeaders(inner)];
      return [name, redact(inner, name.endsWith('_configs') ? name : section)];
    }),
  );
}

/** The values of any header may be a token. */
function redactHeaders(headers: unknown): unknown {
  if (typeof headers !== 'object' || headers === null) return '<secret>';
  return Object.fromEntries(Object.keys(headers).map((name) => [name, '<secret>']));
}
