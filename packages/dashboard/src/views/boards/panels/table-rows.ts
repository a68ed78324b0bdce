import type { JsonValue } from '@otelier/query';
import type { ResultRows } from '../../query/results/table-of.ts';
import type { Reducer, TableRows } from '../model/board.ts';
import { reduced } from './panel-series.ts';

/** Groups, sorts and limits the rows of a table. Columns that it does not have change nothing. */
export function arrangedRows(table: ResultRows, arrangement: TableRows | undefined): ResultRows {
  if (arrangement === undefined) return table;
  const grouped = arrangement.group === undefined ? table : groupedRows(table, arrangement.group);
  const at = grouped.columns.findIndex(({ name }) => name === arrangement.sort?.column);
  const sign = arrangement.sort?.descending === true ? -1 : 1;
  const rows = at < 0 ? grouped.rows : grouped.rows.toSorted((a, b) => sign * order(a[at], b[at]));
  return { ...grouped, rows: arrangement.limit === undefined ? rows : rows.slice(0, arrangement.limit) };
}

/** Merges rows that are equal in some columns. Of other columns, those with a calculation remain. */
function groupedRows(table: ResultRows, group: NonNullable<TableRows['group']>): ResultRows {
  const placeOf = (column: string): number => table.columns.findIndex(({ name }) => name === column);
  const by = group.by.map(placeOf).filter((at) => at >= 0);
  const calculated = group.values
    .map(({ column, reduce }) => ({ at: placeOf(column), reduce }))
    .filter(({ at }) => at >= 0);
  if (by.length === 0) return table;
  const groups = Map.groupBy(table.rows, (row) => JSON.stringify(by.map((at) => row[at] ?? null)));
  return {
    ...table,
    columns: [...by, ...calculated.map(({ at }) => at)].flatMap((at) => table.columns[at] ?? []),
    rows: [...groups.values()].map((rows) => [
      ...by.map((at) => rows[0]?.[at] ?? null),
      ...calculated.map(({ at, reduce }) =>
        calculation(
          rows.map((row) => row[at] ?? null),
          reduce,
        ),
      ),
    ]),
  };
}

function calculation(values: readonly JsonValue[], reduce: Reducer | 'count'): JsonValue {
  if (reduce === 'count') return values.length;
  const numbers = values.map((value) => (typeof value === 'number' ? value : null));
  return reduced(numbers, reduce) ?? values.at(-1) ?? null;
}

/** Orders numbers by size and everything else as text. Missing values are last when ascending. */
function order(a: JsonValue | undefined, b: JsonValue | undefined): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [a ?? null, b ?? null];
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  return String(left).localeCompare(String(right), 'en', { numeric: true });
}
