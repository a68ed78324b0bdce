import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, metric } from '../node.ts';
import { startSink } from '../sink.testing.ts';

const at = (millis: number): [number, number] => [1_800_000_000, millis * 1e6];

test('metrics created without an SDK arrive unchanged', async (t) => {
  const sink = await startSink(t);
  const client = createClient({ endpoint: sink.url });
  t.after(() => client.shutdown());
  const scope = { name: 'queue', version: '1' };
  const gauge = metric('length').description('Waiting').unit('{item}').integers();
  client.record(gauge.gauge(12, { queue: 'mail' }, { time: at(5) }).point(-3, { queue: 'ü' }, { time: at(6) }), scope);
  const times = { start: at(1), time: at(2) };
  client.record(metric('sent').sum(1.5, {}, { ...times, temporality: 'delta', isMonotonic: false }), scope);
  const histogram = { boundaries: [1, 2], bucketCounts: [1, 0, 4], sum: 13.5, min: 0.5, max: 4 };
  client.record(metric('time').unit('s').histogram(histogram, undefined, times), scope);
  const exponential = { scale: 2, zeroCount: 1, positive: { offset: -3, bucketCounts: [1, 2 ** 33] } };
  client.record(metric('size').exponentialHistogram(exponential, { a: 1 }, times), scope);
  await client.flush();
  const interval = { startTimeUnixNano: '1800000000001000000', timeUnixNano: '1800000000002000000' };
  assert.deepEqual(sink.metricScopes(), [
    {
      resource: {},
      scope: { name: 'queue', version: '1' },
      items: [
        {
          name: 'length',
          description: 'Waiting',
          unit: '{item}',
          gauge: {
            dataPoints: [
              {
                timeUnixNano: '1800000000005000000',
                asInt: '12',
                attributes: [{ key: 'queue', value: { stringValue: 'mail' } }],
              },
              {
                timeUnixNano: '1800000000006000000',
                asInt: '-3',
                attributes: [{ key: 'queue', value: { stringValue: 'ü' } }],
              },
            ],
          },
        },
        { name: 'sent', sum: { dataPoints: [{ ...interval, asDouble: 1.5 }], aggregationTemporality: 1 } },
        {
          name: 'time',
          unit: 's',
          histogram: {
            dataPoints: [
              {
                ...interval,
                count: '5',
                sum: 13.5,
                bucketCounts: ['1', '0', '4'],
                explicitBounds: [1, 2],
                min: 0.5,
                max: 4,
              },
            ],
            aggregationTemporality: 2,
          },
        },
        {
          name: 'size',
          exponentialHistogram: {
            dataPoints: [
              {
                ...interval,
                attributes: [{ key: 'a', value: { intValue: '1' } }],
                count: String(2 ** 33 + 2),
                scale: 2,
                zeroCount: '1',
                positive: { offset: -3, bucketCounts: ['1', String(2 ** 33)] },
                negative: {},
              },
            ],
            aggregationTemporality: 2,
          },
        },
      ],
    },
  ]);
});

test('every point counts as an item', async (t) => {
  const sink = await startSink(t);
  const client = createClient({ endpoint: sink.url });
  t.after(() => client.shutdown());
  const item = metric('a').gauge(1).point(2, { b: 1 }).point(3, { b: 2 });
  assert.deepEqual(await client.send(item), { kind: 'accepted' });
  assert.equal(client.health.metrics?.sentItems, 3);
});
