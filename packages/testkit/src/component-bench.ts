import type { Batch, Outcome, Signal } from '@otelier/otlp';
import { ACCEPTED, SIGNAL_NAMES } from '@otelier/otlp';
import type { Clock } from '@otelier/transport';
import {
  type ComponentKind,
  type Consumer,
  createLogger,
  createService,
  type Definition,
  defineExporter,
  defineReceiver,
  formatConfigError,
  type Loaded,
  loadConfig,
  type Registry,
  type Service,
  z,
} from 'otelier';
import { createManualClock, type ManualClock } from './clock.ts';

/** Options for `createComponentBench`. */
export interface BenchOptions {
  /** The component's configuration, as written by users. Defaults to `{}`. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Signals for which to create a pipeline. Defaults to all signals that the component supports. */
  readonly signals?: readonly Signal[];
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly random?: () => number;
  /** Extensions to run alongside the component, by type, each with its configuration. */
  readonly extensions?: Readonly<Record<string, { readonly definition: Definition; readonly config: unknown }>>;
  /** Types of receivers that the component can create, by name. */
  readonly receivers?: Readonly<Record<string, Definition>>;
  /** Processors that precede the component, by type, each with its configuration. */
  readonly processors?: Readonly<Record<string, { readonly definition: Definition; readonly config: unknown }>>;
  /** Limit on the bytes in flight in the service. */
  readonly memoryLimitBytes?: number;
  /** The section `service.tenants`. Default: none. */
  readonly tenants?: unknown;
  /** Defaults to a manual clock. Components with sockets need `systemClock`. */
  readonly clock?: Clock;
  /** Start time of the manual clock, in milliseconds since the Unix epoch. */
  readonly startMillis?: number;
  /**
   * Names of the pipelines that follow a connector, by signal. Defaults to a single one, `out`, for each signal it can
   * emit.
   */
  readonly outputs?: Partial<Readonly<Record<Signal, readonly string[]>>>;
}

/** A component in a real service with test inputs and outputs. The component's ID is `tested`. */
export interface ComponentBench {
  readonly service: Service;
  /** The manual clock. Unused if the options specify another clock. */
  readonly clock: ManualClock;
  /** Batches that have reached the end of a pipeline, oldest first. */
  readonly received: Batch[];
  /** Returns the batches received at the end of one pipeline: `out`, or a name from `outputs`. */
  receivedBy(pipeline: string): readonly Batch[];
  /** Returns the outcome at the end of a pipeline (`out`, or a name from `outputs`). Assign to change it. */
  response: (batch: Batch, pipeline: string) => Outcome | Promise<Outcome>;
  /** Log records as objects. */
  readonly logs: Record<string, unknown>[];
  /** Sends a batch to the pipeline of its signal. */
  send(batch: Batch): Promise<Outcome>;
  /** Like `send`, and gives away the ownership of the batch. See `Consumer.consumeOwned`. */
  sendOwned(batch: Batch): Promise<Outcome>;
  /** Returns the number of items that the component reports as dropped, by reason. */
  dropped(): Readonly<Record<string, number>>;
  /** Returns the error reported by the component. */
  error(): string | undefined;
  /** Starts the service. */
  start(): Promise<void>;
  /** Shuts down the service, advancing the clock so that deadlines expire. */
  close(): Promise<void>;
}

/** Name of the pipeline that follows a connector. */
const DEFAULT_OUTPUT = 'out';

/** Creates a service around a component of any kind, without starting it. Throws if the configuration is invalid. */
export async function createComponentBench(
  definition: Definition,
  options: BenchOptions = {},
): Promise<ComponentBench> {
  const entrances: Partial<Record<Signal, Consumer>> = {};
  const received: Batch[] = [];
  const byPipeline = new Map<string, Batch[]>();
  const logs: Record<string, unknown>[] = [];
  const clock = createManualClock(options.startMillis);
  const loaded = await loadConfig({
    sources: [{ name: 'bench.yaml', text: JSON.stringify(benchConfig(definition, options)) }],
    environment: options.environment ?? {},
    registry: benchRegistry(definition, options, entrances, (batch, pipeline) => {
      received.push(batch);
      byPipeline.set(pipeline, [...(byPipeline.get(pipeline) ?? []), batch]);
      return bench.response(batch, pipeline);
    }),
  });
  const service = createService({
    config: configOf(loaded),
    clock: options.clock ?? clock,
    environment: options.environment ?? {},
    ...(options.random && { random: options.random }),
    logger: createLogger({ level: 'debug', encoding: 'json' }, { write: (line) => logs.push(JSON.parse(line)) }),
  });
  const tested = () => service.graph().nodes.filter(({ component }) => component === 'tested');
  const entranceOf = ({ signal }: Batch): Consumer => {
    const entrance = entrances[signal];
    if (!entrance) throw new Error(`this bench has no pipeline of ${signal}`);
    return entrance;
  };
  const bench: ComponentBench = {
    service,
    clock,
    received,
    receivedBy: (pipeline) => byPipeline.get(pipeline) ?? [],
    logs,
    response: () => ACCEPTED,
    send: async (batch) => entranceOf(batch).consume(batch),
    async sendOwned(batch) {
      const entrance = entranceOf(batch);
      return entrance.consumeOwned === undefined ? entrance.consume(batch) : entrance.consumeOwned(batch);
    },
    dropped() {
      const sum: Record<string, number> = {};
      for (const { dropped } of tested()) {
        for (const [reason, items] of Object.entries(dropped)) sum[reason] = (sum[reason] ?? 0) + items;
      }
      return sum;
    },
    error: () => tested().find(({ problem }) => problem !== undefined)?.problem,
    start: () => service.start(),
    async close() {
      let closed = false;
      const done = service.shutdown().finally(() => {
        closed = true;
      });
      while (!closed) await clock.advance(1000);
      await done;
    },
  };
  return bench;
}

