import type { Cell } from '../../parquet/read/cell.ts';
import { CellBudget, CellBudgetError } from '../../parquet/read/cell.ts';
import { parseAttributeColumn } from '../../schema.ts';
import type { SignalBuilder, TraceRefs } from '../signal-builder.ts';
import { cellsOf } from './read-cells.ts';
import { traceIdOf } from './trace-ids.ts';

/** Rows by column: `columns[i][row]` is a value of the column `names[i]`. */
export interface NamedRows {
  readonly names: readonly string[];
  readonly columns: readonly (readonly Cell[])[];
  readonly rowCount: number;
}

/** The rows of a builder to read: those of some traces, among the first `rows`. */
export interface RowsWanted {
  readonly rows: number;
  readonly traceIds: readonly string[];
  readonly columns: readonly string[];
  /** Whether to return the columns of the attributes that have their own. */
  readonly withAttributes: boolean;
  readonly maxRows: number;
  readonly maxBytes: number;
}

/** What to read of rows. */
export type ReadOptions = Pick<RowsWanted, 'columns' | 'withAttributes' | 'maxBytes'>;

/** Adjacent rows of traces are read together if at most this number of others are between them. */
const MAX_GAP = 32;
/** Maximum number of separate reads. Rows that need more are read with all between them. */
const MAX_READS = 256;

/** Reads the rows of traces from a builder; `undefined` if they exceed a limit or the signal has no trace IDs. */
export function rowsOfTraces(builder: SignalBuilder, wanted: RowsWanted): NamedRows | undefined {
  const traces = builder.traces(wanted.rows);
  if (traces === undefined) return undefined;
  const rows = findRows(traces, wanted.traceIds);
  return rows.length > wanted.maxRows ? undefined : rowsAt(builder, rows, wanted);
}

/** Reads rows, given in ascending order, from a builder; `undefined` if they exceed a limit. */
export function rowsAt(builder: SignalBuilder, rows: readonly number[], wanted: ReadOptions): NamedRows | undefined {
  const pieces = piecesOf(rows);
  try {
    return readPieces(builder, wanted, pieces.length > MAX_READS ? [rows] : pieces, new CellBudget(wanted.maxBytes));
  } catch (error) {
    if (error instanceof CellBudgetError) return undefined;
    throw error;
  }
}

function readPieces(
  builder: SignalBuilder,
  wanted: ReadOptions,
  pieces: readonly (readonly number[])[],
  budget: CellBudget,
): NamedRows {
  const columns = new Map<string, Cell[]>(wanted.columns.map((name) => [name, []]));
  let count = 0;
  for (const piece of pieces) {
    const from = piece[0] ?? 0;
    const to = (piece.at(-1) ?? from) + 1;
    const relative = piece.map((row) => row - from);
    for (const column of builder.contents(from, to).columns) {
      const isAttribute = wanted.withAttributes && parseAttributeColumn(column.name) !== undefined;
      if (!isAttribute && !columns.has(column.name)) continue;
      const cells = filled(columns, column.name, count);
      for (const cell of cellsOf(column, relative, to - from, budget)) cells.push(cell);
    }
    count += piece.length;
  }
  const names = [...columns.keys()];
  return { names, columns: names.map((name) => filled(columns, name, count)), rowCount: count };
}

/** Returns a column with a value, or null, for each of `count` rows. */
function filled(columns: Map<string, Cell[]>, name: string, count: number): Cell[] {
  const cells = columns.get(name) ?? [];
  columns.set(name, cells);
  while (cells.length < count) cells.push(null);
  return cells;
}

function findRows({ refs, ids }: TraceRefs, traceIds: readonly string[]): readonly number[] {
  const wanted = new Set(traceIds);
  const flags = new Uint8Array(ids.count + 1);
  const starts = new Set(traceIds.map((traceId) => Number.parseInt(traceId.slice(0, 8), 16)));
  const view = new DataView(ids.bytes.buffer, ids.bytes.byteOffset);
  for (let entry = 1; entry <= ids.count; entry++) {
    const at = ids.starts[entry - 1];
    const length = ids.starts[entry] - at - 4;
    // Shorter IDs are rare and compared as text.
    if (length >= 4 && !starts.has(view.getUint32(at + 4))) continue;
    if (wanted.has(traceIdOf(ids, entry))) flags[entry] = 1;
  }
  const rows: number[] = [];
  for (let row = 0; row < refs.length; row++) if (flags[refs[row]] !== 0) rows.push(row);
  return rows;
}

function piecesOf(rows: readonly number[]): readonly (readonly number[])[] {
  const pieces: number[][] = [];
  for (const row of rows) {
    const last = pieces.at(-1);
    if (last === undefined || row - (last.at(-1) ?? 0) > MAX_GAP) pieces.push([row]);
    else last.push(row);
  }
  return pieces;
}
