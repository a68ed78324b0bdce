import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transformed } from './transformed.testing.ts';

interface Metrics {
  resourceMetrics: { scopeMetrics: { metrics: Record<string, unknown>[] }[] }[];
}

/** Returns the metric added by `extract_percentile_metric`. */
async function extracted(args: string, metric: object): Promise<Record<string, unknown> | undefined> {
  const { output } = await transformed<Metrics>(
    'metrics',
    { metric_statements: [`extract_percentile_metric(${args}) where metric.name == "m"`] },
    { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', description: 'd', unit: 's', ...metric }] }] }] },
  );
  return output?.resourceMetrics[0]?.scopeMetrics[0]?.metrics[1];
}

async function percentileOf(percentile: string, metric: object): Promise<unknown> {
  const added = await extracted(percentile, metric);
  return (added?.['gauge'] as { dataPoints: { asDouble: unknown }[] } | undefined)?.dataPoints[0]?.asDouble;
}

const histogram = (point: object) => ({ histogram: { dataPoints: [point] } });
const exponential = (point: object) => ({ exponentialHistogram: { dataPoints: [point] } });

test('adds a gauge with the percentile', async () => {
  const point = { timeUnixNano: '5', count: '10', bucketCounts: ['4', '6'], explicitBounds: [8] };
  assert.deepEqual(await extracted('20.0', histogram(point)), {
    name: 'm_p20',
    description: 'd (p20)',
    unit: 's',
    gauge: { dataPoints: [{ timeUnixNano: '5', asDouble: 4 }] },
  });
  assert.equal((await extracted('20.0, ".p"', histogram(point)))?.['name'], 'm.p');
});

test('interpolates in the buckets of a histogram', async () => {
  const point = { count: '10', bucketCounts: ['2', '4', '4'], explicitBounds: [10, 20] };
  assert.equal(await percentileOf('50.0', histogram(point)), 17.5);
  assert.equal(await percentileOf('90.0', histogram(point)), 20);
  assert.equal(await percentileOf('90.0', histogram({ ...point, max: 40 })), 35);
  assert.equal(await percentileOf('10.0', histogram({ ...point, min: 6 })), 8);
  assert.equal(await percentileOf('10.0', histogram({ ...point, explicitBounds: [-10, 20] })), -10);
  assert.equal(await percentileOf('50.0', histogram({ count: '4', bucketCounts: ['4'], min: 2, max: 4 })), 3);
});

test('interpolates in the buckets of an exponential histogram', async () => {
  const negative = { offset: 0, bucketCounts: ['1', '1'] };
  const positive = { offset: 1, bucketCounts: ['0', '4'] };
  const point = { count: '10', scale: 0, zeroCount: '4', zeroThreshold: 0.5, negative, positive };
  assert.equal(await percentileOf('100.0', exponential(point)), 8);
  assert.equal(await percentileOf('80.0', exponential(point)), 2 ** 2.5);
  assert.equal(await percentileOf('40.0', exponential(point)), 0);
  assert.equal(await percentileOf('10.0', exponential(point)), -2);
  assert.equal(await percentileOf('20.0', exponential(point)), -1);
});

test('adds no point where there is no value', async () => {
  assert.equal(await extracted('50.0', histogram({ count: '0' })), undefined);
  assert.equal(await extracted('50.0', histogram({ count: '1', bucketCounts: ['1'] })), undefined);
  assert.equal(await extracted('50.0', exponential({ count: '0' })), undefined);
  assert.equal(await extracted('50.0', { gauge: { dataPoints: [{ asInt: '1' }] } }), undefined);
  assert.equal(await extracted('50.0', histogram({ count: '1', bucketCounts: ['1'], explicitBounds: [1] })), undefined);
});
