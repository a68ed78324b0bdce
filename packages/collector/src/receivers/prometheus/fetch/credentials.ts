import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import { fileOrValue } from '../../../component/auth/file-value.ts';
import { liveOptions } from '../../../component/http/request-tls.ts';
import type { HttpClientConfig } from '../config/http-client.ts';
import { tlsSource } from './tls.ts';

/** Returns the headers with the credentials of a request. */
export type Credentials = (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>;

interface Environment {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Creates the credentials of a client. Files are read again when they change. Throws if one cannot be read. */
export async function createCredentials(config: HttpClientConfig, environment: Environment): Promise<Credentials> {
  const headers = further(config, environment);
  const authorization = await authorizationOf(config, environment);
  return async (signal) => {
    const value = await authorization?.(signal);
    return value === undefined ? headers() : { ...headers(), authorization: value };
  };
}

function further({ httpHeaders }: HttpClientConfig, { clock }: Environment): () => Record<string, string> {
  const all = Object.entries(httpHeaders).map(([name, { values = [], secrets = [], files = [] }]) => {
    const read = files.map((path) => fileOrValue(`http_headers.${name}.files`, { path, value: undefined }, clock));
    return [name.toLowerCase(), () => [...values, ...secrets, ...read.map((value) => value())].join(', ')] as const;
  });
  return () => Object.fromEntries(all.map(([name, value]) => [name, value()]));
}

type Authorization = (signal: AbortSignal) => string | Promise<string>;

async function authorizationOf(config: HttpClientConfig, environment: Environment): Promise<Authorization | undefined> {
  const { basicAuth, authorization, oauth2, bearerToken, bearerTokenFile } = config;
  const { clock } = environment;
  if (basicAuth !== undefined) {
    const { username, usernameFile, password, passwordFile } = basicAuth;
    const name = fileOrValue('basic_auth.username_file', { path: usernameFile, value: username }, clock);
    const secret = fileOrValue('basic_auth.password_file', { path: passwordFile, value: password }, clock);
    return () => `Basic ${Buffer.from(`${name()}:${secret()}`, 'utf8').toString('base64')}`;
  }
  if (authorization !== undefined) {
    const { type, credentials, credentialsFile } = authorization;
    const file = { path: credentialsFile, value: credentials };
    const secret = fileOrValue('authorization.credentials_file', file, clock);
    return () => `${type} ${secret()}`;
  }
  if (bearerToken !== undefined || bearerTokenFile !== undefined) {
    const secret = fileOrValue('bearer_token_file', { path: bearerTokenFile, value: bearerToken }, clock);
    return () => `Bearer ${secret()}`;
  }
  return oauth2 === undefined ? undefined : tokenSource(oauth2, environment);
}

/** Lifetime at which a token is replaced, as in the Collector's `oauth2client`. */
const EXPIRY_BUFFER_MILLIS = 60_000;
const TOKEN_TIMEOUT_MILLIS = 30_000;

async function tokenSource(
  config: NonNullable<HttpClientConfig['oauth2']>,
  environment: Environment,
): Promise<Authorization> {
  const [{ createTokenRequest }, { TokenSource }] = await Promise.all([
    import('../../../component/auth/oauth2/token-request.ts'),
    import('../../../component/auth/oauth2/token-source.ts'),
  ]);
  const createRequest = createTokenRequest({
    ...config,
    grantType: 'client_credentials',
    signatureAlgorithm: 'RS256',
    claims: {},
  });
  const source = new TokenSource(
    {
      url: config.tokenUrl,
      tls: liveOptions(tlsSource(config.tlsConfig, environment.clock)),
      timeoutMillis: TOKEN_TIMEOUT_MILLIS,
      expiryBufferMillis: EXPIRY_BUFFER_MILLIS,
      createRequest,
    },
    environment,
  );
  return (signal) => source.authorization(signal);
}
