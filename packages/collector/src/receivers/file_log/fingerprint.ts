import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';

/** The beginning of a file, as it is stored: enough to recognize a file that begins like it. */
export interface StoredFingerprint {
  readonly length: number;
  readonly hash: string;
}

/** Reads up to `size` bytes from the beginning of a file. */
export function readFingerprint(descriptor: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let length = 0;
  while (length < size) {
    const count = readSync(descriptor, bytes, length, size - length, length);
    if (count === 0) break;
    length += count;
  }
  return bytes.subarray(0, length);
}

/** Reports whether a file begins with what a file had before. An empty beginning is that of no file. */
export function beginsWith(fingerprint: Buffer, before: Buffer): boolean {
  const { length } = before;
  return length > 0 && length <= fingerprint.length && fingerprint.compare(before, 0, length, 0, length) === 0;
}

/** Returns the form in which a fingerprint is stored. */
export function storedFingerprint(fingerprint: Buffer): StoredFingerprint {
  return { length: fingerprint.length, hash: hashOf(fingerprint) };
}

/** Reports whether a file begins with a stored fingerprint. */
export function beginsWithStored(fingerprint: Buffer, { length, hash }: StoredFingerprint): boolean {
  return length > 0 && length <= fingerprint.length && hashOf(fingerprint.subarray(0, length)) === hash;
}

function hashOf(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('base64');
}
