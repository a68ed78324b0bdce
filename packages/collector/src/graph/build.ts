import type { Signal } from '@otelier/otlp';
import type { Component, ComponentContext, ConnectorOutputs, Consumer, SignalContext } from '../component/contract.ts';
import type { ConnectorDefinition, Definition, ProcessorDefinition } from '../component/define.ts';
import type { SendingConfig } from '../component/sending/config.ts';
import { createSendingExporter } from '../component/sending/exporter.ts';
import { tracedConsumer } from '../component/tracing/traced-consumer.ts';
import type { ConfiguredComponent, PipelineConfig, Reference, ServiceConfig } from '../config/model.ts';
import { Edge } from './edge.ts';
import { exclusiveResources } from './exchange.ts';
import { EMPTY_GRAPH, type Graph, type GraphEdge, type Outlet } from './graph.ts';
import { emitsOf } from './ledger/emits-of.ts';
import { placeIn } from './ledger/place-in.ts';
import { exporterNodeId, Node, type NodeIdentity, processorNodeId } from './node.ts';
import { NodeStatus } from './node-status.ts';
import { Output } from './output.ts';
import { type Placement, placeInOneThread } from './placement.ts';
import type { Relay } from './relay.ts';
import { RunningNodes } from './running-nodes.ts';
import { StartError } from './start-error.ts';
import { contextOf, type Surroundings } from './surroundings.ts';
import { Taps } from './taps.ts';
import { joinPipelines, type PipelineBranch } from './tenants/join-pipelines.ts';

/** The options of `buildGraph`. */
export interface BuildOptions {
  readonly config: ServiceConfig;
  readonly surroundings: Surroundings;
  /** Default: all components are in this thread. */
  readonly placement?: Placement | undefined;
  readonly relay?: Relay | undefined;
  /** The running graph, and the IDs of the nodes that the new graph takes from it. */
  readonly running?: { readonly graph: Graph; readonly kept: ReadonlySet<string> } | undefined;
}

/** A graph that has not been started. */
export interface BuiltGraph {
  readonly graph: Graph;
  /** Connects the nodes of the running graph to the new ones, in one step. Until then, the running graph is unchanged. */
  switch(): void;
}

/**
 * Creates and connects the components of a checked configuration: all of them, or those placed in this thread, with a relay
 * to the others. Nothing is started. If a component cannot be created, throws a `StartError` and leaves the nodes created
 * so far in `created`.
 */
export function buildGraph(options: BuildOptions, created: Node[] = []): BuiltGraph {
  return new Builder(options, created).build();
}

type PipelineStart = Pick<PipelineConfig, 'id' | 'tenants'>;

/** A node that consumes batches. */
interface Entrance {
  readonly node: Node;
  readonly consumer: Consumer;
}

class Builder {
  readonly #config: ServiceConfig;
  readonly #surroundings: Surroundings;
  readonly #placement: Placement;
  readonly #relay: Relay | undefined;
  readonly #running: RunningNodes;
  readonly #created: Node[];
  /** What the switch does. */
  readonly #changes: (() => void)[] = [];
  readonly #nodes: Node[] = [];
  readonly #edges: GraphEdge[] = [];
  readonly #outlets: Outlet[] = [];
  /** The first consumers in each pipeline: its first processor, or its exporters. */
  readonly #entrances = new Map<string, readonly Entrance[]>();
  readonly #exporters = new Map<string, Entrance>();
  readonly #arrivals = new Map<string, Edge>();

  constructor({ config, surroundings, placement, relay, running }: BuildOptions, created: Node[]) {
    this.#config = config;
    this.#surroundings = surroundings;
    this.#placement = placement ?? placeInOneThread(config);
    this.#relay = relay;
    this.#running = new RunningNodes(running?.graph ?? EMPTY_GRAPH, running?.kept ?? new Set());
    this.#created = created;
  }

