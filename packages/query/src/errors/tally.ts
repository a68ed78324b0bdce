/** A value and how often it occurred. */
export interface ValueCount {
  readonly value: string;
  readonly count: number;
}

/** Counts values. */
export class Tally {
  readonly #counts = new Map<string, number>();

  /** Number of different values. */
  get size(): number {
    return this.#counts.size;
  }

  /** Counts a value, unless it is empty. */
  add(value: string): void {
    if (value !== '') this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  /** Returns the most frequent values. */
  top(limit: number): readonly ValueCount[] {
    return [...this.#counts]
      .map(([value, count]) => ({ value, count }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
      .slice(0, limit);
  }
}
