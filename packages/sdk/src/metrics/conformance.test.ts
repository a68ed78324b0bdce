import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type Meter, type Observable, ValueType } from '@opentelemetry/api';
import { AggregationTemporalityPreference } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationType,
  createAllowListAttributesProcessor,
  createDenyListAttributesProcessor,
  InstrumentType,
  MeterProvider as OfficialProvider,
  PeriodicExportingMetricReader,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import { createClient, MeterProvider, type View } from '../node.ts';
import { type ReceivedMetric, type ReceivedScope, startSink } from '../sink.testing.ts';

/*
 * Runs the same program on both SDKs and compares the received telemetry field by field. The remaining differences are
 * intentional:
 *
 * - Start times. As the specification requires (SDK, "Start timestamps"), points of observable instruments start at the
 *   previous collection or at the creation of the instrument, whereas in opentelemetry-js they start at the collection
 *   itself. All delta points start at the previous collection, whereas in opentelemetry-js they start at the first
 *   measurement if their attributes had none in the previous interval.
 * - Exemplars, which opentelemetry-js does not support.
 * - A limit of `n` attribute sets allows `n` points plus an overflow point, as the specification requires ("Overflow
 *   attribute"), whereas opentelemetry-js allows `n - 1`.
 * - All instruments drop non-finite values, whereas opentelemetry-js adds infinities to sums, which then remain infinite,
 *   and records NaN.
 * - Histograms of observable instruments count every observation, whereas opentelemetry-js subtracts two histograms.
 * - Attributes that are `undefined` are omitted, whereas opentelemetry-js exports them without a value.
 * - Sums of doubles are accumulated one value at a time, whereas opentelemetry-js adds the sums of intervals, which may
 *   differ in the last bit. The program uses values for which no bit is lost.
 * - Dropped attribute counts of zero are not written.
 */

/** Records the measurements between two collections. */
type Step = (values: number) => void;

function program(meter: Meter): readonly Step[] {
  const counter = meter.createCounter('requests', { unit: '{request}', description: 'How many' });
  const integers = meter.createCounter('bytes', { unit: 'By', valueType: ValueType.INT });
  const upDown = meter.createUpDownCounter('active', { valueType: ValueType.INT });
  const histogram = meter.createHistogram('duration', { unit: 'ms' });
  const advised = meter.createHistogram('size', { advice: { explicitBucketBoundaries: [1, 10, 100] } });
  const exponential = meter.createHistogram('exponential');
  const oneBucket = meter.createHistogram('one bucket');
  const gauge = meter.createGauge('temperature');
  const only = meter.createCounter('only');
  const without = meter.createCounter('without');
  const renamed = meter.createCounter('old.name');
  const dropped = meter.createCounter('dropped');
  const asGauge = meter.createCounter('counter as gauge');
  const asSum = meter.createHistogram('histogram as sum');
  const negative = meter.createUpDownCounter('negative exponential');
  let [total, level, observed] = [0, 0, 0];
  const observe = (instrument: Observable, fn: () => number) =>
    instrument.addCallback((result) => {
      result.observe(fn(), { which: 'a' });
      result.observe(fn() * 2, { which: 'b', list: ['x', 1] });
      result.observe(fn() + 1, { which: 'a' });
    });
  observe(meter.createObservableCounter('cpu', { unit: 's' }), () => total);
  observe(meter.createObservableUpDownCounter('memory', { valueType: ValueType.INT }), () => level);
  observe(meter.createObservableGauge('fan'), () => observed);
  const first = meter.createObservableGauge('first');
  const second = meter.createObservableCounter('second');
  const foreign = meter.createObservableGauge('foreign');
  meter.addBatchObservableCallback(
    async (result) => {
      result.observe(first, observed);
      await Promise.resolve();
      result.observe(second, total, { late: true });
      result.observe(foreign, 1);
    },
    [first, second],
  );
  const step: Step = (seed) => {
    for (let i = 0; i < 50; i++) {
      const attributes = { method: i % 2 === 0 ? 'GET' : 'POST', status: 200 + (i % 3), ok: i % 5 === 0 };
      counter.add(i / 4, attributes);
      // The same attributes in a different order.
      counter.add(1, { ok: attributes.ok, status: attributes.status, method: attributes.method });
      integers.add(i * 1e9, attributes);
      upDown.add(i % 3 === 0 ? -2 : 1, { pool: 'ü' });
      histogram.record((i * 37 * seed) % 11_000, { method: attributes.method });
      advised.record(i);
      exponential.record(Math.round((Math.exp((i * seed) % 9) / (1 + i)) * 1024) / 1024, attributes);
      exponential.record(0, attributes);
      oneBucket.record(i);
      gauge.record(-i * seed, { capacity: `r${i % 4}` });
      only.add(1, attributes);
      without.add(1, attributes);
      renamed.add(1);
      dropped.add(1);
      asGauge.add(i);
      asSum.record(i, { status: attributes.status });
      negative.add(((i % 7) - 3) * seed);
    }
    // Integer instruments truncate fractions and drop invalid values.
    integers.add(2.9);
    counter.add(-1, { never: true });
    histogram.record(-1, { never: true });
    counter.add('1' as unknown as number, { never: true });
    counter.add(1, { text: '1', number: 1, list: ['a', 'b'], empty: '' });
    total += seed;
    level = 10 - seed;
    observed = seed / 3;
  };
  const rare: Step = (seed) => {
    counter.add(seed, { method: 'GET', status: 200, ok: true });
    counter.add(seed, { method: 'new' });
    gauge.record(seed, { capacity: 'r1' });
    exponential.record(seed * 1e9, { method: 'GET', status: 200, ok: true });
    total += seed;
  };
  const reset: Step = (seed) => {
    total = seed;
  };
  return [step, rare, step, () => {}, reset, rare, step];
}

