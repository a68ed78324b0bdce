import type { Batch, Signal } from '@otelier/otlp';
import type { PipelineGraph } from '@otelier/query';
import type { TapFilter } from '../component/host.ts';
import type { QueueState } from '../component/sending/queue.ts';
import type { PipelineTenants } from '../tenants/pipeline-tenants.ts';
import type { Counts } from './counts.ts';
import type { Edge } from './edge.ts';
import { ledgerOf } from './ledger/node-ledger.ts';
import type { Node } from './node.ts';
import type { Taps } from './taps.ts';

/** An edge with its endpoints. */
export interface GraphEdge {
  readonly id: string;
  readonly from: Node;
  readonly to: Node;
  readonly signal: Signal;
  readonly pipeline: string;
  /** The tenants whose batches enter the pipeline here; `undefined` for all, and within a pipeline. */
  readonly tenants: PipelineTenants | undefined;
  readonly edge: Edge;
}

/** A receiver's output for one signal, before the fan-out. */
export interface Outlet {
  readonly signal: Signal;
  readonly taps: Taps;
}

/** Component instances in start order, and the edges between them. */
export interface Graph {
  /** Extensions, then exporters, processors and connectors, and receivers. */
  readonly nodes: readonly Node[];
  readonly edges: readonly GraphEdge[];
  readonly outlets: readonly Outlet[];
  /** Consumers of batches from other threads, by node ID. The sending thread counts the edges. */
  readonly arrivals: ReadonlyMap<string, Edge>;
}

/** A graph without nodes. */
export const EMPTY_GRAPH: Graph = { nodes: [], edges: [], outlets: [], arrivals: new Map() };

/** Returns the current values of the counters of nodes and edges. */
export function countsOf(graph: Pick<Graph, 'nodes' | 'edges'>): Counts {
  const nodes: PipelineGraph['nodes'][number][] = [];
  for (const node of graph.nodes) {
    const { identity, queue, error, ledger, lastLoss } = node;
    if (identity.kind === 'extension') continue;
    nodes.push({
      ...identity,
      kind: identity.kind,
      queue: queue && queueOf(queue()),
      sentItems: queue?.().deliveredItems,
      problem: error,
      dropped: { ...ledger.dropped },
      lastLoss,
      batching: node.instance?.batching?.(),
      requests: node.requests?.durations(),
      rejections: node.rejections?.list(),
      ledger: ledgerOf(node),
    });
  }
  const edges = graph.edges.map(({ id, from, to, signal, pipeline, edge }) => ({
    id,
    from: from.identity.id,
    to: to.identity.id,
    signal,
    pipeline,
    items: edge.items,
    bytes: edge.bytes,
    batches: edge.batches,
    refusedItems: edge.refusedItems,
    consumeMicros: Math.round(edge.consumeMicros),
    rejectedItems: edge.rejectedItems,
    pendingItems: edge.pendingItems,
  }));
  return { nodes, edges, refusedRequests: 0 };
}

function queueOf({ sizeBytes, limitBytes, requests }: QueueState): PipelineGraph['nodes'][number]['queue'] {
  return { sizeBytes, limitBytes, requests };
}

/** Calls `listener` with every batch that matches `filter`, until the returned function is called. */
export function tap(graph: Graph, filter: TapFilter, listener: (batch: Batch) => void): () => void {
  const stops = matchingTaps(graph, filter).map((taps) => taps.add(listener));
  return () => {
    for (const stop of stops) stop();
  };
}

function matchingTaps(graph: Graph, filter: TapFilter): readonly Taps[] {
  if (filter.edges !== undefined) {
    const { edges } = filter;
    return graph.edges.filter(({ id }) => edges.includes(id)).map(({ edge }) => edge.taps);
  }
  const { signal, into } = filter;
  return into === undefined
    ? graph.outlets.filter((outlet) => outlet.signal === signal).map(({ taps }) => taps)
    : graph.edges
        .filter((edge) => edge.signal === signal && edge.to.identity.component === into)
        .map(({ edge }) => edge.taps);
}
