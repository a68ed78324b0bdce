/**
 * Buckets of durations: 64 per decade, so that a bucket's bounds differ by 3.7 % and its middle differs from every
 * duration in it by at most 1.8 %. Four decades of the heat map's rows are 16 buckets each, so that the heat map is exact.
 */
export const BUCKETS_PER_DECADE = 64;
/** The bucket of 1000 ns. Durations of 0 ns are in bucket 0. */
export const MICROSECOND_BUCKET = 212;
/** Number of buckets; a power of two above the bucket of the longest duration. */
export const BUCKET_BITS = 11;

const UNIT = 1000;
const MANTISSA_BITS = 7;
const SHIFT = 20 - MANTISSA_BITS;
const FIRST_INDEX = 1023 << MANTISSA_BITS;

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
let tables: { readonly buckets: Uint16Array; readonly bounds: Float64Array } | undefined;

/** Returns the bucket of a duration in nanoseconds. Negative durations are in bucket 0. */
export function bucketOf(nanos: number): number {
  if (nanos < 1) return 0;
  tables ??= createTables();
  float[0] = nanos;
  // The exponent and the first bits of the mantissa: an interval of less than 0.8 %, with at most one bound in it.
  const index = ((words[1] as number) >>> SHIFT) - FIRST_INDEX;
  const bucket = tables.buckets[index] as number;
  return nanos >= (tables.bounds[index] as number) ? bucket + 1 : bucket;
}

/** SQL for the bucket of `duration`. */
export const BUCKET_SQL =
  `CASE WHEN duration < 1 THEN 0 ELSE floor(${BUCKETS_PER_DECADE} * log10((duration + 0.5) / ${UNIT}))::INTEGER + ` +
  `${MICROSECOND_BUCKET} END`;

/** Returns a duration within a bucket that differs from all others in it by at most 1.8 % or a nanosecond. */
export function middleOf(bucket: number): number {
  return Math.max(0, Math.round(lowerBound(bucket + 0.5)));
}

function lowerBound(bucket: number): number {
  return UNIT * 10 ** ((bucket - MICROSECOND_BUCKET) / BUCKETS_PER_DECADE) - 0.5;
}

function createTables(): { readonly buckets: Uint16Array; readonly bounds: Float64Array } {
  const count = 64 << MANTISSA_BITS;
  const buckets = new Uint16Array(count);
  const bounds = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    const lowest = 2 ** (index >>> MANTISSA_BITS) * (1 + (index & ((1 << MANTISSA_BITS) - 1)) / (1 << MANTISSA_BITS));
    const bucket = Math.floor(BUCKETS_PER_DECADE * Math.log10((lowest + 0.5) / UNIT)) + MICROSECOND_BUCKET;
    buckets[index] = bucket;
    bounds[index] = lowerBound(bucket + 1);
  }
  return { buckets, bounds };
}
