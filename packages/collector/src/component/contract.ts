import { type Batch, type ItemCursor, type Outcome, releaseBytes, retainBytes, type Signal } from '@otelier/otlp';
import type { Batching } from '@otelier/query';
import type { Clock, ObserveRequest, RejectedRequest } from '@otelier/transport';
import type { Logger } from 'pino';
import type { Admissions, Rejection } from './admissions.ts';
import type { ComponentKind, ExtensionInterface, Host } from './host.ts';
import type { ObserveRule } from './observe/observed-rules.ts';
import type { OwnMetric } from './observe/own-metric.ts';
import type { SenderObserver } from './observe/sender-observer.ts';
import type { Tracer } from './tracing/tracer.ts';

export type { ComponentKind } from './host.ts';

/**
 * A consumer of batches: a component, or the pipeline edge in front of it. Calls may be concurrent. Batches are
 * immutable and shared, so a consumer must not modify them or retain them longer than needed.
 */
export interface Consumer {
  /**
   * Processes a batch and returns its outcome, or a promise of it. Throws or rejects only because of a bug, which the
   * host converts to a `refused` outcome.
   */
  consume(batch: Batch): Outcome | Promise<Outcome>;

  /**
   * Like `consume`, and makes the consumer an owner of the batch in the place of the caller, whatever the outcome. It passes
   * its ownership on with `passOwned`, or ends it with `releaseOwned` when it no longer needs the bytes: their memory is used
   * again once no owner is left. A consumer that does neither needs no `consumeOwned`: the garbage collector then frees the
   * memory.
   */
  consumeOwned?(batch: Batch): Outcome | Promise<Outcome>;

  /**
   * Reserves capacity for a batch, or returns a rejection. Only queues implement it. A fan-out reserves capacity on all
   * branches before it commits to any, so that a full branch cannot cause duplicates on the others.
   */
  readonly reserve?: ((batch: Batch) => Reservation | Rejection) | undefined;

  /** Resolves when capacity has been freed. Implemented together with `reserve`. */
  readonly whenWritable?: (() => Promise<void>) | undefined;

  /**
   * Resolves when the queue is below its high-water mark; `undefined` if it already is. Callers that can delay their
   * clients use it to keep the queue short: a longer queue costs memory and garbage collection without increasing
   * throughput.
   */
  readonly whenBelowHighWaterMark?: (() => Promise<void> | undefined) | undefined;
}

/** Passes on a batch together with the caller's ownership. The caller does not use its bytes afterwards. */
export function passOwned(next: Consumer, batch: Batch): Outcome | Promise<Outcome> {
  return next.consumeOwned === undefined ? next.consume(batch) : next.consumeOwned(batch);
}

/** Commits a reservation together with the caller's ownership of its batch. */
export function commitOwned(reservation: Reservation): Outcome | Promise<Outcome> {
  return reservation.commitOwned === undefined ? reservation.commit() : reservation.commitOwned();
}

/** Adds an owner to a batch, for example for a second consumer. */
export function retainOwned({ parts }: Batch): void {
  for (const part of parts) retainBytes(part);
}

/** Ends the ownership of one owner of a batch, who does not use its bytes afterwards. */
export function releaseOwned({ parts }: Batch): void {
  for (const part of parts) releaseBytes(part);
}

/** The consumers downstream of a component, by signal. */
export type SignalConsumers = Partial<Readonly<Record<Signal, Consumer>>>;

/** Capacity reserved for one batch. The caller must promptly call exactly one of the methods, once. */
export interface Reservation {
  readonly kind: 'reserved';
  /** Consumes the batch, which can no longer be rejected for lack of capacity. */
  commit(): Outcome | Promise<Outcome>;
  /** Like `commit`, for an owner of the batch. See `Consumer.consumeOwned`. */
  commitOwned?(): Outcome | Promise<Outcome>;
  /** Releases the capacity. */
  cancel(): void;
}

/**
 * The lifecycle of a component. `create` must not open sockets or files, or start timers. The host calls `start` once
 * (exporters first, receivers last), `drain` once (receivers first), then `shutdown`. `shutdown` must resolve even if
 * it is called repeatedly, without `drain` or without `start`. No batch arrives after it.
 */
