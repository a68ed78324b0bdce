import { closeSync, openSync } from 'node:fs';
import { sep } from 'node:path';
import type { Cell } from '../../parquet/read/cell.ts';
import { CellBudget } from '../../parquet/read/cell.ts';
import { findTexts, WantedTexts } from '../../parquet/read/find-texts.ts';
import { type GroupLayout, readLayout } from '../../parquet/read/layout.ts';
import { readRows } from '../../parquet/read/read-rows.ts';
import type { LookupRequest, LookupResult } from './protocol.ts';

/** Maximum number of cached layouts. Each takes about 60 kB. */
const CACHED_LAYOUTS = 64;
/** Part of the paths of snapshots of pending rows, whose names are used again after a restart of the store thread. */
const TAIL = `${sep}tail${sep}`;

/**
 * Reads the rows of traces directly from files. For a few rows this takes a fraction of the time of a statement, which
 * has to be planned and decodes all values of the row groups.
 */
export class RowLookup {
  readonly #layouts = new Map<string, readonly GroupLayout[]>();

  /** Returns the rows of traces; `undefined` if there are too many. Throws if they are too large or cannot be read. */
  find(request: LookupRequest): LookupResult | undefined {
    const columns: Cell[][] = request.columns.map(() => []);
    const wanted = new WantedTexts(request.traceIds);
    const budget = { rows: request.maxRows, cells: new CellBudget(request.maxBytes) };
    for (const path of request.paths) {
      const file = openSync(path, 'r');
      try {
        for (const group of this.#layout(file, path)) {
          if (!readGroup(file, group, request.columns, wanted, columns, budget)) return undefined;
        }
      } finally {
        closeSync(file);
      }
    }
    return { columns, rowCount: request.maxRows - budget.rows };
  }

  #layout(file: number, path: string): readonly GroupLayout[] {
    const known = this.#layouts.get(path);
    const layout = known ?? readLayout(file, path);
    if (path.includes(TAIL)) return layout;
    this.#layouts.delete(path);
    this.#layouts.set(path, layout);
    const [oldest] = this.#layouts.keys();
    if (this.#layouts.size > CACHED_LAYOUTS && oldest !== undefined) this.#layouts.delete(oldest);
    return layout;
  }
}

/** Appends the rows of a row group to `columns`. Returns `false` if they exceed the budget. */
function readGroup(
  file: number,
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
