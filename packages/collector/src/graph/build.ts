import type { Signal } from '@otelier/otlp';
import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { MemoryBudget } from '../admission.ts';
import type { ComponentContext, ConnectorOutputs, Consumer, SignalContext } from '../component/contract.ts';
import type { Definition } from '../component/define.ts';
import type { Host } from '../component/host.ts';
import type { SendingConfig } from '../component/sending/config.ts';
import { createSendingExporter } from '../component/sending/exporter.ts';
import type { ConfiguredComponent, PipelineConfig, Reference, ServiceConfig } from '../config/model.ts';
import { Edge } from './edge.ts';
import { joinBranches } from './fan-out.ts';
import type { Graph, GraphEdge, Outlet } from './graph.ts';
import { Node } from './node.ts';
import { StartError } from './start-error.ts';
import { Taps } from './taps.ts';

/** What the host gives to every component it makes. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly admission: MemoryBudget;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly host: Host;
}

/** Makes every component of a checked configuration and connects them. Nothing is started, so nothing needs undoing. */
export function buildGraph(config: ServiceConfig, surroundings: Surroundings): Graph {
  return new Builder(config, surroundings).build();
}

/** A node that batches can go into. */
interface Entrance {
  readonly node: Node;
  readonly consumer: Consumer;
}

class Builder {
  readonly #config: ServiceConfig;
  readonly #surroundings: Surroundings;
  readonly #nodes: Node[] = [];
  readonly #edges: GraphEdge[] = [];
  readonly #outlets: Outlet[] = [];
  /** What a pipeline begins with: its first processor, or its exporters. */
  readonly #entrances = new Map<string, readonly Entrance[]>();
  readonly #exporters = new Map<string, Entrance>();

  constructor(config: ServiceConfig, surroundings: Surroundings) {
    this.#config = config;
    this.#surroundings = surroundings;
  }

