import { ACCEPTED, type Batch, type Signal } from '@otelier/otlp';
import type { SignalConsumers } from '../../../component/contract.ts';
import {
  defineExporter,
  defineProcessor,
  defineReceiver,
  type ProcessorDefinition,
} from '../../../component/define.ts';
import { z } from '../../../component/schema.ts';
import type { Position } from '../../../config/config-error.ts';
import type { ConfiguredComponent, PipelineConfig, Reference, ServiceConfig } from '../../../config/model.ts';
import { serviceSchema } from '../../../config/service-schema.ts';
import { emptyMap } from '../../../config/tree.ts';

/** The pipelines under test. */
export interface TestedGraph {
  /** The pipelines that the telemetry of the test enters, and all that their connectors lead to. */
  readonly pipelines: readonly PipelineConfig[];
  /** IDs of the pipelines that the telemetry of the test enters. */
  readonly entered: ReadonlySet<string>;
}

/** A place where telemetry leaves the pipelines under test. */
export interface TestOutput {
  readonly pipeline: string;
  readonly exporter: string;
  readonly signal: Signal;
}

/** What connects a test with the pipelines under test. */
export interface TestEnds {
  /** Called when the service is created, with the consumers of the entered pipelines. */
  entrances(consumers: SignalConsumers): void;
  record(output: TestOutput, batch: Batch): void;
  /** Directory for the files of storage extensions. */
  readonly storageDirectory: string;
}

/** Returns pipelines and those that their connectors lead to. */
export function reachablePipelines(
  config: ServiceConfig,
  entered: readonly PipelineConfig[],
): readonly PipelineConfig[] {
  const reached = new Set(entered);
  for (const { signal, exporters } of reached) {
    for (const { id } of exporters) for (const pipeline of pipelinesAfter(config, id, signal)) reached.add(pipeline);
  }
  return [...reached];
}

/** Returns the pipelines that a connector leads to from a signal. */
export function pipelinesAfter({ connectors, service }: ServiceConfig, id: string, signal: Signal): PipelineConfig[] {
  const joins = connectors.get(id)?.definition.joins[signal] ?? [];
  return service.pipelines.filter((next) => joins.includes(next.signal) && refersTo(next.receivers, id));
}

/**
 * Returns a configuration that runs the pipelines under test in one thread. Their receivers are replaced by the test, their
 * exporters by recorders, and processors that listen by processors that forward. Extensions run only if they store state.
 */
export function testedConfig(
  config: ServiceConfig,
  { pipelines, entered }: TestedGraph,
  ends: TestEnds,
): ServiceConfig {
  const connectors = new Map(
    [...config.connectors].filter(([id]) => pipelines.some(({ exporters }) => refersTo(exporters, id))),
  );
  const { position } = config.service;
  const inlet = inletReceiver('test', position, ends.entrances);
  const recorders = new Map<string, ReturnType<typeof recorder>>();
  const recorded = (pipeline: PipelineConfig, { id: exporter, position: at }: Reference): Reference => {
    if (connectors.has(exporter)) return { id: exporter, position: at };
    const output = { pipeline: pipeline.id, exporter, signal: pipeline.signal };
    const component = recorder(output, at, ends);
    recorders.set(component.id, component);
    return { id: component.id, position: at };
  };
  const tested = pipelines.map(
    (pipeline): PipelineConfig => ({
      ...pipeline,
      receivers: [
        ...(entered.has(pipeline.id) ? [{ id: inlet.id, position }] : []),
        ...pipeline.receivers.filter(({ id }) => connectors.has(id)),
      ],
      exporters: pipeline.exporters.map((reference) => recorded(pipeline, reference)),
    }),
  );
  const extensions = storageExtensions(config, ends.storageDirectory);
  return {
    ...config,
    receivers: new Map([[inlet.id, inlet]]),
    processors: new Map([...config.processors].map(([id, processor]) => [id, withoutSocket(processor)])),
    exporters: recorders,
    connectors,
    extensions,
    service: {
      ...config.service,
      extensions: config.service.extensions.filter(({ id }) => extensions.has(id)),
      workers: 1,
      telemetry: serviceSchema.parse({ telemetry: { metrics: { level: 'none' } } }).telemetry,
      pipelines: tested,
    },
  };
}

function refersTo(references: readonly Reference[], id: string): boolean {
  return references.some((reference) => reference.id === id);
}

const ABOUT = {
  summary: 'An end of a pipeline under test.',
  stability: 'development',
  config: z.object({}),
  examples: [],
} as const;

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs', 'profiles'];

function configured(id: string, position: Position) {
  return { id, type: 'test', config: {}, position, written: emptyMap(position), files: new Map<string, string>() };
}

/** Returns a receiver without a server, whose consumers are passed to `entrances` when the service is created. */
export function inletReceiver(
  id: string,
  position: Position,
  entrances: (consumers: SignalConsumers) => void,
): ConfiguredComponent<ReturnType<typeof defineReceiver>> {
  const definition = defineReceiver({
    ...ABOUT,
    signals: SIGNALS,
    create(_config, next) {
      entrances(next);
      return {};
    },
  });
  return { ...configured(id, position), kind: 'receiver', definition };
}

/** Returns an exporter that passes the batches of one exporter in one pipeline to `record`. */
export function recorder(
  output: TestOutput,
  position: Position,
  { record }: Pick<TestEnds, 'record'>,
): ConfiguredComponent<ReturnType<typeof defineExporter>> {
  const { pipeline, exporter, signal } = output;
  const definition = defineExporter({
    ...ABOUT,
    signals: [signal],
    create: () => ({
      consume(batch) {
        record(output, batch);
        return ACCEPTED;
      },
    }),
  });
  return { ...configured(`${exporter}@${pipeline}`, position), kind: 'exporter', definition };
}

/** Returns a processor that does not listen: one that does is replaced by one that only forwards. */
export function withoutSocket(
  processor: ConfiguredComponent<ProcessorDefinition>,
): ConfiguredComponent<ProcessorDefinition> {
  const { definition, position, id } = processor;
  if (definition.listens === undefined) return processor;
  const forwarding = defineProcessor({ ...ABOUT, signals: definition.signals, create: (_config, next) => next });
  return { ...configured(id, position), kind: 'processor', definition: forwarding };
}

/** Returns the extensions that store state, in the directory of the test. */
export function storageExtensions({ extensions }: ServiceConfig, directory: string): ServiceConfig['extensions'] {
  const stores = [...extensions].filter(([, { definition }]) => definition.offersStorage === true);
  return new Map(
    stores.map(([id, extension]) => {
      const own = `${directory}/${encodeURIComponent(id)}`;
      return [id, { ...extension, config: { ...extension.config, directory: own, createDirectory: true } }];
    }),
  );
}
