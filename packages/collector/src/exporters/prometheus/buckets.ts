import type { ExportedExemplar, PointData } from '../../prometheus/points.ts';

/** A bucket with the number of values up to its bound. */
export interface CumulativeBucket {
  readonly bound: number;
  readonly count: number;
  readonly exemplar: ExportedExemplar | undefined;
}

/**
 * Returns the classic buckets of a histogram, the last of which has no bound, with the last exemplar of each. An exponential
 * histogram has only that one.
 */
export function cumulativeBuckets(
  data: Extract<PointData, { kind: 'histogram' | 'exponential' }>,
  exemplars: readonly ExportedExemplar[],
): readonly CumulativeBucket[] {
  const counts = new Map<number, number>();
  if (data.kind === 'histogram') {
    for (const [index, bound] of data.bounds.entries())
      if (!counts.has(bound) && bound !== Number.POSITIVE_INFINITY) counts.set(bound, data.counts[index] ?? 0);
  }
  let total = 0;
  let before = Number.NEGATIVE_INFINITY;
  const exemplarUpTo = (bound: number): ExportedExemplar | undefined => {
    const found = exemplars.findLast(({ value }) => value > before && value <= bound);
    before = bound;
    return found;
  };
  const buckets = [...counts]
    .sort(([a], [b]) => a - b)
    .map(([bound, count]) => {
      total += count;
      return { bound, count: total, exemplar: exemplarUpTo(bound) };
    });
  const last = Number.POSITIVE_INFINITY;
  return [...buckets, { bound: last, count: data.count, exemplar: exemplarUpTo(last) }];
}
