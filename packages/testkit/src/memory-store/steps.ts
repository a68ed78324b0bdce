import type { RangeQuery } from '@otelier/store';

/** A range cut into equal steps. */
export interface Steps {
  /** Start of each step. */
  readonly times: readonly bigint[];
  readonly stepSeconds: number;
  /** Which step a time inside the range falls into. */
  indexOf(time: bigint): number;
}

/** Cuts a query's range into steps. */
export function stepsOf({ start, end, steps }: RangeQuery & { readonly steps: number }): Steps {
  const span = end > start ? end - start : 1n;
  const count = BigInt(steps);
  return {
    times: Array.from({ length: steps }, (_, i) => start + (span * BigInt(i)) / count),
    stepSeconds: Number(span) / steps / 1e9,
    indexOf: (time) => Number(((time - start) * count) / span),
  };
}

/** The value below which the given part of the values lies (nearest rank); `undefined` without values. */
export function quantile(values: readonly number[], q: number): number | undefined {
  const ascending = values.toSorted((a, b) => a - b);
  return ascending[Math.max(0, Math.ceil(q * ascending.length) - 1)];
}

/** How often each text occurs, the most frequent first, equals in order of the alphabet. */
export function countValues(values: Iterable<string>, limit: number): { value: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, limit);
}
