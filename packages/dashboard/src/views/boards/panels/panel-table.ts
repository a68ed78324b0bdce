import type { JsonValue } from '@otelier/query';
import type { QueryResultData } from '../../../query/result.ts';
import type { ValueFormat } from '../../../series/value-format.ts';
import { type ResultRows, tableOf } from '../../query/results/table-of.ts';
import type { Reducer, SeriesOverride, TableRows } from '../model/board.ts';
import { formatOfUnit } from '../model/unit.ts';
import { letterOf, overridesOf } from './overrides.ts';
import { reduced } from './panel-series.ts';
import { arrangedRows } from './table-rows.ts';

const MAX_LABELS = 20;

/** Returns the rows of a panel: series with one column per query, joined by their labels, or the rows of one query. */
export function panelTable(
  results: readonly QueryResultData[],
  reducer: Reducer,
  format?: ValueFormat,
  overrides?: readonly SeriesOverride[],
  rows?: TableRows,
): ResultRows {
  const table = arrangedRows(tableWithout(results, reducer, format), rows);
  return withOverrides(table, rows?.group === undefined ? results.length : 0, overrides);
}

/** Hides and renames columns, and gives them other units. The last columns are those of queries. */
function withOverrides(
  { columns, rows, ...rest }: ResultRows,
  queries: number,
  overrides: readonly SeriesOverride[] | undefined,
): ResultRows {
  if (overrides === undefined || overrides.length === 0) return { columns, rows, ...rest };
  const overridden = overridesOf(overrides);
  const kept = columns.flatMap((column, index) => {
    const query = index - (columns.length - queries);
    const { isHidden, name, unit } = overridden(column.name, query);
    return isHidden ? [] : [{ index, column: { ...column, name, ...(unit && { format: formatOfUnit(unit) }) } }];
  });
  return {
    ...rest,
    columns: kept.map(({ column }) => column),
    rows: rows.map((row) => kept.map(({ index }) => row[index] ?? null)),
  };
}

function tableWithout(results: readonly QueryResultData[], reducer: Reducer, format?: ValueFormat): ResultRows {
  const series = results.flatMap((result) => (result.kind === 'series' ? [result.response.series] : []));
  const [first] = results;
  if (series.length !== results.length || first === undefined) {
    return first === undefined ? { columns: [], rows: [], hiddenColumns: 0 } : tableOf(first);
  }
  const keys = [...new Set(series.flat().flatMap(({ labels }) => Object.keys(labels)))].filter(
    (key) => key !== '__name__',
  );
  const shown = keys.slice(0, MAX_LABELS);
  const rows = new Map<string, JsonValue[]>();
  series.forEach((list, at) => {
    for (const { labels, values } of list) {
      const { __name__: _, ...own } = labels;
      const id = JSON.stringify(Object.entries(own).toSorted(([a], [b]) => (a < b ? -1 : 1)));
      const row = rows.get(id) ?? [...shown.map((key) => labels[key] ?? ''), ...series.map(() => null)];
      row[shown.length + at] = reduced(values, reducer) ?? null;
      rows.set(id, row);
    }
  });
  const values = series.map((_, at) => (series.length === 1 ? 'value' : letterOf(at)));
  return {
    columns: [
      ...shown.map((name) => ({ name, type: '', numeric: false })),
      ...values.map((name) => ({ name, type: '', numeric: true, ...(format === undefined ? {} : { format }) })),
    ],
    rows: [...rows.values()],
    hiddenColumns: keys.length - shown.length,
  };
}
