import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { connectorContract } from '@otelier/testkit/component-contract';
import type { MetricsJson, SpanJson } from '@otelier/testkit/otlp-json';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';
import { spanMetrics } from './span_metrics.ts';

connectorContract(spanMetrics, { respondsEarly: true });

type Config = Readonly<Record<string, unknown>>;

const SECOND = 1_000_000_000n;

async function benchOf(config: Config = {}) {
  const bench = await createComponentBench(spanMetrics, {
    config: { metrics_flush_interval: '10s', exclude_dimensions: ['collector.instance.id'], ...config },
  });
  await bench.start();
  const send = (spans: SpanJson[], { tenant = 'default', service = 'shop' } = {}) => {
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
    return bench.send(batchOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }, { tenant }));
  };
  const received = () => bench.received.splice(0);
  return { bench, send, received };
}

function span(name: string, millis: number, fields: SpanJson = {}): SpanJson {
  const start = 1_700_000_000n * SECOND;
  return {
    traceId: '0102030405060708090a0b0c0d0e0f10',
    spanId: '0102030405060708',
    name,
    kind: 2,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + BigInt(millis * 1e6)),
    ...fields,
  };
}

/** Returns a metric's points by span name: the values of sums and the counts of histograms. */
function pointsOf(
  batches: Awaited<ReturnType<typeof benchOf>>['bench']['received'],
  metric: string,
): Record<string, string | undefined> {
  const points: Record<string, string | undefined> = {};
  for (const { name = '', sum, histogram } of metricsIn(batches)) {
    if (!name.endsWith(`.${metric}`)) continue;
    for (const point of sum?.dataPoints ?? []) points[nameOf(point.attributes)] = String(point.asInt);
    for (const point of histogram?.dataPoints ?? []) points[nameOf(point.attributes)] = String(point.count);
  }
  return points;
}

function metricsIn(batches: Awaited<ReturnType<typeof benchOf>>['bench']['received']) {
  return batches
    .flatMap(({ parts }) => parts)
    .flatMap(
      (part): NonNullable<MetricsJson['resourceMetrics']> => decodeRequest('metrics', part).resourceMetrics ?? [],
    )
    .flatMap(({ scopeMetrics = [] }) => scopeMetrics.flatMap(({ metrics = [] }) => metrics));
}

function nameOf(attributes: readonly { key?: string; value?: object }[] = []): string {
  const name = attributes.find(({ key }) => key === 'span.name')?.value ?? { overflow: 'overflow' };
  return String(Object.values(name)[0]);
}

