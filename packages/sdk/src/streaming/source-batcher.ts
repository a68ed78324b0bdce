import type { Clock } from '@otelier/transport/portable';
import type { Item } from '../items/item.ts';
import type { SourceReader } from './item-source.ts';

/** Options for a `SourceBatcher`. */
export interface SourceBatcherOptions<T> {
  readonly maxItems: number;
  readonly maxDelayMillis: number;
  readonly maxInFlight: number;
  readonly clock: Clock;
  /** Sends a batch and resolves with its results. `start` is the index of its first item in the source. */
  send(items: readonly Item[], start: number): Promise<readonly T[]>;
}

/** Reads items from a source in batches, no faster than their results are consumed. */
export class SourceBatcher<T> {
  readonly #source: SourceReader;
  readonly #options: SourceBatcherOptions<T>;
  #batch: Item[] = [];
  /** Number of items in completed batches. */
  #count = 0;
  /** Batches in flight, in source order. */
  readonly #inFlight: Promise<readonly T[]>[] = [];
  #isStarted = false;
  #isEnded = false;
  /** Whether a read of the source is pending. */
  #isReading = false;
  #failure: { readonly error: unknown } | undefined;
  #closing: Promise<unknown> | undefined;
  #cancelTimer = () => {};
  /** Resolved and replaced when the batches in flight change or the source ends. */
  #change = Promise.withResolvers<void>();

  constructor(source: SourceReader, options: SourceBatcherOptions<T>) {
    this.#source = source;
    this.#options = options;
  }

  /**
   * Returns the results of the next batch, or `undefined` after the last. If the source has failed, rejects after the
   * last batch.
   */
  async next(): Promise<readonly T[] | undefined> {
    if (!this.#isStarted) void this.#run();
    for (;;) {
      const [first] = this.#inFlight;
      if (first !== undefined) {
        const warnings = await first;
        this.#inFlight.shift();
        this.#changed();
        return warnings;
      }
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#isEnded) return undefined;
      await this.#change.promise;
    }
  }

  /**
   * Stops reading, sends the current batch, and resolves when all batches have settled and the source is closed.
   * Idempotent.
   */
  async end(): Promise<void> {
    if (!this.#isEnded) {
      this.#close();
      // A pending read may never resolve, so closing the source is not awaited.
      const closed = (async () => this.#source.return?.())();
      if (this.#isReading) closed.catch(() => {});
      else this.#closing = closed;
    }
    await Promise.all([...this.#inFlight, this.#closing]);
  }

  async #run(): Promise<void> {
    this.#isStarted = true;
    try {
      while (!this.#isEnded) {
        if (this.#inFlight.length >= this.#options.maxInFlight) await this.#change.promise;
        else await this.#read();
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    const { done, value } = await this.#source.next();
    this.#isReading = false;
    if (this.#isEnded) return;
    if (done) this.#close();
    else if (isItem(value)) this.#add(value);
    else {
      const index = this.#count + this.#batch.length;
      this.#fail(new TypeError(`item ${index} of the stream: expected a span, log or metric, got ${typeof value}`));
      await this.#source.return?.();
    }
  }

  #add(item: Item): void {
    const { clock, maxDelayMillis, maxItems } = this.#options;
    if (this.#batch.length === 0) this.#cancelTimer = clock.setTimeout(() => this.#send(), maxDelayMillis);
    if (this.#batch.push(item) >= maxItems) this.#send();
  }

  /** Ends with an error. Errors of the source after the end are ignored. */
  #fail(error: unknown): void {
    if (this.#isEnded) return;
    this.#failure = { error };
    this.#close();
  }

  #close(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#send();
    this.#changed();
  }

  #send(): void {
    this.#cancelTimer();
    if (this.#batch.length === 0) return;
    const sent = this.#options.send(this.#batch, this.#count);
    // The consumer of the results handles the error.
    sent.catch(() => {});
    this.#inFlight.push(sent);
    this.#count += this.#batch.length;
    this.#batch = [];
    this.#changed();
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}

function isItem(value: unknown): value is Item {
  return typeof (value as Item | undefined)?.write === 'function';
}
