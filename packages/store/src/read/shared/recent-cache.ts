interface Entry<Value> {
  readonly value: Value;
  readonly size: number;
}

/** Keeps the most recently used values, up to a total size. */
export class RecentCache<Value> {
  readonly #maxSize: number;
  /** Entries in order of use, the most recent last. */
  readonly #entries = new Map<string, Entry<Value>>();
  #size = 0;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  get(key: string): Value | undefined {
    const found = this.#entries.get(key);
    if (found === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, found);
    return found.value;
  }

  /** Adds or replaces a value. A value that is larger than the cache is not kept. */
  set(key: string, value: Value, size: number): void {
    this.delete(key);
    this.#entries.set(key, { value, size });
    this.#size += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= this.#maxSize) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#size -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
  }
}
