import type { RequestDuration } from '@otelier/query';
import { addCounts } from '../batching/add-batching.ts';

type Durations = readonly RequestDuration[] | undefined;

/** Sums the durations of requests of a component in several threads, or of its predecessors and it. */
export function addDurations(a: Durations, b: Durations): Durations {
  if (a === undefined || b === undefined) return a ?? b;
  const sums = new Map<string, RequestDuration>();
  for (const one of [...a, ...b]) {
    const key = `${one.metric} ${JSON.stringify(one.attributes)}`;
    const before = sums.get(key);
    sums.set(key, before === undefined ? one : { ...one, ...addCounts(before, one) });
  }
  return [...sums.values()];
}