  build(): BuiltGraph {
    const { extensions, hosted, receivers } = this.#placement;
    for (const id of extensions) this.#extension(id);
    for (const { id, signal } of hosted) this.#arrival(this.#end(id, signal));
    for (const pipeline of this.#pipelines) this.#pipeline(pipeline);
    for (const id of receivers) this.#receiver(id);
    return {
      graph: { nodes: this.#nodes, edges: this.#edges, outlets: this.#outlets, arrivals: this.#arrivals },
      switch: () => {
        for (const change of this.#changes) change();
      },
    };
  }

  /** The pipelines placed in this thread. */
  get #pipelines(): readonly PipelineConfig[] {
    return this.#config.service.pipelines.filter(({ id }) => this.#placement.pipelines.has(id));
  }

  #extension(id: string): void {
    const component = requireConfigured(this.#config.extensions.get(id), id);
    const node = this.#node(component, { id: `extension:${id}`, signal: undefined, pipelines: [] });
    this.#attach(node, () => component.definition.create(component.config, this.#context(node)));
  }

  /** Builds a pipeline in reverse order, after the pipelines fed by its connectors. */
  #pipeline(pipeline: PipelineConfig): readonly Entrance[] {
    const existing = this.#entrances.get(pipeline.id);
    if (existing) return existing;
    const { remote } = this.#placement;
    const processors = pipeline.processors.map(({ id }) => requireConfigured(this.#config.processors.get(id), id));
    // Everything downstream of a remote processor is remote too.
    const cut = processors.findIndex(({ id }) => remote.has(processorNodeId(pipeline.id, id)));
    let entrances: readonly Entrance[] =
      cut < 0 ? pipeline.exporters.map(({ id }) => this.#end(id, pipeline.signal)) : [];
    for (const component of processors.slice(0, cut < 0 ? undefined : cut + 1).toReversed()) {
      entrances = [this.#processor(component, pipeline, entrances)];
    }
    this.#entrances.set(pipeline.id, entrances);
    return entrances;
  }

  #processor(
    component: ConfiguredComponent<ProcessorDefinition>,
    { id: pipeline, signal }: PipelineConfig,
    entrances: readonly Entrance[],
  ): Entrance {
    const { remote, partition } = this.#placement;
    const id = processorNodeId(pipeline, component.id);
    const partitionBy = partition.get(id);
    const identity = { id, signal, pipelines: [pipeline] };
    const countedAt = partitionBy === undefined ? 'edges' : 'arrivals';
    if (partitionBy !== undefined && remote.has(id)) {
      const node = this.#node(component, identity, 'remote');
      return this.#relayNode(node, () => this.#relayed().toPartition(id, partitionBy, undefined));
    }
    const instanceCount = partitionBy === undefined ? 1 : this.#relayed().threadCount;
    const node = this.#node(component, identity, `1 of ${instanceCount}`);
    node.countedAt = countedAt;
    const next = this.#output(node, signal, this.#branches(node, entrances, signal, { id: pipeline }));
    const processor = this.#attach(node, () =>
      component.definition.create(component.config, next, this.#signalContext(node, signal, instanceCount)),
    );
    if (partitionBy === undefined) return entranceOf(node, processor);
    if (processor !== undefined) {
      const here = this.#arrival({ node, consumer: processor });
      node.consumer = this.#relayed().toPartition(id, partitionBy, here);
    } else {
      this.#arrival(entranceOf(node));
    }
    return entranceOf(node);
  }

  /**
   * Creates the edge through which batches from other threads enter a node. The sending thread has already counted
   * them.
   */
  #arrival({ node, consumer }: Entrance): Consumer {
    const { id } = node.identity;
    const edge = this.#running.arrival(node) ?? new Edge(consumer, node, node.ledger);
    this.#arrivals.set(id, edge);
    return edge;
  }

  /** Completes a node whose component is in another thread. */
  #relayNode(node: Node, create: () => Consumer): Entrance {
    if (node.instance === undefined) {
      node.attach({});
      node.consumer = create();
    }
    return entranceOf(node);
  }

  #relayed(): Relay {
    if (this.#relay === undefined) throw new Error('expected a relay for a graph with remote nodes, got none');
    return this.#relay;
  }

  /** Returns the exporter or connector at the end of a pipeline. There is one instance per ID and signal. */
  #end(id: string, signal: Signal): Entrance {
    const key = `${signal}:${id}`;
    const existing = this.#exporters.get(key);
    if (existing) return existing;
    const entrance = this.#config.connectors.has(id) ? this.#connector(id, signal) : this.#exporter(id, signal);
    this.#exporters.set(key, entrance);
    return entrance;
  }

  #exporter(id: string, signal: Signal): Entrance {
    const component = requireConfigured(this.#config.exporters.get(id), id);
    const nodeId = exporterNodeId(signal, id);
    const identity = { id: nodeId, signal, pipelines: this.#pipelinesWith('exporters', id, signal) };
    if (this.#placement.remote.has(nodeId)) {
      const node = this.#node(component, identity, 'remote');
      return this.#relayNode(node, () => this.#relayed().toMain(nodeId));
    }
    const node = this.#node(component, identity);
    const context = this.#signalContext(node, signal);
    const { definition, config } = component;
    if (!definition.sending) {
      const plain = this.#attach(node, () => definition.create(config, context));
      return entranceOf(node, plain && tracedConsumer(plain, context));
    }
    const exporter = this.#attach(node, () =>
      createSendingExporter(config as SendingConfig, definition.create(config, context), context),
    );
    const queue = exporter?.queue;
    if (queue) node.queue = () => queue.state();
    return entranceOf(node, exporter);
  }

  #connector(id: string, signal: Signal): Entrance {
    const component = requireConfigured(this.#config.connectors.get(id), id);
    const nodeId = exporterNodeId(signal, id, 'connector');
    if (this.#placement.remote.has(nodeId)) {
      const identity = { id: nodeId, signal, pipelines: this.#pipelinesWith('exporters', id, signal) };
      const node = this.#node(component, identity, 'remote');
      return node.instance === undefined
        ? entranceOf(node, this.#reducer(component, node, this.#relayed().toMain(nodeId)))
        : entranceOf(node);
    }
    const begins = this.#pipelines.filter(
      (pipeline) => component.definition.joins[signal]?.includes(pipeline.signal) && refersTo(pipeline.receivers, id),
    );
    const pipelines = [...this.#pipelinesWith('exporters', id, signal), ...begins.map((pipeline) => pipeline.id)];
    // Downstream pipelines are built first so that they also start first.
    const downstream = begins.map((pipeline) => ({ pipeline, entrances: this.#pipeline(pipeline) }));
    const node = this.#node(component, { id: nodeId, signal, pipelines });
    const bySignal = new Map<Signal, PipelineBranch<Edge>[]>();
    const byPipeline = new Map<string, { signal: Signal; consumer: Consumer }>();
    for (const { pipeline, entrances } of downstream) {
      const branches = this.#branches(node, entrances, pipeline.signal, pipeline);
      byPipeline.set(pipeline.id, { signal: pipeline.signal, consumer: this.#output(node, pipeline.id, branches) });
      bySignal.set(pipeline.signal, [...(bySignal.get(pipeline.signal) ?? []), ...branches]);
    }
    const outputs: ConnectorOutputs = {
      byPipeline,
      bySignal: Object.fromEntries(
        [...bySignal].map(([name, branches]) => [name, this.#output(node, `all ${name}`, branches)]),
      ),
    };
    const connector = this.#attach(node, () =>
      component.definition.create(component.config, outputs, this.#signalContext(node, signal)),
    );
    return entranceOf(node, connector);
  }

  /**
   * Returns this thread's consumer for a connector that runs in the main thread: its reducer if it has one, otherwise
   * `main`.
   */
  #reducer({ definition, config }: ConfiguredComponent<ConnectorDefinition>, node: Node, main: Consumer): Consumer {
    const { signal } = node.identity;
    if (definition.createReducer === undefined || signal === undefined) {
      node.attach({});
      return main;
    }
    const { createReducer } = definition;
    const reducer = createOrFail(node, () => createReducer(config, main, this.#signalContext(node, signal)));
    node.attach(reducer);
    return reducer;
  }

  #receiver(id: string): void {
    const component = this.#config.receivers.get(id);
    if (!component) return; // A connector, built with the pipeline that it ends.
    const pipelines = this.#pipelines.filter(({ receivers }) => refersTo(receivers, id));
    const ids = pipelines.map((pipeline) => pipeline.id);
    const node = this.#node(component, { id: `receiver:${id}`, signal: undefined, pipelines: ids });
    const next: Partial<Record<Signal, Consumer>> = {};
    for (const signal of new Set(pipelines.map((pipeline) => pipeline.signal))) {
      const branches = pipelines
        .filter((pipeline) => pipeline.signal === signal)
        .flatMap((pipeline) => this.#branches(node, this.#pipeline(pipeline), signal, pipeline));
      const taps = new Taps();
      next[signal] = this.#output(node, signal, branches, taps);
      this.#outlets.push({ signal, taps: branches.length === 1 && branches[0] ? branches[0].consumer.taps : taps });
    }
    this.#attach(node, () => component.definition.create(component.config, next, this.#context(node)));
  }

  /** Returns an output of a node. That of a running node gets its new target with the switch. */
  #output(node: Node, key: string, branches: readonly PipelineBranch<Edge>[], taps?: Taps): Output {
    const target = joinPipelines(branches, taps);
    // An edge counts for its sender if it is the only way out. Outputs of a connector share edges.
    const [first, ...others] = branches;
    const isCountedByEdge = others.length === 0 && !first?.tenants && node.identity.kind !== 'connector';
    const sender = isCountedByEdge ? undefined : node.ledger;
    const connect = (output: Output) => {
      for (const { consumer: edge } of branches) edge.sender = isCountedByEdge ? node.ledger : undefined;
      output.set(target, sender);
    };
    const existing = node.outputs.get(key);
    if (existing !== undefined) {
      this.#changes.push(() => connect(existing));
      return existing;
    }
    const output = new Output(target);
    connect(output);
    node.outputs.set(key, output);
    return output;
  }

  #branches(from: Node, entrances: readonly Entrance[], signal: Signal, begins: PipelineStart): PipelineBranch<Edge>[] {
    const { id: pipeline, tenants } = begins;
    return entrances.map(({ node: to, consumer }) => {
      const id = `${from.identity.id}>${to.identity.id}@${pipeline}`;
      const receiver = to.countedAt === 'edges' ? to.ledger : undefined;
      const edge = this.#running.edge(id, from, to) ?? new Edge(consumer, to, receiver);
      this.#edges.push({ id, from, to, signal, pipeline, tenants, edge });
      return { consumer: edge, tenants };
    });
  }

  /** Returns the running node of an unchanged component, which already has its component, or a new one. */
  #node(
    component: ConfiguredComponent,
    place: Pick<NodeIdentity, 'id' | 'signal' | 'pipelines'>,
    role = 'local',
  ): Node {
    const { kind, type, definition, config } = component;
    const summary = (definition as Definition).describe?.(config as never) ?? '';
    const identity = { ...place, kind, component: component.id, type, summary };
    const running = this.#running.node(place.id, role);
    if (running !== undefined) {
      this.#changes.push(() => {
        running.identity = identity;
      });
      this.#nodes.push(running);
      return running;
    }
    const node = new Node(
      identity,
      role,
      this.#surroundings.logger.child({ component: component.id, kind }),
      new NodeStatus(this.#surroundings.clock),
    );
    if (role !== 'remote') node.exclusive = exclusiveResources(component);
    node.emits = emitsOf(definition);
    node.placeOf = (path) => placeIn(component, path);
    this.#nodes.push(node);
    this.#created.push(node);
    return node;
  }

  /** Creates the component of a new node and returns it; `undefined` for a running node, which has one. */
  #attach<C extends Component>(node: Node, create: () => C): C | undefined {
    if (node.instance !== undefined) return undefined;
    const component = createOrFail(node, create);
    node.attach(component);
    return component;
  }

  #context(node: Node): ComponentContext {
    return contextOf(node, this.#surroundings, this.#config.registry);
  }

  #signalContext(node: Node, signal: Signal, instanceCount = 1): SignalContext {
    return { ...this.#context(node), signal, instanceCount };
  }

  #pipelinesWith(role: 'receivers' | 'exporters', id: string, signal: Signal): string[] {
    const { pipelines } = this.#config.service;
    return pipelines
      .filter((pipeline) => pipeline.signal === signal && refersTo(pipeline[role], id))
      .map((pipeline) => pipeline.id);
  }
}

/** Returns a node as an entrance, with the consumer of a new component or of a running one. */
function entranceOf(node: Node, created?: Consumer): Entrance {
  node.consumer ??= created;
  const { consumer } = node;
  if (consumer === undefined) throw new Error(`expected ${node.identity.id} to consume batches, got no consumer`);
  return { node, consumer };
}

/** Returns the result of `create`; throws a `StartError` if it throws. */
function createOrFail<T>(node: Node, create: () => T): T {
  try {
    return create();
  } catch (error) {
    throw new StartError(node.identity, error);
  }
}

function refersTo(references: readonly Reference[], id: string): boolean {
  return references.some((reference) => reference.id === id);
}

function requireConfigured<T>(component: T | undefined, id: string): T {
  if (component === undefined)
    throw new Error(`${id} is not configured; the configuration check should have reported it`);
  return component;
}
