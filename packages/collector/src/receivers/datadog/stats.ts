import { TEMPORALITY } from '../../metrics/metric-data.ts';
import type { MetricDataFields } from '../../metrics/metrics-writer.ts';
import type { ValueMap } from '../../ottl/values/value.ts';
import { decodeMessagePack } from './decode-traces.ts';
import { type EncodedMetrics, MetricCollector } from './metrics.ts';
import { integerOf, listOf, mapOf, textOf } from './span-values.ts';
import { tagAttributes } from './tags.ts';

const SUM: MetricDataFields = { kind: 'sum', temporality: TEMPORALITY.delta, isMonotonic: true };
/** Attributes by the member of the statistics that they are. */
const ATTRIBUTES = { Resource: 'resource', Type: 'span.type', SpanKind: 'span.kind' } as const;
const VALUES = [
  ['Hits', 'hits', '{span}'],
  ['Errors', 'errors', '{span}'],
  ['Duration', 'duration', 'ns'],
] as const;

/**
 * Converts a request to `/v0.6/stats`, the statistics of spans that tracers count before they sample. Their metrics have
 * the names that Datadog gives them, such as `trace.http.request.hits`. Throws a `MalformedSpansError`.
 */
export function metricsOfStats(body: Uint8Array): EncodedMetrics | undefined {
  const payload = decodeMessagePack(body, (reader) => mapOf(reader.value(), 'payload'));
  const collector = new MetricCollector();
  const text = (map: ValueMap, key: string): string => textOf(map.get(key), key);
  const tags = [`env:${text(payload, 'Env')}`, `version:${text(payload, 'Version')}`].filter(
    (tag) => !tag.endsWith(':'),
  );
  for (const bucket of listOf(payload.get('Stats'), 'Stats')) {
    const fields = mapOf(bucket, 'Stats');
    const start = BigInt.asUintN(64, integerOf(fields.get('Start'), 'Start'));
    const end = BigInt.asUintN(64, start + integerOf(fields.get('Duration'), 'Duration'));
    for (const group of listOf(fields.get('Stats'), 'Stats.Stats')) {
      const stats = mapOf(group, 'Stats.Stats');
      const attributes = tagAttributes([...tags, `service:${text(stats, 'Service')}`], text(payload, 'Hostname'));
      for (const [key, name] of Object.entries(ATTRIBUTES))
        if (text(stats, key) !== '') attributes.item.set(name, text(stats, key));
      const status = integerOf(stats.get('HTTPStatusCode'), 'HTTPStatusCode');
      if (status !== 0n) attributes.item.set('http.response.status_code', String(status));
      for (const [key, suffix, unit] of VALUES)
        collector.add(attributes, `trace.${text(stats, 'Name')}.${suffix}`, unit, SUM, {
          kind: 'number',
          fields: { startTimeUnixNano: start, timeUnixNano: end, value: integerOf(stats.get(key), key) },
        });
    }
  }
  return collector.finish();
}
