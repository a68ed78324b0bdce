import type { Clock } from '@otelier/transport/portable';
import type { Item } from '../items/item.ts';
import type { Pull } from './item-source.ts';

/** How items are taken in. */
export interface IntakeOptions<T> {
  readonly maxItems: number;
  readonly maxDelayMillis: number;
  readonly maxInFlight: number;
  readonly clock: Clock;
  /** Sends a batch, whose first item is the source's `start`-th; resolves with what is to be said of it. */
  send(items: readonly Item[], start: number): Promise<readonly T[]>;
}

/** Takes items from a source in batches, as fast as what is said of them is taken out at the other end. */
export class Intake<T> {
  readonly #source: Pull;
  readonly #options: IntakeOptions<T>;
  #batch: Item[] = [];
  /** Items in batches that are closed. */
  #count = 0;
  /** In the order of the source. */
  readonly #inFlight: Promise<readonly T[]>[] = [];
  #isBegun = false;
  #isEnded = false;
  /** Whether the source has been asked and has not answered. */
  #isAsking = false;
  #failure: { readonly error: unknown } | undefined;
  #closing: Promise<unknown> | undefined;
  #cancelTimer = () => {};
  /** Resolved, and replaced, when there is more or less in flight, or nothing more to come. */
  #change = Promise.withResolvers<void>();

  constructor(source: Pull, options: IntakeOptions<T>) {
    this.#source = source;
    this.#options = options;
  }

  /** What is to be said of the next batch; `undefined` after the last. Rejects after the last if the source has failed. */
  async next(): Promise<readonly T[] | undefined> {
    if (!this.#isBegun) void this.#run();
    for (;;) {
      const [first] = this.#inFlight;
      if (first !== undefined) {
        const said = await first;
        this.#inFlight.shift();
        this.#changed();
        return said;
      }
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#isEnded) return undefined;
      await this.#change.promise;
    }
  }

  /** Asks for no more, sends what has come, and resolves when it is settled and the source has been told. Safe twice. */
  async end(): Promise<void> {
    if (!this.#isEnded) {
      this.#close();
      // A source that has not answered may never do: it is told, and not waited for.
      const closed = (async () => this.#source.return?.())();
      if (this.#isAsking) closed.catch(() => {});
      else this.#closing = closed;
    }
    await Promise.all([...this.#inFlight, this.#closing]);
  }

  async #run(): Promise<void> {
    this.#isBegun = true;
    try {
      while (!this.#isEnded) {
        if (this.#inFlight.length >= this.#options.maxInFlight) await this.#change.promise;
        else await this.#ask();
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    const { done, value } = await this.#source.next();
    this.#isAsking = false;
    if (this.#isEnded) return;
    if (done) this.#close();
    else if (isItem(value)) this.#take(value);
    else {
      const index = this.#count + this.#batch.length;
      this.#fail(new TypeError(`item ${index} of the stream: expected a span, log or metric, got ${typeof value}`));
      await this.#source.return?.();
    }
  }

  #take(item: Item): void {
    const { clock, maxDelayMillis, maxItems } = this.#options;
    if (this.#batch.length === 0) this.#cancelTimer = clock.setTimeout(() => this.#send(), maxDelayMillis);
    if (this.#batch.push(item) >= maxItems) this.#send();
  }

  /** What the source says after it was told to end concerns nobody. */
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
    // Whoever takes it out is told.
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
