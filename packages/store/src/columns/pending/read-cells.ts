import type { ParquetColumn, PlainColumn } from '../../parquet/column.ts';
import { entryBytes } from '../../parquet/entries.ts';
import type { Cell, CellBudget } from '../../parquet/read/cell.ts';

/** Returns the values of some rows of a column with `count` rows, as reading them from a file returns them. Throws if they exceed the budget. */
export function cellsOf(
  column: ParquetColumn,
  rows: readonly number[],
  count: number,
  budget: CellBudget,
): readonly Cell[] {
  const plain: PlainColumn = column.kind === 'deferred' ? column.slice(0, count) : column;
  return rows.map((row) => {
    const cell = cellOf(plain, row);
    budget.take(cell);
    return cell;
  });
}

function cellOf(column: PlainColumn, row: number): Cell {
  switch (column.kind) {
    case 'empty':
      return null;
    case 'bytes': {
      const ref = column.refs[row];
      if (ref === 0) return null;
      const bytes = entryBytes(column.entries, ref);
      return column.type === 'text' ? bytes.toString() : Uint8Array.from(bytes);
    }
    case 'words64':
      if (column.present?.[row] === 0) return null;
      return numberOf(column.type, column.words, row);
    case 'words32': {
      if (column.present?.[row] === 0) return null;
      const word = column.words[row];
      return column.type === 'uint32' ? word : word | 0;
    }
    case 'bool':
      return column.values[row] === 0 ? null : column.values[row] === 2;
    case 'map': {
      const { starts, keys, keyEntries, values, valueEntries } = column;
      const pairs = new Map<string, string>();
      for (let pair = starts[row]; pair < starts[row + 1]; pair++) {
        pairs.set(entryBytes(keyEntries, keys[pair]).toString(), entryBytes(valueEntries, values[pair]).toString());
      }
      return pairs;
    }
  }
}

function numberOf(
  type: 'time' | 'int64' | 'double' | 'id8',
  words: Uint32Array,
  row: number,
): string | number | bigint {
  const view = Buffer.from(words.buffer, words.byteOffset + row * 8, 8);
  if (type === 'id8') return view.toString('hex');
  return type === 'double' ? view.readDoubleLE() : view.readBigInt64LE();
}
