import { createHash, createHmac, createPublicKey, type KeyObject, sign } from 'node:crypto';

/** A signed request of ACME: a JSON Web Signature in flattened form (RFC 7515, RFC 8555, section 6.2). */
export interface SignedRequest {
  readonly protected: string;
  readonly payload: string;
  readonly signature: string;
}

/** The key of an account (P-256) and, once there is an account, its URL. */
export interface Signer {
  readonly key: KeyObject;
  readonly accountUrl?: string | undefined;
}

/** Signs a request with ES256. `payload` is `undefined` for a request that only reads (`POST-as-GET`). */
export function signRequest(
  { key, accountUrl }: Signer,
  { url, nonce, payload }: { readonly url: string; readonly nonce: string; readonly payload: unknown },
): SignedRequest {
  const whose = accountUrl === undefined ? { jwk: publicJwk(key) } : { kid: accountUrl };
  const head = encode({ alg: 'ES256', ...whose, nonce, url });
  const body = payload === undefined ? '' : encode(payload);
  const signature = sign('sha256', Buffer.from(`${head}.${body}`), { key, dsaEncoding: 'ieee-p1363' });
  return { protected: head, payload: body, signature: signature.toString('base64url') };
}

/** Binds an account to one that the authority knows already (RFC 8555, section 7.3.4). */
export function bindExternalAccount(
  { keyId, hmacKey }: { readonly keyId: string; readonly hmacKey: string },
  key: KeyObject,
  url: string,
): SignedRequest {
  const head = encode({ alg: 'HS256', kid: keyId, url });
  const body = encode(publicJwk(key));
  const mac = createHmac('sha256', Buffer.from(hmacKey, 'base64url')).update(`${head}.${body}`);
  return { protected: head, payload: body, signature: mac.digest('base64url') };
}

/** Returns what a challenge must show: its token and the thumbprint of the account's key (RFC 8555, section 8.1). */
export function keyAuthorization(token: string, key: KeyObject): string {
  return `${token}.${createHash('sha256')
    .update(JSON.stringify(publicJwk(key)))
    .digest('base64url')}`;
}

/** Returns the public key, with its members in the order of thumbprints (RFC 7638). */
function publicJwk(key: KeyObject) {
  const { crv, kty, x, y } = createPublicKey(key).export({ format: 'jwk' });
  return { crv, kty, x, y };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
