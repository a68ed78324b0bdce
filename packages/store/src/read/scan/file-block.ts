import type { ByteEntries, PlainColumn } from '../../parquet/column.ts';
import { entryBytes } from '../../parquet/entries.ts';
import type { FileBytes } from '../../parquet/file-bytes.ts';
import { decodeColumn, dictionaryOf } from '../../parquet/read/decode-column.ts';
import type { GroupLayout } from '../../parquet/read/layout.ts';
import { matchTexts } from '../../parquet/read/match-texts.ts';
import type { RowBlock } from '../../scan/block.ts';
import type { RowList } from '../../scan/selection.ts';
import type { ValueTests } from '../../scan/value-tests.ts';
import { parseAttributeColumn } from '../../schema.ts';

/** A row group of an open file, whose columns are decoded when they are first used. */
export interface FileBlock extends RowBlock {
  /** Reports whether a text of a column may satisfy a test, without decoding its rows. */
  readonly mayHaveText: (name: string, test: ValueTests['text']) => boolean;
  readonly rowsWith: (name: string, test: ValueTests['text']) => RowList | undefined;
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
  file: FileBytes,
  group: GroupLayout,
  mapKeys: readonly string[],
  memory: BlockMemory,
): FileBlock {
  const columns = new Map<string, PlainColumn | undefined>();
  const column = (name: string, only?: RowList): PlainColumn | undefined => {
    if (!columns.has(name)) {
      columns.set(name, decodeColumn(file, group, name, { only, memory: (count) => memory.words(name, count) }));
    }
    return columns.get(name);
  };
  const tested = new Map<ValueTests['text'], Map<string, Uint8Array | undefined>>();
  const flagsOf = (name: string, test: ValueTests['text']): Uint8Array | undefined => {
    const flags = tested.get(test) ?? new Map<string, Uint8Array | undefined>();
    tested.set(test, flags);
    if (!flags.has(name)) flags.set(name, testEntries(dictionaryOf(file, group, name), test));
    return flags.get(name);
  };
  return {
    rows: group.rows,
    column,
    columnBytes: (name) => (columns.has(name) ? 0 : (group.chunks.get(name)?.uncompressedBytes ?? 0)),
    attributeColumns: [...group.chunks.keys()].filter((name) => parseAttributeColumn(name) !== undefined),
    mayHaveText: (name, test) => flagsOf(name, test)?.includes(1) ?? true,
    rowsWith: (name, test) => {
      const flags = columns.has(name) ? undefined : flagsOf(name, test);
      return flags && matchTexts(file, group, name, flags);
    },
    mayBeInMap: (key) => mapKeys.includes(key),
    traces: (only) => {
      const ids = column('trace_id', only);
      if (ids?.kind !== 'bytes') return { refs: new Uint32Array(group.rows), count: 0, idOf: () => '' };
      const { refs, entries } = ids;
      return { refs, count: entries.count, idOf: (entry) => entryBytes(entries, entry).toString('latin1') };
    },
  };
}

/** Tests the texts of a dictionary: an element per entry, 1 if it satisfies the test. */
function testEntries(entries: ByteEntries | undefined, test: ValueTests['text']): Uint8Array | undefined {
  if (entries === undefined) return undefined;
  const { bytes, starts, count } = entries;
  const flags = new Uint8Array(count + 1);
  for (let entry = 1; entry <= count; entry++) {
    if (test(bytes, (starts[entry - 1] ?? 0) + 4, starts[entry] ?? 0)) flags[entry] = 1;
  }
  return flags;
}
