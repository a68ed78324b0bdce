import type { Batch, Outcome, Signal } from '@otelier/otlp';
import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { Admissions, Rejection } from './admissions.ts';
import type { ExtensionInterface, Host } from './host.ts';

/**
 * Takes batches: a component, or the edge that the host puts before it. Whoever calls hands over one batch at a time
 * or many at once; the batch is immutable and shared, so nobody writes into it or keeps it longer than needed.
 */
export interface Consumer {
  /**
   * Returns the outcome of the batch, or a promise of it where something has to be awaited. Throws or rejects only for a
   * bug, which the host turns into a `refused` outcome.
   */
  consume(batch: Batch): Outcome | Promise<Outcome>;

  /**
   * Sets room aside for a batch, or says why there is none. Only what holds batches back (queues) has it. A fan-out
   * calls it on every branch before any branch takes the batch, so that a full branch cannot make the sender repeat
   * what another branch has already got.
   */
  reserve?(batch: Batch): Reservation | Rejection;

  /** Resolves when something has left, so that what was refused for want of room may fit now. Goes with `reserve`. */
  whenWritable?(): Promise<void>;

  /**
   * Resolves when little waits again; `undefined` while that is so. Whoever can let senders wait a moment for it keeps
   * the queue short: what is in it costs memory and time to collect it, and gains nothing.
   */
  whenBelowHighWaterMark?(): Promise<void> | undefined;
}

/** The consumers of the pipelines that a component feeds, by signal. */
export type SignalConsumers = Partial<Readonly<Record<Signal, Consumer>>>;

/** Room set aside for one batch. Exactly one of the two is called, once and soon. */
export interface Reservation {
  readonly kind: 'reserved';
  /** Hands the batch over into the room; it is not refused for want of room any more. */
  commit(): Outcome | Promise<Outcome>;
  /** Gives the room back. */
  cancel(): void;
}

/**
 * What the host asks of every part. `create` opens nothing: no socket, file or timer. The host calls `start` once
 * (exporters first, receivers last), `drain` once (receivers first), then `shutdown`. `shutdown` may come twice,
 * without `drain`, and without `start`, and must then resolve as well. After it the host lets no batch through.
 */
export interface Component {
  /** Opens what the component needs. Rejecting stops the whole start, and the reason is shown to the user. */
  start?(): Promise<void>;
  /**
   * Hands on what is held back. `deadline` aborts when time is up, `remainingMillis` from the call on: then return, what
   * remains is lost and reported.
   */
  drain?(deadline: AbortSignal, remainingMillis: number): Promise<void>;
  /** Closes everything. Must not throw away what `drain` can still save: the host drains before. */
  shutdown?(): Promise<void>;
}

/** Brings telemetry in. One instance per id, shared by its pipelines. `drain` stops taking in and finishes what is in flight. */
export interface Receiver extends Component {}

/** Works on batches on their way. One instance per pipeline. */
export interface Processor extends Component, Consumer {}

/** The end of a pipeline. One instance per id and signal. */
export interface Exporter extends Component, Consumer {}

/**
 * An exporter that sends over a network. It only sends: the host puts `sending_queue`, `retry_on_failure` and
 * `timeout` before it.
 */
export interface Sender extends Component {
  /**
   * Sends one batch. `abort` fires at `timeout` (its reason is a `TimeoutError`) and at the end of the shutdown's
   * deadline; then resolve with `retry`. Never rejects but for a bug.
   */
  send(batch: Batch, abort: AbortSignal): Promise<Outcome>;
}

/** The end of one pipeline and the beginning of others. One instance per id and incoming signal. */
export interface Connector extends Component, Consumer {}

/** Serves the service beside the pipelines: health, page, credentials. */
export interface Extension extends Component, ExtensionInterface {}

/** Where a connector's output can go. */
export interface ConnectorOutputs {
  /** All pipelines of a signal that name the connector as receiver, joined. */
  readonly bySignal: SignalConsumers;
  /** Each of those pipelines alone, by its id (`traces/slow`), for connectors that choose. */
  readonly byPipeline: ReadonlyMap<string, { readonly signal: Signal; readonly consumer: Consumer }>;
}

/** What the host hands to every component. */
export interface ComponentContext {
  /** As the user wrote it: `batch/2`. */
  readonly id: string;
  /** Name of the definition: `batch`. An alias is resolved. */
  readonly type: string;
  readonly kind: ComponentKind;
  readonly clock: Clock;
  /** A number from 0 up to, not including, 1. */
  readonly random: () => number;
  /** Bears `component` and `kind` already. One sentence a line, data as fields, never one line per item or batch. */
  readonly logger: Logger;
  /** Memory for telemetry in flight. */
  readonly admission: Admissions;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly host: Host;
  /** Counts items that this component threw away on purpose or lost; `reason` is one of few short words, such as `filtered`. */
  dropped(itemCount: number, reason: string): void;
  /** Says in a few words what is wrong right now (`retrying, 503`), or with `undefined` that all is well again. */
  reportStatus(words: string | undefined): void;
}

/** Context of components that serve one signal per instance: one of those that the definition declares. */
export interface SignalContext<S extends Signal = Signal> extends ComponentContext {
  readonly signal: S;
}

/** The kinds of component, as the sections of a configuration name them in the plural. */
export type ComponentKind = 'receiver' | 'processor' | 'exporter' | 'connector' | 'extension';