export interface Component {
  /**
   * Opens sockets and files and starts timers. A rejection aborts the start of the service and becomes its error
   * message.
   */
  start?(): Promise<void>;
  /**
   * Forwards pending telemetry. `deadline` aborts after `remainingMillis`; `drain` must then return, and the remaining
   * telemetry is lost and reported.
   */
  drain?(deadline: AbortSignal, remainingMillis: number): Promise<void>;
  /** Closes sockets and files and stops timers. The host calls `drain` first. */
  shutdown?(): Promise<void>;
  /**
   * Returns the number of items that the component has accepted, and that it has not forwarded, delivered, dropped or
   * merged. Components that forward items before they accept them hold none.
   */
  heldItems?(): number;
  /** Returns the sizes of the batches that the component has built or queued, and why it sent them. */
  batching?(): Batching;
}

/**
 * A component that receives or generates telemetry. There is one instance per ID, shared by its pipelines. `drain`
 * stops receiving and finishes in-flight requests.
 */
export interface Receiver extends Component {}

/** A component that processes batches between receivers and exporters. There is one instance per pipeline. */
export interface Processor extends Component, Consumer {}

/** A component that exports the batches of its pipelines. There is one instance per ID and signal. */
export interface Exporter extends Component, Consumer {}

/** An exporter that sends over a network. The host implements `sending_queue`, `retry_on_failure` and `timeout` for it. */
export interface Sender extends Component {
  /**
   * Sends one batch. `abort` fires at `timeout` (with a `TimeoutError` as its reason) and at the shutdown deadline;
   * `send` must then resolve with `retry`. Rejects only because of a bug. A sender that no longer uses the bytes of the
   * batch calls `onUnused` before it resolves, so that their memory is used again.
   */
  send(batch: Batch, abort: AbortSignal, onUnused: () => void): Promise<Outcome>;
}

/**
 * A component that connects pipelines: the exporter of one and the receiver of others. There is one instance per ID and
 * incoming signal.
 */
export interface Connector extends Component, Consumer {}

/** A component that adds functionality outside of pipelines, such as health checks, the workbench or authentication. */
export interface Extension extends Component, ExtensionInterface {
  /** Returns what the extension measures about itself, for the metrics of the process. */
  metrics?(): readonly OwnMetric[];
}

/** The pipelines downstream of a connector. */
export interface ConnectorOutputs {
  /** A single consumer per signal that feeds all downstream pipelines of that signal. */
  readonly bySignal: SignalConsumers;
  /** Each downstream pipeline by its ID (`traces/slow`), for connectors that route. */
  readonly byPipeline: ReadonlyMap<string, { readonly signal: Signal; readonly consumer: Consumer }>;
}

/** A decision of a policy or rule about one or more items. */
export interface SamplingDecision {
  /** Component ID. */
  readonly component: string;
  /** Policy or rule name. */
  readonly policy: string;
  /**
   * `sampled` and `dropped` are the results of a single policy. `decisive` marks the policy that caused the items to be
   * kept, and `failed` one whose function failed, so that its error mode decided.
   */
  readonly kind: 'sampled' | 'notSampled' | 'dropped' | 'decisive' | 'failed';
  readonly itemCount: number;
  readonly sizeBytes: number;
  /** Number of traces to which the items belong; 0 for decisions about individual items. */
  readonly traceCount: number;
}

/** Stops a clock until work is done, and returns the result of the work. */
export type PauseClock = <T>(work: Promise<T>) => Promise<T>;

/** A type of receiver, for components that create receivers while the service runs. */
export interface ReceiverFactory {
  /** Component type, with aliases resolved. */
  readonly type: string;
  readonly signals: readonly Signal[];
  /** Names of its options, as in configuration files. */
  readonly options: readonly string[];
  /**
   * Reads options as users write them, and creates a receiver. References such as `${env:NAME}` are not expanded. Rejects with an
   * error that names all wrong values. The caller starts, drains and shuts down the receiver.
   */
  create(
    options: Readonly<Record<string, unknown>>,
    next: SignalConsumers,
    context: ComponentContext,
  ): Promise<Receiver>;
}

