import { ByteDictionary } from '../../../columns/values/byte-dictionary.ts';
import type { PlainColumn } from '../../../parquet/column.ts';
import { encodeParquet } from '../../../parquet/file.ts';
import type { Cell, CellSource, ResultColumn } from './cells.ts';

const ROWS = 65_536;

/** Encodes a result as a Parquet file. */
export async function encodeParquetResult(reader: CellSource): Promise<readonly Uint8Array[]> {
  const cells: Cell[][] = reader.columns.map(() => []);
  let rows = 0;
  for (let group = await reader.read(ROWS); group !== undefined; group = await reader.read(ROWS)) {
    rows += group.rows;
    for (const [index, column] of group.cells.entries()) for (const cell of column) cells[index]?.push(cell);
  }
  const dictionaries: ByteDictionary[] = [];
  try {
    const columns = distinct(reader.columns).map((column, index) => columnOf(column, cells[index] ?? [], dictionaries));
    // The pieces may refer to the memory of the dictionaries.
    return encodeParquet(columns, { rows, attachment: new Uint8Array(), metadata: () => ({}) }).map((piece) =>
      Uint8Array.from(piece),
    );
  } finally {
    for (const dictionary of dictionaries) dictionary.free();
  }
}

/** Makes the names of columns distinct: SQL allows duplicates, Parquet does not. */
export function distinct(columns: readonly ResultColumn[]): readonly ResultColumn[] {
  const used = new Set<string>();
  return columns.map(({ name, kind }) => {
    let own = name;
    for (let number = 1; used.has(own.toLowerCase()); number++) own = `${name}_${number}`;
    used.add(own.toLowerCase());
    return { name: own, kind };
  });
}

function columnOf({ name, kind }: ResultColumn, cells: readonly Cell[], dictionaries: ByteDictionary[]): PlainColumn {
  if (kind === 'text' || kind === 'bytes') {
    const entries = new ByteDictionary(kind === 'text');
    dictionaries.push(entries);
    const refs = Uint32Array.from(cells, (cell) => {
      if (cell === undefined) return 0;
      // A lone surrogate has no UTF-8.
      return entries.internBytes(typeof cell === 'string' ? Buffer.from(cell.toWellFormed()) : (cell as Uint8Array));
    });
    return { kind: 'bytes', name, type: kind, refs, entries };
  }
  if (kind === 'bool') {
    const values = Uint8Array.from(cells, (cell) => (cell === undefined ? 0 : cell === true ? 2 : 1));
    return { kind: 'bool', name, type: 'bool', values };
  }
  const present = Uint8Array.from(cells, (cell) => (cell === undefined ? 0 : 1));
  const values =
    kind === 'double'
      ? Float64Array.from(cells, (cell) => Number(cell ?? 0))
      : BigInt64Array.from(cells, (cell) => BigInt((cell as bigint | undefined) ?? 0n));
  return { kind: 'words64', name, type: kind, words: new Uint32Array(values.buffer), present };
}
