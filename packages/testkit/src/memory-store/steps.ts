import type { RangeQuery } from '@otelier/store';

/** A range divided into equal steps. */
export interface Steps {
  /** Start time of each step. */
  readonly times: readonly bigint[];
  readonly stepSeconds: number;
  /** Returns the index of the step that contains a time in the range. */
  indexOf(time: bigint): number;
}

/** Divides the range of a query into steps. */
export function stepsOf({ start, end, steps }: RangeQuery & { readonly steps: number }): Steps {
  const span = end > start ? end - start : 1n;
  const count = BigInt(steps);
  return {
    times: Array.from({ length: steps }, (_, i) => start + (span * BigInt(i)) / count),
    stepSeconds: Number(span) / steps / 1e9,
    indexOf: (time) => Number(((time - start) * count) / span),
  };
}

/** Returns a quantile of the values (nearest rank), or `undefined` if there are none. */
export function quantile(values: readonly number[], q: number): number | undefined {
  const ascending = values.toSorted((a, b) => a - b);
  return ascending[Math.max(0, Math.ceil(q * ascending.length) - 1)];
}

/** Counts the occurrences of each string, most frequent first, with ties in alphabetical order. */
export function countValues(values: Iterable<string>, limit: number): { value: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, limit);
}
