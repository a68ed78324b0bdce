import { createHash, randomBytes } from 'node:crypto';

/** Returns a new random secret of 256 bits. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Returns a new random ID, which is not secret. */
export function newId(): string {
  return randomBytes(6).toString('hex');
}

/** Hashes a random secret for storage. Secrets of 256 bits need no slow hash. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest();
}
