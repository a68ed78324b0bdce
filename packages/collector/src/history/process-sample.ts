import type { PipelineGraph } from '@otelier/query';
import type { Joining, Sample } from './series-ring.ts';

/** Names of the series, apart from those of single components and signals. */
export const SERIES = ['cpu', 'memory', 'heap', 'delay', 'admission', 'disk'] as const;

/** Prefixes of the series of queues, by exporter, and of received items per second, by signal. */
export const QUEUE = 'queue ';
export const ITEMS = 'items ';

const PEAKS = /^(?:delay|admission|queue )/;

/** Returns how samples are joined: of levels that matter at their worst, the highest counts. */
export function joiningOf(name: string): Joining {
  return PEAKS.test(name) ? 'max' : 'mean';
}

/** Returns the values of a graph, with rates since the one before it. */
export function processSample(graph: PipelineGraph, before: PipelineGraph | undefined): Sample {
  const { process, admission, nodes } = graph;
  const sample = new Map<string, number>([
    ['cpu', process.cpuCores],
    ['memory', process.rssBytes],
    ['heap', process.heapBytes],
    ['delay', process.eventLoopDelayP99Millis],
    ['admission', share(admission.inFlightBytes, admission.limitBytes)],
  ]);
  for (const { queue, component } of nodes) {
    if (queue === undefined) continue;
    const name = `${QUEUE}${component}`;
    sample.set(name, Math.max(sample.get(name) ?? 0, share(queue.sizeBytes, queue.limitBytes)));
  }
  if (before === undefined) return sample;
  const seconds = (graph.atMillis - before.atMillis) / 1000;
  const earlier = receivedItems(before);
  for (const [signal, items] of receivedItems(graph)) {
    const since = items - (earlier.get(signal) ?? 0);
    // A reload that replaces a receiver begins at 0.
    if (seconds > 0 && since >= 0) sample.set(`${ITEMS}${signal}`, since / seconds);
  }
  return sample;
}

function share(size: number, limit: number): number {
  return limit > 0 ? size / limit : 0;
}

/** Returns the items received by signal: once for each receiver, since all of its pipelines get the same items. */
function receivedItems({ nodes, edges }: PipelineGraph): ReadonlyMap<string, number> {
  const receivers = new Set(nodes.filter(({ kind }) => kind === 'receiver').map(({ id }) => id));
  const largest = new Map<string, { readonly signal: string; readonly items: number }>();
  for (const { from, signal, items } of edges) {
    const key = `${from} ${signal}`;
    if (receivers.has(from) && items >= (largest.get(key)?.items ?? 0)) largest.set(key, { signal, items });
  }
  const totals = new Map<string, number>();
  for (const { signal, items } of largest.values()) totals.set(signal, (totals.get(signal) ?? 0) + items);
  return totals;
}
