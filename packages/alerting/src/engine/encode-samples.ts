import { WireWriter } from '@otelier/otlp';
import { type Labels, METRIC_NAME } from '@otelier/query/promql';
import type { WrittenSample } from '../rules/evaluate-group.ts';

/** Samples of one time. */
export interface TimedSamples {
  readonly samples: readonly WrittenSample[];
  /** Milliseconds since the epoch. */
  readonly timeMillis: number;
}

/**
 * Encodes samples of rules as an OTLP metrics request: gauges, whose names stay as they are. `job` and `instance` become
 * the resource, other labels attributes, as for remote write. A stale marker is a point without a recorded value.
 */
export function encodeSamples(all: readonly TimedSamples[]): Uint8Array {
  const resources = new Map<string, ResourceOfSamples>();
  for (const { samples, timeMillis } of all) {
    for (const { labels, value } of samples) {
      if (typeof value === 'object') {
        throw new Error(
          `expected numbers for ${labels.get(METRIC_NAME)}, got a native histogram: OTLP has only whole counts`,
        );
      }
      const encoded = encodedLabels(labels);
      const resource = resources.get(encoded.resourceKey) ?? { encoded, metrics: new Map<string, Point[]>() };
      resources.set(encoded.resourceKey, resource);
      const points = resource.metrics.get(encoded.name);
      const point = { attributes: encoded.attributes, value, timeMillis };
      if (points === undefined) resource.metrics.set(encoded.name, [point]);
      else points.push(point);
    }
  }
  const writer = new WireWriter(64 * 1024);
  for (const { encoded, metrics } of resources.values()) writeResource(writer, encoded.resource, metrics);
  return writer.finish();
}

interface ResourceOfSamples {
  readonly encoded: EncodedLabels;
  readonly metrics: Map<string, Point[]>;
}

interface Point {
  readonly attributes: Uint8Array;
  readonly value: number | 'stale';
  readonly timeMillis: number;
}

/** The parts of labels in a request. */
interface EncodedLabels {
  readonly name: string;
  readonly resourceKey: string;
  /** The attributes of the resource, as fields of its message. */
  readonly resource: Uint8Array;
  /** The other labels, as fields of a data point. */
  readonly attributes: Uint8Array;
}

const kept = new WeakMap<Labels, EncodedLabels>();

function encodedLabels(labels: Labels): EncodedLabels {
  const known = kept.get(labels);
  if (known !== undefined) return known;
  const [job, instance] = [labels.get('job'), labels.get('instance')];
  const slash = job.indexOf('/');
  const resource = new WireWriter(128);
  if (slash > 0) writeAttribute(resource, RESOURCE_ATTRIBUTES, 'service.namespace', job.slice(0, slash));
  if (job !== '') writeAttribute(resource, RESOURCE_ATTRIBUTES, 'service.name', slash > 0 ? job.slice(slash + 1) : job);
  if (instance !== '') writeAttribute(resource, RESOURCE_ATTRIBUTES, 'service.instance.id', instance);
  const attributes = new WireWriter(256);
  for (const [name, value] of labels.entries()) {
    if (!RESERVED.has(name)) writeAttribute(attributes, POINT_ATTRIBUTES, name, value);
  }
  const encoded = {
    name: labels.get(METRIC_NAME),
    resourceKey: `${job}\xff${instance}`,
    resource: resource.finish(),
    attributes: attributes.finish(),
  };
  kept.set(labels, encoded);
  return encoded;
}

const RESERVED: ReadonlySet<string> = new Set([METRIC_NAME, 'job', 'instance']);

/** Field numbers of `ResourceMetrics`, `Resource`, `ScopeMetrics`, `InstrumentationScope`, `Metric` and `NumberDataPoint`. */
const RESOURCE_METRICS = 1;
const RESOURCE = 1;
const SCOPE_METRICS = 2;
const RESOURCE_ATTRIBUTES = 1;
const SCOPE = 1;
const SCOPE_NAME = 1;
const METRICS = 2;
const METRIC = { name: 1, gauge: 5, dataPoints: 1 };
const POINT_ATTRIBUTES = 7;
const POINT = { timeUnixNano: 3, asDouble: 4, flags: 8 };
const KEY_VALUE = { key: 1, value: 2, stringValue: 1 };

function writeAttribute(writer: WireWriter, field: number, key: string, value: string): void {
  writer.message(field, () => {
    writer.stringField(KEY_VALUE.key, key);
    writer.message(KEY_VALUE.value, () => writer.stringField(KEY_VALUE.stringValue, value));
  });
}

function writeResource(writer: WireWriter, resource: Uint8Array, metrics: ReadonlyMap<string, readonly Point[]>): void {
  writer.message(RESOURCE_METRICS, () => {
    writer.bytesField(RESOURCE, resource);
    writer.message(SCOPE_METRICS, () => {
      writer.message(SCOPE, () => writer.stringField(SCOPE_NAME, 'otelier/alerting'));
      for (const [name, points] of metrics) {
        writer.message(METRICS, () => {
          writer.stringField(METRIC.name, name);
          writer.message(METRIC.gauge, () => {
            for (const point of points) writePoint(writer, point);
          });
        });
      }
    });
  });
}

function writePoint(writer: WireWriter, { attributes, value, timeMillis }: Point): void {
  writer.open(METRIC.dataPoints);
  writer.fixed64Field(POINT.timeUnixNano, BigInt(Math.trunc(timeMillis)) * 1_000_000n);
  if (value === 'stale') writer.varintField(POINT.flags, 1);
  else writer.doubleField(POINT.asDouble, value);
  writer.raw(attributes);
  writer.close();
}
