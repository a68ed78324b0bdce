import type { HttpConfig, SecretSource, TlsConfig } from './model.ts';
import type { MappingReader } from './reader.ts';

/** Reads `http_config`. */
export function readHttpConfig(reader: MappingReader): HttpConfig {
  const proxyUrl = reader.text('proxy_url');
  for (const name of ['no_proxy', 'proxy_from_environment', 'proxy_connect_header']) {
    reader.ignore(name, 'not supported, has no effect');
  }
  reader.ignore('oauth2', 'not supported: requests are sent without a token');
  // Notifications are few: HTTP/1.1 serves them as well.
  reader.flag('enable_http2');
  const headers = reader.mapping('http_headers');
  const config: HttpConfig = {
    authorization: readAuthorization(reader),
    tls: readTlsConfig(reader.mapping('tls_config')),
    followsRedirects: reader.flag('follow_redirects') ?? true,
    proxyUrl,
    headers: Object.fromEntries(
      Object.keys((reader.raw('http_headers') as object | undefined) ?? {}).map((name) => [
        name,
        headerValues(headers.mapping(name)),
      ]),
    ),
  };
  reader.finish();
  return config;
}

function headerValues(reader: MappingReader): readonly SecretSource[] {
  const values = [...(reader.texts('values') ?? []), ...(reader.texts('secrets') ?? [])].map((value) => ({ value }));
  const files = (reader.texts('files') ?? []).map((file) => ({ file }));
  reader.finish();
  return [...values, ...files];
}

function readAuthorization(reader: MappingReader): HttpConfig['authorization'] {
  const given = ['basic_auth', 'authorization', 'bearer_token', 'bearer_token_file'].filter((name) => reader.has(name));
  if (given.length > 1) reader.error(given[1], `expected only one way to authenticate, got ${given.join(' and ')}`);
  const bearer = reader.secret('bearer_token');
  if (bearer !== undefined) return { type: 'Bearer', credentials: bearer };
  if (reader.has('basic_auth')) {
    const basic = reader.mapping('basic_auth');
    const username = basic.secret('username') ?? { value: '' };
    const password = basic.secret('password') ?? { value: '' };
    basic.finish();
    return { type: 'basic', username, password };
  }
  reader.raw('basic_auth');
  if (!reader.has('authorization')) {
    reader.raw('authorization');
    return undefined;
  }
  const authorization = reader.mapping('authorization');
  const type = (authorization.text('type') ?? 'Bearer').trim();
  if (type.toLowerCase() === 'basic') authorization.error('type', 'expected another type than "basic": use basic_auth');
  const credentials = authorization.secret('credentials');
  authorization.finish();
  return { type, credentials };
}

const VERSIONS: Readonly<Record<string, NonNullable<TlsConfig['minVersion']>>> = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
};

/** Reads `tls_config`. */
export function readTlsConfig(reader: MappingReader): TlsConfig {
  const version = (name: string) => {
    const text = reader.text(name);
    const known = text === undefined ? undefined : VERSIONS[text];
    if (text !== undefined && known === undefined) {
      reader.error(name, `expected one of ${Object.keys(VERSIONS).join(', ')}, got ${JSON.stringify(text)}`);
    }
    return known;
  };
  const [ca, cert, key] = [reader.secret('ca'), reader.secret('cert'), reader.secret('key')];
  if ((cert === undefined) !== (key === undefined)) {
    reader.error(
      cert === undefined ? 'cert_file' : 'key_file',
      'expected both a certificate and a key, got one of them',
    );
  }
  const [serverName, minVersion, maxVersion] = [
    reader.text('server_name'),
    version('min_version'),
    version('max_version'),
  ];
  const isVerified = reader.flag('insecure_skip_verify') !== true;
  reader.finish();
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { serverName }),
    ...(minVersion !== undefined && { minVersion }),
    ...(maxVersion !== undefined && { maxVersion }),
    isVerified,
  };
}

/** Reads the HTTP settings of an integration; by default those of `global`. */
export function httpOf(reader: MappingReader, global: HttpConfig): HttpConfig {
  if (reader.has('http_config')) return readHttpConfig(reader.mapping('http_config'));
  reader.raw('http_config');
  return global;
}
