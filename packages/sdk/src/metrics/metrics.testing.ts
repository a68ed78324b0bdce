import type { TestContext } from 'node:test';
import { createManualClock, type ManualClock } from '@otelier/testkit/clock';
import { createClient, MeterProvider, type MeterProviderOptions, Timeline } from '../node.ts';
import { type ReceivedMetric, type ReceivedMetricData, type Sink, startSink } from '../sink.testing.ts';
import type { LightMeter } from './meter.ts';

/** A meter provider that exports to a sink and uses a manual clock. */
export interface MetricsSetUp {
  readonly sink: Sink;
  readonly clock: ManualClock;
  readonly provider: MeterProvider;
  readonly meter: LightMeter;
  /** Collects and returns the metrics received since the previous collection. */
  collect(): Promise<readonly ReceivedMetric[]>;
}

/** The initial time of test clocks. */
export const START_MILLIS = 1_800_000_000_000;

/** Creates a provider for the test, with an empty environment. */
export async function setUpMetrics(
  t: TestContext,
  options: Omit<MeterProviderOptions, 'client'> = {},
): Promise<MetricsSetUp> {
  // Shut down before the sink, because cumulative sums are reported until the end.
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

/** Returns a metric's data, whatever its kind. A missing metric has no points. */
export function dataOf(metrics: readonly ReceivedMetric[], name: string): ReceivedMetricData {
  const found = metrics.filter((metric) => metric.name === name);
  const [metric] = found;
  if (found.length > 1) throw new Error(`expected one metric ${name}, got ${found.length}`);
  return metric?.sum ?? metric?.gauge ?? metric?.histogram ?? metric?.exponentialHistogram ?? { dataPoints: [] };
}

/** Returns numeric values keyed by their attributes, formatted as `key=value,key=value`. */
export function numbersOf(metrics: readonly ReceivedMetric[], name: string): Readonly<Record<string, number>> {
  return Object.fromEntries(
    dataOf(metrics, name).dataPoints.map((point) => [
      attributesOf(point),
      Number(point['asInt'] ?? point['asDouble'] ?? Number.NaN),
    ]),
  );
}

/** Formats the attributes of a point, or the filtered attributes of an exemplar, as `key=value,key=value`. */
export function attributesOf(from: Readonly<Record<string, unknown>>, field = 'attributes'): string {
  const attributes = (from[field] ?? []) as readonly { key: string; value: Record<string, unknown> }[];
  return attributes.map(({ key, value }) => `${key}=${JSON.stringify(Object.values(value)[0])}`).join();
}

/** Returns the start and end of a point, in milliseconds since `START_MILLIS`. */
export function timesOf(point: Readonly<Record<string, unknown>>): readonly [number, number] {
  const millis = (nanos: unknown) => Number(BigInt(nanos as string) / 1_000_000n) - START_MILLIS;
  return [millis(point['startTimeUnixNano']), millis(point['timeUnixNano'])];
}
