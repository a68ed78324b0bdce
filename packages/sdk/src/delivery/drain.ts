import type { Outcome } from '@otelier/otlp';
import type { Request, RequestBuffer } from './contract.ts';

/** What a drain needs of its surroundings. */
export interface DrainContext {
  /** Sends for as long as it takes; a `retry` outcome means that sending was aborted. Calls `stalled` before each wait. */
  send(request: Request, stalled: () => void): Promise<Outcome>;
  /** What became of a request that is out of the buffer. */
  settled(request: Request, outcome: Exclude<Outcome, { kind: 'retry' }>): void;
  /** The buffer could not be read; it is tried again when there is something new. */
  failed(error: unknown): void;
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
  }

  /** There may be something to send. */
  start(): void {
    this.#hasMore = true;
    this.#running ??= this.#run();
  }

  /** Resolves when nothing is left, or when the peer cannot be reached. */
  idle(): Promise<void> {
    if (this.#running === undefined || this.#isStalled) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when it has ended; whoever calls this has aborted sending. */
  async ended(): Promise<void> {
    await this.#running;
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
