import type { Signal } from '@otelier/otlp';
import { z } from 'zod';
import type {
  ComponentContext,
  ComponentKind,
  Connector,
  ConnectorOutputs,
  Consumer,
  Exporter,
  Extension,
  Processor,
  Receiver,
  Sender,
  SignalConsumers,
  SignalContext,
} from './contract.ts';
import { type SendingFields, sendingFields } from './sending/config.ts';

/** The schema of a configuration: an object with camelCase keys, which are snake_case in configuration files. */
export type ConfigSchema = z.ZodObject;

/** The stability of a component: `stable` keeps its options, `development` may change with every release. */
export type Stability = 'stable' | 'beta' | 'alpha' | 'development';

/** A mistake in a configuration that its schema cannot find. */
export interface ConfigIssue {
  /** Keys as in configuration files: `['protocols', 'grpc', 'endpoint']`. */
  readonly path: readonly (string | number)[];
  /** `expected …, got …` */
  readonly message: string;
}

/** The use of a component, which its configuration is checked against. */
export interface ConfigUse {
  readonly id: string;
  readonly kind: ComponentKind;
  readonly type: string;
  /** Signals of the pipelines that use the component. */
  readonly signals: readonly Signal[];
  /** The pipelines that end in the component. */
  readonly inputs: readonly UsedPipeline[];
  /** The pipelines that begin with the component. */
  readonly outputs: readonly UsedPipeline[];
  /** All components that the service runs, this one included. `undefined` if some of them have errors. */
  readonly running: readonly RunningComponent[] | undefined;
}

/** A pipeline that uses a component. */
export interface UsedPipeline {
  readonly id: string;
  readonly signal: Signal;
}

/** A component that the service runs. */
export interface RunningComponent {
  readonly id: string;
  readonly kind: ComponentKind;
  readonly type: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Whether it is an extension that authenticates requests. */
  readonly authenticates: boolean;
}

/** An address on which a component listens. */
export interface ListenAddress {
  /** Keys of the field: `['protocols', 'grpc', 'endpoint']`. */
  readonly path: readonly string[];
  /** `host:port` or `unix:/path`. */
  readonly endpoint: string;
  /** Default `tcp`. */
  readonly transport?: 'udp';
}

/** The documentation and configuration of a component. The reference page, the JSON schema and tests are generated from it. */
export interface About<Schema extends ConfigSchema> {
  /** One sentence that describes the component. */
  readonly summary: string;
  readonly stability: Stability;
  /** Every field needs `.describe`. Defaults are `.prefault`: values as in a configuration file, under camelCase keys. */
  readonly config: Schema;
  /** Examples in the syntax of configuration files. The reference page shows the first one. */
  readonly examples: readonly Example[];
  /** Other names of the type. */
  readonly aliases?: readonly string[];
  /** Returns a short description of a configuration for the pipeline view, such as `4317, 4318`. */
  describe?(config: z.output<Schema>): string;
  /**
   * Returns the reasons why an instance with this configuration would not start, such as missing files. It must not have
   * effects: it also runs when a configuration is only validated.
   */
  check?(config: z.output<Schema>, use: ConfigUse): readonly ConfigIssue[];
  /** Returns the addresses on which an instance listens, so that conflicts are found before the start. */
  listens?(config: z.output<Schema>): readonly ListenAddress[];
}

