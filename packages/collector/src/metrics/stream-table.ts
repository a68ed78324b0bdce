/** The limits of a `StreamTable`. */
export interface StreamTableOptions {
  /** Maximum number of streams. */
  readonly maxStreams: number;
  /** Idle time in milliseconds after which `expire` removes a stream. Default: never. */
  readonly maxIdleMillis?: number | undefined;
  /** Called when `insert` evicts a stream for the first time. */
  readonly onFull?: ((maxStreams: number) => void) | undefined;
}

/** The state of metric streams by key (see `StreamKeys`), bounded in number, with idle streams expiring. */
export class StreamTable<State> {
  readonly #options: StreamTableOptions;
  /** In insertion order. `evict` reinserts streams that it finds in use. */
  readonly #entries = new Map<string, Entry<State>>();
  #wasFull = false;

  constructor(options: StreamTableOptions) {
    this.#options = options;
  }

  /** Number of streams. */
  get size(): number {
    return this.#entries.size;
  }

  /** Whether `add` would exceed the limit. */
  get isFull(): boolean {
    return this.#entries.size >= this.#options.maxStreams;
  }

  /** Returns a stream's state and marks the stream as used at `nowMillis`. */
  use(key: string, nowMillis: number): State | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    entry.usedMillis = nowMillis;
    entry.wasUsed = true;
    return entry.state;
  }

  /** Returns a stream's state without marking the stream as used. */
  peek(key: string): State | undefined {
    return this.#entries.get(key)?.state;
  }

  /** Adds a stream or replaces its state. Returns false, without adding the stream, if the table is full. */
  add(key: string, state: State, nowMillis: number): boolean {
    if (this.isFull && !this.#entries.has(key)) return false;
    this.#entries.set(key, { state, usedMillis: nowMillis, wasUsed: false });
    return true;
  }

  /** Adds a stream like `add`, but evicts another one if the table is full. */
  insert(key: string, state: State, nowMillis: number): void {
    if (this.isFull && this.evict() !== undefined && !this.#wasFull) {
      this.#wasFull = true;
      this.#options.onFull?.(this.#options.maxStreams);
    }
    this.add(key, state, nowMillis);
  }

  /** Removes a stream. Reports whether it existed. */
  delete(key: string): boolean {
    return this.#entries.delete(key);
  }

  /** Removes a stream that was not recently used, and returns its key and state. */
  evict(): { readonly key: string; readonly state: State } | undefined {
    for (const [key, entry] of this.#entries) {
      this.#entries.delete(key);
      if (!entry.wasUsed) return { key, state: entry.state };
      // A second chance: the stream moves to the end. After one round, none is marked as used.
      entry.wasUsed = false;
      this.#entries.set(key, entry);
    }
    return undefined;
  }

  /** Removes streams that have been idle for too long, calls `visit` for each, and returns their number. */
  expire(nowMillis: number, visit?: (state: State, key: string) => void): number {
    const { maxIdleMillis } = this.#options;
    if (maxIdleMillis === undefined) return 0;
    let expired = 0;
    for (const [key, { state, usedMillis }] of this.#entries) {
      if (nowMillis - usedMillis <= maxIdleMillis) continue;
      this.#entries.delete(key);
      expired++;
      visit?.(state, key);
    }
    return expired;
  }

  /** Removes all streams. */
  clear(): void {
    this.#entries.clear();
  }

  /** Iterates over the streams. */
  *[Symbol.iterator](): Iterator<readonly [key: string, state: State]> {
    for (const [key, { state }] of this.#entries) yield [key, state];
  }
}

interface Entry<State> {
  readonly state: State;
  usedMillis: number;
  wasUsed: boolean;
}
