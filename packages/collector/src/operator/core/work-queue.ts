import type { Clock } from '@otelier/transport';

/** What a work queue needs. */
export interface WorkQueueContext {
  readonly clock: Clock;
  readonly random: () => number;
}

/** Counters of a work queue. */
export interface WorkQueueStats {
  /** Keys that wait for a worker. */
  readonly depth: number;
  readonly adds: number;
  readonly retries: number;
  /** Keys that were processed, with or without success. */
  readonly processed: number;
  /** Time that workers have spent. */
  readonly busyMillis: number;
}

const FIRST_RETRY_MILLIS = 100;
const LAST_RETRY_MILLIS = 60_000;
/** Retries that may begin at once, and how many follow in each second, over all keys. */
const RETRY_BURST = 100;
const RETRIES_PER_SECOND = 10;

/**
 * A queue of keys. A key that is added several times before a worker takes it is processed once; one that is added while it is
 * processed is processed again afterwards, never at the same time. A key whose processing fails is added again after a delay
 * that doubles with each failure of this key.
 */
export class WorkQueue {
  readonly #context: WorkQueueContext;
  readonly #process: (key: string) => Promise<void>;
  readonly #onFailure: (key: string, error: unknown) => void;
  readonly #concurrency: number;
  readonly #waiting = new Set<string>();
  readonly #active = new Map<string, Promise<void>>();
  /** Keys that were added while they are processed. */
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #delayed = new Map<string, { readonly atMillis: number; readonly cancel: () => void }>();
  #isClosed = false;
  #nextRetryMillis = Number.NEGATIVE_INFINITY;
  #adds = 0;
  #retries = 0;
  #processed = 0;
  #busyMillis = 0;

  constructor(
    context: WorkQueueContext,
    {
      process,
      onFailure,
      concurrency,
    }: {
      readonly process: (key: string) => Promise<void>;
      readonly onFailure: (key: string, error: unknown) => void;
      readonly concurrency: number;
    },
  ) {
    this.#context = context;
    this.#process = process;
    this.#onFailure = onFailure;
    this.#concurrency = concurrency;
  }

  get stats(): WorkQueueStats {
    return {
      depth: this.#waiting.size + this.#again.size,
      adds: this.#adds,
      retries: this.#retries,
      processed: this.#processed,
      busyMillis: this.#busyMillis,
    };
  }

  /** Adds a key. */
  add(key: string): void {
    if (this.#isClosed) return;
    this.#adds += 1;
    if (this.#active.has(key)) this.#again.add(key);
    else this.#waiting.add(key);
    this.#startWorkers();
  }

  /** Adds a key after a time, unless it is to be added sooner. */
  addAfter(key: string, millis: number): void {
    if (this.#isClosed) return;
    const atMillis = this.#context.clock.monotonic() + millis;
    const known = this.#delayed.get(key);
    if (known !== undefined && known.atMillis <= atMillis) return;
    known?.cancel();
    const cancel = this.#context.clock.setTimeout(() => {
      this.#delayed.delete(key);
      this.add(key);
    }, millis);
    this.#delayed.set(key, { atMillis, cancel });
  }

  /** Takes no further keys, drops those that wait, and resolves when the workers have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#waiting.clear();
    this.#again.clear();
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    await Promise.all(this.#active.values());
  }

  #startWorkers(): void {
    for (const key of this.#waiting) {
      if (this.#active.size >= this.#concurrency) return;
      this.#waiting.delete(key);
      this.#active.set(key, this.#run(key));
    }
  }

  async #run(key: string): Promise<void> {
    const startMillis = this.#context.clock.monotonic();
    try {
      await this.#process(key);
      this.#failures.delete(key);
    } catch (error) {
      this.#onFailure(key, error);
      this.#retry(key);
    }
    this.#processed += 1;
    this.#busyMillis += this.#context.clock.monotonic() - startMillis;
    this.#active.delete(key);
    if (this.#again.delete(key)) this.#waiting.add(key);
    this.#startWorkers();
  }

  #retry(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.#retries += 1;
    const now = this.#context.clock.monotonic();
    const earliest = now - (RETRY_BURST / RETRIES_PER_SECOND) * 1000;
    this.#nextRetryMillis = Math.max(this.#nextRetryMillis + 1000 / RETRIES_PER_SECOND, earliest);
    const backoff = Math.min(FIRST_RETRY_MILLIS * 2 ** failures, LAST_RETRY_MILLIS) * (0.5 + this.#context.random());
    this.addAfter(key, Math.max(backoff, this.#nextRetryMillis - now));
  }
}
