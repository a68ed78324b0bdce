import { createHash, timingSafeEqual } from 'node:crypto';
import type { Claims } from './options.ts';

/** How far the clock of a provider may be ahead. */
const MAX_AHEAD_SECONDS = 60;

/** Hashes of the algorithms of ID tokens, for `at_hash`. */
const HASHES: Readonly<Record<string, string>> = { '256': 'sha256', '384': 'sha384', '512': 'sha512' };

/**
 * Returns why an ID token must not be accepted, besides what the library checks (issuer, audience, nonce, signature, expiry): it was issued in
 * the future, or is of another access token. `undefined` if it may.
 */
export function idTokenError(
  idToken: string,
  claims: Claims,
  accessToken: string,
  nowMillis: number,
): string | undefined {
  const { iat, at_hash: hash } = claims;
  if (typeof iat !== 'number' || iat > nowMillis / 1000 + MAX_AHEAD_SECONDS)
    return `iat: expected a time in the past, got ${JSON.stringify(iat)}`;
  if (hash === undefined) return undefined;
  const [head = ''] = idToken.split('.');
  const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString('utf8')) as { readonly alg?: string };
  const name = alg === 'EdDSA' || alg === 'Ed25519' ? 'sha512' : HASHES[alg?.slice(-3) ?? ''];
  if (name === undefined) return `alg: expected one with a known hash, got ${JSON.stringify(alg)}`;
  const digest = createHash(name).update(accessToken, 'ascii').digest();
  const expected = digest.subarray(0, digest.length / 2);
  const actual = Buffer.from(typeof hash === 'string' ? hash : '', 'base64url');
  if (actual.length === expected.length && timingSafeEqual(actual, expected)) return undefined;
  return 'at_hash: expected the hash of the access token, got another';
}
