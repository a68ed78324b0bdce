import type { BytesColumn, ParquetColumn, PlainColumn } from '../parquet/column.ts';
import type { TextEntries } from '../parquet/entries.ts';

/** Number of rows that are summarized at a time, so that derived columns take little memory. */
export const CHUNK_ROWS = 65_536;

/** A text column of some rows: `refs[row]` is 0 for rows without a value. */
export interface TextColumn extends TextEntries {
  readonly refs: Uint32Array;
}

/** Columns of a table by name. */
export class TableRows {
  readonly rows: number;
  readonly #columns: ReadonlyMap<string, ParquetColumn>;

  constructor(columns: readonly ParquetColumn[], rows: number) {
    this.rows = rows;
    this.#columns = new Map(columns.map((column) => [column.name, column]));
  }

  has(name: string): boolean {
    return this.#columns.has(name);
  }

  /** Returns a text column of the rows `from <= row < to`. A derived column is valid until the next call for one. */
  text(name: string, from: number, to: number): TextColumn {
    const column = this.#slice(name, from, to);
    if (column?.kind !== 'bytes') return { refs: new Uint32Array(to - from), entries: undefined };
    return { refs: column.refs, entries: column.entries };
  }

  /** Returns a column of 64-bit values; `present` is `undefined` if all rows have a value. */
  words64(
    name: string,
    from: number,
    to: number,
  ): { readonly words: Uint32Array; readonly present?: Uint8Array | undefined } {
    const column = this.#slice(name, from, to);
    if (column?.kind === 'words64') return column;
    return { words: new Uint32Array((to - from) * 2), present: new Uint8Array(to - from) };
  }

  words32(name: string, from: number, to: number): Uint32Array {
    const column = this.#slice(name, from, to);
    return column?.kind === 'words32' ? column.words : new Uint32Array(to - from);
  }

  #slice(name: string, from: number, to: number): PlainColumn | undefined {
    const column = this.#columns.get(name);
    switch (column?.kind) {
      case 'deferred':
        return column.slice(from, to);
      case 'bytes':
        return { ...column, refs: column.refs.subarray(from, to) } satisfies BytesColumn;
      case 'words64':
        return {
          ...column,
          words: column.words.subarray(from * 2, to * 2),
          present: column.present?.subarray(from, to),
        };
      case 'words32':
        return { ...column, words: column.words.subarray(from, to) };
      default:
        return undefined;
    }
  }
}
