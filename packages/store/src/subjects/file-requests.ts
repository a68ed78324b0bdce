import type { Signal } from '@otelier/otlp';
import { RequestRebuilder } from '../columns/rebuild/rebuild.ts';
import type { StoredRow } from '../columns/rebuild/rebuild-item.ts';
import type { FileBytes } from '../parquet/file-bytes.ts';
import type { Cell } from '../parquet/read/cell.ts';
import { eachCell } from '../parquet/read/each-cell.ts';
import { type GroupLayout, readLayout } from '../parquet/read/layout.ts';
import { BITS, TIME_COLUMN } from '../schema.ts';

/** Items of a file as an export request, and when those without a time arrived. */
export interface FileRequest {
  readonly bytes: Uint8Array;
  readonly arrivalMillis: number;
}

/** Returns all items of a data file as export requests, in order, without the SQL engine. Throws if the file is damaged. */
export function* fileRequests(file: FileBytes, path: string, signal: Signal): Generator<FileRequest> {
  const rebuilder = new RequestRebuilder(signal);
  let arrivalMillis = 0;
  const take = (bytes: Uint8Array | undefined): readonly FileRequest[] =>
    bytes === undefined ? [] : [{ bytes, arrivalMillis }];
  for (const group of readLayout(file, path)) {
    for (const row of rowsOf(file, group)) {
      const arrived = arrivalOf(row, signal);
      if (arrived !== undefined && arrived !== arrivalMillis) {
        yield* take(rebuilder.finish());
        arrivalMillis = arrived;
      }
      yield* take(rebuilder.add(row));
    }
  }
  yield* take(rebuilder.finish());
}

function* rowsOf(file: FileBytes, group: GroupLayout): Generator<StoredRow> {
  const names = [...new Set([...group.chunks.keys()].map((path) => path.replace(/\.key_value\.(key|value)$/, '')))];
  const ids = new Set(names.filter((name) => group.chunks.get(name)?.type === 'id8'));
  const columns = names.map((name) => [name, eachCell(file, group, name)] as const);
  for (let i = 0; i < group.rows; i++) {
    const row: Record<string, StoredRow[string]> = {};
    for (const [name, cells] of columns) {
      const { value, done } = cells.next();
      if (done === true) throw new RangeError(`column ${name} has too few rows`);
      row[name] = cellValue(value, ids.has(name));
    }
    yield row;
  }
}

function cellValue(cell: Cell, isId: boolean): StoredRow[string] {
  if (cell === null) return undefined;
  return isId && typeof cell === 'string' ? Buffer.from(cell, 'hex') : cell;
}

/** Returns when an item without a time arrived; `undefined` if the item has one. */
function arrivalOf(row: StoredRow, signal: Signal): number | undefined {
  const bits = row['bits'];
  const time = row[TIME_COLUMN[signal]];
  const isArrival = typeof bits !== 'number' || (bits & BITS.timeAbsent) !== 0;
  return isArrival && typeof time === 'bigint' ? Number(time / 1_000_000n) : undefined;
}
