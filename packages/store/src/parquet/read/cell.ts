import type { Value } from './values.ts';

/** A value of a row: `null` if it is missing; a map for map columns. */
export type Cell = Value | null | ReadonlyMap<string, string>;

/** Thrown when values exceed a budget. */
export class CellBudgetError extends Error {
  override readonly name = 'CellBudgetError';
}

/**
 * Limits the size of the values of rows. Each value is counted as soon as it is read, because a dictionary can repeat a
 * large one for thousands of rows.
 */
export class CellBudget {
  #bytes: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Counts a value. Throws `CellBudgetError` if the budget is exceeded. */
  take(cell: Cell): void {
    this.#bytes -= sizeOf(cell);
    if (this.#bytes < 0) throw new CellBudgetError('the values exceed their limit');
  }
}

/** Returns the approximate size of a value: texts and bytes by length, everything else 8. */
function sizeOf(cell: Cell): number {
  if (typeof cell === 'string' || cell instanceof Uint8Array) return cell.length;
  if (!(cell instanceof Map)) return 8;
  let size = 8;
  for (const [key, value] of cell) size += key.length + value.length;
  return size;
}
