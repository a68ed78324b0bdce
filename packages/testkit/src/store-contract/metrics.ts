import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricSeriesQuery, Store } from '@otelier/store';
import { keyValues } from '../otlp-json.ts';
import { batchOf } from '../request-codec.ts';
import { at, metricsOf, RANGE, STEPS, spanId, traceId } from './telemetry.ts';

const MINUTES = Array.from({ length: STEPS }, (_, i) => i);

/** Appends one point per minute: a counter that resets after half an hour, a gauge, and histograms of both kinds. */
export async function writeMetrics(store: Store): Promise<void> {
  const point = (i: number, pool: string) => ({ timeUnixNano: at(i).toString(), attributes: keyValues({ pool }) });
  await store.append(
    batchOf(
      'metrics',
      metricsOf('db', [
        {
          name: 'db.queries',
          description: 'Queries run.',
          unit: '{query}',
          sum: {
            aggregationTemporality: 2,
            isMonotonic: true,
            dataPoints: MINUTES.flatMap((i) => [
              { ...point(i, 'main'), startTimeUnixNano: at(i < 30 ? 0 : 30).toString(), asInt: (i % 30) * 120 + 60 },
              { ...point(i, 'spare'), startTimeUnixNano: at(0).toString(), asInt: i * 60 },
            ]),
          },
        },
        {
          name: 'db.connections',
          unit: '{connection}',
          gauge: { dataPoints: MINUTES.slice(0, 10).map((i) => ({ ...point(i, 'main'), asDouble: i + 0.5 })) },
        },
        {
          name: 'db.duration',
          unit: 's',
          histogram: {
            aggregationTemporality: 1,
            dataPoints: MINUTES.map((i) => ({
              ...point(i, 'main'),
              count: 100,
              sum: 30,
              bucketCounts: [0, 90, 10, 0],
              explicitBounds: [0.1, 0.5, 1],
              exemplars:
                i === 0
                  ? [{ timeUnixNano: at(0, 7n).toString(), asDouble: 0.9, traceId: traceId(1), spanId: spanId(11) }]
                  : [],
            })),
          },
        },
        {
          name: 'db.size',
          unit: 'By',
          exponentialHistogram: {
            aggregationTemporality: 1,
            // Scale 0, offset 3: 90 observations in (8, 16], 10 in (16, 32].
            dataPoints: MINUTES.map((i) => ({
              ...point(i, 'main'),
              count: 100,
              sum: 1300,
              scale: 0,
              positive: { offset: 3, bucketCounts: [90, 10] },
            })),
          },
        },
        {
          name: 'db.rows',
          summary: {
            dataPoints: [{ ...point(5, 'main'), count: 4, sum: 10, quantileValues: [{ quantile: 0.5, value: 2 }] }],
          },
        },
      ]),
    ),
  );
  await store.append(
    batchOf(
      'metrics',
      metricsOf('cache', [
        { name: 'db.connections', gauge: { dataPoints: [{ timeUnixNano: at(3).toString(), asInt: 100 }] } },
      ]),
    ),
  );
}

