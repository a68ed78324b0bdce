import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';
import { StateBudget } from '../../metrics/state-budget.ts';
import { SpanMetricsAggregator } from './aggregator.ts';
import { spanMetricsConfig } from './config.ts';
import { settingsOf } from './settings.ts';

const NOW = { timeUnixNano: 1n, monotonicMillis: 0 };

function aggregatorWith(config: object, budget = new StateBudget(2 ** 30, () => assert.fail('the budget is large'))) {
  const delta = { aggregationTemporality: 'AGGREGATION_TEMPORALITY_DELTA', ...config };
  return new SpanMetricsAggregator(settingsOf(spanMetricsConfig.parse(delta), 'id'), budget, Math.random);
}

function requestOf(names: readonly string[], pid: number) {
  const attributes = [
    { key: 'service.name', value: { stringValue: 'shop' } },
    { key: 'process.pid', value: { intValue: pid } },
  ];
  return batchOf('traces', {
    resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans: names.map((name) => ({ name })) }] }],
  });
}

/** Returns the number of calls by span name, and `overflow`. */
function callsOf(aggregator: SpanMetricsAggregator): Record<string, number> {
  const calls: Record<string, number> = {};
  const metrics = aggregator
    .collect(NOW, { isFinal: false })
    .flatMap(({ bytes }) => decodeRequest('metrics', bytes).resourceMetrics ?? [])
    .flatMap(({ scopeMetrics = [] }) => scopeMetrics.flatMap(({ metrics: each = [] }) => each));
  for (const { name, sum } of metrics) {
    if (name !== 'traces.span.metrics.calls') continue;
    for (const { attributes = [], asInt } of sum?.dataPoints ?? []) {
      const span = attributes.find(({ key }) => key === 'span.name')?.value?.stringValue ?? 'overflow';
      calls[span] = (calls[span] ?? 0) + Number(asInt);
    }
  }
  return calls;
}

test('counts further combinations together when the memory for series is used up, and reports it once', () => {
  let reports = 0;
  const budget = new StateBudget(20_000, () => reports++);
  const aggregator = aggregatorWith({}, budget);
  const names = Array.from({ length: 500 }, (_, index) => `name ${index}`);
  for (let round = 0; round < 2; round++) {
    aggregator.add(requestOf(names, 1), NOW);
    const { overflow, ...others } = callsOf(aggregator);
    assert.ok(Object.keys(others).length < 30, `${Object.keys(others).length} series`);
    assert.equal((overflow ?? 0) + Object.keys(others).length, 500);
    assert.equal(budget.usedBytes, 0);
  }
  assert.equal(reports, 1);
});

test('counts all spans of resources that differ in attributes without meaning, more than the caches hold', () => {
  const aggregator = aggregatorWith({ resourceMetricsKeyAttributes: ['service.name'] });
  for (let pid = 0; pid < 25_000; pid++) aggregator.add(requestOf(['a', 'b', 'a'], pid), NOW);
  assert.deepEqual(callsOf(aggregator), { a: 50_000, b: 25_000 });
});

test('counts all spans whose series come and go', () => {
  const aggregator = aggregatorWith({ resourceMetricsCacheSize: 2 });
  for (let round = 0; round < 50; round++) {
    for (const pid of [1, 2, 3, 1, 4]) aggregator.add(requestOf(['a'], pid), NOW);
    assert.deepEqual(callsOf(aggregator), { a: 5 });
  }
});
