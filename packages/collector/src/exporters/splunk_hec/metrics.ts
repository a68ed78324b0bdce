import type { DataPointView, ExponentialBuckets, MetricView } from '@otelier/otlp';
import { attributeText } from '../../json/attribute-json.ts';
import {
  defaultOrigin,
  type EventFields,
  type EventOptions,
  type EventOrigin,
  type HecEvent,
  readAttributes,
  secondsOf,
} from './event.ts';

/** A metric value with its dimensions beyond the attributes. */
interface MetricValue {
  readonly name: string;
  readonly value: number | bigint;
  readonly dimension?: readonly [key: string, value: string];
}

/** Names of metric types, as the Collector writes them. */
const TYPES = {
  gauge: 'Gauge',
  sum: 'Sum',
  histogram: 'Histogram',
  exponentialHistogram: 'ExponentialHistogram',
  summary: 'Summary',
} as const;

/** Converts a data point to events: one for a number, several for the parts of a histogram or a summary. */
export function metricEvents(
  point: DataPointView,
  metric: MetricView,
  options: EventOptions,
): { readonly events: readonly HecEvent[]; readonly origin: EventOrigin } {
  const origin = defaultOrigin(options);
  const common: EventFields = {};
  readAttributes(metric.resource.attributes, origin, options, (key, value) => {
    common[key] = attributeText(value);
  });
  for (const [key, value] of point.attributes) common[key] = attributeText(value);
  common['metric_type'] = TYPES[metric.kind ?? 'gauge'];
  const { host, source, sourcetype, index } = origin;
  const time = secondsOf(point.timeUnixNano);
  const events = valuesOf(point, metric.name).map(({ name, value, dimension }): HecEvent => {
    const fields: EventFields = { ...common, [`metric_name:${name}`]: numberOf(value) };
    if (dimension !== undefined) fields[dimension[0]] = dimension[1];
    return { time, host, source, sourcetype, index, event: 'metric', fields };
  });
  return { events, origin };
}

function valuesOf(point: DataPointView, name: string): MetricValue[] {
  switch (point.kind) {
    case 'histogram':
      return [...totalsOf(point, name), ...explicitBuckets(point, name)];
    case 'exponentialHistogram':
      return [...totalsOf(point, name), ...exponentialBuckets(point, name)];
    case 'summary': {
      const quantiles = (point.quantileValues ?? []).map(({ quantile, value }): MetricValue => {
        const text = formatNumber(quantile);
        return { name: `${name}_${text}`, value, dimension: ['qt', text] };
      });
      return [...totalsOf(point, name), ...quantiles];
    }
    default:
      return point.value === undefined ? [] : [{ name, value: point.value }];
  }
}

function totalsOf({ sum, count = 0n }: DataPointView, name: string): MetricValue[] {
  const total = sum === undefined || Number.isNaN(sum) ? [] : [{ name: `${name}_sum`, value: sum }];
  return [...total, { name: `${name}_count`, value: count }];
}

/** The buckets are cumulative, with their upper bounds as the dimension `le`. */
function explicitBuckets({ explicitBounds = [], bucketCounts = [] }: DataPointView, name: string): MetricValue[] {
  if (bucketCounts.length !== explicitBounds.length + 1) return [];
  let total = 0n;
  return bucketCounts.map((count, index) => {
    total += count;
    const bound = explicitBounds[index];
    return bucket(name, total, bound === undefined ? '+Inf' : formatNumber(bound));
  });
}

function exponentialBuckets(point: DataPointView, name: string): MetricValue[] {
  const { scale = 0, zeroCount = 0n, zeroThreshold = 0, positive, negative } = point;
  const base = 2 ** (2 ** -scale);
  const buckets: MetricValue[] = [];
  let total = 0n;
  const add = (count: bigint, bound: number) => {
    if (count === 0n) return;
    total += count;
    buckets.push(bucket(name, total, Number.isFinite(bound) ? formatNumber(bound) : '+Inf'));
  };
  for (const [index, count] of indexed(negative).reverse()) add(count, -(base ** index));
  add(zeroCount, zeroThreshold);
  for (const [index, count] of indexed(positive)) add(count, base ** (index + 1));
  if (buckets.at(-1)?.dimension?.[1] !== '+Inf') buckets.push(bucket(name, total, '+Inf'));
  return buckets;
}

function indexed(buckets: ExponentialBuckets | undefined): (readonly [index: number, count: bigint])[] {
  return (buckets?.bucketCounts ?? []).map((count, position) => [(buckets?.offset ?? 0) + position, count] as const);
}

function bucket(name: string, value: bigint, bound: string): MetricValue {
  return { name: `${name}_bucket`, value, dimension: ['le', bound] };
}

function formatNumber(value: number): string {
  return String(value);
}

/** Splunk reads numbers that JSON does not have from texts. */
function numberOf(value: number | bigint): number | bigint | string {
  if (typeof value === 'bigint' || Number.isFinite(value)) return value;
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

/** Combines the events with the same metadata, time and dimensions to one with several metrics. */
export function combineMetrics(
  events: readonly HecEvent[],
): { readonly event: HecEvent; readonly eventCount: number }[] {
  const groups = Map.groupBy(events, ({ event: _event, fields, ...rest }) => {
    const dimensions = Object.entries(fields).filter(([key]) => !key.startsWith('metric_name:'));
    return JSON.stringify([rest, dimensions.sort(([a], [b]) => (a < b ? -1 : 1))]);
  });
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const fields = Object.assign({}, ...group.map((each) => each.fields)) as EventFields;
    return [{ event: { ...first, fields }, eventCount: group.length }];
  });
}