export function metricTests(open: () => Store): void {
  const found = (query: Pick<MetricSeriesQuery, 'name' | 'aggregate'> & Partial<MetricSeriesQuery>) =>
    open().metricSeries({ ...RANGE, steps: STEPS, conditions: [], groupBy: [], limit: 10, ...query });
  const series = async (query: Parameters<typeof found>[0]) => (await found(query)).series;

  test('lists metrics by name with kind, unit, temporality, series and services', async () => {
    const metrics = await open().metricNames({ ...RANGE, limit: 100 });
    assert.deepEqual(
      metrics.map(({ name, kind }) => `${name} ${kind}`),
      [
        'db.connections gauge',
        'db.duration histogram',
        'db.queries sum',
        'db.rows summary',
        'db.size exponential_histogram',
      ],
    );
    assert.deepEqual(
      metrics.find(({ name }) => name === 'db.queries'),
      {
        name: 'db.queries',
        description: 'Queries run.',
        unit: '{query}',
        kind: 'sum',
        monotonic: true,
        temporality: 'cumulative',
        seriesCount: 2,
        services: ['db'],
      },
    );
    assert.deepEqual(metrics[0]?.services, ['cache', 'db']);
  });

  test('finds metrics by a part of their name', async () => {
    const found = await open().metricNames({ ...RANGE, match: 'CONN', limit: 100 });
    assert.deepEqual(
      found.map(({ name }) => name),
      ['db.connections'],
    );
    assert.equal((await open().metricNames({ ...RANGE, limit: 2 })).length, 2);
  });

  test('returns the labels of a metric and their values', async () => {
    assert.deepEqual(await open().metricLabels({ ...RANGE, name: 'db.queries' }), [{ key: 'pool', values: 2 }]);
    const values = await open().labelValues({ ...RANGE, name: 'db.queries', key: 'pool', limit: 10 });
    assert.deepEqual(new Set(values.map(({ value }) => value)), new Set(['main', 'spare']));
  });

  test('rates are per second and never negative when a counter resets', async () => {
    const [main] = await series({
      name: 'db.queries',
      aggregate: 'rate',
      conditions: [{ field: 'attributes.pool', op: '=', value: 'main' }],
    });
    assert.deepEqual(
      main?.times,
      MINUTES.map((i) => at(i)),
    );
    assert.deepEqual(
      main.values.slice(1, 30),
      Array.from({ length: 29 }, () => 2),
    );
    assert.deepEqual([main.values[30], main.values[31]], [1, 2]);
  });

  test('rates are smooth even if steps are not a multiple of the reporting interval', async () => {
    const [main] = await series({
      name: 'db.queries',
      aggregate: 'rate',
      conditions: [{ field: 'attributes.pool', op: '=', value: 'main' }],
      steps: 40,
    });
    const seen = main?.values.slice(2, 19).filter((value) => value !== undefined) ?? [];
    assert.ok(seen.length >= 15, `expected a value in almost every step of one and a half points, got ${seen.length}`);
    assert.deepEqual([...new Set(seen.map((value) => Number(value.toFixed(9))))], [2]);
  });

  test('groups series by labels, largest first, up to the limit', async () => {
    const both = await series({ name: 'db.queries', aggregate: 'rate', groupBy: ['pool'] });
    assert.deepEqual(
      both.map(({ labels }) => labels),
      [{ pool: 'main' }, { pool: 'spare' }],
    );
    const { series: one, total } = await found({ name: 'db.queries', aggregate: 'rate', groupBy: ['pool'], limit: 1 });
    assert.equal(total, both.length);
    assert.deepEqual(
      one.map(({ labels }) => labels),
      [{ pool: 'main' }],
    );
    const summed = await series({ name: 'db.queries', aggregate: 'rate' });
    assert.deepEqual(
      summed.map(({ labels, values }) => [labels, values[5]]),
      [[{}, 3]],
    );
  });

  test('groups series by service', async () => {
    const byService = await series({ name: 'db.connections', aggregate: 'max', groupBy: ['service'] });
    assert.deepEqual(
      byService.map(({ labels }) => labels),
      [{ service: 'cache' }, { service: 'db' }],
    );
  });

  test('aggregates gauges per step; steps without a point are empty', async () => {
    const only = {
      name: 'db.connections',
      conditions: [{ field: 'service', op: '=', value: 'db' }],
      steps: 12,
    } as const;
    const firstSteps = async (aggregate: MetricSeriesQuery['aggregate']) =>
      (await series({ ...only, aggregate }))[0]?.values.slice(0, 3);
    assert.deepEqual(await firstSteps('avg'), [2.5, 7.5, undefined]);
    assert.deepEqual(await firstSteps('min'), [0.5, 5.5, undefined]);
    assert.deepEqual(await firstSteps('max'), [4.5, 9.5, undefined]);
    assert.deepEqual(await firstSteps('last'), [4.5, 9.5, undefined]);
    assert.deepEqual(await firstSteps('sum'), [12.5, 37.5, undefined]);
    assert.deepEqual(await firstSteps('count'), [5, 5, undefined]);
  });

  test('quantiles of both kinds of histograms are in the right bucket', async () => {
    const within = async (name: string, aggregate: 'p50' | 'p99', lower: number, upper: number) => {
      const value = (await series({ name, aggregate }))[0]?.values[10];
      assert.ok(value !== undefined && value > lower && value <= upper, `${aggregate} of ${name}: ${value}`);
    };
    await within('db.duration', 'p50', 0.1, 0.5);
    await within('db.duration', 'p99', 0.5, 1);
    await within('db.size', 'p50', 8, 16);
    await within('db.size', 'p99', 16, 32);
  });

  test('the rate of a histogram is the rate of its observations', async () => {
    const [only] = await series({ name: 'db.duration', aggregate: 'rate' });
    assert.equal(only?.values[10], 100 / 60);
  });

  test('returns exemplars with their trace ids', async () => {
    const [only] = await series({ name: 'db.duration', aggregate: 'p99' });
    assert.deepEqual(only?.exemplars, [{ time: at(0, 7n), value: 0.9, traceId: traceId(1), spanId: spanId(11) }]);
  });

  test('an unknown metric has no series', async () => {
    assert.deepEqual(await series({ name: 'nowhere', aggregate: 'avg' }), []);
  });
}
