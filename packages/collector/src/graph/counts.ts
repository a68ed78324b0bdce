import type { PipelineGraph } from '@otelier/query';
import { addBatching } from '../component/batching/add-batching.ts';
import { addDurations } from '../component/requests/add-durations.ts';
import { mergeRejections } from '../component/requests/rejected-requests.ts';
import { addLedgers } from './ledger/node-ledger.ts';

type PipelineNode = PipelineGraph['nodes'][number];
type PipelineEdge = PipelineGraph['edges'][number];

/** The counters of a graph in one thread. */
export interface Counts {
  readonly nodes: PipelineGraph['nodes'];
  readonly edges: PipelineGraph['edges'];
  readonly refusedRequests: number;
}

/** Sums counters of threads, or of a component and its predecessors, by node and edge, in order of first occurrence. */
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
  return {
    ...a,
    dropped,
    sentItems,
    problem: a.problem ?? b.problem,
    lastLoss: laterLoss(a.lastLoss, b.lastLoss),
    queue: addQueues(a.queue, b.queue),
    batching: addBatching(a.batching, b.batching),
    requests: addDurations(a.requests, b.requests),
    rejections: mergeRejections(a.rejections, b.rejections),
    ledger: addLedgers(a.ledger, b.ledger),
  };
}

function laterLoss(a: PipelineNode['lastLoss'], b: PipelineNode['lastLoss']): PipelineNode['lastLoss'] {
  if (a === undefined || b === undefined) return a ?? b;
  return a.atMillis >= b.atMillis ? a : b;
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
    rejectedItems: (a.rejectedItems ?? 0) + (b.rejectedItems ?? 0),
    pendingItems: (a.pendingItems ?? 0) + (b.pendingItems ?? 0),
  };
}
