import type { Signal } from '@otelier/otlp';
import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { MemoryBudget } from '../component/admissions.ts';
import type {
  ComponentContext,
  ConnectorOutputs,
  Consumer,
  SamplingDecision,
  SignalContext,
} from '../component/contract.ts';
import type { ConnectorDefinition, Definition, ProcessorDefinition } from '../component/define.ts';
import type { Host } from '../component/host.ts';
import type { SendingConfig } from '../component/sending/config.ts';
import { createSendingExporter } from '../component/sending/exporter.ts';
import type { ConfiguredComponent, PipelineConfig, Reference, ServiceConfig } from '../config/model.ts';
import { Edge } from './edge.ts';
import { joinBranches } from './fan-out.ts';
import type { Graph, GraphEdge, Outlet } from './graph.ts';
import { exporterNodeId, Node, processorNodeId } from './node.ts';
import { type Placement, placeInOneThread } from './placement.ts';
import type { Relay } from './relay.ts';
import { StartError } from './start-error.ts';
import { Taps } from './taps.ts';

/** The parts of a component context that are common to all components. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly admission: MemoryBudget;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly host: Host;
  readonly observeSampling?: ((decision: SamplingDecision) => void) | undefined;
}

/**
 * Creates and connects the components of a validated configuration: either all of them, or those placed in this thread,
 * with a relay to the others. Does not start anything.
 */
