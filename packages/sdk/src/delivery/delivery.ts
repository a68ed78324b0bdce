import { ACCEPTED, type Outcome, type Signal } from '@otelier/otlp';
import type { Clock, ExportClient, RetryOptions } from '@otelier/transport/portable';
import { retry } from '@otelier/transport/portable';
import { integerOption, MAX_MILLIS, optionError } from '../client/option-error.ts';
import { resolveRetry } from '../client/options.ts';
import { Batcher, type BatcherOwner, type BatchLimits } from './batcher.ts';
import { Consignment } from './consignment.ts';
import type {
  BatchOptions,
  DropReason,
  FlushResult,
  QueueOptions,
  Request,
  RequestBuffer,
  SendOutcome,
} from './contract.ts';
import { Drain } from './drain.ts';
import type { Envelope } from './envelope.ts';
import type { Health } from './health.ts';
import type { Lane } from './lane.ts';
import { Room } from './room.ts';

/** How telemetry is delivered. */
export interface DeliveryOptions {
  readonly batch?: BatchOptions;
  readonly queue?: QueueOptions;
  /** Default: first wait 1 s, longest 30 s, each 1.5 times the one before, spread by half; given up after 5 minutes. */
  readonly retry?: RetryOptions;
  readonly buffer?: RequestBuffer;
}

/** Telemetry that the buffer could not take. */
interface Loss {
  readonly kind: 'lost';
  readonly cause: DropReason;
  readonly reason: string;
}

/** What delivery needs of its surroundings. */
export interface DeliveryContext {
  readonly client: ExportClient;
  readonly health: Health;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Runs what sends, so that instrumentation does not trace it. */
  readonly suppress: <T>(send: () => T) => T;
}

/**
 * The one queue and the one retry behind every door of the library. Items go into lanes, where they gather into requests;
 * requests are sent until the peer has answered or the budget is spent. Nothing here waits for the application or throws
 * into it: what cannot be kept within the bound is counted.
 */
export class Delivery implements BatcherOwner {
  readonly health: Health;
  readonly #batch: BatchLimits & { readonly maxDelayMillis: number };
  readonly #maxConcurrentRequests: number;
  readonly #retry: RetryOptions;
  readonly #buffer: RequestBuffer | undefined;
  readonly #drain: Drain | undefined;
  readonly #context: DeliveryContext;
  readonly #room: Room;
  readonly #batchers = new Map<Signal, Batcher>();
  /** Requests that nobody sends yet. */
  readonly #waiting: Consignment[] = [];
  readonly #inFlight = new Set<Consignment>();
  readonly #abort = new AbortController();
  #cancelTimer: (() => void) | undefined;
  #isPumping = false;
  #ending: Promise<FlushResult> | undefined;

  constructor(options: DeliveryOptions, context: DeliveryContext) {
    const { batch = {}, queue = {} } = options;
    this.#context = context;
    this.health = context.health;
    this.#room = new Room(queue, context.health, () => this.#dropOldest());
    const { maxItems: room } = this.#room;
    this.#batch = {
      maxItems: integerOption('batch.maxItems', batch.maxItems, Math.min(2_048, room), 1, 65_536),
      maxBytes: integerOption('batch.maxBytes', batch.maxBytes, 1024 * 1024, 1024, 2 ** 30),
      maxDelayMillis: integerOption('batch.maxDelayMillis', batch.maxDelayMillis, 1_000, 0, MAX_MILLIS),
    };
    if (this.#batch.maxItems > room)
      throw optionError('batch.maxItems', `at most queue.maxItems, ${room}`, batch.maxItems);
    this.#maxConcurrentRequests =
      options.buffer === undefined
        ? integerOption('queue.maxConcurrentRequests', queue.maxConcurrentRequests, 4, 1, 1024)
        : 1;
    this.#retry = resolveRetry(options.retry);
    this.#buffer = options.buffer;
    this.#drain = options.buffer && this.#drainOf(options.buffer);
  }

  /** Where items of one signal, resource and scope are encoded. Keep it: one is enough for all of them. */
  lane(signal: Signal, envelope: Envelope): Lane {
    return this.#batcher(signal).lane(envelope);
  }

