import type { Labels } from '../labels/labels.ts';

/**
 * The labels of the series of a vector, in a fixed order. What is derived from them, such as groups, is computed once and
 * kept with the table.
 */
export class SeriesTable {
  readonly labels: readonly Labels[];
  readonly #derived = new Map<string, unknown>();
  #hasRepeated: boolean | undefined;

  constructor(labels: readonly Labels[]) {
    this.labels = labels;
  }

  get size(): number {
    return this.labels.length;
  }

  /** Whether two rows have the same labels. */
  get hasRepeated(): boolean {
    this.#hasRepeated ??= new Set(this.labels.map(({ key }) => key)).size < this.labels.length;
    return this.#hasRepeated;
  }

  /** Returns what a function derives from the table. `key` identifies the function. */
  derive<T>(key: string, create: (table: SeriesTable) => T): T {
    const known = this.#derived.get(key);
    if (known !== undefined) return known as T;
    const created = create(this);
    this.#derived.set(key, created);
    return created;
  }

  /** The table without the names of metrics, with the same rows. */
  get withoutNames(): SeriesTable {
    return this.derive('withoutNames', ({ labels }) => new SeriesTable(labels.map((one) => one.withoutMetadata)));
  }
}
