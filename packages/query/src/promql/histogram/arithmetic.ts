import { increase } from '../kahan.ts';
import { addBuckets, addMismatchedBuckets, type Buckets, copyBuckets, reduceResolution } from './buckets.ts';
import { type FloatHistogram, isCustom, type ResetHint, sameNumbers } from './float-histogram.ts';
import { negativeBuckets, positiveBuckets } from './iterate.ts';

/** Thrown for an operation on an exponential histogram and one with custom buckets. */
export class IncompatibleSchemaError extends Error {
  override readonly name = 'IncompatibleSchemaError';

  constructor() {
    super('cannot apply this operation on histograms with a mix of exponential and custom bucket schemas');
  }
}

/** The sum or difference of two histograms. */
export interface Combined<H extends FloatHistogram = FloatHistogram> {
  readonly histogram: H;
  /** One of them was marked as a counter reset, the other one as none. */
  readonly resetsCollide: boolean;
  /** They had different custom bounds. */
  readonly boundsReconciled: boolean;
}

/** A histogram whose numbers have errors that a compensated sum has accumulated. */
export interface CompensatedHistogram extends FloatHistogram {
  readonly errors: { readonly zeroCount: number; readonly count: number; readonly sum: number };
}

/** Adds two histograms. Throws an `IncompatibleSchemaError`. */
export function add(a: FloatHistogram, b: FloatHistogram): Combined {
  return combine(a, b, 1);
}

/** Subtracts a histogram from another. Throws an `IncompatibleSchemaError`. */
export function subtract(a: FloatHistogram, b: FloatHistogram): Combined {
  return combine(a, b, -1);
}

/** Starts a compensated sum. */
export function compensated(histogram: FloatHistogram): CompensatedHistogram {
  const withErrors = (buckets: Buckets): Buckets => ({ ...buckets, errors: buckets.counts.map(() => 0) });
  const { positive, negative } = histogram;
  const errors = { zeroCount: 0, count: 0, sum: 0 };
  return { ...histogram, positive: withErrors(positive), negative: withErrors(negative), errors };
}

/** Adds a histogram to a compensated sum. Throws an `IncompatibleSchemaError`. */
export function kahanAdd(a: CompensatedHistogram, b: FloatHistogram): Combined<CompensatedHistogram> {
  const { histogram, ...rest } = combine(a, b, 1);
  const [count, countError] = increase(b.count, a.count, a.errors.count);
  const [sum, sumError] = increase(b.sum, a.sum, a.errors.sum);
  const zero = reconcileZero(a, b);
  const zeroErrorBefore = (zero.a as CompensatedHistogram).errors.zeroCount;
  const [zeroCount, zeroError] = increase(zero.zeroCount, zero.a.zeroCount, zeroErrorBefore);
  const errors = { zeroCount: zeroError, count: countError, sum: sumError };
  return { ...rest, histogram: { ...histogram, count, sum, zeroCount, errors } };
}

/** Returns a compensated sum with the errors added. */
export function withErrorsAdded({ errors, ...histogram }: CompensatedHistogram): FloatHistogram {
  const added = ({ indexes, counts, errors: own }: Buckets): Buckets => ({
    indexes,
    counts: own === undefined ? counts : counts.map((count, position) => count + (own[position] ?? 0)),
  });
  return {
    ...histogram,
    count: histogram.count + errors.count,
    sum: histogram.sum + errors.sum,
    zeroCount: histogram.zeroCount + errors.zeroCount,
    positive: added(histogram.positive),
    negative: added(histogram.negative),
  };
}

/** Returns a compensated sum with all numbers and errors multiplied. */
export function scaleCompensated(h: CompensatedHistogram, f: (value: number) => number): CompensatedHistogram {
  const scale = ({ indexes, counts, errors }: Buckets): Buckets => ({
    indexes,
    counts: counts.map(f),
    errors: errors?.map(f),
  });
  return {
    ...h,
    count: f(h.count),
    sum: f(h.sum),
    zeroCount: f(h.zeroCount),
    positive: scale(h.positive),
    negative: scale(h.negative),
    errors: { zeroCount: f(h.errors.zeroCount), count: f(h.errors.count), sum: f(h.errors.sum) },
  };
}

/** Returns a histogram with a lower resolution. */
export function toSchema(histogram: FloatHistogram, schema: number): FloatHistogram {
  if (schema === histogram.schema) return histogram;
  return {
    ...histogram,
    // The hint is dropped, because buckets of different resolutions cannot be compared for it.
    hint: 'unknown',
    schema,
    positive: reduceResolution(histogram.positive, histogram.schema, schema),
    negative: reduceResolution(histogram.negative, histogram.schema, schema),
  };
}

