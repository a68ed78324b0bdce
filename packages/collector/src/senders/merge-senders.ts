import type { Signal } from '@otelier/otlp';
import type { InspectedSnapshot, SenderSnapshot, SendersSnapshot, SignalCounts } from './sender-snapshot.ts';

/** What all threads know of a sender. */
export interface MergedSender extends SenderSnapshot {
  /** Number of threads that know it. */
  readonly threads: number;
}

/** Merges the senders of threads. */
export function mergeSenders(snapshots: readonly SendersSnapshot[]): readonly MergedSender[] {
  const groups = Map.groupBy(
    snapshots.flatMap(({ senders }) => senders),
    ({ facts, address }) => JSON.stringify([facts, address]),
  );
  return [...groups.values()].map((group) =>
    group.map((sender): MergedSender => ({ ...sender, threads: 1 })).reduce(mergeTwo),
  );
}

function mergeTwo(a: MergedSender, b: MergedSender): MergedSender {
  const signals = [...new Set([...Object.keys(a.signals), ...Object.keys(b.signals)])] as Signal[];
  return {
    ...a,
    threads: a.threads + 1,
    transports: union(a.transports, b.transports),
    firstMillis: Math.min(a.firstMillis, b.firstMillis),
    lastMillis: Math.max(a.lastMillis, b.lastMillis),
    itemsPerSecond: a.itemsPerSecond + b.itemsPerSecond,
    signals: Object.fromEntries(signals.map((signal) => [signal, mergeCounts(a.signals[signal], b.signals[signal])])),
    reasons: {
      partial: a.reasons.partial || b.reasons.partial,
      refused: a.reasons.refused || b.reasons.refused,
      retry: a.reasons.retry || b.reasons.retry,
    },
    repeatedAccepted: a.repeatedAccepted + b.repeatedAccepted,
    repeatedFailed: a.repeatedFailed + b.repeatedFailed,
    inspected: mergeInspected(a.inspected, b.inspected),
  };
}

function mergeCounts(a: SignalCounts | undefined, b: SignalCounts | undefined): SignalCounts | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    requests: a.requests + b.requests,
    items: a.items + b.items,
    partialRequests: a.partialRequests + b.partialRequests,
    rejectedItems: a.rejectedItems + b.rejectedItems,
    refusedRequests: a.refusedRequests + b.refusedRequests,
    refusedItems: a.refusedItems + b.refusedItems,
    retryRequests: a.retryRequests + b.retryRequests,
    firstMillis: Math.min(a.firstMillis, b.firstMillis),
    lastMillis: Math.max(a.lastMillis, b.lastMillis),
  };
}

function mergeInspected(a: InspectedSnapshot, b: InspectedSnapshot): InspectedSnapshot {
  const deprecated = new Map(a.deprecated);
  for (const [name, items] of b.deprecated) deprecated.set(name, (deprecated.get(name) ?? 0) + items);
  return {
    requests: a.requests + b.requests,
    items: a.items + b.items,
    offsets: [...a.offsets, ...b.offsets],
    deprecated,
    deprecatedMetrics: union(a.deprecatedMetrics, b.deprecatedMetrics),
    huge: (a.huge?.bytes ?? 0) >= (b.huge?.bytes ?? 0) ? a.huge : b.huge,
    dropped: {
      attributes: a.dropped.attributes + b.dropped.attributes,
      events: a.dropped.events + b.dropped.events,
      links: a.dropped.links + b.dropped.links,
    },
    invalidIds: a.invalidIds + b.invalidIds,
    invalidTimes: a.invalidTimes + b.invalidTimes,
    conflicts: union(a.conflicts, b.conflicts),
    duplicates: union(a.duplicates, b.duplicates),
    temporality: union(a.temporality, b.temporality),
    self: mergeSelf([...a.self, ...b.self]),
    parents: { watched: a.parents.watched + b.parents.watched, missing: a.parents.missing + b.parents.missing },
    roots: mergeRoots([...a.roots, ...b.roots]),
  };
}

/** Keeps the latest value of each counter. */
function mergeSelf(counts: InspectedSnapshot['self']): InspectedSnapshot['self'] {
  const groups = Map.groupBy(counts, ({ of, signal, error, component }) =>
    JSON.stringify([of, signal, error, component]),
  );
  return [...groups.values()].map((group) =>
    group.reduce((a, b) => (b.startMillis > a.startMillis || b.value > a.value ? b : a)),
  );
}

function mergeRoots(roots: InspectedSnapshot['roots']): InspectedSnapshot['roots'] {
  const groups = Map.groupBy(roots, ({ scope }) => scope);
  return [...groups.values()].map((group) =>
    group.reduce((a, b) => ({
      scope: a.scope,
      roots: a.roots + b.roots,
      inside: a.inside + b.inside,
      expected: a.expected + b.expected,
      children: a.children + b.children,
    })),
  );
}

function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])];
}
