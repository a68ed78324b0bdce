import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Metric } from './aggregates.ts';
import { bucketsOf, promqlOf } from './promql-of.ts';

const metric = (kind: Metric['kind'], more: Partial<Metric> = {}): Metric => ({
  name: 'http.duration',
  description: '',
  unit: 's',
  kind,
  monotonic: false,
  temporality: 'cumulative',
  seriesCount: 1,
  services: [],
  ...more,
});

test('writes the query of the builder in PromQL', () => {
  const histogram = {
    metric: metric('histogram'),
    by: ['service', 'http.route'],
    where: ['attributes.http.route = /a"b'],
  };
  assert.equal(
    promqlOf({ ...histogram, aggregate: 'p95' }),
    'histogram_quantile(0.95, sum by (le, job, "http.route") (rate({"http.duration_bucket", "http.route"="/a\\"b"}[$__rate_interval])))',
  );
  assert.equal(
    promqlOf({ metric: metric('exponential_histogram'), by: [], where: [], aggregate: 'p50' }),
    'histogram_quantile(0.50, sum (rate({"http.duration"}[$__rate_interval])))',
  );
  assert.equal(
    promqlOf({ metric: metric('sum', { monotonic: true }), by: [], where: ['service = a.b'], aggregate: 'rate' }),
    'sum (rate({"http.duration", job=~"(.+/)?a\\\\.b"}[$__rate_interval]))',
  );
  assert.equal(
    promqlOf({
      metric: metric('gauge'),
      by: ['pod'],
      where: ['attributes.pod ~ ^(a|b)$', 'attributes.x exists', 'duration > 1'],
      aggregate: 'max',
    }),
    'max by (pod) (max_over_time({"http.duration", pod=~"a|b", x!=""}[$__interval]))',
  );
  assert.equal(
    bucketsOf({ metric: metric('histogram'), where: [] }),
    'sum by (le) (increase({"http.duration_bucket"}[$__rate_interval]))',
  );
});
