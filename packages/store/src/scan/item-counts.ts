import type { ItemCell } from './collect-items.ts';
import { NotScannableError } from './value-tests.ts';

/** Adds up items with the same properties in the same step. */
export class ItemCounts {
  readonly #limit: number;
  readonly #cells = new Map<string, { -readonly [Key in keyof ItemCell]: ItemCell[Key] }>();
  /** Numbers of values, because some are long. */
  readonly #values = new Map<string | number, number>();

  /** `limit` is the maximum number of results. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds cells whose steps are `addedSteps` later. Throws `NotScannableError` if there are more than the limit. */
  add(cells: readonly ItemCell[], addedSteps = 0): void {
    for (const cell of cells) {
      const step = cell.step + addedSteps;
      const key = [step, ...cell.values.map((value) => this.#number(value))].join();
      const known = this.#cells.get(key);
      if (known === undefined) this.#cells.set(key, { ...cell, step });
      else {
        known.items += cell.items;
        known.bodyBytes += cell.bodyBytes;
      }
    }
    if (this.#cells.size > this.#limit) throw new NotScannableError('expected fewer combinations of values');
  }

  all(): readonly ItemCell[] {
    return [...this.#cells.values()];
  }

  #number(value: string | number): number {
    const known = this.#values.get(value) ?? this.#values.size;
    this.#values.set(value, known);
    return known;
  }
}