  build(): Graph {
    for (const { id } of this.#config.service.extensions) this.#extension(id);
    for (const pipeline of this.#config.service.pipelines) this.#pipeline(pipeline);
    const used = new Set(this.#config.service.pipelines.flatMap(({ receivers }) => receivers.map(({ id }) => id)));
    for (const id of used) this.#receiver(id);
    return { nodes: this.#nodes, edges: this.#edges, outlets: this.#outlets };
  }

  #extension(id: string): void {
    const component = found(this.#config.extensions.get(id), id);
    const node = this.#node(component, `extension:${id}`, undefined, []);
    node.attach(made(node, () => component.definition.create(component.config, this.#context(node))));
  }

  /** Builds a pipeline from its end, and before it the pipelines that its connectors lead to. */
  #pipeline(pipeline: PipelineConfig): readonly Entrance[] {
    const known = this.#entrances.get(pipeline.id);
    if (known) return known;
    let entrances: readonly Entrance[] = pipeline.exporters.map(({ id }) => this.#end(id, pipeline));
    for (const { id } of pipeline.processors.toReversed()) {
      const component = found(this.#config.processors.get(id), id);
      const node = this.#node(component, `processor:${pipeline.id}/${id}`, pipeline.signal, [pipeline.id]);
      const next = this.#connect(node, entrances, pipeline.signal, pipeline.id);
      const processor = made(node, () =>
        component.definition.create(component.config, next, this.#signalContext(node, pipeline.signal)),
      );
      node.attach(processor);
      entrances = [{ node, consumer: processor }];
    }
    this.#entrances.set(pipeline.id, entrances);
    return entrances;
  }

  /** What a pipeline ends in: one exporter or connector for each id and signal. */
  #end(id: string, { signal }: PipelineConfig): Entrance {
    const key = `${signal}:${id}`;
    const known = this.#exporters.get(key);
    if (known) return known;
    const entrance = this.#config.connectors.has(id) ? this.#connector(id, signal) : this.#exporter(id, signal);
    this.#exporters.set(key, entrance);
    return entrance;
  }

  #exporter(id: string, signal: Signal): Entrance {
    const component = found(this.#config.exporters.get(id), id);
    const node = this.#node(component, `exporter:${signal}:${id}`, signal, this.#using('exporters', id, signal));
    const context = this.#signalContext(node, signal);
    const { definition, config } = component;
    if (!definition.sending) {
      const exporter = made(node, () => definition.create(config, context));
      node.attach(exporter);
      return { node, consumer: exporter };
    }
    const sender = made(node, () => definition.create(config, context));
    const exporter = createSendingExporter(config as SendingConfig, sender, context);
    const { queue } = exporter;
    if (queue) node.queue = () => queue.state();
    node.attach(exporter);
    return { node, consumer: exporter };
  }

  #connector(id: string, signal: Signal): Entrance {
    const component = found(this.#config.connectors.get(id), id);
    const begins = this.#config.service.pipelines.filter(
      (pipeline) => component.definition.joins[signal]?.includes(pipeline.signal) && refersTo(pipeline.receivers, id),
    );
    const pipelines = [...this.#using('exporters', id, signal), ...begins.map((pipeline) => pipeline.id)];
    // The pipelines behind it come first, so that they start first.
    const behind = begins.map((pipeline) => ({ pipeline, entrances: this.#pipeline(pipeline) }));
    const node = this.#node(component, `connector:${signal}:${id}`, signal, pipelines);
    const bySignal: Partial<Record<Signal, Consumer[]>> = {};
    const byPipeline = new Map<string, { signal: Signal; consumer: Consumer }>();
    for (const { pipeline, entrances } of behind) {
      const branches = this.#branches(node, entrances, pipeline.signal, pipeline.id);
      byPipeline.set(pipeline.id, { signal: pipeline.signal, consumer: joinBranches(branches) });
      bySignal[pipeline.signal] = [...(bySignal[pipeline.signal] ?? []), ...branches];
    }
    const outputs: ConnectorOutputs = {
      byPipeline,
      bySignal: Object.fromEntries(Object.entries(bySignal).map(([name, branches]) => [name, joinBranches(branches)])),
    };
    const connector = made(node, () =>
      component.definition.create(component.config, outputs, this.#signalContext(node, signal)),
    );
    node.attach(connector);
    return { node, consumer: connector };
  }

  #receiver(id: string): void {
    const component = this.#config.receivers.get(id);
    if (!component) return; // a connector, built with the pipeline that it ends
    const pipelines = this.#config.service.pipelines.filter(({ receivers }) => refersTo(receivers, id));
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
    node.attach(made(node, () => component.definition.create(component.config, next, this.#context(node))));
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
      admission: kind === 'receiver' ? this.#surroundings.admission.door : this.#surroundings.admission,
      logger: node.logger,
      id,
      type,
      kind,
      dropped: (itemCount, reason) => node.drop(itemCount, reason),
      problem: (words) => {
        node.problem = words;
      },
    };
  }

  #signalContext(node: Node, signal: Signal): SignalContext {
    return { ...this.#context(node), signal };
  }

  #using(role: 'receivers' | 'exporters', id: string, signal: Signal): string[] {
    const { pipelines } = this.#config.service;
    return pipelines
      .filter((pipeline) => pipeline.signal === signal && refersTo(pipeline[role], id))
      .map((pipeline) => pipeline.id);
  }
}

/** What a component's definition makes; one that cannot be made is told like one that does not start. */
function made<T>(node: Node, create: () => T): T {
  try {
    return create();
  } catch (error) {
    throw new StartError(node.identity, error);
  }
}

function refersTo(references: readonly Reference[], id: string): boolean {
  return references.some((reference) => reference.id === id);
}

function found<T>(component: T | undefined, id: string): T {
  if (component === undefined) throw new Error(`${id} is not configured; the check of the plan should have said so`);
  return component;
}
