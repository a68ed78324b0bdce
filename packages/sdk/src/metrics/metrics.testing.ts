import type { TestContext } from 'node:test';
import { createManualClock, type ManualClock } from '@otelier/testkit';
import { createClient, MeterProvider, type MeterProviderOptions, Timeline } from '../node.ts';
import { type MetricDataSeen, type MetricSeen, type Sink, startSink } from '../sink.testing.ts';
import type { LightMeter } from './meter.ts';

/** A provider whose metrics come to a sink, by a clock that stands still at first. */
export interface MetricsSetUp {
  readonly sink: Sink;
  readonly clock: ManualClock;
  readonly provider: MeterProvider;
  readonly meter: LightMeter;
  /** Collects, and gives what has come since the collection before. */
  collect(): Promise<readonly MetricSeen[]>;
}

/** When clocks of tests begin. */
export const START_MILLIS = 1_800_000_000_000;

/** Makes one for the time of the test. The environment is empty. */
export async function setUpMetrics(
  t: TestContext,
  options: Omit<MeterProviderOptions, 'client'> = {},
): Promise<MetricsSetUp> {
  // Before the sink ends: sums since the start are reported until the last.
  t.after(() => provider.shutdown());
  const sink = await startSink(t);
  const clock = createManualClock(START_MILLIS);
  const timeline = new Timeline({ wall: clock.now, monotonic: () => clock.now() - START_MILLIS });
  const client = createClient({ endpoint: sink.url, clock });
  const provider = new MeterProvider({ environment: {}, ...options, client, timeline });
  return {
    sink,
    clock,
    provider,
    meter: provider.getMeter('test'),
    async collect() {
      const before = sink.metrics().length;
      await provider.forceFlush();
      return sink.metrics().slice(before);
    },
  };
}

/** The data of the metric with this name, whatever its kind; none has no points. */
export function dataOf(metrics: readonly MetricSeen[], name: string): MetricDataSeen {
  const found = metrics.filter((metric) => metric.name === name);
  const [metric] = found;
  if (found.length > 1) throw new Error(`expected one metric ${name}, got ${found.length}`);
  return metric?.sum ?? metric?.gauge ?? metric?.histogram ?? metric?.exponentialHistogram ?? { dataPoints: [] };
}

/** The values of numbers, by their attributes as `key=value,key=value`. */
export function numbersOf(metrics: readonly MetricSeen[], name: string): Readonly<Record<string, number>> {
  return Object.fromEntries(
    dataOf(metrics, name).dataPoints.map((point) => [
      attributesOf(point),
      Number(point['asInt'] ?? point['asDouble'] ?? Number.NaN),
    ]),
  );
}

/** Attributes of a point, or filtered ones of an exemplar, as `key=value,key=value`. */
export function attributesOf(from: Readonly<Record<string, unknown>>, field = 'attributes'): string {
  const attributes = (from[field] ?? []) as readonly { key: string; value: Record<string, unknown> }[];
  return attributes.map(({ key, value }) => `${key}=${JSON.stringify(Object.values(value)[0])}`).join();
}

/** Milliseconds since the start at which a point begins and ends. */
export function timesOf(point: Readonly<Record<string, unknown>>): readonly [number, number] {
  const millis = (nanos: unknown) => Number(BigInt(nanos as string) / 1_000_000n) - START_MILLIS;
  return [millis(point['startTimeUnixNano']), millis(point['timeUnixNano'])];
}
