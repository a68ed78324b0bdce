import type { ByteEntries, PlainColumn } from '../../parquet/column.ts';
import { entryBytes } from '../../parquet/entries.ts';
import { decodeColumn, dictionaryOf } from '../../parquet/read/decode-column.ts';
import type { GroupLayout } from '../../parquet/read/layout.ts';
import type { RowBlock } from '../../scan/block.ts';

/** A row group of an open file, whose columns are decoded when they are first used. */
export interface FileBlock extends RowBlock {
  /** Returns the distinct values of a text column, without decoding its rows; `undefined` if they are not known. */
  readonly dictionary: (name: string) => ByteEntries | undefined;
}

/** Memory for the columns of one block at a time. */
export class BlockMemory {
  readonly #words = new Map<string, Uint32Array>();

  /** Returns memory for a column, which is used again for the next block. */
  words(name: string, count: number): Uint32Array {
    let words = this.#words.get(name);
    if (words === undefined || words.length < count) {
      words = new Uint32Array(count);
      this.#words.set(name, words);
    }
    return words.subarray(0, count);
  }
}

/**
 * Returns a row group as a block, which is valid until the next one with the same memory. `mapKeys` are the attributes
 * among those of the query that may be in its map.
 */
export function fileBlock(
  file: number,
  group: GroupLayout,
  mapKeys: readonly string[],
  memory: BlockMemory,
): FileBlock {
  const columns = new Map<string, PlainColumn | undefined>();
  const column = (name: string, only?: Uint8Array): PlainColumn | undefined => {
    if (!columns.has(name)) {
      columns.set(name, decodeColumn(file, group, name, { only, memory: (count) => memory.words(name, count) }));
    }
    return columns.get(name);
  };
  return {
    rows: group.rows,
    column,
    mayBeInMap: (key) => mapKeys.includes(key),
    traces: (only) => {
      const ids = column('trace_id', only);
      if (ids?.kind !== 'bytes') return { refs: new Uint32Array(group.rows), count: 0, idOf: () => '' };
      const { refs, entries } = ids;
      return { refs, count: entries.count, idOf: (entry) => entryBytes(entries, entry).toString('latin1') };
    },
    dictionary: (name) => dictionaryOf(file, group, name),
  };
}
