import { VERSION } from '../../component/version.ts';
import { encodeAttributes } from '../../metrics/encoded-attributes.ts';
import { TEMPORALITY } from '../../metrics/metric-data.ts';
import { MetricsWriter } from '../../metrics/metrics-writer.ts';
import type { ReportFailure } from '../scraping/scraping-receiver.ts';
import type { ConfiguredQuery } from './config.ts';
import type { TextRow } from './row-texts.ts';

type Metric = ConfiguredQuery['metrics'][number];

/** When points are read, and from when on sums count. */
export interface PointTimes {
  readonly startUnixNano: bigint;
  readonly nowUnixNano: bigint;
  readonly intervalMillis: number;
}

/** Encodes the metrics of rows; `undefined` if there are none. Rows whose columns do not fit are reported. */
export function writeRowMetrics(
  { metrics, ignoreNullValues }: ConfiguredQuery,
  rows: readonly TextRow[],
  times: PointTimes,
  fail: ReportFailure,
) {
  const writer = new MetricsWriter();
  writer.resource(encodeAttributes([])).namedScope('otelier', VERSION);
  for (const metric of metrics) {
    const points = rows.flatMap((row, index) => {
      if (ignoreNullValues && !row.has(metric.valueColumn)) return [];
      const point = pointOf(metric, row, times);
      if (typeof point !== 'string') return [point];
      fail(`row ${index}: ${point}`);
      return [];
    });
    if (points.length === 0) continue;
    const { metricName: name, unit, description, dataType, aggregation = 'cumulative', monotonic } = metric;
    const data =
      dataType === 'gauge'
        ? { kind: dataType }
        : { kind: dataType, temporality: TEMPORALITY[aggregation], isMonotonic: monotonic };
    writer.metric({ name, unit, description, data });
    for (const point of points) writer.numberPoint(point);
  }
  return writer.finish();
}

/** Returns the point of a row, or why it has none. */
function pointOf(metric: Metric, row: TextRow, times: PointTimes) {
  const { valueColumn, valueType, dataType, aggregation, attributeColumns, staticAttributes } = metric;
  const missing = [valueColumn, ...attributeColumns].find((column) => !row.has(column));
  if (missing !== undefined) return `column ${missing}: expected a value, got NULL or no such column`;
  const text = row.get(valueColumn) ?? '';
  const value = valueType === 'int' ? integerOf(text) : doubleOf(text);
  if (value === undefined)
    return `column ${valueColumn}: expected ${valueType}, got ${JSON.stringify(text.slice(0, 40))}`;
  const time = timeOf(row, metric.tsColumn, times.nowUnixNano);
  const start = timeOf(row, metric.startTsColumn, times.startUnixNano);
  if (typeof time === 'string') return time;
  if (typeof start === 'string') return start;
  const attributes = attributeColumns.map((column): [string, string] => [column, row.get(column) ?? '']);
  const interval = BigInt(Math.round(times.intervalMillis)) * 1_000_000n;
  return {
    attributes: encodeAttributes([...Object.entries({ ...staticAttributes, ...Object.fromEntries(attributes) })]),
    startTimeUnixNano: dataType === 'gauge' ? 0n : aggregation === 'delta' ? time - interval : start,
    timeUnixNano: time,
    value,
  };
}

function integerOf(text: string): bigint | undefined {
  return /^[+-]?\d{1,19}$/.test(text) ? BigInt.asIntN(64, BigInt(text)) : undefined;
}

function doubleOf(text: string): number | undefined {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isNaN(value) ? undefined : value;
}

function timeOf(row: TextRow, column: string, fallback: bigint): bigint | string {
  if (column === '') return fallback;
  const text = row.get(column) ?? '';
  return /^\d{1,19}$/.test(text)
    ? BigInt(text)
    : `column ${column}: expected nanoseconds, got ${JSON.stringify(text.slice(0, 40))}`;
}
