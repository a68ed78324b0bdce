import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** The tokens of a session at its provider. */
export interface ProviderTokens {
  readonly refreshToken?: string | undefined;
  /** For `id_token_hint`. */
  readonly idToken: string;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts tokens with the secret of a session, which only its browser has: the database alone does not contain them. */
export function sealTokens(tokens: ProviderTokens, secret: string): Uint8Array {
  return seal(tokens, secret);
}

/** Decrypts tokens; `undefined` if they were encrypted with another secret or changed. */
export function openTokens(sealed: Uint8Array, secret: string): ProviderTokens | undefined {
  return unseal(sealed, secret) as ProviderTokens | undefined;
}

/** Encrypts a value with a random secret (AES-256-GCM). */
export function seal(value: object, secret: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret), nonce);
  const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

/** Decrypts a value; `undefined` if it was encrypted with another secret or changed. */
export function unseal(sealed: Uint8Array, secret: string): unknown {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(secret), sealed.subarray(0, NONCE_BYTES));
    decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const text = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    return JSON.parse(text.toString('utf8'));
  } catch {
    return undefined;
  }
}

function keyOf(secret: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', 'otelier sealed value', 32));
}
