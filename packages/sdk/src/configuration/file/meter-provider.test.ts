import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metrics } from '@opentelemetry/api';
import { createManualClock } from '@otelier/testkit/clock';
import { startSink } from '../../sink.testing.ts';
import { reader, startFrom } from './start-from.testing.ts';

test('a reader collects in its interval', async (t) => {
  const [sink, clock] = [await startSink(t), createManualClock()];
  const options = { clock, batch: { maxDelayMillis: 0 } };
  const { sdk } = await startFrom(t, reader(sink.url, 'interval: 5000'), {}, 'otel.yaml', options);
  metrics.getMeter('x').createCounter('c').add(1);
  await clock.advance(4_999);
  assert.equal(sink.handler.requests.length, 0);
  await clock.advance(1);
  await clock.advance(0);
  await sink.handler.untilRequests(1);
  await sdk.shutdown();
});

test('a reader has a callback timeout and a cardinality limit', async (t) => {
  const sink = await startSink(t);
  const { sdk } = await startFrom(t, reader(sink.url, 'timeout: 5, cardinality_limits: { default: 2 }'));
  const meter = metrics.getMeter('x');
  meter.createObservableCounter('slow').addCallback(() => new Promise(() => {}));
  const counter = meter.createCounter('fast');
  for (const set of ['a', 'b', 'c', 'd', 'e']) counter.add(1, { set });
  await sdk.forceFlush();
  const seen = sink.metrics().map(({ name, sum }) => [name, (sum?.dataPoints.length ?? 0) <= 3]);
  assert.deepEqual(seen, [['fast', true]]);
});

for (const [selector, right, wrong] of [
  ['instrument_type', 'counter', 'histogram'],
  ['unit', '"1"', 's'],
  ['meter_name', 'shop', 'other'],
  ['meter_version', '"1.0"', '"2.0"'],
  ['meter_schema_url', 'https://a', 'https://b'],
] as const) {
  test(`a view selects by ${selector}`, async (t) => {
    const sink = await startSink(t);
    const views = [right, wrong].map(
      (value) => `
    - { selector: { instrument_name: c, ${selector}: ${value} }, stream: { name: ${value === right ? 'right' : 'wrong'} } }`,
    );
    const { sdk } = await startFrom(t, `${reader(sink.url, 'interval: 60000')}  views:${views.join('')}\n`);
    metrics.getMeter('shop', '1.0', { schemaUrl: 'https://a' }).createCounter('c', { unit: '1' }).add(1);
    await sdk.forceFlush();
    assert.deepEqual(
      sink.metrics().map(({ name }) => name),
      ['right'],
    );
  });
}

test('a view has a cardinality limit', async (t) => {
  const sink = await startSink(t);
  const view = '{ selector: { instrument_name: c }, stream: { aggregation_cardinality_limit: 2 } }';
  const { sdk } = await startFrom(t, `${reader(sink.url, 'interval: 60000')}  views: [${view}]\n`);
  for (const set of ['a', 'b', 'c', 'd', 'e']) metrics.getMeter('x').createCounter('c').add(1, { set });
  await sdk.forceFlush();
  assert.ok((sink.metrics()[0]?.sum?.dataPoints.length ?? 9) <= 3);
});
