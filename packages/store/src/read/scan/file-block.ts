import type { ByteEntries, PlainColumn } from '../../parquet/column.ts';
import { decodeColumn, dictionaryOf } from '../../parquet/read/decode-column.ts';
import type { GroupLayout } from '../../parquet/read/layout.ts';
import type { RowBlock } from '../../scan/block.ts';

/** A row group of an open file, whose columns are decoded when they are first used. */
export interface FileBlock extends RowBlock {
  /** Returns the distinct values of a text column, without decoding its rows; `undefined` if they are not known. */
  readonly dictionary: (name: string) => ByteEntries | undefined;
}

/** Returns a row group as a block. `mapKeys` are the attributes among those of the query that may be in its map. */
export function fileBlock(file: number, group: GroupLayout, mapKeys: readonly string[]): FileBlock {
  const columns = new Map<string, PlainColumn | undefined>();
  const column = (name: string): PlainColumn | undefined => {
    if (!columns.has(name)) columns.set(name, decodeColumn(file, group, name));
    return columns.get(name);
  };
  return {
    rows: group.rows,
    column,
    mayBeInMap: (key) => mapKeys.includes(key),
    traces: () => {
      const ids = column('trace_id');
      if (ids?.kind !== 'bytes') return { refs: new Uint32Array(group.rows), count: 0, idOf: () => '' };
      const { bytes, starts, count } = ids.entries;
      const idOf = (entry: number): string => {
        const from = starts[entry - 1] + 4;
        return Buffer.from(bytes.buffer, bytes.byteOffset + from, starts[entry] - from).toString('latin1');
      };
      return { refs: ids.refs, count, idOf };
    },
    dictionary: (name) => dictionaryOf(file, group, name),
  };
}
