import type { Batch, Outcome, Signal } from '@otelier/otlp';
import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { Admissions, Rejection } from './admissions.ts';
import type { ExtensionInterface, Host } from './host.ts';

/**
 * Consumes batches: a component, or the pipeline edge in front of it. Calls may be concurrent. Batches are immutable and
 * shared, so a consumer must not write to them or keep them longer than needed.
 */
export interface Consumer {
  /**
   * Returns the outcome of the batch, or a promise of it. Throws or rejects only because of a bug, which the host converts
   * to a `refused` outcome.
   */
  consume(batch: Batch): Outcome | Promise<Outcome>;

  /**
   * Reserves capacity for a batch, or returns the reason why it cannot. Only queues implement it. A fan-out reserves on
   * all branches before it commits to any, so that a full branch cannot cause duplicates on the others.
   */
  reserve?(batch: Batch): Reservation | Rejection;

  /** Resolves when capacity has been freed. Implemented together with `reserve`. */
  whenWritable?(): Promise<void>;

  /**
   * Resolves when the queue is below its high-water mark, or returns `undefined` if it is. Callers that can delay their
   * clients keep the queue short: a longer one costs memory and garbage collection without more throughput.
   */
  whenBelowHighWaterMark?(): Promise<void> | undefined;
}

/** The consumers of the pipelines behind a component, by signal. */
export type SignalConsumers = Partial<Readonly<Record<Signal, Consumer>>>;

/** Capacity reserved for one batch. The caller must call one of the methods, once and without delay. */
export interface Reservation {
  readonly kind: 'reserved';
  /** Consumes the batch. It cannot be rejected for lack of capacity. */
  commit(): Outcome | Promise<Outcome>;
  /** Frees the capacity. */
  cancel(): void;
}

/**
 * The lifecycle of a component. `create` must not open sockets, files or timers. The host calls `start` once (exporters
 * first, receivers last), `drain` once (receivers first), then `shutdown`. `shutdown` can be called repeatedly, without
 * `drain` and without `start`, and must resolve. No batch arrives after it.
 */
export interface Component {
  /** Opens sockets, files and timers. A rejection fails the start of the service, with its message. */
  start?(): Promise<void>;
  /**
   * Forwards pending telemetry. `deadline` aborts after `remainingMillis`; then `drain` must return, and the remaining
   * telemetry is lost and reported.
   */
  drain?(deadline: AbortSignal, remainingMillis: number): Promise<void>;
  /** Closes sockets, files and timers. The host drains first. */
  shutdown?(): Promise<void>;
}

/** Receives or generates telemetry. One instance per ID, shared by its pipelines. `drain` stops receiving and finishes requests in flight. */
export interface Receiver extends Component {}

/** Processes batches between receivers and exporters. One instance per pipeline. */
export interface Processor extends Component, Consumer {}

/** Exports the batches of a pipeline. One instance per ID and signal. */
export interface Exporter extends Component, Consumer {}

/** An exporter that sends over a network. The host implements `sending_queue`, `retry_on_failure` and `timeout` for it. */
export interface Sender extends Component {
  /**
   * Sends one batch. `abort` aborts at `timeout` (with a `TimeoutError` as its reason) and at the shutdown deadline; then
   * `send` must resolve with `retry`. It rejects only because of a bug.
   */
  send(batch: Batch, abort: AbortSignal): Promise<Outcome>;
}

/** Connects pipelines: the exporter of one and the receiver of others. One instance per ID and incoming signal. */
export interface Connector extends Component, Consumer {}

/** Adds functions outside of pipelines, such as health checks, the page or authentication. */
export interface Extension extends Component, ExtensionInterface {}

/** The pipelines behind a connector. */
export interface ConnectorOutputs {
  /** All pipelines of a signal with the connector as receiver, as one consumer. */
  readonly bySignal: SignalConsumers;
  /** Each of those pipelines by its ID (`traces/slow`), for connectors that route. */
  readonly byPipeline: ReadonlyMap<string, { readonly signal: Signal; readonly consumer: Consumer }>;
}

/** What a policy or rule decided about some items. */
export interface SamplingDecision {
  /** ID of the component. */
  readonly component: string;
  /** Name of the policy or rule. */
  readonly policy: string;
  /** `sampled` and `dropped` are the results of one policy. `decisive` means that the items were kept because of it. */
  readonly kind: 'sampled' | 'notSampled' | 'dropped' | 'decisive';
  readonly itemCount: number;
  readonly sizeBytes: number;
  /** Number of traces to which the items belong; 0 for decisions about single items. */
  readonly traceCount: number;
}

/** The context of a component, provided by the host. */
export interface ComponentContext {
  /** ID in the configuration, such as `batch/2`. */
  readonly id: string;
  /** Type of the component, such as `batch`. Aliases are resolved. */
  readonly type: string;
  readonly kind: ComponentKind;
  readonly clock: Clock;
  /** Returns a random number like `Math.random`. */
  readonly random: () => number;
  /** A logger with the fields `component` and `kind`. Log data as fields, and never a line per item or batch. */
  readonly logger: Logger;
  /** Memory for telemetry in flight. */
  readonly admission: Admissions;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly host: Host;
  /** Receives the decisions of every policy, while sampling is simulated. Policies that are not needed are evaluated then. */
  readonly observeSampling?: ((decision: SamplingDecision) => void) | undefined;
  /** Counts items that the component dropped or lost. `reason` is a short constant, such as `filtered`. */
  dropped(itemCount: number, reason: string): void;
  /** Reports the current error, such as `retrying, 503`, or its end with `undefined`. */
  reportStatus(status: string | undefined): void;
}

/** The context of components with one instance per signal. */
export interface SignalContext<S extends Signal = Signal> extends ComponentContext {
  readonly signal: S;
  /** Number of threads with an instance that gets a share of the items (`partitionBy`); 1 if there is no other instance. */
  readonly instanceCount: number;
}

/** The kind of a component. Its plural is the section of the configuration. */
export type ComponentKind = 'receiver' | 'processor' | 'exporter' | 'connector' | 'extension';
