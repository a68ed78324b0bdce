import type { DenseBuckets, PointData } from './points.ts';

/** An exponential histogram. */
export type Exponential = Extract<PointData, { kind: 'exponential' }>;

/** The schemas of native histograms. */
const MAX_SCHEMA = 8;
const MIN_SCHEMA = -4;
/** Zero threshold of points that have none. */
const DEFAULT_ZERO_THRESHOLD = 1e-128;

/** A native histogram of Prometheus: runs of consecutive buckets, and their counts. */
export interface NativeForm {
  readonly schema: number;
  readonly count: number;
  readonly sum: number;
  readonly zeroCount: number;
  readonly zeroThreshold: number;
  readonly positive: NativeSide;
  readonly negative: NativeSide;
}

/** The buckets of one sign. `offset` of a run is relative to the end of the run before. */
export interface NativeSide {
  readonly spans: readonly { readonly offset: number; readonly length: number }[];
  readonly counts: readonly number[];
}

/** Converts an exponential histogram. Returns `undefined` if its scale is too coarse or it has no sum. */
export function nativeForm({ scale, count, sum, ...point }: Exponential): NativeForm | undefined {
  if (scale < MIN_SCHEMA || sum === undefined) return undefined;
  const schema = Math.min(scale, MAX_SCHEMA);
  const shift = scale - schema;
  return {
    schema,
    count,
    sum,
    zeroCount: point.zeroCount,
    zeroThreshold: point.zeroThreshold === 0 ? DEFAULT_ZERO_THRESHOLD : point.zeroThreshold,
    positive: sideOf(point.positive, shift),
    negative: sideOf(point.negative, shift),
  };
}

/** The bucket that begins at 1 in OpenTelemetry, with index 0, ends at 1 in Prometheus one index later. */
function sideOf(buckets: DenseBuckets, shift: number): NativeSide {
  const spans: { offset: number; length: number }[] = [];
  const counts: number[] = [];
  let next = 0;
  for (const [index, count] of merged(buckets, shift)) {
    if (count === 0) continue;
    const last = spans.at(-1);
    if (last !== undefined && index + 1 === next) last.length += 1;
    else spans.push({ offset: index + 1 - next, length: 1 });
    counts.push(count);
    next = index + 2;
  }
  return { spans, counts };
}

/** Returns the counts of buckets by index at a scale that is lower by `shift`. */
function merged({ offset, counts }: DenseBuckets, shift: number): Map<number, number> {
  const result = new Map<number, number>();
  for (const [position, count] of counts.entries()) {
    const index = Math.floor((offset + position) / 2 ** shift);
    result.set(index, (result.get(index) ?? 0) + count);
  }
  return result;
}

/** Adds two exponential histograms, at the lower of their scales. */
export function nativeSum(a: Exponential, b: Exponential): Exponential {
  const scale = Math.min(a.scale, b.scale);
  const side = (name: 'positive' | 'negative'): DenseBuckets => {
    const total = merged(a[name], a.scale - scale);
    for (const [index, count] of merged(b[name], b.scale - scale)) total.set(index, (total.get(index) ?? 0) + count);
    return dense(total);
  };
  return {
    ...b,
    scale,
    count: a.count + b.count,
    sum: a.sum === undefined || b.sum === undefined ? undefined : a.sum + b.sum,
    zeroCount: a.zeroCount + b.zeroCount,
    zeroThreshold: Math.max(a.zeroThreshold, b.zeroThreshold),
    positive: side('positive'),
    negative: side('negative'),
  };
}

function dense(counts: ReadonlyMap<number, number>): DenseBuckets {
  if (counts.size === 0) return { offset: 0, counts: [] };
  const indexes = [...counts.keys()];
  const offset = indexes.reduce((low, index) => Math.min(low, index));
  const last = indexes.reduce((high, index) => Math.max(high, index));
  return { offset, counts: Array.from({ length: last - offset + 1 }, (_, index) => counts.get(offset + index) ?? 0) };
}
