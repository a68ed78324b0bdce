import { ACCEPTED, type Outcome, type Signal } from '@otelier/otlp';
import type { Clock, ExportClient, RetryOptions } from '@otelier/transport/portable';
import { connectionOutcome, retry } from '@otelier/transport/portable';
import { choiceOption, integerOptions, MAX_MILLIS, optionError } from '../client/option-error.ts';
import { resolveRetry } from '../client/options.ts';
import { assemble } from './assemble.ts';
import { Capacity, SHUT_DOWN } from './capacity.ts';
import type { BatchOptions, DropReason, FlushResult, QueueOptions, Request, SendOutcome } from './contract.ts';
import type { Drain, Loss, RequestBuffer } from './drain.ts';
import type { Envelope } from './envelope.ts';
import type { Health } from './health.ts';
import { createPendingRequest, type Deliverable, type PendingRequest } from './pending-request.ts';
import { type Batch, ScopeBuffer, type ScopeBufferOwner } from './scope-buffer.ts';

/** Options for `Delivery`. */
export interface DeliveryOptions {
  readonly batch?: BatchOptions;
  readonly queue?: QueueOptions | undefined;
  /**
   * Retry options. Default: exponential backoff from 1 s to 30 s with factor 1.5 and 50 % jitter, for up to 5 minutes.
   */
  readonly retry?: RetryOptions | undefined;
  readonly buffer?: RequestBuffer | undefined;
}

/** The dependencies that `Delivery` gets from its client. */
export interface DeliveryContext {
  readonly client: ExportClient;
  readonly health: Health;
  readonly clock: Clock;
  /** Runs `send` with tracing suppressed. */
  readonly suppress: <T>(send: () => T) => T;
}

/**
 * Queues, sends and retries the telemetry of all entry points. Items are encoded into scope buffers and batched into
 * requests, which are sent until the server responds or retries are exhausted. It never blocks the application or
 * throws into it. Items over the limits are counted as lost.
 */
export class Delivery implements ScopeBufferOwner {
  readonly #limits: Readonly<Record<'maxItems' | 'maxBytes' | 'maxDelayMillis', number>>;
  readonly #maxConcurrentRequests: number;
  readonly #retry: RetryOptions;
  readonly #drain: Drain | undefined;
  readonly #context: DeliveryContext;
  readonly #health: Health;
  readonly #capacity: Capacity;
  readonly #batches = new Map<Signal, Batch>();
  /** Queued requests. */
  readonly #waiting: PendingRequest[] = [];
  readonly #inFlight = new Set<PendingRequest>();
  readonly #abort = new AbortController();
  /** Aborted when the shutdown begins: unreachable servers are tried only once more. */
  readonly #ending = new AbortController();
  /** Set while requests fail: cancels the warning. */
  #cancelWarning: (() => void) | undefined;
  #cancelTimer: (() => void) | undefined;
  #isPumping = false;
  #shutdownResult: Promise<FlushResult> | undefined;

