import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Meter, ValueType } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  type AggregationOption,
  AggregationTemporality,
  AggregationType,
  InstrumentType,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { OtlpMetricExporter as BrowserMetricExporter } from '../browser.ts';
import { OtlpMetricExporter } from '../node.ts';
import { startSink } from '../sink.testing.ts';

/**
 * Runs the program on the official SDK with both exporters on a single reader, because each reader has its own
 * timestamps.
 */
async function runProgram(exporter: PushMetricExporter, other: PushMetricExporter): Promise<void> {
  // Both exporters receive the metrics of one reader.
  const both: PushMetricExporter = {
    export(metrics, done) {
      exporter.export(metrics, (first) => other.export(metrics, (second) => done(first.code > 0 ? first : second)));
    },
    async forceFlush() {
      await Promise.all([exporter.forceFlush(), other.forceFlush()]);
    },
    async shutdown() {
      await Promise.all([exporter.shutdown(), other.shutdown()]);
    },
    selectAggregation: (type) => other.selectAggregation?.(type) ?? { type: AggregationType.DEFAULT },
    selectAggregationTemporality: (type) =>
      other.selectAggregationTemporality?.(type) ?? AggregationTemporality.CUMULATIVE,
  };
  const provider = new MeterProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop', numbers: [1, 2.5], flag: false }),
    readers: [new PeriodicExportingMetricReader({ exporter: both, exportIntervalMillis: 3_600_000 })],
    views: [{ instrumentName: 'exponential', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  recordAll(provider.getMeter('cart', '1.0', { schemaUrl: 'https://example.com/1' }));
  recordAll(provider.getMeter('other'));
  await provider.forceFlush();
  recordAll(provider.getMeter('other'));
  await provider.shutdown();
}

function recordAll(meter: Meter): void {
  meter.createCounter('counter', { unit: '1', description: 'ü' }).add(0.5, { text: 'ü', list: ['a'], n: 1, x: 1.5 });
  meter.createCounter('integers', { valueType: ValueType.INT }).add(2 ** 40 + 1);
  meter.createUpDownCounter('negative', { valueType: ValueType.INT }).add(-7);
  meter.createUpDownCounter('negative double').add(-1e300);
  const histogram = meter.createHistogram('histogram');
  const exponential = meter.createHistogram('exponential');
  for (const value of [0, 1, 3, 1e-9, 7e8, 12]) {
    histogram.record(value, { k: 'v' });
    exponential.record(value, { k: 'v' });
  }
  for (let i = 0; i < 300; i++) exponential.record(1, { many: true });
  meter.createGauge('gauge').record(-3.25, { ['k'.repeat(200)]: 'x'.repeat(300) });
  meter.createObservableGauge('observed').addCallback((result) => result.observe(4, { o: true }));
}

for (const [runtime, Exporter] of [
  ['Node', OtlpMetricExporter],
  ['browsers', BrowserMetricExporter],
] as const) {
  for (const protocol of ['http/protobuf', 'http/json'] as const) {
    for (const temporalityPreference of ['cumulative', 'delta'] as const) {
      test(`sends the same data as the official exporter: ${runtime}, ${protocol}, ${temporalityPreference}`, async (t) => {
        const [theirs, ours] = [await startSink(t), await startSink(t)];
        const official = new OTLPMetricExporter({ url: `${theirs.url}/v1/metrics` });
        await runProgram(official, new Exporter({ endpoint: ours.url, protocol, temporalityPreference }));
        assert.equal(ours.metricScopes().length, 4);
        assert.deepEqual(withoutZeros(ours.metricScopes()), withoutZeros(theirs.metricScopes()));
      });
    }
  }
}

test('selects temporality and aggregation like the official exporter', async (t) => {
  const url = (await startSink(t)).url;
  const histogram: AggregationOption = {
    type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
    options: { boundaries: [1, 2] },
  };
  const aggregationPreference = (type: InstrumentType): AggregationOption =>
    type === InstrumentType.HISTOGRAM ? histogram : { type: AggregationType.DEFAULT };
  for (const temporalityPreference of [0, 1, 2] as const) {
    const pair = [
      new OTLPMetricExporter({ url, temporalityPreference, aggregationPreference }),
      new OtlpMetricExporter({ url, temporalityPreference, aggregationPreference }),
    ];
    t.after(() => Promise.all(pair.map((exporter) => exporter.shutdown())));
    const [theirs, ours] = pair.map((exporter) =>
      Object.values(InstrumentType).map((type) => [
        exporter.selectAggregation(type),
        exporter.selectAggregationTemporality(type),
      ]),
    );
    assert.deepEqual(ours, theirs);
  }
});

test('reads the temporality from the environment, and rejects an invalid option', () => {
  const environment = { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'Delta' };
  assert.equal(new OtlpMetricExporter({ environment }).selectAggregationTemporality('COUNTER'), 0);
  assert.equal(new OtlpMetricExporter({ environment: {} }).selectAggregationTemporality('COUNTER'), 1);
  assert.throws(() => new OtlpMetricExporter({ temporalityPreference: 'never' as 'delta' }), {
    name: 'OptionError',
    message: 'temporalityPreference: expected cumulative, delta or lowmemory, got "never"',
  });
});

/** Removes zero counts, which opentelemetry-js writes but protobuf omits. */
function withoutZeros(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutZeros);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => !(key === 'droppedAttributesCount' && inner === 0))
      .map(([key, inner]) => [key, withoutZeros(inner)]),
  );
}