describe('metrics', () => {
  test('begin with 0, then have the number of spans and their durations', async () => {
    const { bench, send, received } = await benchOf();
    assert.deepEqual(await send([span('a', 3), span('b', 700), span('a', 5)]), ACCEPTED);
    assert.deepEqual(received(), []);
    await bench.clock.advance(10_000);
    const first = received();
    assert.deepEqual(pointsOf(first, 'calls'), { a: '0', b: '0' });
    assert.deepEqual(pointsOf(first, 'duration'), { a: '2', b: '1' });
    await send([span('a', 1)]);
    await bench.clock.advance(10_000);
    assert.deepEqual(pointsOf(received(), 'calls'), { a: '3', b: '1' });
    await bench.close();
  });

  test('are emitted at the end of the service with their full counts', async () => {
    const { bench, send, received } = await benchOf();
    await send([span('a', 3)]);
    await bench.service.drain();
    assert.deepEqual(pointsOf(received(), 'calls'), { a: '1' });
    await bench.close();
  });

  test('are not emitted twice at the end of the service', async () => {
    const { bench, send, received } = await benchOf();
    await send([span('a', 3)]);
    await bench.clock.advance(10_000);
    received();
    await bench.close();
    assert.deepEqual(received(), []);
  });

  test('wait for a full destination and lose nothing', async () => {
    const { bench, send, received } = await benchOf({ aggregation_temporality: 'AGGREGATION_TEMPORALITY_DELTA' });
    bench.response = () => ({ kind: 'retry', afterMillis: undefined, reason: 'full' });
    let sum = 0;
    for (let i = 0; i < 5; i++) {
      await send([span('a', 1)]);
      await bench.clock.advance(10_000);
    }
    received();
    assert.match(bench.error() ?? '', /full/);
    bench.response = (batch) => {
      sum += Number(pointsOf([batch], 'calls')['a']);
      return ACCEPTED;
    };
    await bench.clock.advance(20_000);
    assert.equal(sum, 5);
    assert.deepEqual(bench.dropped(), {});
    await bench.close();
  });

  test('of tenants are kept apart', async () => {
    const { bench, send, received } = await benchOf({ aggregation_temporality: 'AGGREGATION_TEMPORALITY_DELTA' });
    await send([span('a', 1)], { tenant: 'one' });
    await send([span('a', 1), span('a', 1)], { tenant: 'two' });
    await bench.clock.advance(10_000);
    const batches = received();
    assert.deepEqual(
      batches.map((batch) => [batch.context.tenant, pointsOf([batch], 'calls')['a']]),
      [
        ['one', '1'],
        ['two', '2'],
      ],
    );
    await bench.close();
  });

  test('of many series are emitted in several requests', async () => {
    const { bench, send, received } = await benchOf({ aggregation_temporality: 'AGGREGATION_TEMPORALITY_DELTA' });
    await send(Array.from({ length: 9000 }, (_, index) => span(`${index}`, 1)));
    await bench.clock.advance(10_000);
    const batches = received();
    assert.deepEqual([batches.length, batches[0]?.itemCount, batches[0]?.parts.length], [1, 18_000, 5]);
    assert.equal(Object.keys(pointsOf(batches, 'calls')).length, 9000);
    assert.equal(Object.keys(pointsOf(batches, 'duration')).length, 9000);
    await bench.close();
  });

  test('have the ID of the instance', async () => {
    const { bench, send, received } = await benchOf({ exclude_dimensions: [] });
    await send([span('a', 1)]);
    await bench.clock.advance(10_000);
    const ids = metricsIn(received()).flatMap(({ sum }) =>
      (sum?.dataPoints ?? []).flatMap(({ attributes = [] }) =>
        attributes.filter(({ key }) => key === 'collector.instance.id').map(({ value }) => value?.stringValue),
      ),
    );
    assert.match(ids[0] ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    await bench.close();
  });
});

test('counts sampled spans by their probability, right on average', async () => {
  const { bench, send, received } = await benchOf({ aggregation_temporality: 'AGGREGATION_TEMPORALITY_DELTA' });
  // Three of eight spans are kept, so each represents 8/3 spans.
  for (let i = 0; i < 3000; i++) await send([span('a', 1, { traceState: 'ot=th:a' })]);
  await bench.clock.advance(10_000);
  const count = Number(pointsOf(received(), 'calls')['a']);
  assert.ok(Math.abs(count - 8000) < 400, `expected about 8000, got ${count}`);
  await bench.close();
});

test('equal spans in any encoding are one series', async () => {
  const { bench, send, received } = await benchOf({
    aggregation_temporality: 'AGGREGATION_TEMPORALITY_DELTA',
    dimensions: [{ name: 'route' }, { name: 'method', default: 'GET' }],
  });
  const route = { key: 'route', value: { stringValue: '/' } };
  const method = { key: 'method', value: { stringValue: 'GET' } };
  const other = { key: 'other', value: { intValue: 1 } };
  for (const attributes of [[route], [other, route, method], [method, route], [route, other]])
    await send([span('a', 1, { attributes })]);
  await bench.clock.advance(10_000);
  assert.deepEqual(pointsOf(received(), 'calls'), { a: '4' });
  await bench.close();
});

test('refuses mistakes and names their place', async () => {
  for (const [config, message] of [
    [{ dimensions: [{ name: 'span.kind' }] }, /connectors\.tested\.dimensions\[?\.?0\]?.*"span\.kind" again/],
    [{ histogram: { dimensions: [{ glob: '[' }] } }, /histogram\.dimensions.*expected a glob, got "\["/],
    [{ histogram: { explicit: {}, exponential: {} } }, /histogram: expected either/],
    [{ metrics_flush_interval: '0s' }, /metrics_flush_interval: expected a duration of more than 0/],
    [{ dimensions: [{ glob: '**.name' }] }, /"\*\*\.name", which matches "s/],
  ] as const)
    await assert.rejects(createComponentBench(spanMetrics, { config }), message);
});