const VIEWS: readonly View[] = [
  { instrumentName: 'exponential', aggregation: { kind: 'exponential_histogram' } },
  { instrumentName: 'one bucket', aggregation: { kind: 'explicit_buckets', boundaries: [], recordMinMax: false } },
  { instrumentName: 'only', attributeKeys: ['method', 'missing'] },
  { instrumentName: 'w*out', excludedAttributeKeys: ['method'], meterName: 'program' },
  { instrumentName: 'old.name', name: 'new.name', description: 'Renamed', instrumentKind: 'counter' },
  { instrumentName: 'dropped', aggregation: { kind: 'drop' } },
  { instrumentName: 'counter as gauge', aggregation: { kind: 'last_value' } },
  { instrumentName: 'histogram as sum', aggregation: { kind: 'sum' } },
  { instrumentName: 'negative exponential', aggregation: { kind: 'exponential_histogram', maxSize: 4 } },
  { instrumentUnit: '{request}', name: 'requests.by_method', instrumentName: 'requests', attributeKeys: ['method'] },
  { instrumentName: 'requests' },
];

const OFFICIAL_VIEWS: ViewOptions[] = [
  { instrumentName: 'exponential', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
  {
    instrumentName: 'one bucket',
    aggregation: {
      type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
      options: { boundaries: [], recordMinMax: false },
    },
  },
  {
    instrumentName: 'only',
    attributesProcessors: [createAllowListAttributesProcessor(['method', 'missing'])],
  },
  {
    instrumentName: 'w*out',
    attributesProcessors: [createDenyListAttributesProcessor(['method'])],
    meterName: 'program',
  },
  {
    instrumentName: 'old.name',
    name: 'new.name',
    description: 'Renamed',
    instrumentType: InstrumentType.COUNTER,
  },
  { instrumentName: 'dropped', aggregation: { type: AggregationType.DROP } },
  { instrumentName: 'counter as gauge', aggregation: { type: AggregationType.LAST_VALUE } },
  { instrumentName: 'histogram as sum', aggregation: { type: AggregationType.SUM } },
  {
    instrumentName: 'negative exponential',
    aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 4 } },
  },
  {
    instrumentUnit: '{request}',
    name: 'requests.by_method',
    instrumentName: 'requests',
    attributesProcessors: [createAllowListAttributesProcessor(['method'])],
  },
  { instrumentName: 'requests' },
];

