import type { JsonValue, MetricSeriesResponse } from '@otelier/query';
import type { QueryWindow } from './macros.ts';
import { onGrid, type PointSeries } from './query-grid.ts';
import type { RowsResult } from './result.ts';

/** Types of DuckDB that are drawn as values. */
const NUMBERS = /^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*)$/;
const TIMES = /^(?:TIMESTAMP.*|DATE)$/;
/** Charts of more series cannot be read, and groups are found only by comparing all rows. */
const MAX_SERIES = 500;

/** Reports whether a column has numbers. */
export function isNumeric(type: string): boolean {
  return NUMBERS.test(type);
}

/**
 * Converts rows with a time to series: one per numeric column and combination of the other columns. Returns `undefined`
 * for rows without a time or a number.
 */
export function seriesOfRows({ columns, rows }: RowsResult, window: QueryWindow): MetricSeriesResponse | undefined {
  const time = columns.findIndex(({ type }) => TIMES.test(type));
  const values = columns.flatMap(({ type }, index) => (isNumeric(type) ? [index] : []));
  if (time < 0 || values.length === 0 || rows.length === 0) return undefined;
  const keys = columns.flatMap((_, index) => (index === time || values.includes(index) ? [] : [index]));
  const series = new Map<string, { readonly labels: Record<string, string>; readonly points: [number, number][] }>();
  for (const row of rows) {
    const millis = Date.parse(String(row[time]));
    if (Number.isNaN(millis)) continue;
    const labels = Object.fromEntries(keys.map((key) => [columns[key]?.name ?? '', cellText(row[key])]));
    for (const index of values) {
      const own = values.length > 1 ? { ...labels, value: columns[index]?.name ?? '' } : labels;
      const id = JSON.stringify(own);
      const found = series.get(id) ?? { labels: own, points: [] };
      series.set(id, found);
      const value = row[index];
      if (value !== null && value !== undefined) found.points.push([millis, Number(value)]);
    }
    if (series.size > MAX_SERIES) return undefined;
  }
  return onGrid(gridOf([...series.values()], window), [...series.values()]);
}

/** Formats a value of a cell. */
export function cellText(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Returns the steps on which the rows are: the smallest distance of their times, within the range that they cover. */
function gridOf(series: readonly PointSeries[], window: QueryWindow): QueryWindow {
  const times = [...new Set(series.flatMap(({ points }) => points.map(([millis]) => millis)))].sort((a, b) => a - b);
  const [first = window.startMillis] = times;
  const last = times.at(-1) ?? window.endMillis;
  let stepMillis = Number.POSITIVE_INFINITY;
  for (let index = 1; index < times.length; index += 1) {
    stepMillis = Math.min(stepMillis, (times[index] ?? 0) - (times[index - 1] ?? 0));
  }
  if (!Number.isFinite(stepMillis)) stepMillis = window.stepMillis;
  // Rows of single events would need too many steps.
  stepMillis = Math.max(1, stepMillis, (last - first) / MAX_STEPS);
  return { startMillis: first, endMillis: last, stepMillis };
}

const MAX_STEPS = 2000;
