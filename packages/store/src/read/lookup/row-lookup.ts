import type { FileBytes } from '../../parquet/file-bytes.ts';
import type { Cell } from '../../parquet/read/cell.ts';
import { CellBudget } from '../../parquet/read/cell.ts';
import { findTexts, WantedTexts } from '../../parquet/read/find-texts.ts';
import type { GroupLayout } from '../../parquet/read/layout.ts';
import { readRows } from '../../parquet/read/read-rows.ts';
import type { Layouts } from './layouts.ts';
import type { LookupRequest, LookupResult } from './protocol.ts';

/**
 * Reads the rows of traces directly from files. For a few rows this takes a fraction of the time of a statement, which
 * has to be planned and decodes all values of the row groups.
 */
export class RowLookup {
  readonly #layouts: Layouts;

  constructor(layouts: Layouts) {
    this.#layouts = layouts;
  }

  /** Returns the rows of traces; `undefined` if there are too many. Throws if they are too large or cannot be read. */
  find(request: LookupRequest): LookupResult | undefined {
    const columns: Cell[][] = request.columns.map(() => []);
    const wanted = new WantedTexts(request.traceIds);
    const budget = { rows: request.maxRows, cells: new CellBudget(request.maxBytes) };
    for (const path of request.paths) {
      const file = this.#layouts.open(path);
      try {
        for (const group of this.#layouts.of(file, path)) {
          if (!readGroup(file, group, request.columns, wanted, columns, budget)) return undefined;
        }
      } finally {
        file.close();
      }
    }
    return { columns, rowCount: request.maxRows - budget.rows };
  }
}

/** Appends the rows of a row group to `columns`. Returns `false` if they exceed the budget. */
function readGroup(
  file: FileBytes,
  group: GroupLayout,
  names: readonly string[],
  wanted: WantedTexts,
  columns: readonly Cell[][],
  budget: { rows: number; readonly cells: CellBudget },
): boolean {
  const chunk = group.chunks.get('trace_id');
  const found = chunk === undefined ? [] : findTexts(file, chunk, wanted);
  if (found.length === 0) return true;
  budget.rows -= found.length;
  if (budget.rows < 0) return false;
  const rows = found.map(({ row }) => row);
  for (const [i, name] of names.entries()) {
    const cells = name === 'trace_id' ? found.map(({ text }) => text) : readRows(file, group, name, rows, budget.cells);
    for (const cell of cells) columns[i]?.push(cell);
  }
  return true;
}
