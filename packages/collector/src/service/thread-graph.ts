import type { Batch, Outcome } from '@otelier/otlp';
import type { Clock } from '@otelier/transport';
import { nextTurn } from '../component/turns/next-turn.ts';
import type { ServiceConfig } from '../config/model.ts';
import { type BuildOptions, type BuiltGraph, buildGraph } from '../graph/build.ts';
import { drainNodes } from '../graph/drain.ts';
import type { Edge } from '../graph/edge.ts';
import { type Exchange, findExchange, successorOf } from '../graph/exchange.ts';
import { EMPTY_GRAPH, type Graph } from '../graph/graph.ts';
import { closeNodes, startNodes } from '../graph/life.ts';
import type { Node, NodeIdentity } from '../graph/node.ts';
import type { ServiceHost } from './host.ts';
import type { Sockets } from './sockets.ts';

/** What a thread needs to build its graph. */
export interface ThreadGraphOptions extends Pick<BuildOptions, 'surroundings' | 'relay'> {
  readonly host: ServiceHost;
  readonly sockets: Sockets;
  readonly clock: Clock;
  /** Returns the placement of this thread. */
  place(config: ServiceConfig): BuildOptions['placement'];
}

/** A prepared graph that is not in use yet. */
interface Prepared {
  readonly built: BuiltGraph | undefined;
  readonly config: ServiceConfig;
  /** Nodes that the running graph does not have. */
  readonly created: readonly Node[];
  readonly exchange: Exchange;
  /** Running nodes that have stopped for their successors, each with the function that ends the wait of its callers. */
  readonly stopped: Map<Node, () => void>;
}

/** The running graph of one thread, and its replacement by another one. */
export class ThreadGraph {
  readonly #options: ThreadGraphOptions;
  #config: ServiceConfig | undefined;
  #graph: Graph = EMPTY_GRAPH;
  /** Nodes that the last switch has replaced, until they are closed, and the edges into them. */
  #replaced: { readonly nodes: readonly Node[]; readonly edges: ReadonlyMap<Node, readonly Edge[]> } = NOTHING;
  #prepared: Prepared | undefined;
  /** Inputs for batches of other threads, by node ID: those of the graph, and those of prepared and replaced nodes. */
  #arrivals: ReadonlyMap<string, Edge> = new Map();

  constructor(options: ThreadGraphOptions) {
    this.#options = options;
  }

  get graph(): Graph {
    return this.#graph;
  }

