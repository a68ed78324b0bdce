import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { type MetricSamples, QueryLimitError, type Store } from '@otelier/store/contract';
import { at, RANGE } from './telemetry.ts';

const millis = (minute: number): number => Number(at(minute) / 1_000_000n);
const STREAM_LIMIT = 100;
const POINT_LIMIT = 10_000;

/** Tests that metrics are returned as they were recorded. */
export function samplesTests(open: () => Store): void {
  const samplesOf = async (
    name: string,
    range: { start: bigint; end: bigint } = RANGE,
  ): Promise<readonly MetricSamples[]> => {
    const store = open();
    const query = { ...RANGE, ...range };
    const streams = await store.metricStreams({ ...query, names: [name], limit: STREAM_LIMIT });
    return store.metricSamples({ ...query, streams, limit: POINT_LIMIT, exemplars: true });
  };

  test('streams have the metric, the attributes and the times of their first and last point', async () => {
    const streams = await open().metricStreams({ ...RANGE, names: ['db.queries'], limit: STREAM_LIMIT });
    assert.equal(streams.length, 2);
    for (const stream of streams) {
      const { name, unit, kind, monotonic, temporality, resourceAttributes, first, last } = stream;
      assert.deepEqual(
        { name, unit, kind, monotonic, temporality, service: resourceAttributes['service.name'], first, last },
        {
          name: 'db.queries',
          unit: '{query}',
          kind: 'sum',
          monotonic: true,
          temporality: 'cumulative',
          service: 'db',
          first: millis(0),
          last: millis(59),
        },
      );
    }
    assert.deepEqual(streams.map(({ attributes }) => attributes['pool']).sort(), ['main', 'spare']);
  });

  test('metrics have the identity of their streams', async () => {
    const identities = await open().metricIdentities(RANGE);
    const streams = await open().metricStreams({ ...RANGE, limit: STREAM_LIMIT });
    for (const { name, unit, kind, monotonic } of streams) {
      assert.ok(
        identities.some((one) => isDeepStrictEqual(one, { name, unit, kind, monotonic })),
        name,
      );
    }
    assert.equal(new Set(identities.map(({ name }) => name)).size, new Set(streams.map(({ name }) => name)).size);
  });

  test('streams and samples of overlapping ranges, read again and again, are those of each range', async () => {
    const store = open();
    for (const [from, to] of [
      ...[[0, 60] as const, [0, 60] as const, [10, 33] as const, [20, 60] as const, [0, 60] as const],
    ]) {
      const range = { ...RANGE, start: at(from), end: at(to) };
      const streams = await store.metricStreams({ ...range, names: ['db.queries'], limit: STREAM_LIMIT });
      const query = { ...range, streams, limit: POINT_LIMIT };
      const samples = await store.metricSamples({ ...query, withoutStartTimes: true });
      const expected = await store.metricSamples({ ...query, exemplars: true });
      assert.equal(samples.length, 2);
      for (const [index, { times, values, stale, stream }] of samples.entries()) {
        assert.deepEqual(
          [times, values, stale],
          [expected[index]?.times, expected[index]?.values, expected[index]?.stale],
        );
        assert.deepEqual([times[0], times.at(-1)], [stream.first, stream.last]);
        assert.deepEqual([stream.first, stream.last], [millis(from), millis(to - 1)]);
      }
    }
  });

  test('without names, the streams of all metrics are returned, by name', async () => {
    const streams = await open().metricStreams({ ...RANGE, limit: STREAM_LIMIT });
    const names = streams.map(({ name }) => name);
    assert.deepEqual(names, names.toSorted());
    assert.ok(names.includes('db.connections') && names.includes('db.size'));
  });

  test('samples of sums have values and start times in time order', async () => {
    const samples = await samplesOf('db.queries', { start: at(28), end: at(33) });
    const main = samples.find(({ stream }) => stream.attributes['pool'] === 'main');
    assert.deepEqual([...(main?.times ?? [])], [28, 29, 30, 31, 32].map(millis));
    assert.deepEqual([...(main?.values ?? [])], [3420, 3540, 60, 180, 300]);
    assert.deepEqual([...(main?.startTimes ?? [])], [0, 0, 30, 30, 30].map(millis));
    assert.deepEqual([...(main?.stale ?? [])], [0, 0, 0, 0, 0]);
    assert.equal(main?.distributions, undefined);
  });

  test('samples of histograms have buckets and exemplars', async () => {
    const [explicit] = await samplesOf('db.duration');
    assert.deepEqual(explicit?.distributions?.[0]?.bounds, [0.1, 0.5, 1]);
    assert.deepEqual(explicit?.distributions?.[0]?.bucketCounts, [0, 90, 10, 0]);
    assert.deepEqual(
      explicit?.exemplars.map(({ value, time }) => [value, time]),
      [[0.9, millis(0)]],
    );
    const [exponential] = await samplesOf('db.size');
    const { count, sum, scale, positive } = exponential?.distributions?.[5] ?? assert.fail('no distribution');
    assert.deepEqual([count, sum, scale, positive], [100, 1300, 0, { offset: 3, counts: [90, 10] }]);
    const [summary] = await samplesOf('db.rows');
    assert.deepEqual(summary?.distributions?.[0]?.quantiles, [{ quantile: 0.5, value: 2 }]);
  });

  test('a query for too many streams or points fails', async () => {
    const store = open();
    const isLimit = (error: unknown): boolean => error instanceof Error && error.name === QueryLimitError.name;
    await assert.rejects(store.metricStreams({ ...RANGE, limit: 1 }), isLimit);
    const streams = await store.metricStreams({ ...RANGE, names: ['db.queries'], limit: STREAM_LIMIT });
    await assert.rejects(store.metricSamples({ ...RANGE, streams, limit: 10 }), isLimit);
  });
}