  /** Queues a request that is complete; `false`, and counted, when there is no room. Never waits. */
  enqueue({ signal, itemCount, sizeBytes, parts }: Request): boolean {
    if (!this.#room.take(signal, itemCount, sizeBytes)) return false;
    this.closed(new Consignment(signal, itemCount, sizeBytes, parts));
    return true;
  }

  /** Waits for room, sends what is awaited, and resolves with what became of it. */
  async send(consignment: Consignment): Promise<SendOutcome> {
    const { signal, itemCount, sizeBytes } = consignment;
    if (!(await this.#room.takeWhenFree(signal, itemCount, sizeBytes))) {
      const reason = 'the client has been shut down, or its queue is too small for the request';
      this.health.dropped(signal, itemCount, 'queue_full', reason);
      return { kind: 'refused', reason };
    }
    this.closed(consignment);
    const outcome = await consignment.outcome;
    return outcome.kind === 'retry' ? { kind: 'refused', reason: outcome.reason } : outcome;
  }

  /** Sends what has gathered, and waits until all that was recorded before has been settled, or the time is over. */
  async flush(timeoutMillis: number = DEFAULT_FLUSH_MILLIS): Promise<FlushResult> {
    this.#closeBatches();
    const pending = [...this.#inFlight, ...this.#waiting].map(({ outcome }) => outcome);
    const settled = Promise.all(pending).then(() => this.#drain?.idle());
    const isSettled =
      (pending.length === 0 && this.#drain === undefined) || (await this.#within(timeoutMillis, settled));
    this.health.tell();
    if (!isSettled) return { kind: 'timed_out', pendingItems: this.#room.items };
    const items = this.#buffer?.held.items ?? 0;
    return items === 0 ? FLUSHED : { kind: 'buffered', items };
  }

  /** Takes nothing more, flushes, gives up the rest and closes the connections. Safe twice. */
  shutdown(timeoutMillis: number = DEFAULT_FLUSH_MILLIS): Promise<FlushResult> {
    this.#ending ??= this.#end(timeoutMillis);
    return this.#ending;
  }

  begun(): void {
    this.#cancelTimer ??= this.#context.clock.setTimeout(() => this.#closeBatches(), this.#batch.maxDelayMillis);
  }

  closed(consignment: Consignment): void {
    this.#waiting.push(consignment);
    if (this.#isPumping) return;
    this.#isPumping = true;
    // Not in the application's turn: that may be the end of a span amid a loop.
    queueMicrotask(() => this.#pump());
  }

  async #end(timeoutMillis: number): Promise<FlushResult> {
    const flushed = this.flush(timeoutMillis);
    this.#room.close();
    const result = await flushed;
    this.#abort.abort();
    for (const consignment of this.#waiting.splice(0)) this.#lose(consignment, 'shutdown', 'the client was shut down');
    await Promise.all([...this.#inFlight].map(({ outcome }) => outcome));
    await this.#drain?.ended();
    await this.#buffer?.close();
    await this.#context.client.shutdown();
    this.health.tell();
    return result;
  }

  #closeBatches(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (const batcher of this.#batchers.values()) batcher.close();
  }

  #pump(): void {
    this.#isPumping = false;
    while (this.#inFlight.size < this.#maxConcurrentRequests) {
      const consignment = this.#waiting.shift();
      if (consignment === undefined) return;
      this.#inFlight.add(consignment);
      void this.#context.suppress(() => this.#deliver(consignment));
    }
  }

  async #deliver(consignment: Consignment): Promise<void> {
    const request = await consignment.request();
    const outcome = this.#buffer === undefined ? await this.#send(request) : await this.#keep(request, this.#buffer);
    this.#inFlight.delete(consignment);
    this.#settle(consignment, outcome);
    this.#pump();
  }

  /** Sends until the peer has answered, the budget is spent, or all is aborted. */
  #send({ signal, parts }: Request, options = this.#retry, stalled?: () => void): Promise<Outcome> {
    const { client, clock, random } = this.#context;
    const abort = this.#abort.signal;
    return retry(() => client.export(signal, parts, { signal: abort }), options, {
      clock,
      random,
      signal: abort,
      onRetry: (waitMillis, reason) => {
        this.health.of(signal).retries++;
        this.health.emit({ kind: 'retrying', signal, waitMillis, reason });
        stalled?.();
      },
    });
  }

  /** Hands a request over to the buffer: then it is safe, and no longer in memory. */
  async #keep(request: Request, buffer: RequestBuffer): Promise<Outcome | Loss> {
    try {
      if (!(await buffer.append(request))) return { kind: 'lost', cause: 'queue_full', reason: 'the buffer is full' };
    } catch (error) {
      return { kind: 'lost', cause: 'buffer_failed', reason: `the buffer could not keep it: ${String(error)}` };
    }
    this.#drain?.start();
    return ACCEPTED;
  }

  #drainOf(buffer: RequestBuffer): Drain {
    const drain = new Drain(buffer, {
      // What is kept is never given up for time.
      send: (request, stalled) =>
        this.#context.suppress(() => this.#send(request, { ...this.#retry, maxElapsedMillis: 0 }, stalled)),
      settled: ({ signal, itemCount }, outcome) => {
        if (outcome.kind === 'refused') this.health.dropped(signal, itemCount, 'refused', outcome.reason);
        else this.#sent(signal, itemCount, outcome);
      },
      failed: (error) => this.health.warn(`the buffer could not be read: ${String(error)}`),
    });
    // What an earlier run has left.
    queueMicrotask(() => drain.start());
    return drain;
  }

  #settle(consignment: Consignment, outcome: Outcome | Loss): void {
    const { signal, itemCount, sizeBytes } = consignment;
    if (outcome.kind === 'lost') this.#lose(consignment, outcome.cause, outcome.reason);
    else if (outcome.kind === 'refused') this.#lose(consignment, 'refused', outcome.reason);
    else if (outcome.kind === 'retry') {
      this.#lose(consignment, this.#abort.signal.aborted ? 'shutdown' : 'retries_exhausted', outcome.reason);
    } else {
      this.#room.release(signal, itemCount, sizeBytes);
      if (this.#buffer === undefined) this.#sent(signal, itemCount, outcome);
      consignment.settle(outcome);
    }
  }

  /** Counts what the peer has taken. */
  #sent(signal: Signal, itemCount: number, outcome: Exclude<SendOutcome, { kind: 'refused' }>): void {
    const rejected = outcome.kind === 'partial' ? outcome.rejectedItems : 0;
    this.health.of(signal).sentItems += itemCount - rejected;
    if (outcome.kind === 'partial') this.health.rejected(signal, rejected, outcome.reason);
    this.health.emit({ kind: 'sent', signal, items: itemCount - rejected });
  }

  #lose(consignment: Consignment, cause: DropReason, reason: string): void {
    const { signal, itemCount, sizeBytes } = consignment;
    this.#room.release(signal, itemCount, sizeBytes);
    this.health.dropped(signal, itemCount, cause, reason);
    consignment.settle({ kind: 'refused', reason });
  }

  #dropOldest(): boolean {
    const index = this.#waiting.findIndex(({ isAwaited }) => !isAwaited);
    const [oldest] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (oldest !== undefined) this.#lose(oldest, 'queue_full', 'the queue was full, and the oldest made room');
    return oldest !== undefined;
  }

  #batcher(signal: Signal): Batcher {
    let batcher = this.#batchers.get(signal);
    if (batcher === undefined) {
      batcher = new Batcher(signal, this.#batch, this.#room, this);
      this.#batchers.set(signal, batcher);
    }
    return batcher;
  }

  /** `true` when `done` has resolved within the time. */
  #within(timeoutMillis: number, done: Promise<unknown>): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#context.clock.setTimeout(() => resolve(false), timeoutMillis);
      void done.then(() => {
        cancel();
        resolve(true);
      });
    });
  }
}

const FLUSHED: FlushResult = { kind: 'flushed' };
const DEFAULT_FLUSH_MILLIS = 30_000;
