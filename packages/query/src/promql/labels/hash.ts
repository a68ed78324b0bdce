import type { Labels } from './labels.ts';
import { xxHash64 } from './xxhash64.ts';

const MAX = (1n << 64n) - 1n;

/** Returns the hash of labels as a number from 0 to 1, by which Prometheus samples series. */
export function hashRatio(labels: Labels): number {
  return Number(xxHash64(encode(labels))) / Number(MAX);
}

/** Encodes labels as Prometheus keeps them in memory: each name and value after its length. */
function encode(labels: Labels): Uint8Array {
  const parts: Buffer[] = [];
  for (const entry of labels.entries()) {
    for (const text of entry) {
      const bytes = Buffer.from(text);
      parts.push(
        Buffer.from(
          bytes.length < 255
            ? [bytes.length]
            : [255, bytes.length & 255, (bytes.length >> 8) & 255, bytes.length >> 16],
        ),
        bytes,
      );
    }
  }
  return Buffer.concat(parts);
}