function combine<H extends FloatHistogram>(first: H, b: FloatHistogram, sign: 1 | -1): Combined<H> {
  if (isCustom(first) !== isCustom(b)) throw new IncompatibleSchemaError();
  const [hint, resetsCollide] = combineHints(first.hint, b.hint);
  const count = first.count + sign * b.count;
  const sum = first.sum + sign * b.sum;
  if (isCustom(first)) {
    const boundsReconciled = !sameNumbers(first.customValues, b.customValues);
    const customValues = boundsReconciled ? commonBounds(first.customValues, b.customValues) : first.customValues;
    const positive = boundsReconciled
      ? addMismatchedBuckets([first.positive, first.customValues], [b.positive, b.customValues], customValues, sign)
      : addBuckets(first.positive, b.positive, { schema: first.schema, zeroThreshold: 0, sign });
    return { histogram: { ...first, hint, count, sum, customValues, positive }, resetsCollide, boundsReconciled };
  }
  const { a, zeroCount } = reconcileZero(first, b);
  const schema = Math.min(a.schema, b.schema);
  const addition = { schema, zeroThreshold: a.zeroThreshold, sign };
  const sides = (name: 'positive' | 'negative'): Buckets =>
    addBuckets(reduceResolution(a[name], a.schema, schema), reduceResolution(b[name], b.schema, schema), addition);
  const zero = a.zeroCount + sign * zeroCount;
  const [positive, negative] = [sides('positive'), sides('negative')];
  const histogram = { ...a, hint, schema, count, sum, zeroCount: zero, positive, negative };
  return { histogram, resetsCollide, boundsReconciled: false };
}

function combineHints(a: ResetHint, b: ResetHint): readonly [hint: ResetHint, collide: boolean] {
  if (a === b) return [a, false];
  if (a === 'gauge' || b === 'gauge') return ['gauge', false];
  return ['unknown', a !== 'unknown' && b !== 'unknown'];
}

function commonBounds(a: readonly number[], b: readonly number[]): readonly number[] {
  const other = new Set(b);
  return a.filter((bound) => other.has(bound));
}

/**
 * Widens the smaller of two zero buckets. Returns the first histogram with the wider bucket, and the count of the
 * second one in it.
 */
function reconcileZero<H extends FloatHistogram>(
  first: H,
  b: FloatHistogram,
): { readonly a: H; readonly zeroCount: number } {
  let a = first;
  let { zeroCount, zeroThreshold } = b;
  while (zeroThreshold !== a.zeroThreshold) {
    if (a.zeroThreshold > zeroThreshold) ({ zeroCount, zeroThreshold } = zeroBucketFor(b, a.zeroThreshold));
    if (zeroThreshold > a.zeroThreshold) a = widened(a, zeroThreshold);
  }
  return { a, zeroCount };
}

function widened<H extends FloatHistogram>(histogram: H, threshold: number): H {
  const { error, ...zero } = zeroBucketFor(histogram, threshold);
  const { errors } = histogram as Partial<CompensatedHistogram>;
  const result = { ...histogram, ...zero };
  const outside = (
    buckets: Buckets,
    bounds: readonly { readonly lower: number; readonly upper: number }[],
  ): Buckets => {
    const kept = new Set(bounds.flatMap(({ lower, upper }, position) => (isOutside(lower, upper) ? [position] : [])));
    let position = -1;
    return copyBuckets(buckets, (count, own) => {
      position += 1;
      return kept.has(position) && (count !== 0 || own !== 0);
    });
  };
  const isOutside = (lower: number, upper: number): boolean =>
    lower >= result.zeroThreshold || upper <= -result.zeroThreshold;
  return {
    ...result,
    ...(errors === undefined ? {} : { errors: { ...errors, zeroCount: error } }),
    positive: outside(histogram.positive, positiveBuckets(histogram)),
    negative: outside(histogram.negative, negativeBuckets(histogram)),
  };
}

/** A zero bucket and the error of its count in a compensated sum. */
interface ZeroBucket {
  readonly zeroCount: number;
  readonly zeroThreshold: number;
  readonly error: number;
}

/** Returns the zero bucket that a histogram has if it ends at a larger threshold, or at the next bound above it. */
export function zeroBucketFor(histogram: FloatHistogram, largerThreshold: number): ZeroBucket {
  const error = (histogram as Partial<CompensatedHistogram>).errors?.zeroCount ?? 0;
  const start = { zeroCount: histogram.zeroCount, error };
  if (largerThreshold === histogram.zeroThreshold) return { ...start, zeroThreshold: largerThreshold };
  const positive = positiveBuckets(histogram).map(({ lower, upper, count }) => ({ near: lower, far: upper, count }));
  const negative = negativeBuckets(histogram).map(({ lower, upper, count }) => ({ near: -upper, far: -lower, count }));
  for (let zeroThreshold = largerThreshold; ; ) {
    const withPositive = addToZero({ ...start, zeroThreshold }, positive, histogram.positive.errors);
    const whole = addToZero(withPositive, negative, histogram.negative.errors);
    // A threshold that a negative bucket widens may include further positive ones.
    if (whole.zeroThreshold === withPositive.zeroThreshold) return whole;
    ({ zeroThreshold } = whole);
  }
}

/** Adds the buckets that begin within a zero bucket. One that ends beyond it widens it. */
function addToZero(
  zero: ZeroBucket,
  buckets: readonly { readonly near: number; readonly far: number; readonly count: number }[],
  errors: readonly number[] | undefined,
): ZeroBucket {
  let { zeroCount, error, zeroThreshold } = zero;
  for (const [position, { near, far, count }] of buckets.entries()) {
    if (near >= zeroThreshold) break;
    [zeroCount, error] = increase(count, zeroCount, error);
    if (errors !== undefined) [zeroCount, error] = increase(errors[position], zeroCount, error);
    if (far <= zeroThreshold) continue;
    if (count !== 0) zeroThreshold = far;
    break;
  }
  return { zeroCount, error, zeroThreshold };
}