  constructor({ batch, queue, retry, buffer }: DeliveryOptions, context: DeliveryContext) {
    this.#context = context;
    this.#health = context.health;
    const capacity = integerOptions('queue.', queue, {
      maxItems: [16_384, 1, 2 ** 24],
      maxBytes: [16 * MIB, 1024, 1024 * MIB],
      maxConcurrentRequests: [4, 1, 1024],
    });
    this.#limits = integerOptions('batch.', batch, {
      maxItems: [Math.min(2_048, capacity.maxItems), 1, 65_536],
      maxBytes: [MIB, 1024, 1024 * MIB],
      maxDelayMillis: [1_000, 0, MAX_MILLIS],
    });
    if (this.#limits.maxItems > capacity.maxItems) {
      throw optionError('batch.maxItems', `at most queue.maxItems, ${capacity.maxItems}`, this.#limits.maxItems);
    }
    const dropPolicy = choiceOption('queue.dropPolicy', queue?.dropPolicy, ['newest', 'oldest']);
    this.#capacity = new Capacity({ ...capacity, dropPolicy }, this.#health, () => this.#dropOldest());
    // A buffer requires that requests are sent one at a time, to preserve order.
    this.#maxConcurrentRequests = buffer === undefined ? capacity.maxConcurrentRequests : 1;
    this.#retry = resolveRetry(retry);
    this.#drain = buffer?.drain({
      // Buffered requests are retried indefinitely.
      send: (request, stalled) =>
        context.suppress(() => this.#send(request, { ...this.#retry, maxElapsedMillis: 0 }, stalled)),
      settled: ({ signal, itemCount }, outcome) => this.#count(signal, itemCount, outcome),
      failed: (error) => this.#health.warn(`reading the buffer failed: ${String(error)}`),
    });
  }

  /** Returns a buffer for items of one signal, resource and scope. Callers retain it and use it for all such items. */
  scopeBuffer(signal: Signal, envelope: Envelope): ScopeBuffer {
    let batch = this.#batches.get(signal);
    if (batch === undefined) {
      batch = { signal, scopeBuffers: [], items: 0, bytes: 0 };
      this.#batches.set(signal, batch);
    }
    const scopeBuffer = new ScopeBuffer(batch, envelope, this);
    batch.scopeBuffers.push(scopeBuffer);
    return scopeBuffer;
  }

  admit({ signal }: Batch, items: number): boolean {
    return this.#capacity.admit(signal, items);
  }

  added(batch: Batch, items: number, bytes: number): boolean {
    if (!this.#capacity.reserve(batch.signal, items, bytes)) return false;
    batch.items += items;
    batch.bytes += bytes;
    const { maxItems, maxBytes, maxDelayMillis } = this.#limits;
    if (batch.items >= maxItems || batch.bytes >= maxBytes) this.#close(batch);
    else this.#cancelTimer ??= this.#context.clock.setTimeout(() => this.#closeAll(), maxDelayMillis);
    return true;
  }

  failed({ signal }: Batch, items: number, error: unknown): void {
    this.#health.dropped(signal, items, 'processing_failed', `encoding failed: ${String(error)}`);
  }

  /** Queues a complete request. If the queue is full, counts its items as lost and returns `false`. Never blocks. */
  enqueue({ signal, itemCount, sizeBytes, parts }: Request): boolean {
    const isAccepted = this.#capacity.reserve(signal, itemCount, sizeBytes);
    if (isAccepted) this.#queue(createPendingRequest(signal, itemCount, sizeBytes, parts));
    return isAccepted;
  }

  /** Waits for capacity, sends a complete request, and resolves with its outcome. */
  deliver({ signal, itemCount, sizeBytes, parts }: Deliverable): Promise<SendOutcome> {
    const pendingRequest = createPendingRequest(signal, itemCount, sizeBytes, parts, true);
    this.#capacity.reserveWhenFree(signal, itemCount, sizeBytes, (isAccepted) => {
      if (isAccepted) this.#queue(pendingRequest);
      else {
        const isClosed = this.#capacity.isClosed;
        const reason = isClosed ? SHUT_DOWN : 'larger than the queue';
        this.#health.dropped(signal, itemCount, isClosed ? 'shutdown' : 'queue_full', reason);
        pendingRequest.resolve({ kind: 'refused', reason });
      }
    });
    return pendingRequest.promise;
  }

  /** Sends all batches and waits until everything recorded before has an outcome or the timeout expires. */
  async flush(timeoutMillis = 30_000): Promise<FlushResult> {
    this.#closeAll();
    const pending = [...this.#inFlight, ...this.#waiting].map(({ promise }) => promise);
    const isTimedOut =
      (pending.length > 0 || this.#drain !== undefined) &&
      (await new Promise<boolean>((resolve) => {
        const cancel = this.#context.clock.setTimeout(() => resolve(true), Math.min(timeoutMillis, LONGEST_MILLIS));
        void Promise.all(pending)
          .then(() => this.#drain?.idle())
          .then(() => {
            cancel();
            resolve(false);
          });
      }));
    this.#health.reportLosses();
    const items = this.#drain?.items;
    if (isTimedOut) return { kind: 'timed_out', pendingItems: this.#capacity.items };
    return items ? { kind: 'buffered', items } : { kind: 'flushed' };
  }

  /** Rejects new items, flushes, drops the rest and closes the connections. Idempotent. */
  shutdown(timeoutMillis?: number): Promise<FlushResult> {
    this.#shutdownResult ??= this.#end(timeoutMillis);
    return this.#shutdownResult;
  }

  async #end(timeoutMillis: number | undefined): Promise<FlushResult> {
    const flushed = this.flush(timeoutMillis);
    this.#capacity.close();
    this.#ending.abort();
    const result = await flushed;
    this.#abort.abort();
    this.#responded();
    for (const pendingRequest of this.#waiting.splice(0)) this.#drop(pendingRequest, 'shutdown', SHUT_DOWN);
    await Promise.all([...this.#inFlight].map(({ promise }) => promise));
    try {
      await this.#drain?.close();
      await this.#context.client.shutdown();
    } catch (error) {
      this.#health.warn(`closing failed: ${String(error)}`);
    }
    this.#health.reportLosses();
    return result;
  }

  #closeAll(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (const batch of this.#batches.values()) this.#close(batch);
  }

  /** Converts a batch to a request unless the batch is empty. */
  #close(batch: Batch): void {
    const { signal, scopeBuffers, items, bytes } = batch;
    if (items === 0) return;
    batch.items = 0;
    batch.bytes = 0;
    const content = scopeBuffers.filter(({ itemCount }) => itemCount > 0).map((scopeBuffer) => scopeBuffer.take());
    this.#queue(createPendingRequest(signal, items, bytes, content));
  }

  #queue(pendingRequest: PendingRequest): void {
    this.#waiting.push(pendingRequest);
    if (this.#isPumping) return;
    this.#isPumping = true;
    // Not synchronously: the application may be ending spans in a loop.
    queueMicrotask(() => this.#pump());
  }

  #pump(): void {
    this.#isPumping = false;
    while (this.#inFlight.size < this.#maxConcurrentRequests) {
      const pendingRequest = this.#waiting.shift();
      if (pendingRequest === undefined) return;
      this.#inFlight.add(pendingRequest);
      void this.#context.suppress(() => this.#deliver(pendingRequest));
    }
  }

  async #deliver(pendingRequest: PendingRequest): Promise<void> {
    let { itemCount } = pendingRequest;
    let outcome: Outcome | Loss;
    try {
      const request = await assemble(pendingRequest, (items, reason) =>
        this.#health.dropped(pendingRequest.signal, items, 'processing_failed', reason),
      );
      itemCount = request.itemCount;
      outcome = request.parts.length === 0 ? ACCEPTED : await (this.#drain?.store(request) ?? this.#send(request));
    } catch (error) {
      outcome = { kind: 'lost', cause: 'processing_failed', reason: String(error) };
    }
    this.#inFlight.delete(pendingRequest);
    this.#settle(pendingRequest, outcome, itemCount);
    this.#pump();
  }

  /** Sends a request until the server responds, retries are exhausted or sending is aborted. */
  #send({ signal, parts }: Request, options = this.#retry, stalled?: () => void): Promise<Outcome> {
    const { client, clock } = this.#context;
    const abort = this.#abort.signal;
    const ending = this.#ending.signal;
    const stop = new AbortController();
    let throwingSinceMillis: number | undefined;
    const attempt = async (): Promise<Outcome> => {
      try {
        const outcome = await client.export(signal, parts, { signal: abort });
        throwingSinceMillis = undefined;
        if (outcome.kind !== 'retry') this.#responded();
        else if (outcome.unreachable && ending.aborted) stop.abort();
        return outcome;
      } catch (error) {
        // A custom transport may throw, and a transport's code may fail to load. A buffered request is retried
        // indefinitely, so one that always throws must not block those behind it.
        const reason = `the transport threw: ${String(error)}`;
        throwingSinceMillis ??= clock.monotonic();
        const maxMillis = this.#retry.maxElapsedMillis || Number.POSITIVE_INFINITY;
        const isHopeless = options !== this.#retry && clock.monotonic() - throwingSinceMillis >= maxMillis;
        return isHopeless ? { kind: 'refused', reason } : connectionOutcome(reason);
      }
    };
    return retry(attempt, options, {
      clock,
      signal: AbortSignal.any([abort, stop.signal]),
      hurry: ending,
      onRetry: (waitMillis, reason) => {
        this.#health.of(signal).retries++;
        this.#warnLater(reason);
        this.#health.emit({ kind: 'retrying', signal, waitMillis, reason });
        stalled?.();
      },
    });
  }

  /** Warns unless a request succeeds soon, because applications would learn of losses only after minutes of retries. */
  #warnLater(reason: string): void {
    this.#cancelWarning ??= this.#context.clock.setTimeout(
      () => this.#health.warn(`no export has succeeded for ${WARN_MILLIS / 1000} s, retrying: ${reason}`),
      WARN_MILLIS,
    );
  }

  #responded(): void {
    this.#cancelWarning?.();
    this.#cancelWarning = undefined;
  }

  /** Records the outcome of a request and its item count. Buffered items are counted when they leave the buffer. */
  #settle(pendingRequest: PendingRequest, outcome: Outcome | Loss, items = pendingRequest.itemCount): void {
    const { signal, itemCount, sizeBytes, resolve } = pendingRequest;
    this.#capacity.release(signal, itemCount, sizeBytes);
    const isDelivered = outcome.kind === 'accepted' || outcome.kind === 'partial';
    if (!isDelivered || this.#drain === undefined) this.#count(signal, items, outcome);
    resolve(isDelivered ? outcome : { kind: 'refused', reason: outcome.reason });
  }

  #count(signal: Signal, items: number, outcome: Outcome | Loss): void {
    if (outcome.kind === 'accepted' || outcome.kind === 'partial') {
      // A server cannot reject more items than it received.
      const rejected = outcome.kind === 'partial' ? Math.min(outcome.rejectedItems, items) : 0;
      const sent = items - rejected;
      this.#health.of(signal).sentItems += sent;
      if (outcome.kind === 'partial') this.#health.rejected(signal, rejected, outcome.reason);
      this.#health.emit({ kind: 'sent', signal, items: sent });
      return;
    }
    const isStopped =
      this.#abort.signal.aborted || (outcome.kind === 'retry' && outcome.unreachable && this.#ending.signal.aborted);
    const retryCause = isStopped ? 'shutdown' : 'retries_exhausted';
    const cause = outcome.kind === 'lost' ? outcome.cause : outcome.kind === 'retry' ? retryCause : outcome.kind;
    this.#health.dropped(signal, items, cause, outcome.reason);
  }

  #drop(pendingRequest: PendingRequest, cause: DropReason, reason: string): void {
    this.#settle(pendingRequest, { kind: 'lost', cause, reason });
  }

  #dropOldest(): boolean {
    const oldest = this.#waiting.find(({ isAwaited }) => !isAwaited);
    if (oldest === undefined) return false;
    this.#waiting.splice(this.#waiting.indexOf(oldest), 1);
    this.#drop(oldest, 'queue_full', 'the queue is full');
    return true;
  }
}

/** Maximum timer delay, about 24 days. */
const LONGEST_MILLIS = 2 ** 31 - 1;
const WARN_MILLIS = 10_000;
const MIB = 1024 * 1024;