/** The context that the host provides to a component. */
export interface ComponentContext {
  /** ID in the configuration, such as `batch/2`. */
  readonly id: string;
  /** Component type, such as `batch`, with aliases resolved. */
  readonly type: string;
  readonly kind: ComponentKind;
  readonly clock: Clock;
  /** Returns a random number, as `Math.random` does. */
  readonly random: () => number;
  /** A logger with the fields `component` and `kind`. Log data as fields, and never one line per item or batch. */
  readonly logger: Logger;
  /** Memory budget for in-flight telemetry. */
  readonly admission: Admissions;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly host: Host;
  /** Returns the type of receiver with a name or alias; `undefined` if there is none. Not in threads of user modules. */
  readonly findReceiver?: ((name: string) => Promise<ReceiverFactory | undefined>) | undefined;
  /** Aborts when the component is shut down; `undefined` where components are created on their own. */
  readonly ended?: AbortSignal | undefined;
  /** Traces the work of the process itself; `undefined` unless `service.telemetry.traces` has processors. */
  readonly tracer?: Tracer | undefined;
  /** Records the duration of a request; `undefined` unless `service.telemetry.metrics.level` is `detailed`. */
  readonly observeRequest?: ObserveRequest | undefined;
  /** Records a request that a receiver rejected; `undefined` for other components. */
  readonly onRejected?: ((request: RejectedRequest) => void) | undefined;
  /** Observes who sends to receivers; `undefined` in tests and simulations. */
  readonly senders?: { open(): Promise<SenderObserver> } | undefined;
  /**
   * Receives the decisions of every policy during a sampling simulation, which also evaluates policies whose result is
   * not needed.
   */
  readonly observeSampling?: ((decision: SamplingDecision) => void) | undefined;
  /** Stops the clock of a simulation until work in another thread is done, and returns its result. */
  readonly pauseClock?: PauseClock | undefined;
  /** Declares the rules of the component, in tests that report which rules never match. */
  readonly observeRule?: ObserveRule | undefined;
  /**
   * Counts items that the component dropped or lost. `reason` is a short constant, such as `filtered`, and `rule` the part of
   * the configuration that caused it. During `consume`, the items are those of the batch: if it is then refused, they do
   * not count. In a component with `heldItems`, they are items that it holds or has just accepted, and always count.
   */
  dropped(itemCount: number, reason: string, rule?: string): void;
  /**
   * Declares a rule that drops items, at creation. The rule counts those that it drops from the batch of the current call,
   * which `dropped` with the same reason then attributes to it, and records their traces, so that `otelier why` finds
   * them.
   */
  dropRule(options: DropRuleOptions): DropRule;
  /** Counts items that the component added to those that it received, such as `copied` ones. */
  created(itemCount: number, reason: string): void;
  /** Counts items that became part of other items, such as `aggregated` ones, or that stay in a storage. */
  merged(itemCount: number, reason: string): void;
  /** Records why items were lost, such as the response of a destination. */
  readonly reportLoss?: (reason: string, message: string) => void;
  /**
   * Reports the current error, such as `retrying, 503`; `undefined` clears it. A permanent one needs an operator: without
   * one, it does not end.
   */
  reportStatus(status: string | undefined, kind?: 'recoverable' | 'permanent'): void;
}

/** The reason and the rule for which items are dropped. */
export interface DropRuleOptions {
  readonly reason: string;
  /** The text of the rule, such as a condition or the name of a policy. */
  readonly rule?: string | undefined;
  /** Path of the rule in the configuration of the component: `['traces', 'span', 0]`. */
  readonly path?: readonly (string | number)[] | undefined;
  /** Whether the items go back to their sender, who may send them again. */
  readonly isReturned?: boolean;
  /** The signal of the items, for components that have one instance for all signals. */
  readonly signal?: Signal;
}

/** A rule that drops items. Recording a trace takes some nanoseconds, and a limited number of them per second. */
export interface DropRule {
  /** Counts and records the item at a cursor. */
  item(cursor: ItemCursor): void;
  /** Records the items of the resource, scope or metric at a cursor. */
  group(cursor: ItemCursor, kind: 'resource' | 'scope' | 'metric'): void;
  /** Records a trace, whose ID is four integers as a little-endian `DataView` reads them. */
  trace(id0: number, id1: number, id2: number, id3: number): void;
  /** Records the items of requests, and why they were dropped, such as the response of a destination. */
  parts(parts: readonly Uint8Array[], message?: string): void;
}

/** The context of a component that has one instance per signal. */
export interface SignalContext<S extends Signal = Signal> extends ComponentContext {
  readonly signal: S;
  /** Number of threads whose instances share the items (`partitionBy`); 1 if there is no other instance. */
  readonly instanceCount: number;
}
