import { increase } from '../kahan.ts';
import { upperBound } from './bounds.ts';

/** Buckets of one sign with ascending indexes. Bucket `index` of an exponential histogram ends at `base ** index`. */
export interface Buckets {
  readonly indexes: readonly number[];
  readonly counts: readonly number[];
  /** The error of each count in a compensated sum. */
  readonly errors?: readonly number[] | undefined;
}

export const NO_BUCKETS: Buckets = { indexes: [], counts: [] };

/** Returns the buckets whose count satisfies a predicate. */
export function copyBuckets(buckets: Buckets, keep: (count: number, error: number) => boolean): Buckets {
  const indexes: number[] = [];
  const counts: number[] = [];
  const errors: number[] | undefined = buckets.errors === undefined ? undefined : [];
  for (const [position, count] of buckets.counts.entries()) {
    const error = buckets.errors?.[position] ?? 0;
    if (!keep(count, error)) continue;
    indexes.push(buckets.indexes[position] ?? 0);
    counts.push(count);
    errors?.push(error);
  }
  return { indexes, counts, errors };
}

/** Returns buckets with every count, and its error, replaced. */
export function scaleBuckets(buckets: Buckets, f: (count: number) => number): Buckets {
  return { indexes: buckets.indexes, counts: buckets.counts.map(f), errors: buckets.errors?.map(f) };
}

/** How buckets are added. */
export interface Addition {
  readonly schema: number;
  /** Buckets of the second side that end at or below the zero bucket's threshold are already in it. */
  readonly zeroThreshold: number;
  readonly sign: 1 | -1;
}

/** Adds or subtracts buckets with the same bounds. If the first side has errors, so has the sum. */
export function addBuckets(a: Buckets, b: Buckets, addition: Addition): Buckets {
  const sum = new BucketSum(a.errors !== undefined);
  let left = 0;
  let right = firstAbove(b, addition);
  while (left < a.indexes.length || right < b.indexes.length) {
    const leftIndex = a.indexes[left] ?? Number.POSITIVE_INFINITY;
    const rightIndex = b.indexes[right] ?? Number.POSITIVE_INFINITY;
    if (leftIndex <= rightIndex) {
      sum.push(leftIndex, a.counts[left] ?? 0, a.errors?.[left] ?? 0);
      left += 1;
    } else sum.push(rightIndex, 0, 0);
    if (rightIndex <= leftIndex) {
      sum.addToLast(addition.sign * (b.counts[right] ?? 0), addition.sign * (b.errors?.[right] ?? 0));
      right += 1;
    }
  }
  return sum;
}

function firstAbove(buckets: Buckets, { schema, zeroThreshold }: Addition): number {
  if (zeroThreshold === 0) return 0;
  const found = buckets.indexes.findIndex((index) => upperBound(index, schema) > zeroThreshold);
  return found < 0 ? buckets.indexes.length : found;
}

/** Returns buckets with a lower resolution. */
export function reduceResolution(buckets: Buckets, from: number, to: number): Buckets {
  if (from === to) return buckets;
  const sum = new BucketSum(buckets.errors !== undefined);
  const shift = from - to;
  for (const [position, index] of buckets.indexes.entries()) {
    const target = ((index - 1) >> shift) + 1;
    const [count, error] = [buckets.counts[position] ?? 0, buckets.errors?.[position] ?? 0];
    if (sum.indexes.at(-1) === target) sum.addToLast(count, error);
    else sum.push(target, count, error);
  }
  return sum;
}

/** Adds custom buckets with different bounds: of both, only the bounds that they have in common remain. */
export function addMismatchedBuckets(
  [a, boundsA]: readonly [Buckets, readonly number[]],
  [b, boundsB]: readonly [Buckets, readonly number[]],
  bounds: readonly number[],
  sign: 1 | -1,
): Buckets {
  const counts = new Float64Array(bounds.length + 1);
  const errors = new Float64Array(bounds.length + 1);
  const add = (target: number, count: number): void => {
    [counts[target], errors[target]] = increase(count, counts[target] ?? 0, errors[target] ?? 0);
  };
  const addAll = (buckets: Buckets, own: readonly number[], factor: 1 | -1): void => {
    for (const [position, index] of buckets.indexes.entries()) {
      const bound = own[index] ?? Number.POSITIVE_INFINITY;
      const found = bounds.findIndex((candidate) => candidate >= bound);
      const target = found < 0 ? bounds.length : found;
      add(target, factor * (buckets.counts[position] ?? 0));
      if (buckets.errors !== undefined) add(target, factor * (buckets.errors[position] ?? 0));
    }
  };
  addAll(a, boundsA, 1);
  addAll(b, boundsB, sign);
  const all = Array.from(counts, (_, index) => index);
  const used = copyBuckets({ indexes: all, counts: [...counts], errors: [...errors] }, (n, e) => n !== 0 || e !== 0);
  return a.errors === undefined ? { indexes: used.indexes, counts: used.counts } : used;
}

/** Buckets under construction. */
class BucketSum implements Buckets {
  readonly indexes: number[] = [];
  readonly counts: number[] = [];
  readonly errors: number[] | undefined;

  constructor(isCompensated: boolean) {
    this.errors = isCompensated ? [] : undefined;
  }

  push(index: number, count: number, error: number): void {
    this.indexes.push(index);
    this.counts.push(count);
    this.errors?.push(error);
  }

  addToLast(count: number, error: number): void {
    const last = this.counts.length - 1;
    const before = this.counts[last] ?? 0;
    if (this.errors === undefined) {
      this.counts[last] = before + count;
      return;
    }
    let sum = increase(count, before, this.errors[last] ?? 0);
    if (error !== 0) sum = increase(error, ...sum);
    [this.counts[last], this.errors[last]] = sum;
  }
}
