import type { DataPointView, MetricView } from '@otelier/otlp';
import { attributeText } from '../../json/attribute-json.ts';
import { TEMPORALITY } from '../../metrics/metric-data.ts';
import { scopeAttributes } from './items.ts';
import type { LineFieldValue, LineToWrite } from './line.ts';

/** How data points become lines. */
export const METRICS_SCHEMAS = ['telegraf-prometheus-v1', 'telegraf-prometheus-v2', 'otel-v1'] as const;

/** One of the schemas. */
export type MetricsSchema = (typeof METRICS_SCHEMAS)[number];

/** Returns the lines of a data point; a text if the schema cannot represent it. */
export function pointLines(
  point: DataPointView,
  metric: MetricView,
  schema: MetricsSchema,
): readonly LineToWrite[] | string {
  if (point.timeUnixNano === 0n) return 'expected a data point with a time, got none';
  const { kind } = point;
  if (kind === 'exponentialHistogram') return 'expected no exponential histogram, which InfluxDB cannot represent';
  if (schema === 'otel-v1') return otelLines(point, metric);
  const hasTemporality = kind === 'sum' || kind === 'histogram';
  if (hasTemporality && metric.aggregationTemporality !== TEMPORALITY.cumulative)
    return `expected cumulative temporality of ${metric.name}: use the processor delta_to_cumulative`;
  return schema === 'telegraf-prometheus-v1' ? measurementLines(point, metric) : prometheusLines(point, metric);
}

function tagsOf(
  point: DataPointView,
  metric: MetricView,
  scope: Iterable<readonly [string, unknown]>,
): Map<string, string> {
  const all = [...metric.resource.attributes, ...scope, ...point.attributes];
  return new Map(all.map(([key, value]) => [key, attributeText(value as Parameters<typeof attributeText>[0])]));
}

/** Schema 1 of Telegraf: a measurement for each metric. */
function measurementLines(point: DataPointView, metric: MetricView): readonly LineToWrite[] | string {
  const { timeUnixNano } = point;
  const tags = tagsOf(point, metric, scopeAttributes(metric.scope));
  const value = numberOf(point);
  const fields = new Map<string, LineFieldValue>();
  if (point.kind === 'histogram') {
    for (const [bound, total] of bucketsOf(point))
      if (Number.isFinite(bound)) fields.set(decimal(bound), Number(total));
    addTotals(point, fields, '');
  } else if (point.kind === 'summary') {
    for (const { quantile, value: at } of point.quantileValues ?? []) fields.set(decimal(quantile), at);
    addTotals(point, fields, '');
  } else if (value !== undefined) fields.set(metric.isMonotonic ? 'counter' : 'gauge', value);
  return fields.size === 0 ? NO_VALUE : [{ measurement: metric.name, tags, fields, timeUnixNano }];
}

const NO_VALUE = 'expected a data point with a value, got none';

/** Schema 2 of Telegraf: one measurement, with a field for each metric. */
function prometheusLines(point: DataPointView, metric: MetricView): readonly LineToWrite[] | string {
  const { timeUnixNano } = point;
  const value = numberOf(point);
  const { name } = metric;
  const tags = tagsOf(point, metric, scopeAttributes(metric.scope));
  const line = (fields: ReadonlyMap<string, LineFieldValue>, more: readonly (readonly [string, string])[] = []) => ({
    measurement: 'prometheus',
    tags: new Map([...tags, ...more]),
    fields,
    timeUnixNano,
  });
  if (point.kind !== 'histogram' && point.kind !== 'summary')
    return value === undefined ? NO_VALUE : [line(new Map([[name, value]]))];
  const totals = new Map<string, LineFieldValue>();
  addTotals(point, totals, `${name}_`);
  const buckets = bucketsOf(point).map(([bound, total]) => {
    const le = Number.isFinite(bound) ? decimal(bound) : '+Inf';
    return line(new Map([[`${name}_bucket`, Number(total)]]), [['le', le]]);
  });
  const quantiles = (point.quantileValues ?? []).map(({ quantile, value: at }) =>
    line(new Map([[name, at]]), [['quantile', decimal(quantile)]]),
  );
  return [line(totals), ...buckets, ...quantiles];
}

/** The schema of OpenTelemetry: measurements by metric, unit and kind, with the temporality in the names of fields. */
function otelLines(point: DataPointView, metric: MetricView): readonly LineToWrite[] | string {
  const { kind, startTimeUnixNano, timeUnixNano } = point;
  const value = numberOf(point);
  const fields = new Map<string, LineFieldValue>();
  if (startTimeUnixNano > 0n) fields.set('start_time_unix_nano', startTimeUnixNano);
  for (const [key, part] of scopeAttributes(metric.scope)) fields.set(key, attributeText(part));
  const temporality = ['unspecified', 'delta', 'cumulative'][metric.aggregationTemporality] ?? 'unspecified';
  const size = fields.size;
  if (kind === 'histogram') {
    const { explicitBounds = [], bucketCounts = [] } = point;
    for (const [i, bound] of explicitBounds.entries())
      fields.set(`${temporality}_${decimal(bound)}`, bucketCounts[i] ?? 0n);
    fields.set('count', point.count ?? 0n);
    addOptional(point, fields, '', ['sum', 'min', 'max']);
  } else if (kind === 'summary') {
    for (const { quantile, value: at } of point.quantileValues ?? []) fields.set(decimal(quantile), at);
    addTotals(point, fields, '');
  } else if (value !== undefined) {
    const type = typeof value === 'bigint' ? 'int' : 'double';
    const monotonicity = metric.isMonotonic ? 'monotonic' : 'nonmonotonic';
    fields.set(kind === 'gauge' ? `value_${type}` : `value_${temporality}_${monotonicity}_${type}`, value);
  }
  if (fields.size === size) return NO_VALUE;
  const tags = tagsOf(point, metric, []);
  return [{ measurement: `${metric.name}_${metric.unit}_${kind}`, tags, fields, timeUnixNano }];
}

/** Integers are bigints. */
function numberOf({ value, valueKind }: DataPointView): number | bigint | undefined {
  return valueKind === 'int' && value !== undefined ? BigInt(value) : value;
}

function addTotals(point: DataPointView, fields: Map<string, LineFieldValue>, prefix: string): void {
  fields.set(`${prefix}count`, Number(point.count ?? 0n));
  addOptional(point, fields, prefix, ['sum', 'min', 'max']);
}

function addOptional(
  point: DataPointView,
  fields: Map<string, LineFieldValue>,
  prefix: string,
  names: readonly ('sum' | 'min' | 'max')[],
): void {
  for (const name of names) {
    const value = point[name];
    if (value !== undefined) fields.set(`${prefix}${name}`, value);
  }
}

/** Returns the number of values up to each bound; the last one is infinite. */
function bucketsOf({
  bucketCounts = [],
  explicitBounds = [],
}: DataPointView): (readonly [bound: number, total: bigint])[] {
  let total = 0n;
  return bucketCounts.map((count, i) => {
    total += count;
    return [explicitBounds[i] ?? Number.POSITIVE_INFINITY, total] as const;
  });
}

/** Formats a number without an exponent. */
function decimal(value: number): string {
  const text = String(value);
  if (!text.includes('e') || !Number.isFinite(value)) return text;
  return Number.isInteger(value) ? String(BigInt(value)) : value.toFixed(30).replace(/0+$/, '');
}
