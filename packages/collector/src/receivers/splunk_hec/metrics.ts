import { RESOURCE_FIELDS } from '@otelier/otlp';
import { encodeAttributes } from '../../metrics/encoded-attributes.ts';
import { MetricsWriter } from '../../metrics/metrics-writer.ts';
import { encodeMap } from '../../ottl/values/codec.ts';
import type { MetricEvent } from './events.ts';

/** Encodes metric events as gauges, by resource; `undefined` if they have no values. */
export function encodeMetrics(events: readonly MetricEvent[]) {
  const writer = new MetricsWriter();
  const byResource = Map.groupBy(events, ({ resource }) => JSON.stringify([...resource]));
  for (const group of byResource.values()) {
    const [first] = group;
    if (first === undefined || group.every(({ values }) => values.length === 0)) continue;
    writer.resource(encodeMap(first.resource, RESOURCE_FIELDS.attributes)).namedScope('');
    for (const { values, dimensions, timeUnixNano } of group) {
      const attributes = encodeAttributes(dimensions);
      for (const [name, value] of values)
        writer.metric({ name, data: { kind: 'gauge' } }).numberPoint({ attributes, timeUnixNano, value });
    }
  }
  return writer.finish();
}