/** Returns the signals whose pipelines can contain the component. */
export function signalsOf(definition: Definition): readonly Signal[] {
  if (definition.kind === 'extension') return ['traces'];
  return definition.kind === 'connector' ? (Object.keys(definition.joins) as Signal[]) : definition.signals;
}

function benchConfig(definition: Definition, options: BenchOptions): Record<string, unknown> {
  const { kind } = definition;
  const behind = outputPipelines(definition, options);
  const pipelines: Record<string, unknown> = {};
  for (const signal of options.signals ?? signalsOf(definition)) {
    pipelines[signal] = {
      receivers: [kind === 'receiver' ? 'tested' : 'entrance'],
      processors: [...Object.keys(options.processors ?? {}), ...(kind === 'processor' ? ['tested'] : [])],
      exporters: [kind === 'exporter' || kind === 'connector' ? 'tested' : 'exit'],
    };
  }
  for (const { id, exporter } of behind) pipelines[id] = { receivers: ['tested'], exporters: [exporter] };
  const configsOf = (components: BenchOptions['extensions'] = {}) =>
    Object.fromEntries(Object.entries(components).map(([type, { config }]) => [type, config]));
  const beside = configsOf(options.extensions);
  const config: Record<string, Record<string, unknown>> = {
    receivers: { entrance: {} },
    exporters: kind === 'connector' ? Object.fromEntries(behind.map(({ exporter }) => [exporter, {}])) : { exit: {} },
    processors: configsOf(options.processors),
    extensions: beside,
  };
  config[`${kind}s`] = { ...config[`${kind}s`], tested: options.config ?? {} };
  const extensions = [...Object.keys(beside), ...(kind === 'extension' ? ['tested'] : [])];
  const memory = options.memoryLimitBytes === undefined ? {} : { memory: { limit: options.memoryLimitBytes } };
  const tenants = options.tenants === undefined ? {} : { tenants: options.tenants };
  return { ...config, service: { extensions, pipelines, ...memory, ...tenants } };
}

/** Returns the pipelines that follow a connector, each with an exporter at its end. */
function outputPipelines(
  definition: Definition,
  { signals, outputs }: BenchOptions,
): { id: string; exporter: string }[] {
  if (definition.kind !== 'connector') return [];
  const emitted = new Set((signals ?? signalsOf(definition)).flatMap((signal) => definition.joins[signal] ?? []));
  return [...emitted].flatMap((signal) =>
    (outputs === undefined ? [DEFAULT_OUTPUT] : (outputs[signal] ?? [])).map((name) => ({
      id: `${signal}/${name}`,
      exporter: `exit/${name}`,
    })),
  );
}

function benchRegistry(
  definition: Definition,
  options: BenchOptions,
  entrances: Partial<Record<Signal, Consumer>>,
  take: (batch: Batch, pipeline: string) => Outcome | Promise<Outcome>,
): Registry {
  const registry: Record<ComponentKind, Record<string, { load(): Promise<Definition> }>> = {
    receiver: { entrance: { load: () => Promise.resolve(entranceInto(entrances)) } },
    processor: {},
    exporter: { exit: { load: () => Promise.resolve(exitTo(take)) } },
    connector: {},
    extension: {},
  };
  for (const [type, extension] of Object.entries(options.extensions ?? {})) {
    registry.extension[type] = { load: () => Promise.resolve(extension.definition) };
  }
  for (const [type, receiver] of Object.entries(options.receivers ?? {})) {
    registry.receiver[type] = { load: () => Promise.resolve(receiver) };
  }
  for (const [type, processor] of Object.entries(options.processors ?? {})) {
    registry.processor[type] = { load: () => Promise.resolve(processor.definition) };
  }
  registry[definition.kind]['tested'] = { load: () => Promise.resolve(definition) };
  return registry;
}

function entranceInto(entrances: Partial<Record<Signal, Consumer>>): Definition {
  return defineReceiver({
    summary: 'Input of a test.',
    stability: 'development',
    signals: SIGNAL_NAMES,
    config: z.object({}),
    examples: [],
    create(_config, next) {
      Object.assign(entrances, next);
      return {};
    },
  });
}

function exitTo(take: (batch: Batch, pipeline: string) => Outcome | Promise<Outcome>): Definition {
  return defineExporter({
    summary: 'Output of a test.',
    stability: 'development',
    signals: SIGNAL_NAMES,
    config: z.object({}),
    examples: [],
    create: (_config, { id }) => ({ consume: async (batch) => take(batch, id.split('/')[1] ?? DEFAULT_OUTPUT) }),
  });
}

function configOf(loaded: Loaded) {
  if (loaded.ok) return loaded.config;
  throw new Error(`invalid configuration of the bench:\n${loaded.errors.map(formatConfigError).join('\n')}`);
}
