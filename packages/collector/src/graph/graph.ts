import type { Batch, Outcome, Signal } from '@otelier/otlp';
import type { PipelineGraph } from '@otelier/query';
import type { Admissions } from '../component/admissions.ts';
import type { Consumer } from '../component/contract.ts';
import type { TapFilter } from '../component/host.ts';
import type { QueueState } from '../component/sending/queue.ts';
import type { Edge } from './edge.ts';
import type { Node } from './node.ts';
import type { Taps } from './taps.ts';

/** An edge and where it runs. */
export interface GraphEdge {
  readonly id: string;
  readonly from: Node;
  readonly to: Node;
  readonly signal: Signal;
  readonly pipeline: string;
  readonly edge: Edge;
}

/** Where a receiver hands its batches of one signal on, before they fan out. */
export interface Outlet {
  readonly signal: Signal;
  readonly taps: Taps;
}

/** Component instances and the edges between them, in the order in which they are to be started. */
export interface Graph {
  /** Extensions first, then from the exporters back to the receivers. */
  readonly nodes: readonly Node[];
  readonly edges: readonly GraphEdge[];
  readonly outlets: readonly Outlet[];
  /** By the id of a node, the way in for batches that come from other threads. Their edges are counted there. */
  readonly arrivals: ReadonlyMap<string, Consumer>;
}

/** The graph of a service that has none yet. */
export const EMPTY_GRAPH: Graph = { nodes: [], edges: [], outlets: [], arrivals: new Map() };

/** The graph with its counters as they are now. */
export function snapshot(
  graph: Graph,
  admission: Admissions,
  process: PipelineGraph['process'],
  atMillis: number,
): PipelineGraph {
  const nodes: PipelineGraph['nodes'][number][] = [];
  for (const { identity, queue, error, dropped } of graph.nodes) {
    if (identity.kind === 'extension') continue;
    nodes.push({
      ...identity,
      kind: identity.kind,
      queue: queue && waiting(queue()),
      problem: error,
      dropped: { ...dropped },
    });
  }
  return {
    atMillis,
    nodes,
    edges: graph.edges.map(({ id, from, to, signal, pipeline, edge }) => ({
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
    })),
    admission: {
      inFlightBytes: admission.inFlightBytes,
      limitBytes: admission.limitBytes,
      refusedRequests: admission.refusedRequests,
    },
    process,
  };
}

function waiting({ sizeBytes, limitBytes, requests }: QueueState): PipelineGraph['nodes'][number]['queue'] {
  return { sizeBytes, limitBytes, requests };
}

/** Brings a batch of another thread to its node. */
export async function deliver({ arrivals }: Graph, nodeId: string, batch: Batch): Promise<Outcome> {
  const arrival = arrivals.get(nodeId);
  return arrival ? await arrival.consume(batch) : { kind: 'refused', reason: `this thread has no ${nodeId}` };
}

/** Lets `listener` see the batches that `filter` names; returns how to stop. */
export function tap(graph: Graph, { signal, into }: TapFilter, listener: (batch: Batch) => void): () => void {
  const places =
    into === undefined
      ? graph.outlets.filter((outlet) => outlet.signal === signal).map(({ taps }) => taps)
      : graph.edges
          .filter((edge) => edge.signal === signal && edge.to.identity.component === into)
          .map(({ edge }) => edge.taps);
  const stops = places.map((taps) => taps.add(listener));
  return () => {
    for (const stop of stops) stop();
  };
}
