import type { Signal } from '@otelier/otlp';
import { z } from 'zod';
import type {
  ComponentContext,
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

/** A component's configuration: an object schema with camelCase keys, which users write in snake_case. */
export type ConfigSchema = z.ZodObject;

/** How far a component can be relied on: `stable` keeps its options, `development` may change with every release. */
export type Stability = 'stable' | 'beta' | 'alpha' | 'development';

/** What every definition says of itself; the reference page, the schema for editors and the tests are made of it. */
export interface About<Schema extends ConfigSchema> {
  /** One sentence, shown in lists. */
  readonly summary: string;
  readonly stability: Stability;
  /** Every field has a `.describe`; defaults are `.prefault`s: values as users write them, under keys as code reads them. */
  readonly config: Schema;
  /** Configurations as users write them. The first one is the example of the reference page. */
  readonly examples: readonly Example[];
  /** Other type names that mean this component. */
  readonly aliases?: readonly string[];
  /** A few words on what is configured, for the pipeline view: `4317, 4318`. */
  describe?(config: z.output<Schema>): string;
}

/** One configuration, in the user's spelling, with what it is good for. */
export interface Example {
  readonly title: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * Where instances live when `service.workers` asks for several threads: one in each of them, or one in the main thread,
 * which then serves all.
 */
export type RunsIn = 'everyThread' | 'main';

/** Declares a receiver; see `Receiver` for its life. */
export interface ReceiverDefinition<Schema extends ConfigSchema = ConfigSchema> extends About<Schema> {
  readonly kind: 'receiver';
  /** `everyThread` unless said: for that it listens by `Host.listen`. What makes telemetry itself runs in `main`. */
  readonly runsIn?: RunsIn;
  readonly signals: readonly Signal[];
  /** `next` has the signals of the pipelines that use this receiver, and no others. */
  create(config: z.output<Schema>, next: SignalConsumers, context: ComponentContext): Receiver;
}

/** Declares a processor; see `Processor` for its life. */
export interface ProcessorDefinition<Schema extends ConfigSchema = ConfigSchema, S extends Signal = Signal>
  extends About<Schema> {
  readonly kind: 'processor';
  readonly signals: readonly S[];
  /**
   * What has to come to the same instance, however many threads there are: with `trace`, all items of a trace. Batches
   * are cut and handed between threads for it.
   */
  readonly partitionBy?: 'trace';
  create(config: z.output<Schema>, next: Consumer, context: SignalContext<S>): Processor;
}

/** Declares an exporter that takes batches itself; see `Exporter` for its life. */
export interface PlainExporterDefinition<Schema extends ConfigSchema = ConfigSchema> extends About<Schema> {
  readonly kind: 'exporter';
  readonly sending: false;
  /** `everyThread` unless said; `main` where only one may open what it writes to. */
  readonly runsIn?: RunsIn;
  readonly signals: readonly Signal[];
  create(config: z.output<Schema>, context: SignalContext): Exporter;
}

/** Declares an exporter that sends over a network; the host puts queue, retry and time limit before it. */
export interface SendingExporterDefinition<Schema extends ConfigSchema = ConfigSchema> extends About<Schema> {
  readonly kind: 'exporter';
  readonly sending: true;
  readonly signals: readonly Signal[];
  create(config: z.output<Schema>, context: SignalContext): Sender;
}

/** Declares either kind of exporter. */
export type ExporterDefinition = PlainExporterDefinition | SendingExporterDefinition;

/** Declares a connector; see `Connector` for its life. */
export interface ConnectorDefinition<Schema extends ConfigSchema = ConfigSchema> extends About<Schema> {
  readonly kind: 'connector';
  /** For each signal it takes, the signals it can give. */
  readonly joins: Partial<Readonly<Record<Signal, readonly Signal[]>>>;
  create(config: z.output<Schema>, next: ConnectorOutputs, context: SignalContext): Connector;
}

/** Declares an extension; see `Extension` for its life. */
export interface ExtensionDefinition<Schema extends ConfigSchema = ConfigSchema> extends About<Schema> {
  readonly kind: 'extension';
  /** `main` unless said; `everyThread` for one that judges requests in the threads where they arrive. */
  readonly runsIn?: RunsIn;
  create(config: z.output<Schema>, context: ComponentContext): Extension;
}

/** Any definition. */
export type Definition =
  | ReceiverDefinition
  | ProcessorDefinition
  | ExporterDefinition
  | ConnectorDefinition
  | ExtensionDefinition;

/** Declares a component that brings telemetry in. Its type name is the name of its file. */
export function defineReceiver<S extends ConfigSchema>(
  definition: Omit<ReceiverDefinition<S>, 'kind'>,
): ReceiverDefinition<S> {
  return { ...definition, kind: 'receiver' };
}

/** Declares a component that works on batches on their way. Its type name is the name of its file. */
export function defineProcessor<Schema extends ConfigSchema, const S extends Signal>(
  definition: Omit<ProcessorDefinition<Schema, S>, 'kind'>,
): ProcessorDefinition<Schema, S> {
  return { ...definition, kind: 'processor' };
}

/** Declares a component that ends a pipeline without a network. Its type name is the name of its file. */
export function defineExporter<S extends ConfigSchema>(
  definition: Omit<PlainExporterDefinition<S>, 'kind' | 'sending'>,
): PlainExporterDefinition<S> {
  return { ...definition, kind: 'exporter', sending: false };
}

/**
 * Declares a component that sends over a network. Its configuration gets `sending_queue`, `retry_on_failure` and
 * `timeout` by itself (fields of its own by these names win), and its `send` is called with what the queue gives out.
 */
export function defineSendingExporter<Shape extends z.core.$ZodLooseShape>(
  definition: Omit<About<z.ZodObject<Shape>>, 'describe'> &
    Pick<SendingExporterDefinition, 'signals'> &
    Pick<SendingExporterDefinition<SendingSchema<Shape>>, 'create' | 'describe'>,
): SendingExporterDefinition<SendingSchema<Shape>> {
  // Types cannot follow a spread of shapes; at run time this is what the type says.
  const config = z.object({ ...sendingFields, ...definition.config.shape }) as unknown as SendingSchema<Shape>;
  return { ...definition, config, kind: 'exporter', sending: true };
}

/** A sender's own fields with those that every sender has. */
export type SendingSchema<Shape extends z.core.$ZodLooseShape> = z.ZodObject<Omit<SendingFields, keyof Shape> & Shape>;

/** Declares a component that joins pipelines. Its type name is the name of its file. */
export function defineConnector<S extends ConfigSchema>(
  definition: Omit<ConnectorDefinition<S>, 'kind'>,
): ConnectorDefinition<S> {
  return { ...definition, kind: 'connector' };
}

/** Declares a component that serves beside the pipelines. Its type name is the name of its file. */
export function defineExtension<S extends ConfigSchema>(
  definition: Omit<ExtensionDefinition<S>, 'kind'>,
): ExtensionDefinition<S> {
  return { ...definition, kind: 'extension' };
}
