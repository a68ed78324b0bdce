import { ALWAYS_SAMPLE, NEVER_SAMPLE, type Randomness, type Threshold } from './threshold.ts';

/**
 * The decision of the Collector's `probabilistic_sampler` in mode `hash_seed`: 14 bits of a hash of the trace id, or of
 * an attribute, are compared with the share to keep. Expressed as randomness and threshold, so that both are written
 * into the item like those of the other modes.
 */
const BUCKET_BITS = 14;
const BUCKETS = 1 << BUCKET_BITS;

/** FNV-1a of 32 bits over the seed (little-endian) and `[start, end)`. */
export function seededHash(seed: number, bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  let hash = FNV_OFFSET;
  for (let shift = 0; shift < 32; shift += 8) hash = Math.imul(hash ^ ((seed >>> shift) & 255), FNV_PRIME);
  for (let pos = start; pos < end; pos++) hash = Math.imul(hash ^ (bytes[pos] as number), FNV_PRIME);
  return hash >>> 0;
}

const FNV_OFFSET = 0x811c_9dc5;
const FNV_PRIME = 0x0100_0193;

/** Share of 2^14 hashes that `percentage` keeps; the Collector calculates with single precision and rounds down. */
function bucketsKept(percentage: number): number {
  const capped = Math.fround(Math.min(100, percentage));
  return Math.trunc(Math.fround(capped * Math.fround(BUCKETS / 100)));
}

/** The threshold for `percentage` in mode `hash_seed`. What rounds to none of 2^14 keeps nothing. */
export function hashThreshold(percentage: number): Threshold {
  const kept = bucketsKept(percentage);
  if (!(kept > 0)) return NEVER_SAMPLE;
  return kept >= BUCKETS ? ALWAYS_SAMPLE : { high: (BUCKETS - kept) << 10, low: 0 };
}

/**
 * Randomness from a hash, such that comparing it with a `hashThreshold` decides as comparing the hash did: the inverse
 * of the 14 bits that are compared comes first, then a mixture of the unused 18 bits, then the 14 bits themselves.
 */
export function randomnessOfHash(hash: number): Randomness {
  const bucket = hash & (BUCKETS - 1);
  const unused = hash >>> (32 - BUCKET_BITS);
  // Of 28 bits, and the unused bits are at most 18, so nothing is shifted out.
  const mixed = (unused ^ (unused << 10)) & 0xfff_ffff;
  return {
    high: ((BUCKETS - 1 - bucket) << 10) | (mixed >>> 18),
    low: (((mixed & 0x3_ffff) << BUCKET_BITS) | bucket) >>> 0,
  };
}

/** Whether `hashThreshold(percentage)` keeps an item with this hash, without allocating. */
export function shouldSampleHash(threshold: Threshold, hash: number): boolean {
  return (BUCKETS - 1 - (hash & (BUCKETS - 1))) << 10 >= threshold.high;
}
