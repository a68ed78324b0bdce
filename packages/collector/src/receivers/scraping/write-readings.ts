import { VERSION } from '../../component/version.ts';
import { encodeAttributes } from '../../metrics/encoded-attributes.ts';
import { TEMPORALITY } from '../../metrics/metric-data.ts';
import { MetricsWriter } from '../../metrics/metrics-writer.ts';
import type { Reading, ReadingGroup, ScrapedMetric } from './reading.ts';

/** The metrics of a scraper, and which of them are wanted. */
export interface WantedMetrics {
  readonly metrics: Readonly<Record<string, ScrapedMetric>>;
  isEnabled(metric: string): boolean;
}

/** Encodes the readings of a scraper as a request; `undefined` if none of them is wanted. */
export function writeReadings(scraper: WantedMetrics, groups: readonly ReadingGroup[], timeUnixNano: bigint) {
  const writer = new MetricsWriter();
  for (const { resource, startMillis, readings } of groups) {
    const byMetric = Map.groupBy(readings, ({ metric }) => metric);
    const start = BigInt(Math.round(startMillis)) * 1_000_000n;
    let hasResource = false;
    for (const [name, points] of byMetric) {
      const metric = scraper.metrics[name];
      if (metric === undefined || !scraper.isEnabled(name)) continue;
      if (!hasResource) writer.resource(encodeAttributes(Object.entries(resource))).namedScope('otelier', VERSION);
      hasResource = true;
      writeMetric(writer, name, metric);
      for (const point of points) writePoint(writer, metric, point, start, timeUnixNano);
    }
  }
  return writer.finish();
}

function writeMetric(
  writer: MetricsWriter,
  name: string,
  { kind, isMonotonic, unit, description }: ScrapedMetric,
): void {
  const temporality = TEMPORALITY.cumulative;
  const data = kind === 'gauge' ? { kind } : { kind, temporality, isMonotonic };
  writer.metric({ name, unit, description, data });
}

function writePoint(
  writer: MetricsWriter,
  { kind, isInteger }: ScrapedMetric,
  { value, attributes = {} }: Reading,
  startTimeUnixNano: bigint,
  timeUnixNano: bigint,
): void {
  writer.numberPoint({
    attributes: encodeAttributes(Object.entries(attributes)),
    startTimeUnixNano: kind === 'sum' ? startTimeUnixNano : 0n,
    timeUnixNano,
    value: isInteger ? integerOf(value) : Number(value),
  });
}

function integerOf(value: number | bigint): bigint {
  return typeof value === 'bigint' ? value : BigInt(Math.trunc(value));
}