  /** Resolves when no component is processing a batch. */
  async settled(): Promise<void> {
    const isPending = () => this.#graph.edges.some(({ edge }) => edge.unsettledBatches > 0);
    while (isPending()) await Promise.all(this.#graph.edges.map(({ edge }) => edge.settled()));
  }

  /** Returns the components that are processing a batch, without those that wait for them. */
  pendingComponents(): readonly string[] {
    const pending = this.#graph.edges.filter(({ edge }) => edge.unsettledBatches > 0);
    const last = pending.filter(({ to }) => pending.every(({ from }) => from !== to));
    return [...new Set(last.map(({ to: { identity } }) => `${identity.kind}s/${identity.component}`))];
  }

  /** Builds the first graph. Throws a `StartError` if a component cannot be created. Nothing is started. */
  build(config: ServiceConfig): void {
    this.#config = config;
    const { graph } = buildGraph(this.#buildOptions(config));
    this.#use(graph, []);
  }

  /** Passes a batch from another thread to its node. */
  async deliver(nodeId: string, batch: Batch): Promise<Outcome> {
    const arrival = this.#arrivals.get(nodeId);
    return arrival ? await arrival.consume(batch) : { kind: 'refused', reason: `this thread has no ${nodeId}` };
  }

  /**
   * Builds another graph with the running nodes in `kept`, and starts its other nodes. The running graph is unchanged.
   * Rejects with a `StartError`; call `rollBack` then.
   */
  async prepare(config: ServiceConfig, kept: ReadonlySet<string>, stopped: () => boolean): Promise<void> {
    const created: Node[] = [];
    const stoppedNodes = new Map<Node, () => void>();
    this.#prepared = { built: undefined, config, created, exchange: { stop: [], start: [] }, stopped: stoppedNodes };
    this.#options.sockets.suspend();
    const built = buildGraph({ ...this.#buildOptions(config), running: { graph: this.#graph, kept } }, created);
    const exchange = findExchange(withoutNodes(this.#graph, built.graph), created);
    this.#prepared = { built, config, created, exchange, stopped: stoppedNodes };
    this.#options.host.prepare(built.graph);
    this.#arrivals = new Map([...built.graph.arrivals, ...this.#arrivals]);
    await nextTurn();
    await startNodes(
      created.filter((node) => !exchange.start.includes(node)),
      stopped,
    );
  }

  /**
   * Exchanges the components that cannot run beside their successors: stops the old ones, for at most `graceMillis` each,
   * and starts the new ones. Callers of the old ones wait. Rejects with a `StartError`; call `rollBack` then, which starts
   * the old ones again.
   */
  async exchange(stopped: () => boolean, graceMillis: number): Promise<void> {
    if (this.#prepared === undefined || stopped()) return;
    const { exchange } = this.#prepared;
    const edges = edgesInto(this.#graph, exchange.stop);
    // Receivers first.
    for (const node of exchange.stop.toReversed()) {
      this.#prepared.stopped.set(node, node.hold());
      await drainNodes([node], [node.identity.id], graceMillis, this.#options.clock, settledBy(edges));
      await closeNodes([node]);
    }
    await startNodes(exchange.start, stopped);
    for (const [node, release] of this.#prepared.stopped) {
      redirect(edges.get(node) ?? [], successorOf(node, exchange));
      release();
    }
  }

  /** Switches to the prepared graph, in one step. */
  switch(): void {
    const { built, config } = this.#prepared ?? {};
    if (built === undefined) throw new Error('expected a prepared graph, got none');
    this.#prepared = undefined;
    this.#config = config;
    const old = this.#graph;
    built.switch();
    const replaced = withoutNodes(old, built.graph);
    this.#use(built.graph, replaced);
    this.#replaced = { nodes: replaced, edges: edgesInto(old, replaced) };
    this.#options.sockets.switch();
  }

  /** Shuts down what `prepare` and `exchange` started, and starts again what `exchange` stopped. */
  async rollBack(): Promise<void> {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    await closeNodes(prepared?.created ?? []);
    if (prepared !== undefined && prepared.stopped.size > 0) await this.#restore(prepared.stopped);
    else this.#options.sockets.resume();
    this.#use(this.#graph, []);
  }

  /** Replaces stopped nodes by new ones with the same configuration. */
  async #restore(stopped: ReadonlyMap<Node, () => void>): Promise<void> {
    if (this.#config === undefined) return;
    const old = this.#graph;
    const kept = new Set(old.nodes.filter((node) => !stopped.has(node)).map(({ identity }) => identity.id));
    const created: Node[] = [];
    const built = buildGraph({ ...this.#buildOptions(this.#config), running: { graph: old, kept } }, created);
    this.#options.host.prepare(built.graph);
    for (const node of created) {
      // One that fails leaves the others running, and rejects its batches as retryable.
      await startNodes([node], () => false).catch((error: unknown) =>
        node.logger.error({ err: error }, 'component did not start again after a failed reload'),
      );
    }
    built.switch();
    const edges = edgesInto(old, [...stopped.keys()]);
    this.#use(built.graph, [...stopped.keys()]);
    for (const [node, release] of stopped) {
      redirect(
        edges.get(node) ?? [],
        created.find(({ identity }) => identity.id === node.identity.id),
      );
      release();
    }
    this.#options.sockets.switch();
  }

  /** Drains nodes of the running graph. */
  drain(ids: readonly string[], remainingMillis: number): Promise<void> {
    return drainNodes(this.#graph.nodes, ids, remainingMillis, this.#options.clock);
  }

  /** Returns the identities of the replaced nodes that are not closed, in start order. */
  replacedNodes(): readonly NodeIdentity[] {
    return this.#replaced.nodes.map(({ identity }) => identity);
  }

  /** Drains replaced nodes, each after the batches in it have left. */
  drainReplaced(ids: readonly string[], remainingMillis: number): Promise<void> {
    const { nodes, edges } = this.#replaced;
    return drainNodes(nodes, ids, remainingMillis, this.#options.clock, settledBy(edges));
  }

  /** Shuts down the replaced nodes. */
  async closeReplaced(): Promise<void> {
    const { nodes } = this.#replaced;
    this.#replaced = NOTHING;
    await closeNodes(nodes);
    this.#use(this.#graph, []);
  }

  /** Changes the log level of all components. */
  setLogLevel(level: string): void {
    this.#options.surroundings.logger.level = level;
    for (const { logger } of this.#graph.nodes) logger.level = level;
  }

  /** Shuts down all nodes. */
  async close(): Promise<void> {
    await closeNodes([...(this.#prepared?.created ?? []), ...this.#replaced.nodes, ...this.#graph.nodes]);
  }

  /** Makes a graph the running one, beside nodes that still drain. */
  #use(graph: Graph, draining: readonly Node[]): void {
    const { host } = this.#options;
    const isDraining = new Set(draining);
    const old = this.#graph;
    this.#arrivals = new Map([...old.arrivals, ...graph.arrivals]);
    if (draining.length === 0) this.#arrivals = graph.arrivals;
    this.#graph = graph;
    host.attach(graph, {
      nodes: draining,
      edges: old.edges.filter(({ from, to }) => isDraining.has(from) || isDraining.has(to)),
    });
  }

  #buildOptions(config: ServiceConfig): BuildOptions {
    const { surroundings, relay, place } = this.#options;
    return { config, surroundings, relay, placement: place(config) };
  }
}

/** Returns the nodes of a graph that another one does not have. */
function withoutNodes(graph: Graph, other: Graph): readonly Node[] {
  const nodes = new Set(other.nodes);
  return graph.nodes.filter((node) => !nodes.has(node));
}

/** Returns a function that resolves when the batches in a node have left it. */
function settledBy(edges: ReadonlyMap<Node, readonly Edge[]>): (node: Node) => Promise<unknown> {
  return (node) => Promise.all((edges.get(node) ?? []).map((edge) => edge.settled()));
}

function redirect(edges: readonly Edge[], successor: Node | undefined): void {
  if (successor?.consumer === undefined) return;
  const { consumer, ledger, countedAt } = successor;
  // Arrivals and edges of a partitioned component are redirected to the same component, which counts arrivals.
  for (const edge of edges) edge.redirect(consumer, successor, countedAt === 'edges' ? ledger : undefined);
}

const NOTHING = { nodes: [], edges: new Map<Node, readonly Edge[]>() };

function edgesInto(graph: Graph, nodes: readonly Node[]): ReadonlyMap<Node, readonly Edge[]> {
  const arrivals = (node: Node) => {
    const arrival = graph.arrivals.get(node.identity.id);
    return arrival === undefined ? [] : [arrival];
  };
  return new Map(
    nodes.map((node) => [
      node,
      [...graph.edges.filter(({ to }) => to === node).map(({ edge }) => edge), ...arrivals(node)],
    ]),
  );
}
