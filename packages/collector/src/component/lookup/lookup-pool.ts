import type { Clock } from '@otelier/transport';

/** The limits of network lookups. */
export interface LookupPoolOptions {
  /** Maximum number of lookups in flight. */
  readonly maxConcurrent: number;
  /** Maximum time for all lookups of one batch. Lookups that have not finished by then are left out. */
  readonly maxWaitMillis: number;
}

/**
 * Runs lookups for many keys with a limit on the number in flight, so that neither a batch with many keys nor many
 * batches can flood a server. Batches that need the same key share its lookup.
 */
export class LookupPool<T> {
  readonly #lookUp: (key: string) => Promise<T>;
  readonly #options: LookupPoolOptions;
  readonly #clock: Clock;
  readonly #inFlight = new Map<string, Promise<T>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** `lookUp` must enforce its own timeout and must not reject. */
  constructor(lookUp: (key: string) => Promise<T>, options: LookupPoolOptions, clock: Clock) {
    this.#lookUp = lookUp;
    this.#options = options;
    this.#clock = clock;
  }

  /** Looks up keys and calls `onResult` for each, until the time limit is reached. */
  async lookUpAll(keys: Iterable<string>, onResult: (key: string, result: T) => void): Promise<void> {
    let isOver = false;
    let cancel = (): void => {};
    const timeout = new Promise<void>((resolve) => {
      cancel = this.#clock.setTimeout(() => {
        isOver = true;
        resolve();
      }, this.#options.maxWaitMillis);
    });
    const lookups = [...keys].map(async (key) => {
      const result = await this.#shared(key, () => isOver);
      if (!isOver && result !== undefined) onResult(key, result.value);
    });
    await Promise.race([Promise.all(lookups), timeout]);
    cancel();
  }

  /** Waits for the lookup of a key that is already in flight, or starts one unless the time is up before then. */
  async #shared(key: string, isOver: () => boolean): Promise<{ readonly value: T } | undefined> {
    const existing = this.#inFlight.get(key);
    if (existing !== undefined) return { value: await existing };
    if (this.#running >= this.#options.maxConcurrent) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      if (isOver()) {
        this.#waiting.shift()?.();
        return undefined;
      }
      const started = this.#inFlight.get(key);
      if (started !== undefined) {
        this.#waiting.shift()?.();
        return { value: await started };
      }
    }
    this.#running += 1;
    const lookup = this.#lookUp(key).finally(() => {
      this.#running -= 1;
      this.#inFlight.delete(key);
      this.#waiting.shift()?.();
    });
    this.#inFlight.set(key, lookup);
    return { value: await lookup };
  }
}
