/** Counts by the index of a bucket of an exponential histogram of `SCALE`. */
export type Buckets = Map<number, number>;

/** The finest scale whose buckets are wider than those of sketches. */
export const SCALE = 5;
/** Buckets of a point. More of them make the scale coarser. */
const MAX_BUCKETS = 320;

/** Divides the values between two limits among the buckets that they overlap, as if they were evenly distributed. */
export function distribute(buckets: Buckets, lower: number, upper: number, count: number): void {
  let first = Math.ceil(Math.log2(lower) * 2 ** SCALE) - 1;
  let left = count;
  for (let from = lower; left > 0; first++) {
    const boundary = 2 ** ((first + 1) / 2 ** SCALE);
    const share = boundary >= upper ? left : Math.min(left, Math.round((count * (boundary - from)) / (upper - lower)));
    add(buckets, first, share);
    left -= share;
    from = boundary;
  }
}

function add(buckets: Buckets, index: number, count: number): void {
  if (count > 0) buckets.set(index, (buckets.get(index) ?? 0) + count);
}

/** Returns the scale and the buckets of a point. Values that are far apart make the scale coarser. */
export function pointBuckets(positive: Buckets, negative: Buckets) {
  const shift = Math.max(shiftFor(positive), shiftFor(negative));
  return { scale: SCALE - shift, positive: dense(positive, shift), negative: dense(negative, shift) };
}

/** Returns by how many steps the scale has to be coarser. */
function shiftFor(buckets: Buckets): number {
  const [first, last] = rangeOf(buckets);
  let shift = 0;
  while ((last >> shift) - (first >> shift) >= MAX_BUCKETS) shift++;
  return shift;
}

function rangeOf(buckets: Buckets): [number, number] {
  let [first, last] = [0, 0];
  let isFirst = true;
  for (const index of buckets.keys()) {
    first = isFirst ? index : Math.min(first, index);
    last = isFirst ? index : Math.max(last, index);
    isFirst = false;
  }
  return [first, last];
}

function dense(buckets: Buckets, shift: number) {
  if (buckets.size === 0) return { offset: 0, bucketCounts: [] };
  const [first, last] = rangeOf(buckets);
  const offset = first >> shift;
  const bucketCounts = new Array<bigint>((last >> shift) - offset + 1).fill(0n);
  for (const [index, count] of buckets) {
    const at = (index >> shift) - offset;
    bucketCounts[at] = (bucketCounts[at] ?? 0n) + BigInt(count);
  }
  return { offset, bucketCounts };
}
