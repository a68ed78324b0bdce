import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import type { ConfigIssue } from '../../define.ts';
import { readFileValue } from '../file-value.ts';

/** The grant type of RFC 7523. */
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** Lifetime of an assertion. */
const ASSERTION_SECONDS = 30 * 60;

/** Options for token requests. */
export interface GrantConfig {
  readonly clientId?: string | undefined;
  readonly clientIdFile?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly clientSecretFile?: string | undefined;
  readonly clientCertificateKey?: string | undefined;
  readonly clientCertificateKeyFile?: string | undefined;
  readonly clientCertificateKeyId?: string | undefined;
  readonly grantType: string;
  readonly signatureAlgorithm: 'RS256' | 'RS384' | 'RS512';
  readonly iss?: string | undefined;
  readonly audience?: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly endpointParams: Readonly<Record<string, string | readonly string[]>>;
  readonly tokenUrl: string;
  readonly scopes: readonly string[];
}

/** A request for a token: the form that is posted, and headers. */
export interface TokenRequest {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Reports credentials that the grant type requires and that are missing. */
export function checkGrant(config: GrantConfig): readonly ConfigIssue[] {
  const { clientId, clientIdFile, clientSecret, clientSecretFile } = config;
  const { grantType, clientCertificateKey, clientCertificateKeyFile } = config;
  const issues: ConfigIssue[] = [];
  const expect = (path: string, values: readonly (string | undefined)[]): void => {
    if (values.every((value) => value === undefined))
      issues.push({ path: [path], message: `expected ${path} or ${path}_file, got neither` });
  };
  expect('client_id', [clientId, clientIdFile]);
  if (grantType === JWT_BEARER) expect('client_certificate_key', [clientCertificateKey, clientCertificateKeyFile]);
  else expect('client_secret', [clientSecret, clientSecretFile]);
  return issues;
}

/**
 * Returns a function that creates a token request at a time in milliseconds since the epoch. It reads the files with each
 * request, so that rotated credentials are used. Throws `FileError` for a file that cannot be read, and for a key that
 * cannot sign.
 */
export function createTokenRequest(config: GrantConfig): (nowMillis: number) => TokenRequest {
  const create = config.grantType === JWT_BEARER ? assertionRequest : credentialsRequest;
  create(config, 0);
  return (nowMillis) => create(config, nowMillis);
}

function credentialsRequest(config: GrantConfig): TokenRequest {
  const id = credential('client_id_file', config.clientIdFile, config.clientId);
  const secret = credential('client_secret_file', config.clientSecretFile, config.clientSecret);
  // RFC 6749, section 2.3.1: both are form-encoded before they become basic credentials.
  const pair = `${formEncode(id)}:${formEncode(secret)}`;
  return {
    body: formOf({ grant_type: 'client_credentials' }, config),
    headers: { authorization: `Basic ${Buffer.from(pair, 'utf8').toString('base64')}` },
  };
}

function assertionRequest(config: GrantConfig, nowMillis: number): TokenRequest {
  const id = credential('client_id_file', config.clientIdFile, config.clientId);
  const pem = credential('client_certificate_key_file', config.clientCertificateKeyFile, config.clientCertificateKey);
  const { signatureAlgorithm, clientCertificateKeyId, iss = id, audience = config.tokenUrl, scopes, claims } = config;
  const nowSeconds = Math.floor(nowMillis / 1000);
  const header = {
    alg: signatureAlgorithm,
    typ: 'JWT',
    ...(clientCertificateKeyId !== undefined && { kid: clientCertificateKeyId }),
  };
  const payload = {
    iss,
    sub: id,
    jti: randomUUID(),
    aud: audience,
    iat: nowSeconds,
    exp: nowSeconds + ASSERTION_SECONDS,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    ...claims,
  };
  const signed = `${base64Url(JSON.stringify(header))}.${base64Url(JSON.stringify(payload))}`;
  const signature = sign(`RSA-SHA${signatureAlgorithm.slice(2)}`, Buffer.from(signed, 'utf8'), privateKey(pem));
  const assertion = `${signed}.${signature.toString('base64url')}`;
  return { body: formOf({ grant_type: JWT_BEARER, assertion }, config), headers: {} };
}

function privateKey(pem: string) {
  const option = 'client_certificate_key';
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'rsa') return key;
    throw new Error(`${option}: expected an RSA private key, got one of type ${key.asymmetricKeyType}`);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith(option)) throw error;
    throw new Error(`${option}: expected an RSA private key as PEM text, without passphrase, got something else`);
  }
}

/** Returns the form of a request. `endpoint_params` can replace the grant type, for servers with one of their own. */
function formOf(fixed: Readonly<Record<string, string>>, { scopes, endpointParams }: GrantConfig): string {
  const form = new URLSearchParams(fixed);
  if (scopes.length > 0) form.set('scope', scopes.join(' '));
  for (const [name, value] of Object.entries(endpointParams)) {
    if (form.has(name) && name !== 'grant_type') {
      throw new Error(`endpoint_params: expected parameters that other options do not set, got ${name}`);
    }
    form.delete(name);
    for (const one of typeof value === 'string' ? [value] : value) form.append(name, one);
  }
  return form.toString();
}

function credential(option: string, file: string | undefined, value: string | undefined): string {
  return file === undefined ? (value ?? '') : readFileValue(option, file);
}

function formEncode(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

function base64Url(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url');
}
