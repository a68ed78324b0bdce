import { ACCEPTED, type Outcome } from '@otelier/otlp';
import type { DropReason, Request, RequestBuffer } from './contract.ts';

/** What a drain needs of its surroundings. */
export interface DrainContext {
  /** Sends for as long as it takes; a `retry` outcome means that sending was aborted. Calls `stalled` before each wait. */
  send(request: Request, stalled: () => void): Promise<Outcome>;
  /** What became of a request that is out of the buffer. */
  settled(request: Request, outcome: Outcome): void;
  /** The buffer could not be read; it is tried again when there is something new. */
  failed(error: unknown): void;
}

/** Telemetry that the buffer could not take. */
export interface Loss {
  readonly kind: 'lost';
  readonly cause: DropReason;
  readonly reason: string;
}

/** Sends what a buffer holds, in order, one request at a time: so what comes later never overtakes what waits. */
export class Drain {
  readonly #buffer: RequestBuffer;
  readonly #context: DrainContext;
  #running: Promise<void> | undefined;
  #hasMore = false;
  #isStalled = false;
  /** Those who wait until nothing more can be done now. */
  readonly #waiting: (() => void)[] = [];

  constructor(buffer: RequestBuffer, context: DrainContext) {
    this.#buffer = buffer;
    this.#context = context;
    // What an earlier run has left.
    queueMicrotask(() => this.#start());
  }

  /** Hands a request over to the buffer: then it is safe, and no longer in memory. */
  async keep(request: Request): Promise<Outcome | Loss> {
    try {
      if (!(await this.#buffer.append(request))) {
        return { kind: 'lost', cause: 'queue_full', reason: 'the buffer is full' };
      }
    } catch (error) {
      return { kind: 'lost', cause: 'buffer_failed', reason: `the buffer could not keep it: ${String(error)}` };
    }
    this.#start();
    return ACCEPTED;
  }

  /** Resolves when nothing is left, or when the peer cannot be reached. */
  idle(): Promise<void> {
    if (this.#running === undefined || this.#isStalled) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Items that the buffer holds. */
  get items(): number {
    return this.#buffer.held.items;
  }

  /** Closes the buffer once what is on its way has ended; whoever calls this has aborted sending. */
  async close(): Promise<void> {
    await this.#running;
    await this.#buffer.close();
  }

  /** There may be something to send. */
  #start(): void {
    this.#hasMore = true;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    try {
      // What is appended just when the buffer is found empty must not lie there until the next time.
      while (this.#hasMore) {
        this.#hasMore = false;
        while (await this.#sendFirst());
      }
    } catch (error) {
      this.#context.failed(error);
    }
    this.#running = undefined;
    this.#wake();
  }

  /** `false` when there was nothing, or sending was aborted. */
  async #sendFirst(): Promise<boolean> {
    const request = await this.#buffer.first();
    if (request === undefined) return false;
    const outcome = await this.#context.send(request, () => {
      this.#isStalled = true;
      this.#wake();
    });
    this.#isStalled = false;
    if (outcome.kind === 'retry') return false;
    await this.#buffer.removeFirst();
    this.#context.settled(request, outcome);
    return true;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** What `RequestBuffer.drain` gives: sends what the buffer holds, in order, one request at a time. */
export function drainInOrder(buffer: RequestBuffer, context: DrainContext): Drain {
  return new Drain(buffer, context);
}
