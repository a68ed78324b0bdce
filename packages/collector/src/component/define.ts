import type { Signal } from '@otelier/otlp';
import { z } from 'zod';
import type { AuthDirection } from './auth/client-auth.ts';
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

/** A configuration schema: an object with camelCase keys, which are snake_case in configuration files. */
export type ConfigSchema = z.ZodObject;

/**
 * The stability of a component: `stable` components keep their options, `development` components may change in any
 * release.
 */
export type Stability = 'stable' | 'beta' | 'alpha' | 'development';

/** A configuration error that the schema cannot detect. */
export interface ConfigIssue {
  /** Path as written in configuration files: `['protocols', 'grpc', 'endpoint']`. */
  readonly path: readonly (string | number)[];
  /** `expected …, got …` */
  readonly message: string;
}

/** How a component is used, which its configuration is checked against. */
export interface ConfigUse {
  readonly id: string;
  readonly kind: ComponentKind;
  readonly type: string;
  /** Signals of the pipelines that use the component. */
  readonly signals: readonly Signal[];
  /** Pipelines that end in the component. */
  readonly inputs: readonly UsedPipeline[];
  /** Pipelines that begin with the component. */
  readonly outputs: readonly UsedPipeline[];
  /** All components that the service runs, including this one; `undefined` if any of them has errors. */
  readonly running: readonly RunningComponent[] | undefined;
  /**
   * The extensions that the service runs by ID, also if other components have errors: `undefined` for an extension with
   * errors of its own. `undefined` if not all of them are known.
   */
  readonly extensions: ReadonlyMap<string, RunningComponent | undefined> | undefined;
  /** The names of all types of receivers; `undefined` in threads of user modules. */
  readonly receiverTypes: readonly string[] | undefined;
}

/** What is known of the use of a component whose service is not. */
export const UNKNOWN_USE = {
  inputs: [],
  outputs: [],
  running: undefined,
  extensions: undefined,
  receiverTypes: undefined,
} as const satisfies Partial<ConfigUse>;

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
  /** The requests that it authenticates, if it is an authentication extension. */
  readonly authenticates: readonly AuthDirection[];
  /** Whether it is an extension that stores queues and state (`StorageExtension`). */
  readonly offersStorage: boolean;
  /** Whether it is an extension that observes endpoints (`EndpointSet`). */
  readonly observesEndpoints: boolean;
}

/**
 * Returns the IDs of the extensions that a field can name if `id` is none of them, otherwise `undefined`. Nothing is
 * known of an extension with errors, so it can be named.
 */
export function otherExtensions(
  id: string,
  use: Pick<ConfigUse, 'extensions'>,
  isSuitable: (extension: RunningComponent) => boolean,
): readonly string[] | undefined {
  if (use.extensions === undefined || (use.extensions.has(id) && use.extensions.get(id) === undefined))
    return undefined;
  const ids = suitableExtensions(use, isSuitable);
  return ids.includes(id) ? undefined : ids;
}

/** Returns the IDs of the extensions that a field can name. */
export function suitableExtensions(
  { extensions }: Pick<ConfigUse, 'extensions'>,
  isSuitable: (extension: RunningComponent) => boolean,
): readonly string[] {
  const known = [...(extensions?.values() ?? [])].filter((extension) => extension !== undefined);
  return known.filter(isSuitable).map(({ id }) => id);
}

/** An address that a component listens on. */
export interface ListenAddress {
  /** Path of the configuration field: `['protocols', 'grpc', 'endpoint']`. */
  readonly path: readonly string[];
  /** `host:port` or `unix:/path`. */
  readonly endpoint: string;
  /** Default `tcp`. */
  readonly transport?: 'udp';
}

/**
 * The documentation and configuration of a component, from which the reference page, the JSON schema and tests are
 * generated.
 */
export interface About<Schema extends ConfigSchema> {
  /** One sentence that describes the component. */
  readonly summary: string;
  readonly stability: Stability;
  /**
   * Every field needs `.describe`. Defaults are given with `.prefault`, as in a configuration file but under camelCase
   * keys.
   */
  readonly config: Schema;
  /** Examples in configuration file syntax. The reference page shows the first one. */
  readonly examples: readonly Example[];
  /** Alternative names for the type. */
  readonly aliases?: readonly string[];
  /** Returns a short summary of a configuration for the pipeline view, such as `4317, 4318`. */
  describe?(config: z.output<Schema>): string;
  /**
   * Returns the reasons why an instance with this configuration would fail to start, such as missing files. It must not
   * have side effects: it also runs when a configuration is only validated.
   */
  check?(config: z.output<Schema>, use: ConfigUse): readonly ConfigIssue[];
  /** Returns the addresses that an instance listens on, so that conflicts are detected before startup. */
  listens?(config: z.output<Schema>): readonly ListenAddress[];
  /**
   * Returns the names of resources that only one instance can hold, such as the path of a file that it writes. If a reload
   * replaces the instance by one that holds the same, it stops first, and its callers wait. Listening addresses
   * need not be named.
   */
  exclusive?(config: z.output<Schema>): readonly string[];
}

/** An example configuration, in configuration file syntax. */
export interface Example {
  readonly title: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Where instances run when `service.workers` is set: one in every thread, or a single one in the main thread. */
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
  /** Creates an instance. `next` contains the signals of the pipelines that use the receiver. */
  create(config: z.output<Schema>, next: SignalConsumers, context: ComponentContext): Receiver;
}

/**
 * How items are partitioned between threads: all items of the same trace, or of the same resource, reach the same
 * instance.
 */
export type PartitionBy = 'trace' | 'resource';

