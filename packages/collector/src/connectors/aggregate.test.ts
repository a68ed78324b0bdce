import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { connectorContract } from '@otelier/testkit/component-contract';
import type { DataPointJson, MetricDataJson } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';
import { nanos, span, spansOf, startAggregate, takeResults, text, valuesOf } from './aggregate/aggregated.testing.ts';
import { aggregate } from './aggregate.ts';

connectorContract(aggregate, {
  respondsEarly: true,
  config: { spans: [{ name: 's' }], logs: [{ name: 'l' }], datapoints: [{ name: 'd' }] },
});

const FUNCTIONS = ['count', 'sum', 'min', 'max', 'mean', 'p50'];

describe('windows', () => {
  test('that follow each other are reported when the watermark has passed their end', async () => {
    const bench = await startAggregate({ watermark_delay: '5s', functions: FUNCTIONS, spans: [{ name: 'd' }] });
    assert.deepEqual(await bench.send(spansOf([span(0, 2), span(59.999, 4), span(60, 8)])), ACCEPTED);
    await bench.send(spansOf([span(64.999, 16)]));
    await bench.clock.advance(2000);
    assert.deepEqual(takeResults(bench.received), []);
    await bench.send(spansOf([span(65, 32), span(1, 6)]));
    await bench.clock.advance(1000);
    assert.deepEqual(valuesOf(takeResults(bench.received)), {
      'd.count 0-60': 3,
      'd.max 0-60': 6,
      'd.mean 0-60': 4,
      'd.min 0-60': 2,
      'd.p50 0-60': 4,
      'd.sum 0-60': 12,
    });
    await bench.close();
    assert.deepEqual(valuesOf(takeResults(bench.received))['d.sum 60-120'], 56);
  });

  test('that overlap contain a value several times, as gauges', async () => {
    const window = { type: 'sliding', size: '30s', slide: '10s' };
    const bench = await startAggregate({ window, functions: ['count', 'max'], spans: [{ name: 'd' }] });
    await bench.send(spansOf([span(5, 1), span(15, 2), span(16, 3)]));
    await bench.close();
    const results = takeResults(bench.received);
    assert.deepEqual(valuesOf(results), {
      'd.count -20-10': 1,
      'd.count -10-20': 3,
      'd.count 0-30': 3,
      'd.count 10-40': 2,
      'd.max -20-10': 1,
      'd.max -10-20': 3,
      'd.max 0-30': 3,
      'd.max 10-40': 3,
    });
    assert.ok(results.every(({ kind }) => kind === 'gauge'));
  });

  test('of sessions end after a gap, and are joined by an item between them', async () => {
    const window = { type: 'session', gap: '10s' };
    const bench = await startAggregate({ window, watermark_delay: '5s', functions: ['count'], spans: [{ name: 'd' }] });
    await bench.send(spansOf([span(0), span(4), span(20), span(100)]));
    await bench.send(spansOf([span(12)]));
    await bench.send(spansOf([span(50)]));
    await bench.clock.advance(1000);
    assert.deepEqual(valuesOf(takeResults(bench.received)), { 'd.count 0-20': 4, 'd.count 50-50': 1 });
    await bench.close();
    assert.deepEqual(valuesOf(takeResults(bench.received)), { 'd.count 100-100': 1 });
  });

  test('end without a newer item when no source sends any more', async () => {
    const bench = await startAggregate({ idle_timeout: '20s', functions: ['count'], spans: [{ name: 'd' }] });
    await bench.send(spansOf([span(10)]));
    await bench.clock.advance(19_000);
    assert.deepEqual(takeResults(bench.received), []);
    await bench.clock.advance(2000);
    assert.deepEqual(valuesOf(takeResults(bench.received)), { 'd.count 0-60': 1 });
    await bench.close();
  });
});

