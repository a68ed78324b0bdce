import type { PipelineGraph } from '@otelier/query';
import type { WorkerState } from './protocol.ts';

type PipelineNode = PipelineGraph['nodes'][number];
type PipelineEdge = PipelineGraph['edges'][number];
/** The counters of one thread's graph. */
export type Counts = Pick<WorkerState, 'nodes' | 'edges' | 'refusedRequests'>;

/**
 * Merges the graphs of all threads. A component that runs in several threads becomes a single node with summed
 * counters.
 */
export function mergeGraphs(own: PipelineGraph, workers: readonly WorkerState[]): PipelineGraph {
  const { admission, process } = own;
  const merged = mergeCounts([{ ...own, refusedRequests: admission.refusedRequests }, ...workers]);
  const delays = workers.map(({ eventLoopDelayP99Millis }) => eventLoopDelayP99Millis);
  return {
    ...own,
    nodes: merged.nodes,
    edges: merged.edges,
    admission: { ...admission, refusedRequests: merged.refusedRequests },
    // The delay is the maximum across threads; resident memory and CPU time already cover the whole process.
    process: {
      ...process,
      heapBytes: workers.reduce((sum, { heapBytes }) => sum + heapBytes, process.heapBytes),
      externalBytes: workers.reduce((sum, { externalBytes }) => sum + externalBytes, process.externalBytes),
      eventLoopDelayP99Millis: Math.max(process.eventLoopDelayP99Millis, ...delays),
      workerCpuCores: workers.map(({ cpuCores }) => cpuCores),
    },
  };
}

/** Sums counters by node and edge across threads, in order of first occurrence. */
export function mergeCounts(threads: readonly Counts[]): Counts {
  const nodes = new Map<string, PipelineNode>();
  const edges = new Map<string, PipelineEdge>();
  for (const thread of threads) {
    for (const node of thread.nodes) {
      const before = nodes.get(node.id);
      nodes.set(node.id, before ? addNodes(before, node) : node);
    }
    for (const edge of thread.edges) {
      const before = edges.get(edge.id);
      edges.set(edge.id, before ? addEdges(before, edge) : edge);
    }
  }
  const refusedRequests = threads.reduce((sum, thread) => sum + thread.refusedRequests, 0);
  return { nodes: [...nodes.values()], edges: [...edges.values()], refusedRequests };
}

function addNodes(a: PipelineNode, b: PipelineNode): PipelineNode {
  const dropped = { ...a.dropped };
  for (const [reason, items] of Object.entries(b.dropped)) dropped[reason] = (dropped[reason] ?? 0) + items;
  const sentItems =
    a.sentItems === undefined && b.sentItems === undefined ? undefined : (a.sentItems ?? 0) + (b.sentItems ?? 0);
  return { ...a, dropped, sentItems, problem: a.problem ?? b.problem, queue: addQueues(a.queue, b.queue) };
}

function addQueues(a: PipelineNode['queue'], b: PipelineNode['queue']): PipelineNode['queue'] {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    sizeBytes: a.sizeBytes + b.sizeBytes,
    limitBytes: a.limitBytes + b.limitBytes,
    requests: a.requests + b.requests,
  };
}

function addEdges(a: PipelineEdge, b: PipelineEdge): PipelineEdge {
  return {
    ...a,
    items: a.items + b.items,
    bytes: a.bytes + b.bytes,
    batches: a.batches + b.batches,
    refusedItems: a.refusedItems + b.refusedItems,
    consumeMicros: a.consumeMicros + b.consumeMicros,
  };
}
