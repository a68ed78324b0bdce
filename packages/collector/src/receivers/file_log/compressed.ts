import { readSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';

/** Bytes at the beginning of a compressed file that are enough for its fingerprint. */
const HEAD_BYTES = 16 * 1024;

/** Reports whether a file begins as gzip does. */
export function isGzip(descriptor: number): boolean {
  const magic = Buffer.alloc(2);
  return readSync(descriptor, magic, 0, 2, 0) === 2 && magic[0] === 0x1f && magic[1] === 0x8b;
}

/** Returns up to `size` decompressed bytes from the beginning of a file. */
export function readCompressedFingerprint(descriptor: number, size: number): Buffer {
  const head = Buffer.alloc(HEAD_BYTES + size);
  const count = readSync(descriptor, head, 0, head.length, 0);
  try {
    return gunzipSync(head.subarray(0, count), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, size);
  } catch {
    // The file is still being written, or damaged.
    return Buffer.alloc(0);
  }
}
