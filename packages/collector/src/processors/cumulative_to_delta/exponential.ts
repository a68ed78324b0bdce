import type { ExponentialValues, MutableBuckets } from '../../metrics/exponential-point.ts';

/**
 * Subtracts the previous values of an exponential histogram from the current ones, or returns `undefined` after a
 * reset. Adjusts the previous values to the zero threshold and scale of the current ones.
 */
export function subtractExponential(
  current: ExponentialValues,
  previous: ExponentialValues,
): ExponentialValues | undefined {
  // Merging can only increase the count and the zero threshold, and decrease the scale.
  if (
    current.count < previous.count ||
    current.zeroThreshold < previous.zeroThreshold ||
    current.scale > previous.scale
  )
    return undefined;
  if (current.zeroThreshold > previous.zeroThreshold) widenZero(previous, current.zeroThreshold);
  if (current.scale < previous.scale) coarsen(previous, current.scale);
  const positive = subtractBuckets(current.positive, previous.positive);
  const negative = subtractBuckets(current.negative, previous.negative);
  if (positive === undefined || negative === undefined) return undefined;
  return {
    ...current,
    count: current.count - previous.count,
    sum: (current.sum ?? 0) - (previous.sum ?? 0),
    zeroCount: current.zeroCount - previous.zeroCount,
    positive,
    negative,
  };
}

/** Moves the counts of the buckets up to a threshold into the zero bucket. */
function widenZero(values: ExponentialValues, threshold: number): void {
  const scaleFactor = Math.LOG2E * 2 ** values.scale;
  const lastBucket = Math.ceil(Math.log(threshold) * scaleFactor) - 1;
  values.zeroCount += trim(values.positive, lastBucket) + trim(values.negative, lastBucket);
}

/** Removes the buckets up to an index and returns the sum of their counts. */
function trim(buckets: MutableBuckets, lastBucket: number): bigint {
  const count = Math.min(Math.max(0, lastBucket - buckets.offset + 1), buckets.bucketCounts.length);
  const removed = buckets.bucketCounts.splice(0, count);
  buckets.offset += count;
  return removed.reduce((sum, each) => sum + each, 0n);
}

/** Downscales by merging buckets. */
function coarsen(values: ExponentialValues, scale: number): void {
  const shift = Math.min(31, values.scale - scale);
  values.scale = scale;
  for (const buckets of [values.positive, values.negative]) {
    const { offset, bucketCounts } = buckets;
    const merged: bigint[] = [];
    buckets.offset = offset >> shift;
    for (const [index, count] of bucketCounts.entries()) {
      const at = ((offset + index) >> shift) - buckets.offset;
      merged[at] = (merged[at] ?? 0n) + count;
    }
    buckets.bucketCounts = merged;
  }
}

/** Returns the difference between buckets of equal scale, from the first to the last bucket that increased. */
function subtractBuckets(current: MutableBuckets, previous: MutableBuckets): MutableBuckets | undefined {
  const difference: MutableBuckets = { offset: 0, bucketCounts: [] };
  for (const [index, count] of current.bucketCounts.entries()) {
    if (count === 0n) continue;
    const bucket = current.offset + index;
    const before = previous.bucketCounts[bucket - previous.offset] ?? 0n;
    if (count === before) continue;
    if (count < before) return undefined;
    if (difference.bucketCounts.length === 0) difference.offset = bucket;
    while (difference.offset + difference.bucketCounts.length < bucket) difference.bucketCounts.push(0n);
    difference.bucketCounts.push(count - before);
  }
  return difference;
}
