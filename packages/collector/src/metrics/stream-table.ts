/** The bounds of a `StreamTable`. */
export interface StreamTableOptions {
  /** Largest number of streams. */
  readonly maxStreams: number;
  /** Milliseconds without use after which `expire` removes a stream. Default: never. */
  readonly maxIdleMillis?: number | undefined;
  /** Called when `insert` evicts the first stream. */
  readonly onFull?: ((maxStreams: number) => void) | undefined;
}

/** State of metric streams by key (see `StreamKeys`), bounded in number and expiring when idle. */
export class StreamTable<State> {
  readonly #options: StreamTableOptions;
  /** In the order of insertion. Streams that `evict` found in use were inserted again. */
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

  /** Returns the state of a stream and marks it as used at `nowMillis`. */
  use(key: string, nowMillis: number): State | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    entry.usedMillis = nowMillis;
    entry.wasUsed = true;
    return entry.state;
  }

  /** Returns the state of a stream without using it. */
  peek(key: string): State | undefined {
    return this.#entries.get(key)?.state;
  }

  /** Adds a stream, or replaces its state. Returns false, without adding it, if the table is full. */
  add(key: string, state: State, nowMillis: number): boolean {
    if (this.isFull && !this.#entries.has(key)) return false;
    this.#entries.set(key, { state, usedMillis: nowMillis, wasUsed: false });
    return true;
  }

  /** Adds a stream like `add`, and evicts another one if the table is full. */
  insert(key: string, state: State, nowMillis: number): void {
    if (this.isFull && this.evict() !== undefined && !this.#wasFull) {
      this.#wasFull = true;
      this.#options.onFull?.(this.#options.maxStreams);
    }
    this.add(key, state, nowMillis);
  }

  /** Removes a stream. Returns whether it existed. */
  delete(key: string): boolean {
    return this.#entries.delete(key);
  }

  /** Removes a stream that was not used recently, and returns its key and state. */
  evict(): { readonly key: string; readonly state: State } | undefined {
    for (const [key, entry] of this.#entries) {
      this.#entries.delete(key);
      if (!entry.wasUsed) return { key, state: entry.state };
      // A second chance: it is behind all others now. After one round, none is marked as used.
      entry.wasUsed = false;
      this.#entries.set(key, entry);
    }
    return undefined;
  }

  /** Removes the streams that were idle for too long, calls `visit` with each, and returns their number. */
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
