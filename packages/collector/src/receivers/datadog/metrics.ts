import type { AttributeValue } from '@otelier/otlp';
import { encodeAttributes } from '../../metrics/encoded-attributes.ts';
import { TEMPORALITY } from '../../metrics/metric-data.ts';
import { type MetricDataFields, MetricsWriter } from '../../metrics/metrics-writer.ts';
import type { ExponentialHistogramPointFields, NumberPointFields } from '../../metrics/point-fields.ts';
import type { Value, ValueMap } from '../../ottl/values/value.ts';
import type { DatadogSeries } from './series.ts';
import { type TagAttributes, tagAttributes } from './tags.ts';

/** A request with the number of its points. */
export type EncodedMetrics = NonNullable<ReturnType<MetricsWriter['finish']>>;

type Point =
  | { readonly kind: 'number'; readonly fields: Omit<NumberPointFields, 'attributes'> }
  | { readonly kind: 'exponential'; readonly fields: Omit<ExponentialHistogramPointFields, 'attributes'> };

interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly data: MetricDataFields;
  readonly points: { readonly attributes: ValueMap; readonly point: Point }[];
}

const SCOPE = 'Datadog';
const NANOS = 1_000_000_000n;
const GAUGE: MetricDataFields = { kind: 'gauge' };
const SUM: MetricDataFields = { kind: 'sum', temporality: TEMPORALITY.delta, isMonotonic: false };

/** Collects points by resource and metric, and encodes them. */
export class MetricCollector {
  readonly #resources = new Map<string, { readonly attributes: ValueMap; readonly metrics: Map<string, Metric> }>();

  add(tags: TagAttributes, name: string, unit: string, data: MetricDataFields, point: Point): void {
    const key = JSON.stringify([...tags.resource]);
    const resource = this.#resources.get(key) ?? { attributes: tags.resource, metrics: new Map<string, Metric>() };
    this.#resources.set(key, resource);
    const metricKey = JSON.stringify([name, unit, data.kind]);
    const metric = resource.metrics.get(metricKey) ?? { name, unit, data, points: [] };
    resource.metrics.set(metricKey, metric);
    metric.points.push({ attributes: tags.item, point });
  }

  /** Returns the request; `undefined` if there are no points. */
  finish(): EncodedMetrics | undefined {
    const writer = new MetricsWriter();
    for (const { attributes, metrics } of this.#resources.values()) {
      writer.resource(encodeAttributes(entriesOf(attributes))).namedScope(SCOPE);
      for (const { points, ...metric } of metrics.values()) {
        writer.metric(metric);
        for (const { point, attributes: own } of points) write(writer, point, own);
      }
    }
    return writer.finish();
  }
}

function write(writer: MetricsWriter, { kind, fields }: Point, own: ValueMap): void {
  const attributes = encodeAttributes(entriesOf(own));
  if (kind === 'number') writer.numberPoint({ ...(fields as NumberPointFields), attributes });
  else writer.exponentialHistogramPoint({ ...(fields as ExponentialHistogramPointFields), attributes });
}

/** The attributes of tags are texts and lists of texts. */
function entriesOf(attributes: ValueMap): Iterable<readonly [string, AttributeValue]> {
  return attributes as Map<string, Value & AttributeValue>;
}

/** Returns a time of seconds in nanoseconds; 0 if OTLP cannot represent it. */
export function nanosOf(seconds: bigint): bigint {
  return seconds < 0n || seconds > 18_446_744_073n ? 0n : seconds * NANOS;
}

/** Converts series to a request. Series without a type are left out. */
export function metricsOfSeries(all: readonly DatadogSeries[]): EncodedMetrics | undefined {
  const collector = new MetricCollector();
  for (const { metric, kind, tags, host, resources, unit, interval, points } of all) {
    if (kind === 'unspecified') continue;
    const attributes = tagAttributes(tags, host);
    for (const [name, value] of resources) attributes.resource.set(name, value);
    for (const { timestamp, value } of points) {
      const timeUnixNano = nanosOf(timestamp);
      const startTimeUnixNano = kind !== 'gauge' && interval > 0n ? nanosOf(timestamp - interval) : 0n;
      // A rate is per second.
      const number = kind === 'rate' && interval > 0n ? value * Number(interval) : value;
      collector.add(attributes, metric, unit, kind === 'gauge' ? GAUGE : SUM, {
        kind: 'number',
        fields: { timeUnixNano, startTimeUnixNano, value: number },
      });
    }
  }
  return collector.finish();
}
