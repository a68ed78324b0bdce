import { NotScannableError } from './value-tests.ts';

/** Maximum number of rows with the same time that are kept in addition to the wanted ones. */
const MAX_SAME_TIME = 10_000;

/** A row of some block. */
export interface RowPlace<Block> {
  readonly time: bigint;
  readonly block: Block;
  readonly row: number;
}

/** The newest of the rows that are added, and all others with the time of the last of them. */
export class NewestRows<Block> {
  readonly #limit: number;
  #rows: RowPlace<Block>[] = [];
  #edge: bigint | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds rows of a block, given as their times and numbers in ascending order. */
  add(block: Block, words: Uint32Array, rows: Uint32Array): void {
    const view = new DataView(words.buffer, words.byteOffset, words.byteLength);
    // Rows are usually in the order of their times.
    for (let i = rows.length - 1; i >= 0; i--) {
      const time = view.getBigInt64(rows[i] * 8, true);
      if (this.#edge !== undefined && time < this.#edge) continue;
      this.#rows.push({ time, block, row: rows[i] });
      if (this.#rows.length >= this.#limit * 2 + MAX_SAME_TIME) this.#trim();
    }
    this.#trim();
  }

  /** The time of the last wanted row, if there are as many. */
  get edge(): bigint | undefined {
    return this.#edge;
  }

  /** The rows, newest first. */
  get all(): readonly RowPlace<Block>[] {
    return this.#rows;
  }

  #trim(): void {
    const rows = this.#rows.sort((a, b) => (a.time > b.time ? -1 : a.time < b.time ? 1 : 0));
    const edge = rows[this.#limit - 1]?.time;
    if (edge === undefined) return;
    this.#edge = edge;
    this.#rows = rows.filter(({ time }) => time >= edge);
    if (this.#rows.length >= this.#limit + MAX_SAME_TIME) {
      throw new NotScannableError('expected fewer records with the same time');
    }
  }
}