/**
 * What a component emits: the items that it received, or others, such as sums, which it derives from them. The ledger counts
 * items that it derives from as merged, and derived ones as created.
 */
export type Emits = 'received' | 'derived';

/** The definition of a processor. */
export interface ProcessorDefinition<Schema extends ConfigSchema = ConfigSchema, S extends Signal = Signal>
  extends About<Schema> {
  readonly kind: 'processor';
  readonly signals: readonly S[];
  /** How batches are partitioned between the instances in different threads. By default, they are not partitioned. */
  readonly partitionBy?: PartitionBy;
  /** What it emits. Default `received`. Items that it merges, splits or adds to received ones are reported as such. */
  readonly emits?: Emits;
  /** Whether the processor samples items, so that `otelier simulate` runs it. */
  readonly samples?: boolean;
  create(config: z.output<Schema>, next: Consumer, context: SignalContext<S>): Processor;
}

/** The definition of an exporter without a sending queue. */
export interface PlainExporterDefinition<Schema extends ConfigSchema = ConfigSchema> extends About<Schema> {
  readonly kind: 'exporter';
  readonly sending: false;
  /** Default `everyThread`. Use `main` if only one instance may open the destination. */
  readonly runsIn?: RunsIn;
  readonly signals: readonly Signal[];
  create(config: z.output<Schema>, context: SignalContext): Exporter;
}

/** The definition of an exporter that sends over a network, with the host's queue, retries and timeout. */
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
  /** Default `everyThread`. Use `main` for connectors whose state covers all telemetry, such as cumulative sums. */
  readonly runsIn?: RunsIn;
  /** What it emits. Default `derived`. */
  readonly emits?: Emits;
  /** The signals that it can emit, keyed by the signal that it consumes. */
  readonly joins: Partial<Readonly<Record<Signal, readonly Signal[]>>>;
  create(config: z.output<Schema>, next: ConnectorOutputs, context: SignalContext): Connector;
  /**
   * Creates the worker-thread instance of a connector that runs in `main`. It reduces batches before they reach the
   * instance in the main thread, and may emit a different signal.
   */
  createReducer?(config: z.output<Schema>, main: Consumer, context: SignalContext): Connector;
}

/** The definition of an extension. */
export interface ExtensionDefinition<Schema extends ConfigSchema = ConfigSchema> extends About<Schema> {
  readonly kind: 'extension';
  /** Default `main`. Use `everyThread` for extensions that authenticate requests. */
  readonly runsIn?: RunsIn;
  /** Returns which requests an instance authenticates. Default: none. */
  authenticates?(config: z.output<Schema>): readonly AuthDirection[];
  /** Whether it stores queues and state of other components: `offers` is a `StorageExtension`. */
  readonly offersStorage?: boolean;
  /** Whether it observes endpoints: `offers` is an `EndpointSet`. */
  readonly observesEndpoints?: boolean;
  create(config: z.output<Schema>, context: ComponentContext): Extension;
}

/** A component definition. */
export type Definition =
  | ReceiverDefinition
  | ProcessorDefinition
  | ExporterDefinition
  | ConnectorDefinition
  | ExtensionDefinition;

/** Defines a receiver. Its type is its file name. */
export function defineReceiver<S extends ConfigSchema>(
  definition: Omit<ReceiverDefinition<S>, 'kind'>,
): ReceiverDefinition<S> {
  return { ...definition, kind: 'receiver' };
}

/** Defines a processor. Its type is its file name. */
export function defineProcessor<Schema extends ConfigSchema, const S extends Signal>(
  definition: Omit<ProcessorDefinition<Schema, S>, 'kind'>,
): ProcessorDefinition<Schema, S> {
  return { ...definition, kind: 'processor' };
}

/** Defines an exporter without a sending queue. Its type is its file name. */
export function defineExporter<S extends ConfigSchema>(
  definition: Omit<PlainExporterDefinition<S>, 'kind' | 'sending'>,
): PlainExporterDefinition<S> {
  return { ...definition, kind: 'exporter', sending: false };
}

/**
 * Defines an exporter that sends over a network. Its configuration gains the fields `sending_queue`, `retry_on_failure`
 * and `timeout`, which it can override. Its type is its file name.
 */
export function defineSendingExporter<Shape extends z.core.$ZodLooseShape>(
  definition: Omit<About<z.ZodObject<Shape>>, 'describe' | 'check' | 'listens' | 'exclusive'> &
    Pick<SendingExporterDefinition, 'signals'> &
    Pick<SendingExporterDefinition<SendingSchema<Shape>>, 'create' | 'describe' | 'check'>,
): SendingExporterDefinition<SendingSchema<Shape>> {
  // TypeScript cannot infer the type of merged shapes.
  const config = z.object({ ...sendingFields, ...definition.config.shape }) as unknown as SendingSchema<Shape>;
  return { ...definition, config, kind: 'exporter', sending: true };
}

/** The fields of a sending exporter, including `sendingFields`. */
export type SendingSchema<Shape extends z.core.$ZodLooseShape> = z.ZodObject<Omit<SendingFields, keyof Shape> & Shape>;

/** Defines a connector. Its type is its file name. */
export function defineConnector<S extends ConfigSchema>(
  definition: Omit<ConnectorDefinition<S>, 'kind'>,
): ConnectorDefinition<S> {
  return { ...definition, kind: 'connector' };
}

/** Defines an extension. Its type is its file name. */
export function defineExtension<S extends ConfigSchema>(
  definition: Omit<ExtensionDefinition<S>, 'kind'>,
): ExtensionDefinition<S> {
  return { ...definition, kind: 'extension' };
}