const RESOURCE = { 'service.name': 'shop', instances: 3 };
const PREFERENCES = {
  cumulative: AggregationTemporalityPreference.CUMULATIVE,
  delta: AggregationTemporalityPreference.DELTA,
  lowmemory: AggregationTemporalityPreference.LOWMEMORY,
};

describe('a program on both SDKs exports the same', () => {
  for (const temporality of ['cumulative', 'delta', 'lowmemory'] as const) {
    test(temporality, async (t) => {
      const [ours, theirs] = await Promise.all([runOurs(t, temporality), runTheirs(t, temporality)]);
      assert.equal(ours.length, theirs.length);
      for (const [i, request] of ours.entries()) assert.deepEqual(comparable(request), comparable(theirs[i]));
    });
  }
});

async function runOurs(
  t: TestContext,
  temporality: keyof typeof PREFERENCES,
): Promise<readonly ReceivedScope<ReceivedMetric>[]> {
  const sink = await startSink(t);
  const client = createClient({ endpoint: sink.url });
  const provider = new MeterProvider({ client, temporality, views: VIEWS, resource: RESOURCE });
  await run(provider.getMeter('program', '1.0', { schemaUrl: 'https://example.com/1' }), () => provider.forceFlush());
  // The last collection, at shutdown, reports unchanged values.
  await provider.shutdown();
  return sink.metricScopes();
}

async function runTheirs(
  t: TestContext,
  temporality: keyof typeof PREFERENCES,
): Promise<readonly ReceivedScope<ReceivedMetric>[]> {
  const sink = await startSink(t);
  const exporter = new OTLPMetricExporter({
    url: `${sink.url}/v1/metrics`,
    temporalityPreference: PREFERENCES[temporality],
  });
  const provider = new OfficialProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
    views: OFFICIAL_VIEWS,
    resource: resourceFromAttributes(RESOURCE),
  });
  await run(provider.getMeter('program', '1.0', { schemaUrl: 'https://example.com/1' }), () => provider.forceFlush());
  await provider.shutdown();
  return sink.metricScopes();
}

async function run(meter: Meter, collect: () => Promise<unknown>): Promise<void> {
  for (const [i, step] of program(meter).entries()) {
    step(i + 1);
    await collect();
  }
}

/** Removes timestamps, and sorts metrics by name and points by attributes. */
function comparable({ resource, scope, items }: ReceivedScope<ReceivedMetric>): unknown {
  const metrics = items.map((metric) => sortPoints(metric)).sort((a, b) => a.name.localeCompare(b.name));
  const { droppedAttributesCount, ...origin } = resource;
  assert.ok(droppedAttributesCount === undefined || droppedAttributesCount === 0);
  return { resource: origin, scope, metrics };
}

function sortPoints(metric: ReceivedMetric): ReceivedMetric {
  return Object.fromEntries(
    Object.entries(metric).map(([key, value]) => [
      key,
      typeof value === 'object'
        ? { ...value, dataPoints: value.dataPoints.map(withoutTimes).sort(byAttributes) }
        : value,
    ]),
  ) as unknown as ReceivedMetric;
}

function withoutTimes({ startTimeUnixNano, timeUnixNano, ...rest }: Readonly<Record<string, unknown>>) {
  assert.ok(BigInt(startTimeUnixNano as string) <= BigInt(timeUnixNano as string));
  return rest;
}

function byAttributes(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): number {
  return JSON.stringify(a['attributes'] ?? '').localeCompare(JSON.stringify(b['attributes'] ?? ''));
}
