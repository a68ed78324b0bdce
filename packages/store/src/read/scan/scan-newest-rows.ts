import { type Cell, CellBudget } from '../../parquet/read/cell.ts';
import { readRows } from '../../parquet/read/read-rows.ts';
import { timesOf } from '../../scan/newest.ts';
import { NewestRows } from '../../scan/newest-rows.ts';
import { scanConditions } from '../../scan/scan-filter.ts';
import { NotScannableError } from '../../scan/value-tests.ts';
import { TIME_COLUMN } from '../../schema.ts';
import type { Layouts } from '../lookup/layouts.ts';
import type { LookupResult } from '../lookup/protocol.ts';
import { type ScanGroup, ScanGroups } from './groups.ts';
import { matchingBlocks } from './matching-blocks.ts';
import type { NewestRowsRequest, ScannedRows } from './protocol.ts';

/**
 * Returns the newest rows in files: at least the wanted number, and all with the time of the last of them. Reads row groups,
 * the newest first, until no unread row can be among them. `turn` is called between two row groups and throws if the scan
 * has to stop.
 */
export async function scanNewestRows(
  layouts: Layouts,
  { signal, sources, ranges, conditions, limit, times, columns, maxBytes, maxRows }: ScannedRows & NewestRowsRequest,
  turn: () => Promise<void>,
): Promise<LookupResult> {
  const timeColumn = TIME_COLUMN[signal];
  const newest = new NewestRows<ScanGroup>(limit);
  const groups = new ScanGroups(layouts, sources, timeColumn);
  try {
    const options = { timeColumn, ranges, conditions: scanConditions(conditions) };
    for await (const { block, group, selected } of matchingBlocks(groups, options, turn)) {
      if (selected.length > 0) newest.add(group, timesOf(block, timeColumn, selected), selected);
      const { bound } = groups;
      if (bound !== undefined && hasEnough(newest, times, limit, bound)) break;
    }
    if (maxRows !== undefined && newest.all.length + times.length > maxRows) {
      throw new NotScannableError('expected fewer rows');
    }
    return await readPlaces(newest, columns, new CellBudget(maxBytes), turn);
  } finally {
    groups.close();
  }
}

/** Reports whether as many rows as are wanted are newer than all unread ones. */
function hasEnough(newest: NewestRows<ScanGroup>, times: readonly bigint[], limit: number, bound: bigint): boolean {
  const isAbove = (time: bigint): boolean => time > bound;
  if (newest.edge !== undefined && isAbove(newest.edge)) return true;
  return newest.all.filter(({ time }) => isAbove(time)).length + times.filter(isAbove).length >= limit;
}

async function readPlaces(
  newest: NewestRows<ScanGroup>,
  names: readonly string[],
  budget: CellBudget,
  turn: () => Promise<void>,
): Promise<LookupResult> {
  const columns: Cell[][] = names.map(() => []);
  for (const [{ file, layout }, places] of Map.groupBy(newest.all, ({ block }) => block)) {
    await turn();
    const rows = places.map(({ row }) => row).sort((a, b) => a - b);
    for (const [i, name] of names.entries()) {
      for (const cell of readRows(file, layout, name, rows, budget)) columns[i]?.push(cell);
    }
  }
  return { columns, rowCount: newest.all.length };
}
