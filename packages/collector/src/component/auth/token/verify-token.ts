import { Buffer } from 'node:buffer';
import { constants, type KeyObject, verify } from 'node:crypto';
import type { VerificationKey } from './key-set.ts';

/** What a token must say. */
export interface TokenRules {
  /** Required value of `iss`; `undefined` for any. */
  readonly issuer: string | undefined;
  /** Value that `aud` must contain; `undefined` for any. */
  readonly audience: string | undefined;
}

/** The claims of a token. */
export type Claims = Readonly<Record<string, unknown>>;

/** The result of a verification. The reason never contains parts of the token other than names of algorithms. */
export type VerifiedToken =
  | { readonly kind: 'valid'; readonly claims: Claims; readonly expiresMillis: number }
  | { readonly kind: 'invalid'; readonly reason: string }
  /** No key has the ID in the token. The issuer may have a new one. */
  | { readonly kind: 'unknownKey' };

/** Longest token that is read. */
export const MAX_TOKEN_LENGTH = 16 << 10;

/** How much the clocks of the issuer and of this process can differ. */
export const CLOCK_TOLERANCE_MILLIS = 60_000;

/**
 * Verifies a signed JSON Web Token (RFC 7519, 7515): its signature with one of the keys, then its claims. The key determines
 * the algorithms, never the token: a token cannot choose `none` or sign with a public key as if it were a shared secret. Keys
 * and addresses in the header of the token are not used.
 */
export function verifyToken(
  token: string,
  keys: readonly VerificationKey[],
  rules: TokenRules,
  nowMillis: number,
): VerifiedToken {
  if (token.length > MAX_TOKEN_LENGTH) return invalid(`expected at most ${MAX_TOKEN_LENGTH} characters`);
  const parts = TOKEN.exec(token);
  if (parts === null) return invalid('expected a signed token of three parts');
  const [, headerText = '', payloadText = '', signatureText = ''] = parts;
  const header = parseObject(headerText);
  if (header === undefined) return invalid('expected a header in JSON');
  const { alg, kid, crit } = header;
  if (crit !== undefined) return invalid('expected no critical extensions');
  if (typeof alg !== 'string' || !Object.hasOwn(ALGORITHMS, alg)) return invalid('expected an asymmetric signature');
  const named = keys.filter(({ id }) => kid === undefined || id === kid);
  if (named.length === 0) return { kind: 'unknownKey' };
  const suitable = named.filter(({ algorithms }) => algorithms.includes(alg));
  const signed = Buffer.from(`${headerText}.${payloadText}`, 'latin1');
  const signature = Buffer.from(signatureText, 'base64url');
  if (!suitable.some(({ key }) => isSignedBy(key, alg, signed, signature)))
    return invalid('its signature is not valid');
  const claims = parseObject(payloadText);
  return claims === undefined ? invalid('expected claims in JSON') : checkClaims(claims, rules, nowMillis);
}

const TOKEN = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;

/** Hash functions of the algorithms. Ed25519 has its own. */
const ALGORITHMS: Readonly<Record<string, string | null>> = {
  RS256: 'sha256',
  RS384: 'sha384',
  RS512: 'sha512',
  PS256: 'sha256',
  PS384: 'sha384',
  PS512: 'sha512',
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
  EdDSA: null,
  Ed25519: null,
};

function isSignedBy(key: KeyObject, alg: string, signed: Buffer, signature: Buffer): boolean {
  const hash = ALGORITHMS[alg] ?? null;
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  if (alg.startsWith('PS')) return verify(hash, signed, pss, signature);
  if (alg.startsWith('ES')) return verify(hash, signed, { key, dsaEncoding: 'ieee-p1363' }, signature);
  return verify(hash, signed, key, signature);
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function parseObject(text: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(Buffer.from(text, 'base64url')));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}

function checkClaims(claims: Claims, { issuer, audience }: TokenRules, nowMillis: number): VerifiedToken {
  const { iss, aud, exp, nbf } = claims;
  if (issuer !== undefined && iss !== issuer) return invalid('it is from another issuer');
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (audience !== undefined && !audiences.includes(audience)) return invalid('it is for another audience');
  if (typeof exp !== 'number') return invalid('expected the claim exp');
  const expiresMillis = exp * 1000 + CLOCK_TOLERANCE_MILLIS;
  // Written so that a value that is no finite number is refused as well.
  if (!(nowMillis < expiresMillis)) return invalid('it has expired');
  if (nbf !== undefined && !(typeof nbf === 'number' && nowMillis >= nbf * 1000 - CLOCK_TOLERANCE_MILLIS))
    return invalid('it is not valid yet');
  return { kind: 'valid', claims, expiresMillis };
}

function invalid(reason: string): VerifiedToken {
  return { kind: 'invalid', reason };
}
