import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { fromBase64Url, toBase64Url } from './base64url.ts';
import { SealError } from './seal-error.ts';

/** The cipher suite of format 1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM (RFC 9180, section 7). */
export const SUITE: CipherSuite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});

const PUBLIC = 'otelier-public-1:';
const PRIVATE = 'otelier-private-1:';
const KEY_BYTES = 32;
/** Number of bytes of a key ID. */
export const KEY_ID_BYTES = 4;

/** A key pair as text, for files and settings. */
export interface KeyPairText {
  /** `otelier-public-1:` and the X25519 key in base64url. Not secret. */
  readonly publicKey: string;
  /** `otelier-private-1:` and the X25519 key in base64url. */
  readonly privateKey: string;
}

/** A key to seal to. */
export interface RecipientKey {
  readonly id: Uint8Array;
  readonly key: CryptoKey;
}

/** Creates a key pair. Give the public key to programs that seal, and keep the private key. */
export async function generateKeyPair(): Promise<KeyPairText> {
  const { publicKey, privateKey } = await SUITE.kem.generateKeyPair();
  const [publicBytes, privateBytes] = await Promise.all([
    SUITE.kem.serializePublicKey(publicKey),
    SUITE.kem.serializePrivateKey(privateKey),
  ]);
  return {
    publicKey: PUBLIC + toBase64Url(new Uint8Array(publicBytes)),
    privateKey: PRIVATE + toBase64Url(new Uint8Array(privateBytes)),
  };
}

/** Reads a public key. Throws a `SealError` if the text is none. */
export async function parsePublicKey(text: string): Promise<RecipientKey> {
  const bytes = keyBytes(text, PUBLIC, 'public');
  return { id: await keyIdOf(bytes), key: await SUITE.kem.deserializePublicKey(bytes) };
}

/** Reads a private key. Throws a `SealError` if the text is none. The message does not contain the key. */
export async function parsePrivateKey(text: string): Promise<RecipientKey> {
  const bytes = keyBytes(text, PRIVATE, 'private');
  const key = await SUITE.kem.deserializePrivateKey(bytes);
  return { id: await keyIdOf(await publicBytesOf(bytes)), key };
}

/** Returns the public key that belongs to a private key. */
export async function publicKeyOf(privateKey: string): Promise<string> {
  return PUBLIC + toBase64Url(await publicBytesOf(keyBytes(privateKey, PRIVATE, 'private')));
}

/** Returns the ID of a key in hexadecimal, as messages name it. */
export function keyIdText(id: Uint8Array): string {
  return Array.from(id, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function keyBytes(text: string, prefix: string, kind: string): Uint8Array<ArrayBuffer> {
  const trimmed = text.trim();
  const bytes = trimmed.startsWith(prefix) ? fromBase64Url(trimmed.slice(prefix.length)) : undefined;
  if (bytes?.length === KEY_BYTES) return bytes;
  throw new SealError('invalid_key', `expected a ${kind} key, ${prefix} and 43 characters, got another text`);
}

/** The start of the SHA-256 of the public key. */
async function keyIdOf(publicKey: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', publicKey)).slice(0, KEY_ID_BYTES);
}

/** Computes the public key: the Web Cryptography API exports it with the private one, as a JSON web key. */
async function publicBytesOf(privateKey: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  // PKCS #8 of X25519 (RFC 8410).
  const header = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20];
  const key = await crypto.subtle.importKey('pkcs8', Uint8Array.from([...header, ...privateKey]), 'X25519', true, [
    'deriveBits',
  ]);
  const { x = '' } = await crypto.subtle.exportKey('jwk', key);
  return fromBase64Url(x) ?? new Uint8Array();
}
