import { ALWAYS_SAMPLE, NEVER_SAMPLE, type Randomness, type Threshold } from './threshold.ts';

/**
 * Sampling as in `hash_seed` mode of the Collector's `probabilistic_sampler`: 14 bits of a hash of the trace ID, or of
 * an attribute, are compared with the sampling percentage. Expressed as randomness and threshold, so that both can be
 * written to the item as in the other modes.
 */
const BUCKET_BITS = 14;
const BUCKETS = 1 << BUCKET_BITS;

/** Returns the 32-bit FNV-1a hash of the seed (little-endian) followed by `[start, end)`. */
export function seededHash(seed: number, bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  return continueHash(hashOfSeed(seed), bytes, start, end);
}

/** Returns the 32-bit FNV-1a hash of the seed, for use with `continueHash`. */
export function hashOfSeed(seed: number): number {
  let hash = FNV_OFFSET;
  for (let shift = 0; shift < 32; shift += 8) hash = Math.imul(hash ^ ((seed >>> shift) & 255), FNV_PRIME);
  return hash;
}

/** Continues an FNV-1a hash with `[start, end)`. */
export function continueHash(before: number, bytes: Uint8Array, start: number, end: number): number {
  let hash = before;
  for (let pos = start; pos < end; pos++) hash = Math.imul(hash ^ bytes[pos], FNV_PRIME);
  return hash >>> 0;
}

const FNV_OFFSET = 0x811c_9dc5;
const FNV_PRIME = 0x0100_0193;

/**
 * Returns how many of the 2^14 hash values are kept at `percentage`. The Collector uses single precision and rounds
 * down.
 */
function bucketsKept(percentage: number): number {
  const capped = Math.fround(Math.min(100, percentage));
  return Math.trunc(Math.fround(capped * Math.fround(BUCKETS / 100)));
}

/** Returns the threshold for `percentage` in `hash_seed` mode. A percentage that rounds to 0 of 2^14 keeps nothing. */
export function hashThreshold(percentage: number): Threshold {
  const kept = bucketsKept(percentage);
  if (!(kept > 0)) return NEVER_SAMPLE;
  return kept >= BUCKETS ? ALWAYS_SAMPLE : { high: (BUCKETS - kept) << 10, low: 0 };
}

/**
 * Returns randomness for a hash such that comparing it with a `hashThreshold` gives the same decision as comparing the
 * hash: the inverse of the 14 compared bits, followed by a mix of the 18 unused bits, followed by the 14 bits.
 */
export function randomnessOfHash(hash: number): Randomness {
  const bucket = hash & (BUCKETS - 1);
  const unused = hash >>> (32 - BUCKET_BITS);
  // There are 28 bits and at most 18 unused bits, so nothing is shifted out.
  const mixed = (unused ^ (unused << 10)) & 0xfff_ffff;
  return {
    high: ((BUCKETS - 1 - bucket) << 10) | (mixed >>> 18),
    low: (((mixed & 0x3_ffff) << BUCKET_BITS) | bucket) >>> 0,
  };
}

/** Reports whether `hashThreshold(percentage)` keeps an item with this hash, without allocating. */
export function shouldSampleHash(threshold: Threshold, hash: number): boolean {
  return (BUCKETS - 1 - (hash & (BUCKETS - 1))) << 10 >= threshold.high;
}
