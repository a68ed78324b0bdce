import { HybridCursor } from './hybrid-cursor.ts';

/** The levels of a page, and where its values start. */
export interface PageLevels {
  readonly cursor: HybridCursor;
  readonly end: number;
}

/** Opens a section of levels (V1: length, then the hybrid encoding of numbers of one bit). */
export function openLevels(bytes: Buffer, from: number): PageLevels {
  const end = from + 4 + bytes.readUInt32LE(from);
  return { cursor: new HybridCursor(bytes, from + 4, end, 1), end };
}

/** Maps the rows of a page to positions among its values that are not null. Rows must not decrease. */
export class PresentRows {
  readonly #cursor: HybridCursor;
  /** Whether every row has a value; `undefined` if it differs. */
  readonly #all: boolean | undefined;
  #row = 0;
  #present = 0;

  constructor(cursor: HybridCursor, rows: number) {
    this.#cursor = cursor;
    const same = cursor.equal(rows);
    this.#all = same === undefined ? undefined : same === 1;
  }

  /** Returns the position of a row's value, or -1 if it is null. */
  position(row: number): number {
    if (this.#all !== undefined) return this.#all ? row : -1;
    for (; this.#row < row; this.#row++) this.#present += this.#cursor.at(this.#row);
    return this.#cursor.at(row) === 0 ? -1 : this.#present;
  }
}

/** Returns the rows that have a value, in order; `undefined` if all have one. */
export function rowsWithValue(cursor: HybridCursor, rows: number): Uint32Array | undefined {
  const same = cursor.equal(rows);
  if (same !== undefined) return same === 1 ? undefined : new Uint32Array(0);
  const found = new Uint32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) if (cursor.at(row) !== 0) found[count++] = row;
  return found.subarray(0, count);
}
