import { ACCEPTED, type Outcome } from '@otelier/otlp';
import type { DropReason, Request } from './contract.ts';

/**
 * A buffer for requests that cannot be sent yet: on disk (Node) or in IndexedDB (browsers). A request is durable once
 * `append` has resolved: it is available when the buffer is reopened after a crash. The client calls `append` for one
 * request at a time and sends requests in the order in which they were appended.
 */
export interface RequestBuffer {
  /** Number of stored requests, items and bytes. */
  readonly held: { readonly requests: number; readonly items: number; readonly bytes: number };
  /**
   * Stores a request. Resolves with `false` if the buffer is full. Rejects if storing fails, in which case nothing is
   * stored.
   */
  append(request: Request): Promise<boolean>;
  /** Returns the oldest request, or `undefined` if there is none. */
  first(): Promise<Request | undefined>;
  /** Removes the request last returned by `first`, after it was sent or rejected. */
  removeFirst(): Promise<void>;
  /** Closes the buffer without removing its requests. Idempotent. */
  close(): Promise<void>;
  /**
   * Starts sending the stored requests. Implement it as `return drainInOrder(this, context)`. It is part of the
   * interface so that clients without a buffer do not bundle its code.
   */
  drain(context: DrainContext): Drain;
}

/** The dependencies that a `Drain` gets from its client. */
export interface DrainContext {
  /**
   * Sends a request with unlimited retries. A `retry` outcome means that sending was aborted. Calls `stalled` before
   * each wait.
   */
  send(request: Request, stalled: () => void): Promise<Outcome>;
  /** Reports the outcome of a request that has been removed from the buffer. */
  settled(request: Request, outcome: Outcome): void;
  /** Reports that the buffer could not be read. Reading is retried after the next append. */
  failed(error: unknown): void;
}

/** Telemetry that the buffer failed to store. */
export interface Loss {
  readonly kind: 'lost';
  readonly cause: DropReason;
  readonly reason: string;
}

/** Sends a buffer's requests in order, one at a time, so that new requests never overtake stored ones. */
export class Drain {
  readonly #buffer: RequestBuffer;
  readonly #context: DrainContext;
  #running: Promise<void> | undefined;
  #hasMore = false;
  #isStalled = false;
  /** Callers waiting in `idle`. */
  readonly #waiting: (() => void)[] = [];

  constructor(buffer: RequestBuffer, context: DrainContext) {
    this.#buffer = buffer;
    this.#context = context;
    // Sends requests left by an earlier run.
    queueMicrotask(() => this.#start());
  }

  /** Stores a request in the buffer, which frees its memory. */
  async store(request: Request): Promise<Outcome | Loss> {
    try {
      if (!(await this.#buffer.append(request))) {
        return { kind: 'lost', cause: 'queue_full', reason: 'the buffer is full' };
      }
    } catch (error) {
      return { kind: 'lost', cause: 'buffer_failed', reason: `buffering failed: ${String(error)}` };
    }
    this.#start();
    return ACCEPTED;
  }

  /** Resolves when the buffer is empty or the server is unreachable. */
  idle(): Promise<void> {
    if (this.#running === undefined || this.#isStalled) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Number of items in the buffer. */
  get items(): number {
    return this.#buffer.held.items;
  }

  /** Closes the buffer after the current request. Callers must abort sending first. */
  async close(): Promise<void> {
    await this.#running;
    await this.#buffer.close();
  }

  /** Starts sending, unless it is already in progress. */
  #start(): void {
    this.#hasMore = true;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    try {
      // Also sends requests appended after the buffer was found empty.
      while (this.#hasMore) {
        this.#hasMore = false;
        while (await this.#sendFirst());
      }
    } catch (error) {
      this.#context.failed(error);
    }
    this.#running = undefined;
    this.#resolveIdle();
  }

  /** Sends the oldest request. Resolves with `false` if there is none or sending was aborted. */
  async #sendFirst(): Promise<boolean> {
    const request = await this.#buffer.first();
    if (request === undefined) return false;
    const outcome = await this.#context.send(request, () => {
      this.#isStalled = true;
      this.#resolveIdle();
    });
    this.#isStalled = false;
    if (outcome.kind === 'retry') return false;
    await this.#buffer.removeFirst();
    this.#context.settled(request, outcome);
    return true;
  }

  #resolveIdle(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Starts sending a buffer's requests in order, one at a time. Implements `RequestBuffer.drain`. */
export function drainInOrder(buffer: RequestBuffer, context: DrainContext): Drain {
  return new Drain(buffer, context);
}
