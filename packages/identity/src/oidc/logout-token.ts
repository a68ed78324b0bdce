import { createPublicKey, type KeyObject, verify } from 'node:crypto';

/** What a logout token says. */
export interface LogoutToken {
  readonly subject: string | undefined;
  /** ID of a session at the provider. Without it, all sessions of the subject end. */
  readonly session: string | undefined;
  /** Unique ID of the token. */
  readonly tokenId: string;
  readonly expiresMillis: number;
}

/** A token that is parsed and not verified. */
export interface ParsedToken {
  readonly head: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signed: string;
  readonly signature: Buffer;
}

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const MAX_LENGTH = 16_384;
const MAX_AGE_SECONDS = 3600;
const CLOCK_SKEW_SECONDS = 60;

/** Parses a logout token; a text if it is not one. */
export function parseToken(token: string): ParsedToken | string {
  const parts = token.split('.');
  if (token.length > MAX_LENGTH || parts.length !== 3) return 'logout_token: expected a signed token';
  const [head = '', body = '', signature = ''] = parts;
  const objects = [head, body].map(objectIn);
  const [parsedHead, claims] = objects;
  if (parsedHead === undefined || claims === undefined) return 'logout_token: expected a signed token';
  return { head: parsedHead, claims, signed: `${head}.${body}`, signature: Buffer.from(signature, 'base64url') };
}

function objectIn(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Checks everything of a token but its signature (section 2.6). Returns why it must not be accepted, or what it says. */
export function checkLogoutToken(
  { head, claims }: ParsedToken,
  { issuer, clientId }: { readonly issuer: string; readonly clientId: string },
  nowMillis: number,
): LogoutToken | string {
  const now = nowMillis / 1000;
  const { iss, aud, iat, exp, jti, sub, sid, events, nonce } = claims;
  const { typ } = head;
  if (typ !== undefined && !/^(application\/)?(logout\+jwt|jwt)$/i.test(String(typ))) return 'typ: expected logout+jwt';
  if (iss !== issuer) return 'iss: expected the configured issuer';
  if (![aud].flat().includes(clientId)) return 'aud: expected this client';
  if (typeof iat !== 'number' || iat > now + CLOCK_SKEW_SECONDS || iat < now - MAX_AGE_SECONDS)
    return 'iat: expected a time in the last hour';
  if (typeof exp !== 'number' || exp + CLOCK_SKEW_SECONDS <= now) return 'exp: expected a time in the future';
  if (typeof jti !== 'string' || jti === '') return 'jti: expected an ID';
  if (nonce !== undefined) return 'nonce: expected none, which ID tokens have';
  if (typeof events !== 'object' || events === null || !Object.hasOwn(events, EVENT))
    return `events: expected ${EVENT}`;
  if (!isOptionalText(sub) || !isOptionalText(sid) || (sub === undefined && sid === undefined))
    return 'sub: expected a subject or the ID of a session (sid)';
  // Until a copy would be refused for its age or its end.
  const untilSeconds = Math.min(exp, iat + MAX_AGE_SECONDS) + CLOCK_SKEW_SECONDS;
  return { subject: sub, session: sid, tokenId: jti, expiresMillis: untilSeconds * 1000 };
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value !== '');
}

/** Algorithms by the type of a key: the key decides, not the token. Those with a shared secret and `none` are not among them. */
const ALGORITHMS: Readonly<Record<string, RegExp>> = { rsa: /^[RP]S(256|384|512)$/, ec: /^ES(256|384|512)$/ };
const SALT_OF_DIGEST = -1;
const RSA_PKCS1_PSS_PADDING = 6;

/** A public key as a provider publishes it (RFC 7517). */
export interface PublishedKey extends JsonWebKey {
  readonly kid?: unknown;
}

/** Reports whether a token is signed by one of the keys of a provider. */
export function isSignedBy({ head, signed, signature }: ParsedToken, keys: readonly PublishedKey[]): boolean {
  const { kid, alg } = head;
  return keys.some((key) => {
    if ((kid !== undefined && key.kid !== kid) || (key.use !== undefined && key.use !== 'sig')) return false;
    if (key.alg !== undefined && key.alg !== alg) return false;
    const publicKey = publicKeyOf(key);
    return publicKey !== undefined && isSigned(publicKey, String(alg), signed, signature);
  });
}

function publicKeyOf(key: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: 'jwk' });
  } catch {
    return undefined;
  }
}

function isSigned(key: KeyObject, algorithm: string, signed: string, signature: Buffer): boolean {
  const data = Buffer.from(signed);
  const type = key.asymmetricKeyType ?? '';
  if (type === 'ed25519' || type === 'ed448')
    return (algorithm === 'EdDSA' || algorithm.toLowerCase() === type) && verify(undefined, data, key, signature);
  if (ALGORITHMS[type]?.test(algorithm) !== true) return false;
  const hash = `sha${algorithm.slice(2)}`;
  if (type === 'ec') return verify(hash, data, { key, dsaEncoding: 'ieee-p1363' }, signature);
  const pss = { padding: RSA_PKCS1_PSS_PADDING, saltLength: SALT_OF_DIGEST };
  return verify(hash, data, { key, ...(algorithm.startsWith('PS') && pss) }, signature);
}
