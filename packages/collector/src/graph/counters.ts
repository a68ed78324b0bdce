import type { PipelineGraph } from '@otelier/query';
import type { Admissions } from '../component/admissions.ts';
import { type Counts, mergeCounts } from './counts.ts';
import { countsOf, EMPTY_GRAPH, type Graph } from './graph.ts';
import { countForwarded, type Forwarded } from './life.ts';

/** The part of a graph that a reload has replaced. */
export type ReplacedGraph = Pick<Graph, 'nodes' | 'edges'>;

const NOTHING: ReplacedGraph = { nodes: [], edges: [] };
const NO_COUNTS: Counts = { nodes: [], edges: [], refusedRequests: 0 };

/** The counters of a graph over its reloads: a component that is replaced continues the counters of its predecessor. */
export class GraphCounters {
  #graph: Graph = EMPTY_GRAPH;
  /** What drains. */
  #replaced = NOTHING;
  /** The counts of what has been closed. */
  #past = NO_COUNTS;
  #pastForwarded: Forwarded = { forwardedItems: 0, lostItems: 0 };

  /** Counts a graph from now on, and what it replaces until the next call. */
  attach(graph: Graph, replaced: ReplacedGraph = NOTHING): void {
    const nodes = new Set(graph.nodes.map(({ identity }) => identity.id));
    const edges = new Set(graph.edges.map(({ id }) => id));
    const past = mergeCounts([this.#past, countsOf(this.#replaced)]);
    // The counts of removed components disappear with them.
    this.#past = {
      nodes: past.nodes
        .filter(({ id }) => nodes.has(id))
        .map((node) => ({
          ...node,
          ...{ queue: undefined, problem: undefined },
          batching: node.batching && { ...node.batching, combinations: undefined, inFlightRequests: undefined },
        })),
      edges: past.edges.filter(({ id }) => edges.has(id)),
      refusedRequests: 0,
    };
    this.#pastForwarded = add(this.#pastForwarded, countForwarded(this.#replaced));
    this.#graph = graph;
    this.#replaced = replaced;
  }

  /** Returns the graph with its counters. */
  snapshot(admission: Admissions, process: PipelineGraph['process'], atMillis: number): PipelineGraph {
    const own = countsOf(this.#graph);
    const { nodes, edges } = mergeCounts([own, countsOf(this.#replaced), this.#past]);
    const { inFlightBytes, limitBytes, refusedRequests } = admission;
    return {
      atMillis,
      // What only drains comes after what runs.
      nodes: nodes.slice(0, own.nodes.length),
      edges: edges.slice(0, own.edges.length),
      admission: { inFlightBytes, limitBytes, refusedRequests },
      process,
    };
  }

  /** Returns the items that exporters have delivered and lost since the start. */
  forwarded(): Forwarded {
    return add(add(countForwarded(this.#graph), countForwarded(this.#replaced)), this.#pastForwarded);
  }
}

function add(a: Forwarded, b: Forwarded): Forwarded {
  return { forwardedItems: a.forwardedItems + b.forwardedItems, lostItems: a.lostItems + b.lostItems };
}