describe('late items', () => {
  test('are dropped and counted', async () => {
    const bench = await startAggregate({ watermark_delay: '0s', functions: ['count'], spans: [{ name: 'd' }] });
    await bench.send(spansOf([span(10), span(61)]));
    await bench.clock.advance(1000);
    assert.deepEqual(valuesOf(takeResults(bench.received)), { 'd.count 0-60': 1 });
    await bench.send(spansOf([span(11), span(12), span(62)]));
    await bench.close();
    assert.deepEqual(bench.dropped(), { late: 2 });
    assert.deepEqual(valuesOf(takeResults(bench.received)), { 'd.count 60-120': 2 });
  });

  test('correct the result within the allowed lateness: counts and sums by what is new, others as a whole', async () => {
    const bench = await startAggregate({
      watermark_delay: '0s',
      allowed_lateness: '30s',
      functions: ['count', 'sum', 'max', 'mean', 'histogram'],
      spans: [{ name: 'd' }],
    });
    await bench.send(spansOf([span(10, 4), span(61)]));
    await bench.clock.advance(1000);
    takeResults(bench.received);
    await bench.send(spansOf([span(11, 2)]));
    await bench.clock.advance(1000);
    const [histogram, ...others] = takeResults(bench.received);
    assert.match(JSON.stringify(histogram?.value), /"count":"1"/);
    assert.deepEqual(valuesOf(others), { 'd.count 0-60': 1, 'd.max 0-60': 4, 'd.mean 0-60': 3, 'd.sum 0-60': 2 });
    assert.ok(others.every(({ isCorrection }) => isCorrection));
    await bench.send(spansOf([span(90)]));
    await bench.clock.advance(1000);
    await bench.send(spansOf([span(12)]));
    await bench.close();
    assert.deepEqual(bench.dropped(), { late: 1 });
  });

  test('that join a session are part of it', async () => {
    const window = { type: 'session', gap: '10s' };
    const bench = await startAggregate({ window, watermark_delay: '0s', functions: ['count'], spans: [{ name: 'd' }] });
    await bench.send(spansOf([span(20), span(25)]));
    await bench.clock.advance(1000);
    await bench.send(spansOf([span(11), span(5)]));
    await bench.close();
    assert.deepEqual(bench.dropped(), {});
    assert.deepEqual(valuesOf(takeResults(bench.received)), { 'd.count 5-25': 4 });
  });

  test('of the future are dropped and do not end windows', async () => {
    const bench = await startAggregate({ max_future: '1m', functions: ['count'], spans: [{ name: 'd' }] });
    await bench.send(spansOf([span(10), span(61_000)]));
    await bench.clock.advance(1000);
    assert.deepEqual(takeResults(bench.received), []);
    await bench.close();
    assert.deepEqual(bench.dropped(), { future: 1 });
    assert.deepEqual(valuesOf(takeResults(bench.received)), { 'd.count 0-60': 1 });
  });
});

describe('series', () => {
  test('have the chosen attributes of items and resources, with defaults', async () => {
    const bench = await startAggregate({
      functions: ['count'],
      spans: [
        {
          name: 'd',
          attributes: ['route', { key: 'method', default_value: 'GET' }],
          resource_attributes: ['service.name', { key: 'zone', default_value: 7 }],
        },
      ],
    });
    const [route, method] = [text('route', '/'), text('method', 'GET')];
    await bench.send(spansOf([span(1, 1, [route, method, text('other', 'x')]), span(2, 1, [method, route])]));
    await bench.send(spansOf([span(1, 1, [route]), span(1, 1, [text('route', '/b')]), span(1)]));
    await bench.send(spansOf([span(1)], 'cart'));
    await bench.close();
    assert.deepEqual(
      takeResults(bench.received).map(({ resource, attributes, value }) => [resource, attributes, value]),
      [
        [{ 'service.name': 'cart', zone: '7' }, { method: 'GET' }, 1],
        [{ 'service.name': 'shop', zone: '7' }, { method: 'GET' }, 1],
        [{ 'service.name': 'shop', zone: '7' }, { route: '/', method: 'GET' }, 3],
        [{ 'service.name': 'shop', zone: '7' }, { route: '/b', method: 'GET' }, 1],
      ],
    );
  });

  test('beyond the limit share one', async () => {
    const bench = await startAggregate({
      cardinality_limit: 2,
      functions: ['count'],
      spans: [{ name: 'd', attributes: ['k'] }],
    });
    await bench.send(spansOf([1, 2, 3, 4, 5].map((value) => span(1, 1, [text('k', String(value))]))));
    await bench.close();
    assert.deepEqual(
      takeResults(bench.received).map(({ attributes, value }) => [attributes, value]),
      [
        [{ k: '1' }, 1],
        [{ k: '2' }, 1],
        [{ 'otel.metric.overflow': true }, 3],
      ],
    );
  });

  test('are separate for each tenant', async () => {
    const bench = await startAggregate({ functions: ['count'], spans: [{ name: 'd' }] });
    for (const tenant of ['a', 'b', 'a']) {
      const batch = spansOf([span(1)]);
      await bench.send({ ...batch, context: { ...batch.context, tenant } });
    }
    await bench.close();
    assert.deepEqual(
      bench.received.map(({ context, parts }) => [context.tenant, takeResults([{ ...spansOf([]), parts }])[0]?.value]),
      [
        ['a', 2],
        ['b', 1],
      ],
    );
  });
});

