import type { Edge } from './edge.ts';
import type { Graph } from './graph.ts';
import type { Node } from './node.ts';

/** The parts of a running graph that a new graph takes over. */
export class RunningNodes {
  readonly #kept: ReadonlySet<string>;
  readonly #nodes: ReadonlyMap<string, Node>;
  readonly #edges: ReadonlyMap<string, Graph['edges'][number]>;
  readonly #arrivals: ReadonlyMap<string, Edge>;

  constructor({ nodes, edges, arrivals }: Graph, kept: ReadonlySet<string>) {
    this.#kept = kept;
    this.#nodes = new Map(nodes.map((node) => [node.identity.id, node]));
    this.#edges = new Map(edges.map((edge) => [edge.id, edge]));
    this.#arrivals = arrivals;
  }

  /** Returns the running node of an unchanged component. */
  node(id: string, role: string): Node | undefined {
    const node = this.#kept.has(id) ? this.#nodes.get(id) : undefined;
    return node?.role === role ? node : undefined;
  }

  /** Returns the edge between two running nodes, with its counters. */
  edge(id: string, from: Node, to: Node): Edge | undefined {
    const found = this.#edges.get(id);
    return found?.from === from && found.to === to ? found.edge : undefined;
  }

  /** Returns the edge through which batches of other threads enter a running node. */
  arrival(node: Node): Edge | undefined {
    const { id } = node.identity;
    return this.#nodes.get(id) === node ? this.#arrivals.get(id) : undefined;
  }
}
