import type { Batching, BatchSizes, SizeCounts } from '@otelier/query';

/** Sums the batch counts of a component in several threads, or of its predecessors and it. */
export function addBatching(a: Batching | undefined, b: Batching | undefined): Batching | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    queued: addSizes(a.queued, b.queued),
    sent: addSizes(a.sent, b.sent),
    inFlightRequests: combined(a.inFlightRequests, b.inFlightRequests, (x, y) => x + y),
    sizeTriggers: combined(a.sizeTriggers, b.sizeTriggers, (x, y) => x + y),
    timeoutTriggers: combined(a.timeoutTriggers, b.timeoutTriggers, (x, y) => x + y),
    // The limit applies to each thread, and threads can have the same combinations.
    combinations: combined(a.combinations, b.combinations, Math.max),
  };
}

function addSizes(a: BatchSizes | undefined, b: BatchSizes | undefined): BatchSizes | undefined {
  return combined(a, b, (x, y) => ({ items: addCounts(x.items, y.items), bytes: addCounts(x.bytes, y.bytes) }));
}

/** Sums two histograms. */
export function addCounts(a: SizeCounts, b: SizeCounts): SizeCounts {
  const buckets = { ...a.buckets };
  for (const [bound, count] of Object.entries(b.buckets)) buckets[bound] = (buckets[bound] ?? 0) + count;
  return { buckets, sum: a.sum + b.sum };
}

function combined<T>(a: T | undefined, b: T | undefined, combine: (a: T, b: T) => T): T | undefined {
  return a === undefined || b === undefined ? (a ?? b) : combine(a, b);
}
