import type { Coding } from './codecs.ts';
import { compress, DEFAULT_LEVELS } from './compression.ts';

/**
 * Compresses immutable parts: the same array is compressed once per coding and level, regardless of the number of
 * clients and attempts. The result is cached as long as the array is alive.
 */
export function compressOnce(
  coding: Coding,
  parts: readonly Uint8Array[],
  level: number = DEFAULT_LEVELS[coding],
): Uint8Array | Promise<Uint8Array> {
  const made = MADE.get(parts) ?? new Map<string, Made>();
  MADE.set(parts, made);
  const key = `${coding} ${level}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const compressed = compress(coding, parts, level);
  made.set(key, compressed);
  if (compressed instanceof Promise) {
    // Evicts a failed promise so that the next attempt starts over.
    compressed.then(
      (bytes) => made.set(key, bytes),
      () => made.delete(key),
    );
  }
  return compressed;
}

type Made = Uint8Array | Promise<Uint8Array>;

const MADE = new WeakMap<readonly Uint8Array[], Map<string, Made>>();
