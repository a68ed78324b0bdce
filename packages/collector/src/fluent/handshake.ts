import { createHash, timingSafeEqual } from 'node:crypto';

type Part = string | Uint8Array;

/** What the digest of a shared key covers, in the order of the forward protocol. */
export interface SharedKeyParts {
  readonly salt: Part;
  /** The host name of the side that sends the digest. */
  readonly hostname: Part;
  readonly nonce: Part;
  readonly sharedKey: string;
}

/** Returns the digest that proves the knowledge of a shared key. */
export function sharedKeyDigest({ salt, hostname, nonce, sharedKey }: SharedKeyParts): string {
  return sha512(salt, hostname, nonce, sharedKey);
}

/** Returns the digest that proves the knowledge of a password. */
export function passwordDigest(auth: Part, username: string, password: string): string {
  return sha512(auth, username, password);
}

/** Compares digests in constant time. */
export function equalDigests(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function sha512(...parts: readonly Part[]): string {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
