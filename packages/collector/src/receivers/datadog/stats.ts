import { TEMPORALITY } from '../../metrics/metric-data.ts';
import type { MetricDataFields } from '../../metrics/metrics-writer.ts';
import type { ValueMap } from '../../ottl/values/value.ts';
import { decodeMessagePack } from './decode-traces.ts';
import { latencyFields } from './latency-sketch.ts';
import { type EncodedMetrics, MetricCollector } from './metrics.ts';
import { integerOf, listOf, mapOf, textOf } from './span-values.ts';
import { type TagAttributes, tagAttributes } from './tags.ts';

const SUM: MetricDataFields = { kind: 'sum', temporality: TEMPORALITY.delta, isMonotonic: true };
const HISTOGRAM: MetricDataFields = { kind: 'exponentialHistogram', temporality: TEMPORALITY.delta };
/** Attributes by the member of the statistics that they are. */
const ATTRIBUTES = {
  Resource: 'resource',
  Type: 'span.type',
  SpanKind: 'span.kind',
  HTTPMethod: 'http.request.method',
  HTTPEndpoint: 'http.route',
  GRPCStatusCode: 'rpc.response.status_code',
} as const;
const VALUES = [
  ['Hits', 'hits', '{span}'],
  ['Errors', 'errors', '{span}'],
  ['Duration', 'duration', 'ns'],
] as const;
/** Distributions of durations, with the value of the attribute `error`. */
const SKETCHES = [
  ['OkSummary', 'false'],
  ['ErrorSummary', 'true'],
] as const;

/**
 * Converts a request to `/v0.6/stats`, the statistics of spans that tracers count before they sample. Their metrics have
 * the names that Datadog gives them, such as `trace.http.request.hits`, and `trace.http.request` for the durations. Throws
 * a `MalformedSpansError`.
 */
export function metricsOfStats(body: Uint8Array): EncodedMetrics | undefined {
  const payload = decodeMessagePack(body, (reader) => mapOf(reader.value(), 'payload'));
  const collector = new MetricCollector();
  const tags = [
    ['env', text(payload, 'Env')],
    ['version', text(payload, 'Version')],
    ['container_id', text(payload, 'ContainerID')],
  ].flatMap(([name, value]) => (value === '' ? [] : [`${name}:${value}`]));
  for (const bucket of listOf(payload.get('Stats'), 'Stats')) {
    const fields = mapOf(bucket, 'Stats');
    const startTimeUnixNano = BigInt.asUintN(64, integerOf(fields.get('Start'), 'Start'));
    const timeUnixNano = BigInt.asUintN(64, startTimeUnixNano + integerOf(fields.get('Duration'), 'Duration'));
    for (const group of listOf(fields.get('Stats'), 'Stats.Stats')) {
      const stats = mapOf(group, 'Stats.Stats');
      const attributes = attributesOf(stats, tags, text(payload, 'Hostname'));
      addGroup(collector, stats, attributes, { startTimeUnixNano, timeUnixNano });
    }
  }
  return collector.finish();
}

function attributesOf(stats: ValueMap, tags: readonly string[], host: string): TagAttributes {
  const peers = listOf(stats.get('PeerTags'), 'PeerTags').map((tag) => textOf(tag, 'PeerTags'));
  const attributes = tagAttributes([...tags, `service:${text(stats, 'Service')}`, ...peers], host);
  for (const [key, name] of Object.entries(ATTRIBUTES))
    if (text(stats, key) !== '') attributes.item.set(name, text(stats, key));
  const status = integerOf(stats.get('HTTPStatusCode'), 'HTTPStatusCode');
  if (status !== 0n) attributes.item.set('http.response.status_code', String(status));
  return attributes;
}

function addGroup(
  collector: MetricCollector,
  stats: ValueMap,
  attributes: TagAttributes,
  times: { readonly startTimeUnixNano: bigint; readonly timeUnixNano: bigint },
): void {
  const name = `trace.${text(stats, 'Name')}`;
  for (const [key, suffix, unit] of VALUES)
    collector.add(attributes, `${name}.${suffix}`, unit, SUM, {
      kind: 'number',
      fields: { ...times, value: integerOf(stats.get(key), key) },
    });
  for (const [key, error] of SKETCHES) {
    const sketch = stats.get(key);
    if (!(sketch instanceof Uint8Array)) continue;
    const fields = latencyFields(sketch, key);
    if (fields === undefined) continue;
    const item: ValueMap = new Map([...attributes.item, ['error', error]]);
    collector.add({ ...attributes, item }, name, 's', HISTOGRAM, {
      kind: 'exponential',
      fields: { ...times, ...fields },
    });
  }
}

function text(map: ValueMap, key: string): string {
  return textOf(map.get(key), key);
}