describe('values', () => {
  test('of spans are selected by conditions and computed by OTTL', async () => {
    const bench = await startAggregate({
      functions: ['count', 'sum'],
      spans: [
        { name: 'bytes', value: 'span.attributes["size"] * 2', conditions: ['span.attributes["size"] != nil'] },
        { name: 'time', value: 'span.end_time - span.start_time' },
        { name: 'text', value: 'span.name' },
      ],
    });
    const size = { key: 'size', value: { intValue: '9007199254740991' } };
    await bench.send(spansOf([span(1, 0.25, [size]), span(2, 0.5)]));
    await bench.close();
    assert.deepEqual(valuesOf(takeResults(bench.received)), {
      'bytes.count 0-60': 1,
      'bytes.sum 0-60': 2 * 9_007_199_254_740_991,
      'time.count 0-60': 2,
      'time.sum 0-60': 0.75,
    });
  });

  test('of log records are 1, at the time of the record or its observation', async () => {
    const bench = await startAggregate({ functions: ['count'], logs: [{ name: 'l' }] }, 'logs');
    const logRecords = [
      { timeUnixNano: nanos(1), observedTimeUnixNano: nanos(61) },
      { observedTimeUnixNano: nanos(62) },
      {},
    ];
    await bench.send(batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
    await bench.close();
    assert.deepEqual(valuesOf(takeResults(bench.received)), { 'l.count 0-60': 2, 'l.count 60-120': 1 });
  });

  test('of data points are numbers and delta exponential histograms', async () => {
    const functions = ['count', 'sum', 'min', 'max', 'histogram'];
    const bench = await startAggregate({ datapoints: [{ name: 'd', functions }] }, 'metrics');
    const timeUnixNano = nanos(1);
    const points = (...values: DataPointJson[]): MetricDataJson => ({
      dataPoints: values.map((value) => ({ timeUnixNano, ...value })),
    });
    const buckets = { count: '3', sum: 7, min: 1, max: 4, positive: { offset: -1, bucketCounts: ['1', '1', '1'] } };
    const metrics = [
      {
        name: 'a',
        gauge: points({ asInt: '-8' }, { asDouble: 0.5 }, { asInt: '1', flags: 1 }, { asDouble: Number.NaN }),
      },
      { name: 'b', sum: points({ asInt: '2' }) },
      { name: 'c', exponentialHistogram: { ...points(buckets), aggregationTemporality: 1 } },
      { name: 'd', exponentialHistogram: { ...points(buckets), aggregationTemporality: 2 } },
      { name: 'e', histogram: { ...points({ count: '1', sum: 5 }), aggregationTemporality: 1 } },
    ];
    await bench.send(batchOf('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }));
    await bench.close();
    const [histogram, ...others] = takeResults(bench.received);
    assert.deepEqual(valuesOf(others), { 'd.count 0-60': 6, 'd.max 0-60': 4, 'd.min 0-60': -8, 'd.sum 0-60': 1.5 });
    assert.deepEqual(histogram?.value, {
      count: '6',
      sum: 1.5,
      min: -8,
      max: 4,
      positive: { offset: -2, bucketCounts: ['1', '1', '2', '1'] },
      negative: { offset: 2, bucketCounts: ['1'] },
    });
  });
});

describe('memory', () => {
  test('that series do not have makes senders retry, until windows have ended', async () => {
    const spans = [{ name: 'd', attributes: ['k'] }];
    const config = { functions: ['count'], spans, watermark_delay: '0s' };
    const bench = await startAggregate(config, 'traces', { memoryLimitBytes: 2 * 2 ** 20 });
    let sent = 0;
    const send = () => bench.send(spansOf(Array.from({ length: 100 }, () => span(1, 1, [text('k', `${sent++}`)]))));
    let outcome = await send();
    while (outcome.kind === 'accepted' && sent < 10_000) outcome = await send();
    assert.equal(outcome.kind, 'retry');
    assert.ok(bench.service.graph().admission.inFlightBytes < 2 ** 20);
    await bench.clock.advance(40_000);
    assert.equal(takeResults(bench.received).length, sent - 100);
    assert.deepEqual(await send(), ACCEPTED);
    await bench.close();
  });

  test('is not needed for results that cannot be delivered: values are combined further', async () => {
    const bench = await startAggregate({ watermark_delay: '0s', functions: ['count'], spans: [{ name: 'd' }] });
    bench.response = () => ({ kind: 'retry', afterMillis: 1000, reason: 'full' });
    await bench.send(spansOf([span(1), span(61)]));
    await bench.clock.advance(1500);
    await bench.send(spansOf([span(121), span(62)]));
    await bench.clock.advance(1500);
    bench.received.length = 0;
    bench.response = () => ACCEPTED;
    await bench.clock.advance(5000);
    assert.deepEqual(valuesOf(takeResults(bench.received)), { 'd.count 0-60': 1, 'd.count 60-120': 2 });
    await bench.close();
    assert.deepEqual(bench.dropped(), {});
  });
});

describe('refuses', () => {
  const refused: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
    [{ window: { type: 'sliding', size: '1m', slide: '7s' } }, /window\.size: expected a multiple of slide/],
    [{ window: { size: '0s' } }, /window\.size: expected at least 1ms/],
    [{ functions: [] }, /functions/],
    [{ functions: ['median'] }, /functions.*: expected count, sum, min, max, mean, histogram or a percentile/],
    [{ functions: ['p101'] }, /functions.*: expected count/],
    [
      { spans: [{ name: 'a' }], logs: [{ name: 'a' }] },
      /logs.*name: expected a name that no other metric has, got "a"/,
    ],
    [{ spans: [{ name: 'a', value: 'nope' }] }, /spans.*value.*nope/],
    [{ spans: [{ name: 'a', conditions: ['nope == 1'] }] }, /spans.*conditions.*nope/],
    [{ spans: [{ name: 'a', attributes: [3] }] }, /spans.*attributes.*: expected the key of an attribute/],
    [{ interval: '1ms' }, /interval: expected at least 10ms/],
  ];
  for (const [config, message] of refused)
    test(JSON.stringify(config), () => assert.rejects(createComponentBench(aggregate, { config }), message));
});
