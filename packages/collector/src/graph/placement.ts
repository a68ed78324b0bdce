import type { Signal } from '@otelier/otlp';
import type { PartitionBy, RunsIn } from '../component/define.ts';
import { hasDurableQueue } from '../component/sending/config.ts';
import type { PipelineConfig, ServiceConfig } from '../config/model.ts';
import { exporterNodeId, processorNodeId } from './node.ts';

/** The components of a configuration that run in this thread, and the nodes that run in other threads. */
export interface Placement {
  readonly extensions: ReadonlySet<string>;
  readonly receivers: ReadonlySet<string>;
  readonly pipelines: ReadonlySet<string>;
  /** Exporters and connectors that this thread runs for pipelines in other threads. */
  readonly hosted: readonly PipelineEnd[];
  /** IDs of nodes in other threads that this thread's pipelines feed. */
  readonly remote: ReadonlySet<string>;
  /** Processors whose input is partitioned across threads, by node ID. */
  readonly partition: ReadonlyMap<string, PartitionBy>;
}

/** An exporter or connector at the end of one signal's pipelines. */
interface PipelineEnd {
  readonly id: string;
  readonly signal: Signal;
}

/** Places all components in one thread. */
export function placeInOneThread(config: ServiceConfig): Placement {
  const { extensions, pipelines } = config.service;
  return {
    extensions: new Set(extensions.map(({ id }) => id)),
    receivers: new Set(pipelines.flatMap(({ receivers }) => receivers.map(({ id }) => id))),
    pipelines: new Set(pipelines.map(({ id }) => id)),
    hosted: [],
    remote: new Set(),
    partition: new Map(),
  };
}

/**
 * Returns the placement of each worker thread: the receivers that can run in every thread, and the pipelines they
 * reach. Exporters and connectors limited to one instance run in the main thread, together with the pipelines fed by
 * those connectors.
 */
export function placeInWorker(config: ServiceConfig): Placement {
  const pipelines = new Reach(config, receiversIn(config, 'everyThread'), {
    isCut: () => false,
    follows: (connector) => !isInMain(config, connector),
  }).pipelines;
  const here = config.service.pipelines.filter(({ id }) => pipelines.has(id));
  return {
    extensions: new Set(
      config.service.extensions
        .filter(({ id }) => config.extensions.get(id)?.definition.runsIn === 'everyThread')
        .map(({ id }) => id),
    ),
    receivers: receiversIn(config, 'everyThread'),
    pipelines,
    hosted: [],
    remote: new Set(endsInMain(config, here).map((end) => endNodeId(config, end))),
    partition: new Map(here.flatMap((pipeline) => partitionIn(config, pipeline))),
  };
}

/**
 * Returns the placement of the main thread: extensions, exporters and connectors limited to one instance, and receivers
 * that run only there, together with the pipelines that they feed. Pipelines with a partitioning processor continue in
 * the workers.
 */
export function placeInMain(config: ServiceConfig): Placement {
  const workers = placeInWorker(config);
  const receivers = receiversIn(config, 'main');
  const hosted = endsInMain(
    config,
    config.service.pipelines.filter(({ id }) => workers.pipelines.has(id)),
  );
  const isCut = (pipeline: PipelineConfig) => partitionIn(config, pipeline).some(([id]) => workers.partition.has(id));
  const reach = new Reach(config, receivers, { isCut, follows: () => true });
  for (const end of hosted) reach.addBehind(end);
  return {
    extensions: new Set(config.service.extensions.map(({ id }) => id)),
    receivers,
    pipelines: reach.pipelines,
    hosted,
    remote: new Set(workers.partition.keys()),
    partition: workers.partition,
  };
}

function receiversIn(config: ServiceConfig, place: RunsIn): ReadonlySet<string> {
  const used = config.service.pipelines.flatMap(({ receivers }) => receivers.map(({ id }) => id));
  const runsIn = (id: string) => config.receivers.get(id)?.definition.runsIn ?? 'everyThread';
  // Receivers of a pipeline can be connectors, which are placed with the pipelines that feed them.
  return new Set(used.filter((id) => config.receivers.has(id) && runsIn(id) === place));
}

function endsInMain(config: ServiceConfig, pipelines: readonly PipelineConfig[]): PipelineEnd[] {
  const found = new Map<string, PipelineEnd>();
  for (const { signal, exporters } of pipelines) {
    for (const { id } of exporters) {
      const end = { id, signal };
      if (isInMain(config, id)) found.set(endNodeId(config, end), end);
    }
  }
  return [...found.values()];
}

/** Reports whether an exporter or connector is limited to one instance, as one with a queue on disk is. */
function isInMain(config: ServiceConfig, id: string): boolean {
  const component = config.exporters.get(id) ?? config.connectors.get(id);
  if (component === undefined) return false;
  const { definition } = component;
  return hasDurableQueue(component.config) || ('runsIn' in definition && definition.runsIn === 'main');
}

function endNodeId(config: ServiceConfig, { id, signal }: PipelineEnd): string {
  return exporterNodeId(signal, id, config.connectors.has(id) ? 'connector' : 'exporter');
}

function partitionIn(config: ServiceConfig, pipeline: PipelineConfig): [nodeId: string, PartitionBy][] {
  return pipeline.processors.flatMap(({ id }) => {
    const by = config.processors.get(id)?.definition.partitionBy;
    return by === undefined ? [] : [[processorNodeId(pipeline.id, id), by]];
  });
}

/** Rules that determine which pipelines a `Reach` includes. */
interface ReachRules {
  /** Reports whether a pipeline leaves this thread before its exporters. */
  isCut(pipeline: PipelineConfig): boolean;
  /** Reports whether the pipelines downstream of a connector run in this thread. */
  follows(connector: string): boolean;
}

/** The pipelines reachable from a set of receivers, directly or through connectors. */
class Reach {
  readonly pipelines = new Set<string>();
  readonly #config: ServiceConfig;
  readonly #rules: ReachRules;

  constructor(config: ServiceConfig, receivers: ReadonlySet<string>, rules: ReachRules) {
    this.#config = config;
    this.#rules = rules;
    for (const pipeline of config.service.pipelines) {
      if (pipeline.receivers.some(({ id }) => receivers.has(id))) this.#add(pipeline);
    }
  }

  /** Adds the pipelines downstream of a connector. */
  addBehind({ id, signal }: PipelineEnd): void {
    const joins = this.#config.connectors.get(id)?.definition.joins[signal] ?? [];
    for (const next of this.#config.service.pipelines) {
      if (joins.includes(next.signal) && next.receivers.some((receiver) => receiver.id === id)) this.#add(next);
    }
  }

  #add(pipeline: PipelineConfig): void {
    if (this.pipelines.has(pipeline.id)) return;
    this.pipelines.add(pipeline.id);
    if (this.#rules.isCut(pipeline)) return;
    for (const { id } of pipeline.exporters) {
      if (this.#rules.follows(id)) this.addBehind({ id, signal: pipeline.signal });
    }
  }
}
