import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metrics } from '@opentelemetry/api';
import { createManualClock } from '@otelier/testkit/clock';
import { listOf } from './file/start-from.testing.ts';
import { start, tracer } from './start.testing.ts';

test('OTEL_METRIC_EXPORT_INTERVAL', async (t) => {
  const clock = createManualClock();
  const { sdk, sink } = await start(
    t,
    { OTEL_METRIC_EXPORT_INTERVAL: '5000' },
    { client: { clock, batch: { maxDelayMillis: 0 } } },
  );
  metrics.getMeter('x').createCounter('c').add(1);
  await clock.advance(4_999);
  assert.equal(sink.handler.requests.length, 0);
  await clock.advance(1);
  await clock.advance(0);
  await sink.handler.untilRequests(1);
  await sdk.shutdown();
});

test('OTEL_METRIC_EXPORT_TIMEOUT limits callbacks of observable instruments', async (t) => {
  const { sdk, sink } = await start(t, { OTEL_METRIC_EXPORT_TIMEOUT: '5' });
  const counter = metrics.getMeter('x').createObservableCounter('slow');
  counter.addCallback(() => new Promise(() => {}));
  metrics.getMeter('x').createCounter('fast').add(1);
  await sdk.forceFlush();
  assert.deepEqual(
    sink.metrics().map(({ name }) => name),
    ['fast'],
  );
});

const TEMPORALITY = [
  ['delta', 1, 1, 1],
  ['cumulative', 2, 2, 2],
  ['LowMemory', 1, 2, 1],
] as const;
for (const [preference, counter, observable, histogram] of TEMPORALITY) {
  test(`OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE ${preference}`, async (t) => {
    const { sdk, sink } = await start(t, { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: preference });
    const meter = metrics.getMeter('x');
    meter.createCounter('counter').add(1);
    meter.createObservableCounter('observable').addCallback((result) => result.observe(1));
    meter.createHistogram('histogram').record(1);
    await sdk.forceFlush();
    const seen = Object.fromEntries(
      sink.metrics().map((metric) => [metric.name, (metric.sum ?? metric.histogram)?.aggregationTemporality]),
    );
    assert.deepEqual(seen, { counter, observable, histogram });
  });
}

test('OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION', async (t) => {
  const { sdk, sink } = await start(t, {
    OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'base2_exponential_bucket_histogram',
  });
  metrics.getMeter('x').createHistogram('h').record(1);
  await sdk.forceFlush();
  assert.ok(sink.metrics()[0]?.exponentialHistogram);
});

for (const [filter, inSpan, outside] of [
  ['always_on', 1, 1],
  ['always_off', 0, 0],
  ['trace_based', 1, 0],
] as const) {
  test(`OTEL_METRICS_EXEMPLAR_FILTER ${filter}`, async (t) => {
    const { sdk, sink } = await start(t, { OTEL_METRICS_EXEMPLAR_FILTER: filter });
    const counter = metrics.getMeter('x').createCounter('c');
    tracer().startActiveSpan('x', () => counter.add(1, { in: 'span' }));
    counter.add(1, { in: 'nothing' });
    await sdk.forceFlush();
    const exemplars = sink.metrics()[0]?.sum?.dataPoints.map((point) => listOf(point['exemplars']).length);
    assert.deepEqual(exemplars, [inSpan, outside]);
  });
}