/** An example configuration, in the syntax of configuration files. */
export interface Example {
  readonly title: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Where instances run with `service.workers`: one in every thread, or one in the main thread that serves all. */
export type RunsIn = 'everyThread' | 'main';

/** The definition of a receiver. */
export interface ReceiverDefinition<Schema extends ConfigSchema = ConfigSchema> extends About<Schema> {
  readonly kind: 'receiver';
  /**
   * Where the receiver runs. Default `everyThread`, which requires `Host.listen`. Receivers that generate telemetry run
   * in `main`.
   */
  readonly runsIn?: RunsIn;
  readonly signals: readonly Signal[];
  /** Creates an instance. `next` has the signals of the pipelines that use the receiver. */
  create(config: z.output<Schema>, next: SignalConsumers, context: ComponentContext): Receiver;
}

/** What keeps items together between threads: all items of a trace, or of a resource, reach the same instance. */
export type PartitionBy = 'trace' | 'resource';

/** The definition of a processor. */
export interface ProcessorDefinition<Schema extends ConfigSchema = ConfigSchema, S extends Signal = Signal>
  extends About<Schema> {
  readonly kind: 'processor';
  readonly signals: readonly S[];
  /** How batches are partitioned between the instances of several threads. Default: they are not. */
  readonly partitionBy?: PartitionBy;
  /** Whether the processor samples items, so that `otelier simulate` runs it. */
  readonly samples?: boolean;
  create(config: z.output<Schema>, next: Consumer, context: SignalContext<S>): Processor;
}

/** The definition of an exporter without a sending queue. */
export interface PlainExporterDefinition<Schema extends ConfigSchema = ConfigSchema> extends About<Schema> {
  readonly kind: 'exporter';
  readonly sending: false;
  /** Default `everyThread`. `main` is for exporters of which only one may open their destination. */
  readonly runsIn?: RunsIn;
  readonly signals: readonly Signal[];
  create(config: z.output<Schema>, context: SignalContext): Exporter;
}

/** The definition of an exporter that sends over a network, with the queue, retries and timeout of the host. */
export interface SendingExporterDefinition<Schema extends ConfigSchema = ConfigSchema> extends About<Schema> {
  readonly kind: 'exporter';
  readonly sending: true;
  readonly signals: readonly Signal[];
  create(config: z.output<Schema>, context: SignalContext): Sender;
}

/** The definition of an exporter. */
export type ExporterDefinition = PlainExporterDefinition | SendingExporterDefinition;

/** The definition of a connector. */
export interface ConnectorDefinition<Schema extends ConfigSchema = ConfigSchema> extends About<Schema> {
  readonly kind: 'connector';
  /** Default `everyThread`. `main` is for connectors that keep state of all telemetry, such as sums since the start. */
  readonly runsIn?: RunsIn;
  /** The signals that it can emit, by the signal that it consumes. */
  readonly joins: Partial<Readonly<Record<Signal, readonly Signal[]>>>;
  create(config: z.output<Schema>, next: ConnectorOutputs, context: SignalContext): Connector;
  /**
   * For connectors that run in `main`: creates the instance of a worker thread, which reduces batches before they reach
   * the instance in the main thread. What it passes on can be of another signal.
   */
  createReducer?(config: z.output<Schema>, main: Consumer, context: SignalContext): Connector;
}

/** The definition of an extension. */
export interface ExtensionDefinition<Schema extends ConfigSchema = ConfigSchema> extends About<Schema> {
  readonly kind: 'extension';
  /** Default `main`. `everyThread` is for extensions that authenticate the requests of a thread. */
  readonly runsIn?: RunsIn;
  /** Whether it authenticates the requests of receivers. */
  readonly authenticates?: boolean;
  create(config: z.output<Schema>, context: ComponentContext): Extension;
}

/** The definition of a component. */
export type Definition =
  | ReceiverDefinition
  | ProcessorDefinition
  | ExporterDefinition
  | ConnectorDefinition
  | ExtensionDefinition;

/** Defines a receiver. The name of its file is its type. */
export function defineReceiver<S extends ConfigSchema>(
  definition: Omit<ReceiverDefinition<S>, 'kind'>,
): ReceiverDefinition<S> {
  return { ...definition, kind: 'receiver' };
}

/** Defines a processor. The name of its file is its type. */
export function defineProcessor<Schema extends ConfigSchema, const S extends Signal>(
  definition: Omit<ProcessorDefinition<Schema, S>, 'kind'>,
): ProcessorDefinition<Schema, S> {
  return { ...definition, kind: 'processor' };
}

/** Defines an exporter without a sending queue. The name of its file is its type. */
export function defineExporter<S extends ConfigSchema>(
  definition: Omit<PlainExporterDefinition<S>, 'kind' | 'sending'>,
): PlainExporterDefinition<S> {
  return { ...definition, kind: 'exporter', sending: false };
}

/**
 * Defines an exporter that sends over a network. Its configuration gets the fields `sending_queue`, `retry_on_failure` and
 * `timeout`, which it can override. The name of its file is its type.
 */
export function defineSendingExporter<Shape extends z.core.$ZodLooseShape>(
  definition: Omit<About<z.ZodObject<Shape>>, 'describe' | 'check' | 'listens'> &
    Pick<SendingExporterDefinition, 'signals'> &
    Pick<SendingExporterDefinition<SendingSchema<Shape>>, 'create' | 'describe' | 'check'>,
): SendingExporterDefinition<SendingSchema<Shape>> {
  // TypeScript cannot infer the type of merged shapes.
  const config = z.object({ ...sendingFields, ...definition.config.shape }) as unknown as SendingSchema<Shape>;
  return { ...definition, config, kind: 'exporter', sending: true };
}

/** The fields of a sending exporter, including `sendingFields`. */
export type SendingSchema<Shape extends z.core.$ZodLooseShape> = z.ZodObject<Omit<SendingFields, keyof Shape> & Shape>;

/** Defines a connector. The name of its file is its type. */
export function defineConnector<S extends ConfigSchema>(
  definition: Omit<ConnectorDefinition<S>, 'kind'>,
): ConnectorDefinition<S> {
  return { ...definition, kind: 'connector' };
}

/** Defines an extension. The name of its file is its type. */
export function defineExtension<S extends ConfigSchema>(
  definition: Omit<ExtensionDefinition<S>, 'kind'>,
): ExtensionDefinition<S> {
  return { ...definition, kind: 'extension' };
}
