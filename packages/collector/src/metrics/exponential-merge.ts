import type { ExponentialValues, MutableBuckets } from './exponential-point.ts';

/**
 * Adds the values of one point to another exactly as the Collector does: at the smaller of both scales, with at most
 * `maxBuckets` buckets per sign. Modifies `added` as well, except for its counts.
 */
export function addExponential(state: ExponentialValues, added: ExponentialValues, maxBuckets: number): void {
  if (state.scale !== added.scale) {
    const [high, low] = state.scale < added.scale ? [added, state] : [state, added];
    downscale(high, low.scale);
  }
  const scale = Math.min(
    scaleWithin(maxBuckets, state.scale, state.positive, added.positive),
    scaleWithin(maxBuckets, state.scale, state.negative, added.negative),
  );
  downscale(state, scale);
  downscale(added, scale);
  if (state.zeroThreshold !== added.zeroThreshold) {
    const [high, low] = state.zeroThreshold < added.zeroThreshold ? [added, state] : [state, added];
    widenZero(low, high.zeroThreshold);
  }
  mergeBuckets(state.positive, added.positive);
  mergeBuckets(state.negative, added.negative);
  state.count = BigInt.asUintN(64, state.count + added.count);
  state.zeroCount = BigInt.asUintN(64, state.zeroCount + added.zeroCount);
  state.sum = combine(state.sum, added.sum, (a, b) => a + b);
  state.min = combine(state.min, added.min, Math.min);
  state.max = combine(state.max, added.max, Math.max);
}

/** Combines two values; the result is unknown if either is. */
export function combine(
  a: number | undefined,
  b: number | undefined,
  operation: (a: number, b: number) => number,
): number | undefined {
  return a === undefined || b === undefined ? undefined : operation(a, b);
}

/** Merges adjacent buckets until the scale is reached. */
function downscale(values: ExponentialValues, scale: number): void {
  for (; values.scale > scale; values.scale--) {
    collapse(values.positive);
    collapse(values.negative);
  }
}

/**
 * Merges adjacent pairs of buckets. The number of buckets stays the same, with empty buckets at the end, as in the
 * Collector.
 */
function collapse(buckets: MutableBuckets): void {
  const { offset, bucketCounts } = buckets;
  buckets.offset = offset >> 1;
  const merged = new Array<bigint>(bucketCounts.length).fill(0n);
  for (const [index, count] of bucketCounts.entries()) {
    const at = ((offset + index) >> 1) - buckets.offset;
    merged[at] = (merged[at] ?? 0n) + count;
  }
  buckets.bucketCounts = merged;
}

/** Returns the largest scale, at most the current one, at which the merged buckets number at most `maxBuckets`. */
function scaleWithin(maxBuckets: number, scale: number, a: MutableBuckets, b: MutableBuckets): number {
  let { lower, upper } = filledRange(a, b);
  let result = scale;
  while (upper - lower > maxBuckets) {
    lower = Math.trunc(lower / 2);
    upper = Math.trunc(upper / 2);
    result--;
  }
  return result;
}

/** Returns the range of bucket indexes filled in either histogram; `upper` is exclusive. */
function filledRange(a: MutableBuckets, b: MutableBuckets): { lower: number; upper: number } {
  let lower = Number.POSITIVE_INFINITY;
  let upper = Number.NEGATIVE_INFINITY;
  for (const { offset, bucketCounts } of [a, b]) {
    const first = bucketCounts.findIndex((count) => count > 0n);
    if (first < 0) continue;
    lower = Math.min(lower, offset + first);
    upper = Math.max(upper, offset + bucketCounts.findLastIndex((count) => count > 0n) + 1);
  }
  if (lower < upper) return { lower, upper };
  const end = Math.max(a.offset + a.bucketCounts.length, b.offset + b.bucketCounts.length);
  return { lower: end, upper: end };
}

function mergeBuckets(state: MutableBuckets, added: MutableBuckets): void {
  if (added.bucketCounts.length === 0) return;
  if (state.bucketCounts.length === 0) {
    state.offset = added.offset;
    state.bucketCounts = [...added.bucketCounts];
    return;
  }
  const { lower, upper } = filledRange(state, added);
  const counts: bigint[] = [];
  for (let index = lower; index < upper; index++) {
    const sum = (state.bucketCounts[index - state.offset] ?? 0n) + (added.bucketCounts[index - added.offset] ?? 0n);
    counts.push(BigInt.asUintN(64, sum));
  }
  state.offset = lower;
  state.bucketCounts = counts;
}

/** Moves the counts of buckets that start below a threshold into the zero bucket. */
function widenZero(values: ExponentialValues, threshold: number): void {
  const last = bucketOf(threshold, values.scale);
  for (const buckets of [values.positive, values.negative]) {
    const count = Math.min(Math.max(0, last + 1 - buckets.offset), buckets.bucketCounts.length);
    for (const moved of buckets.bucketCounts.splice(0, count)) values.zeroCount += moved;
    buckets.offset += count;
  }
  values.zeroThreshold = Math.exp((last + 1) * (Math.LN2 * 2 ** -values.scale));
}

/** Returns the index of the bucket that contains a value. */
function bucketOf(value: number, scale: number): number {
  const exponent = Math.round(Math.log2(value));
  // A power of two is the upper boundary of its bucket.
  if (2 ** exponent === value) return Math.floor(exponent * 2 ** scale) - 1;
  return Math.floor(Math.log(value) * (Math.LOG2E * 2 ** scale));
}
