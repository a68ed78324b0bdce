import { createPublicKey, type KeyObject, type webcrypto } from 'node:crypto';

/** A public key that verifies signatures. */
export interface VerificationKey {
  /** Key ID. */
  readonly id: string | undefined;
  readonly key: KeyObject;
  /** Signature algorithms (RFC 7518) that it can be used with. */
  readonly algorithms: readonly string[];
}

/** Most keys that are read from a set. */
const MAX_KEYS = 100;

/** Shortest RSA modulus (RFC 7518, section 3.3). */
const MIN_RSA_BITS = 2048;

const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
const BY_CURVE: Readonly<Record<string, readonly string[]>> = {
  'P-256': ['ES256'],
  'P-384': ['ES384'],
  'P-521': ['ES512'],
  Ed25519: ['EdDSA', 'Ed25519'],
};

/**
 * Reads the keys of a JWK set (RFC 7517) that can verify signatures: RSA, elliptic curves and Ed25519. All others are left
 * out, symmetric ones in particular, with which anyone who knows the key could sign. Throws if it is no JWK set or if no key
 * remains.
 */
export function parseKeySet(text: string): readonly VerificationKey[] {
  const set: unknown = JSON.parse(text);
  const listed = typeof set === 'object' && set !== null && 'keys' in set ? set.keys : undefined;
  if (!Array.isArray(listed)) throw new Error('expected a JWK set with a list of keys, got none');
  const keys = listed.slice(0, MAX_KEYS).flatMap((jwk: unknown) => verificationKey(jwk) ?? []);
  if (keys.length === 0) throw new Error('expected at least one RSA, EC or Ed25519 key for signatures, got none');
  return keys;
}

function verificationKey(value: unknown): VerificationKey | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const jwk = value as webcrypto.JsonWebKey & { readonly kid?: unknown; readonly key_ops?: unknown };
  const { kid, kty, use, alg, key_ops: operations } = jwk;
  if (use !== undefined && use !== 'sig') return undefined;
  if (Array.isArray(operations) && !operations.includes('verify')) return undefined;
  const possible = kty === 'RSA' ? RSA : (BY_CURVE[String(jwk.crv)] ?? []);
  const algorithms = alg === undefined ? possible : possible.filter((one) => one === alg);
  if (algorithms.length === 0 || (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP')) return undefined;
  try {
    // Only the public part, in case that the set contains more.
    const { n = '', e = '', crv = '', x = '', y } = jwk;
    const key = createPublicKey({
      key: kty === 'RSA' ? { kty, n, e } : { kty, crv, x, ...(y !== undefined && { y }) },
      format: 'jwk',
    });
    if (kty === 'RSA' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS) return undefined;
    return { id: typeof kid === 'string' ? kid : undefined, key, algorithms };
  } catch {
    return undefined;
  }
}
