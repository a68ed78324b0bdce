import type { MetricDataFields } from '../../metrics/metrics-writer.ts';
import { isList } from '../../ottl/values/value.ts';
import { parseJson } from './decode-traces.ts';
import { type EncodedMetrics, MetricCollector, nanosOf } from './metrics.ts';
import { integerOf, listOf, mapOf, textOf } from './span-values.ts';
import { tagAttributes } from './tags.ts';

const GAUGE: MetricDataFields = { kind: 'gauge' };

/** Converts a request to `/api/v1/check_run`: a check or a list of them. Throws a `MalformedSpansError`. */
export function metricsOfChecks(body: Uint8Array): EncodedMetrics | undefined {
  const parsed = parseJson(body);
  const collector = new MetricCollector();
  for (const [index, value] of (isList(parsed) ? parsed : [parsed]).entries()) {
    const where = `[${index}]`;
    const check = mapOf(value, where);
    const tags = listOf(check.get('tags'), `${where}.tags`).map((tag) => textOf(tag, `${where}.tags`));
    const attributes = tagAttributes(tags, textOf(check.get('host_name'), `${where}.host_name`));
    attributes.item.set('check', textOf(check.get('check'), `${where}.check`));
    collector.add(attributes, 'service_check', '', GAUGE, {
      kind: 'number',
      fields: {
        timeUnixNano: nanosOf(integerOf(check.get('timestamp'), `${where}.timestamp`)),
        value: integerOf(check.get('status'), `${where}.status`),
      },
    });
  }
  return collector.finish();
}