export function buildGraph(
  config: ServiceConfig,
  surroundings: Surroundings,
  placement: Placement = placeInOneThread(config),
  relay?: Relay,
): Graph {
  return new Builder(config, surroundings, placement, relay).build();
}

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
  readonly #nodes: Node[] = [];
  readonly #edges: GraphEdge[] = [];
  readonly #outlets: Outlet[] = [];
  /** The first consumers in each pipeline: its first processor, or its exporters. */
  readonly #entrances = new Map<string, readonly Entrance[]>();
  readonly #exporters = new Map<string, Entrance>();
  readonly #arrivals = new Map<string, Consumer>();

  constructor(config: ServiceConfig, surroundings: Surroundings, placement: Placement, relay: Relay | undefined) {
    this.#config = config;
    this.#surroundings = surroundings;
    this.#placement = placement;
    this.#relay = relay;
  }

  build(): Graph {
    const { extensions, hosted, receivers } = this.#placement;
    for (const id of extensions) this.#extension(id);
    for (const { id, signal } of hosted) this.#arrival(this.#end(id, signal));
    for (const pipeline of this.#pipelines) this.#pipeline(pipeline);
    for (const id of receivers) this.#receiver(id);
    return { nodes: this.#nodes, edges: this.#edges, outlets: this.#outlets, arrivals: this.#arrivals };
  }

  /** The pipelines placed in this thread. */
  get #pipelines(): readonly PipelineConfig[] {
    return this.#config.service.pipelines.filter(({ id }) => this.#placement.pipelines.has(id));
  }

  #extension(id: string): void {
    const component = requireConfigured(this.#config.extensions.get(id), id);
    const node = this.#node(component, `extension:${id}`, undefined, []);
    node.attach(createOrFail(node, () => component.definition.create(component.config, this.#context(node))));
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
    const node = this.#node(component, id, signal, [pipeline]);
    const partitionBy = partition.get(id);
    if (partitionBy !== undefined && remote.has(id)) {
      node.attach({});
      return { node, consumer: this.#relayed().toPartition(id, partitionBy, undefined) };
    }
    const next = this.#connect(node, entrances, signal, pipeline);
    const instanceCount = partitionBy === undefined ? 1 : this.#relayed().threadCount;
    const processor = createOrFail(node, () =>
      component.definition.create(component.config, next, this.#signalContext(node, signal, instanceCount)),
    );
    node.attach(processor);
    if (partitionBy === undefined) return { node, consumer: processor };
    const here = this.#arrival({ node, consumer: processor });
    return { node, consumer: this.#relayed().toPartition(id, partitionBy, here) };
  }

  /**
   * Creates the edge through which batches from other threads enter a node. The sending thread has already counted
   * them.
   */
  #arrival({ node, consumer }: Entrance): Consumer {
    const edge = new Edge(consumer, node);
    this.#arrivals.set(node.identity.id, edge);
    return edge;
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
    const node = this.#node(component, nodeId, signal, this.#pipelinesWith('exporters', id, signal));
    if (this.#placement.remote.has(nodeId)) {
      node.attach({});
      return { node, consumer: this.#relayed().toMain(nodeId) };
    }
    const context = this.#signalContext(node, signal);
    const { definition, config } = component;
    if (!definition.sending) {
      const exporter = createOrFail(node, () => definition.create(config, context));
      node.attach(exporter);
      return { node, consumer: exporter };
    }
    const sender = createOrFail(node, () => definition.create(config, context));
    const exporter = createSendingExporter(config as SendingConfig, sender, context);
    const { queue } = exporter;
    if (queue) node.queue = () => queue.state();
    node.attach(exporter);
    return { node, consumer: exporter };
  }

  #connector(id: string, signal: Signal): Entrance {
    const component = requireConfigured(this.#config.connectors.get(id), id);
    const nodeId = exporterNodeId(signal, id, 'connector');
    if (this.#placement.remote.has(nodeId)) {
      const node = this.#node(component, nodeId, signal, this.#pipelinesWith('exporters', id, signal));
      return { node, consumer: this.#reducer(component, node, this.#relayed().toMain(nodeId)) };
    }
    const begins = this.#pipelines.filter(
      (pipeline) => component.definition.joins[signal]?.includes(pipeline.signal) && refersTo(pipeline.receivers, id),
    );
    const pipelines = [...this.#pipelinesWith('exporters', id, signal), ...begins.map((pipeline) => pipeline.id)];
    // Downstream pipelines are built first so that they also start first.
    const downstream = begins.map((pipeline) => ({ pipeline, entrances: this.#pipeline(pipeline) }));
    const node = this.#node(component, nodeId, signal, pipelines);
    const bySignal: Partial<Record<Signal, Consumer[]>> = {};
    const byPipeline = new Map<string, { signal: Signal; consumer: Consumer }>();
    for (const { pipeline, entrances } of downstream) {
      const branches = this.#branches(node, entrances, pipeline.signal, pipeline.id);
      byPipeline.set(pipeline.id, { signal: pipeline.signal, consumer: joinBranches(branches) });
      bySignal[pipeline.signal] = [...(bySignal[pipeline.signal] ?? []), ...branches];
    }
    const outputs: ConnectorOutputs = {
      byPipeline,
      bySignal: Object.fromEntries(Object.entries(bySignal).map(([name, branches]) => [name, joinBranches(branches)])),
    };
    const connector = createOrFail(node, () =>
      component.definition.create(component.config, outputs, this.#signalContext(node, signal)),
    );
    node.attach(connector);
    return { node, consumer: connector };
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
    const node = this.#node(
      component,
      `receiver:${id}`,
      undefined,
      pipelines.map((pipeline) => pipeline.id),
    );
    const next: Partial<Record<Signal, Consumer>> = {};
    for (const signal of new Set(pipelines.map((pipeline) => pipeline.signal))) {
      const branches = pipelines
        .filter((pipeline) => pipeline.signal === signal)
        .flatMap((pipeline) => this.#branches(node, this.#pipeline(pipeline), signal, pipeline.id));
      const taps = new Taps();
      next[signal] = joinBranches(branches, taps);
      this.#outlets.push({ signal, taps: branches.length === 1 && branches[0] ? branches[0].taps : taps });
    }
    node.attach(createOrFail(node, () => component.definition.create(component.config, next, this.#context(node))));
  }

  #connect(from: Node, entrances: readonly Entrance[], signal: Signal, pipeline: string): Consumer {
    return joinBranches(this.#branches(from, entrances, signal, pipeline));
  }

  #branches(from: Node, entrances: readonly Entrance[], signal: Signal, pipeline: string): Edge[] {
    return entrances.map(({ node: to, consumer }) => {
      const edge = new Edge(consumer, to);
      const id = `${from.identity.id}>${to.identity.id}@${pipeline}`;
      this.#edges.push({ id, from, to, signal, pipeline, edge });
      return edge;
    });
  }

  #node(component: ConfiguredComponent, id: string, signal: Signal | undefined, pipelines: readonly string[]): Node {
    const { kind, type, definition, config } = component;
    const summary = (definition as Definition).describe?.(config as never) ?? '';
    const logger = this.#surroundings.logger.child({ component: component.id, kind });
    const node = new Node({ id, kind, component: component.id, type, signal, pipelines, summary }, logger);
    this.#nodes.push(node);
    return node;
  }

  #context(node: Node): ComponentContext {
    const { component: id, type, kind } = node.identity;
    return {
      ...this.#surroundings,
      admission: kind === 'receiver' ? this.#surroundings.admission.receivers : this.#surroundings.admission,
      logger: node.logger,
      id,
      type,
      kind,
      dropped: (itemCount, reason) => node.drop(itemCount, reason),
      reportStatus: (message) => {
        node.error = message;
      },
    };
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

/** Calls `create` and returns its result. Throws a `StartError` if it throws. */
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
