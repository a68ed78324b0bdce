import type { ConfigBuilder, OutputMap } from '../output/config-builder.ts';
import { joinTexts, type OutputText, RawText } from '../output/raw-text.ts';
import { variableName } from './references.ts';
import type { Section } from './section.ts';

/**
 * Converts the settings of an HTTP client of Prometheus, Promtail and Alloy: TLS, headers, and credentials, which become
 * an extension. `name` is the beginning of the names of variables with secrets.
 */
export function httpClientSettings(client: Section, builder: ConfigBuilder, name: string): OutputMap {
  client.missing('proxy_url', 'requests are sent to the endpoint itself');
  client.missing('proxy_from_environment', 'requests are sent to the endpoint itself');
  client.missing('proxy_connect_header', 'requests are sent to the endpoint itself');
  client.skip('follow_redirects', 'enable_http2', 'no_proxy');
  const tls = tlsSettings(client.section('tls_config'), name);
  const auth = authenticator(client, builder, name);
  const headers = headersOf(client.section('headers'), name);
  return {
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(Object.keys(tls).length > 0 && { tls }),
    ...(auth !== undefined && { auth: { authenticator: auth } }),
  };
}

/** Returns headers, whose values are secret unless they are names of tenants. */
export function headersOf(section: Section | undefined, name: string): Record<string, OutputText> {
  const headers: Record<string, OutputText> = {};
  for (const key of section?.keys ?? []) {
    const isOpen = /^(x-scope-orgid|content-type|accept|user-agent)$/i.test(key);
    const value = isOpen ? section?.value(key) : section?.secret(key, variableName(name, key));
    if (value !== undefined) headers[key] = value;
  }
  return headers;
}

/** Converts the TLS settings of a client. */
export function tlsSettings(tls: Section | undefined, name: string): OutputMap {
  if (tls === undefined) return {};
  const settings: OutputMap = {
    ca_file: tls.value('ca_file'),
    ca_pem: tls.value('ca_pem') ?? tls.value('ca'),
    cert_file: tls.value('cert_file'),
    cert_pem: tls.value('cert_pem') ?? tls.value('cert'),
    key_file: tls.value('key_file'),
    key_pem: tls.secret('key_pem', variableName(name, 'key')) ?? tls.secret('key', variableName(name, 'key')),
    server_name_override: tls.value('server_name'),
    insecure_skip_verify: tls.boolean('insecure_skip_verify'),
    min_version: tls.text('min_version')?.replace(/^TLS(\d)(\d)$/, '$1.$2'),
  };
  tls.finish();
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function authenticator(client: Section, builder: ConfigBuilder, name: string): string | undefined {
  const basic = client.section('basic_auth');
  if (basic !== undefined) return basicAuth(basic, builder, name);
  const authorization = client.section('authorization');
  const bearer = authorization ?? client;
  const type = authorization?.text('type') ?? 'Bearer';
  const [tokenKey, fileKey] =
    authorization === undefined ? ['bearer_token', 'bearer_token_file'] : ['credentials', 'credentials_file'];
  const token = bearer.secret(tokenKey, variableName(name, 'token'));
  const filename = bearer.value(fileKey);
  authorization?.finish();
  if (token !== undefined || filename !== undefined) {
    const config = { ...(type !== 'Bearer' && { scheme: type }), ...(token === undefined ? { filename } : { token }) };
    return builder.add('extensions', 'bearer_token_auth', '', config);
  }
  const oauth2 = client.section('oauth2');
  return oauth2 && oauth2Client(oauth2, builder, name);
}

function basicAuth(basic: Section, builder: ConfigBuilder, name: string): string {
  const config: OutputMap = {
    username: basic.value('username'),
    username_file: basic.value('username_file'),
    password: basic.secret('password', variableName(name, 'password')),
    password_file: basic.value('password_file'),
  };
  basic.finish();
  return builder.add('extensions', 'basic_auth', '', { client_auth: config });
}

function oauth2Client(oauth2: Section, builder: ConfigBuilder, name: string): string {
  const params = Object.fromEntries(oauth2.textMap('endpoint_params'));
  const tls = tlsSettings(oauth2.section('tls_config'), name);
  const config: OutputMap = {
    client_id: oauth2.value('client_id'),
    client_secret: oauth2.secret('client_secret', variableName(name, 'client_secret')),
    client_secret_file: oauth2.value('client_secret_file'),
    token_url: oauth2.value('token_url'),
    scopes: oauth2.texts('scopes'),
    ...(Object.keys(params).length > 0 && { endpoint_params: params }),
    ...(Object.keys(tls).length > 0 && { tls }),
  };
  oauth2.finish();
  return builder.add('extensions', 'oauth2_client', '', config);
}

/** Replaces the password in a URL by a reference to a variable, with a note. */
export function urlWithoutPassword(section: Section, key: string, name: string): OutputText | undefined {
  const url = section.value(key);
  if (typeof url !== 'string') return url;
  const match = /^([a-z][a-z0-9+.-]*:\/\/[^/@:]*):([^/@]*)@(.*)$/is.exec(url);
  if (match === null) return url;
  const [, before = '', , after = ''] = match;
  const variable = variableName(name, 'password');
  section.report.changed(
    section.at(key),
    `the password in the URL is not copied; the output reads it from the variable ${variable}`,
    `set ${variable} to the value in the source`,
  );
  return joinTexts(`${before}:`, new RawText(`\${env:${variable}}`), `@${after}`);
}
