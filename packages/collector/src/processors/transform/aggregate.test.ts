import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transformed } from './transformed.testing.ts';

type Metric = Readonly<Record<string, unknown>>;

interface Metrics {
  resourceMetrics: { scopeMetrics: { metrics: Metric[] }[] }[];
}

/** Returns the metric after running `aggregate_on_attributes` without any attribute to keep. */
async function aggregated(aggregation: string, metric: Metric): Promise<Metric | undefined> {
  const { output } = await transformed<Metrics>(
    'metrics',
    { metric_statements: [`aggregate_on_attributes("${aggregation}", []) where metric.name == "m"`] },
    { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', ...metric }] }] }] },
  );
  return output?.resourceMetrics[0]?.scopeMetrics[0]?.metrics[0];
}

const gauge = (...dataPoints: readonly Metric[]) => ({ gauge: { dataPoints } });

test('adds the points of exponential histograms', async () => {
  const positive = (offset: number, ...bucketCounts: readonly string[]) => ({ positive: { offset, bucketCounts } });
  const dataPoints = [
    { count: '3', sum: 4, zeroCount: '1', scale: 1, ...positive(2, '1', '1') },
    { count: '2', sum: 1, scale: 1, ...positive(3, '1', '1') },
    { count: '9', scale: 2, ...positive(3, '9') },
  ];
  const sum = { exponentialHistogram: { aggregationTemporality: 2, dataPoints } };
  assert.deepEqual(await aggregated('sum', sum), {
    name: 'm',
    exponentialHistogram: {
      aggregationTemporality: 2,
      dataPoints: [
        { count: '5', sum: 5, zeroCount: '1', scale: 1, ...positive(2, '1', '2', '1') },
        { count: '9', scale: 2, ...positive(3, '9') },
      ],
    },
  });
});

test('keeps the value of a single point, also for count', async () => {
  assert.deepEqual(await aggregated('count', gauge({ asInt: '7' })), { name: 'm', ...gauge({ asInt: '7' }) });
  assert.deepEqual(await aggregated('count', gauge({ asInt: '7' }, { asInt: '9' })), {
    name: 'm',
    ...gauge({ asInt: '2' }),
  });
});

test('aggregates integers and doubles together, by the type of the first', async () => {
  const integer = { asInt: '7' };
  const double = { asDouble: 2.5 };
  assert.deepEqual(await aggregated('max', gauge(double, integer)), { name: 'm', ...gauge({ asDouble: 7 }) });
  assert.deepEqual(await aggregated('min', gauge(integer, double)), { name: 'm', ...gauge({ asInt: '2' }) });
});
