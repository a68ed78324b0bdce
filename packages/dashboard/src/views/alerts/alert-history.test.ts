import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pastQuery, periodsOf } from './alert-history.ts';
import { languageOf, shownRules, thresholdOf } from './rule-state.ts';

const points = (...seconds: readonly number[]) => seconds.map((second) => [second, '1'] as const);

test('periods of a rule join its alerts, end at gaps, and firing hides pending', () => {
  const periods = periodsOf(
    [
      { id: 'a', rule: { name: 'a' } },
      { id: 'b', rule: { name: 'b' } },
    ],
    [
      { metric: { alertname: 'a', alertstate: 'pending' }, values: points(0, 15, 30, 45) },
      { metric: { alertname: 'a', alertstate: 'firing' }, values: points(30, 45, 60, 120) },
      { metric: { alertname: 'a', alertstate: 'firing', service: 'b' }, values: points(75) },
      { metric: { alertname: 'b', alertstate: 'other' }, values: points(0) },
    ],
    15_000,
  );
  assert.deepEqual([...periods.keys()], ['a']);
  assert.deepEqual(
    periods.get('a')?.map(({ state, startMillis, endMillis }) => [state, startMillis / 1000, endMillis / 1000]),
    [
      ['pending', 0, 30],
      ['firing', 30, 90],
      ['firing', 120, 135],
    ],
  );
});

for (const [query, expected] of [
  ['job:latency:p95 > 0.5', ['job:latency:p95', '>', 0.5]],
  ['sum(rate(x{a="b > 1"}[5m])) by (c) >= bool 1e3', ['sum(rate(x{a="b > 1"}[5m])) by (c)', '>=', 1000]],
  ['(a > 1) / b\n < -2.5', ['(a > 1) / b', '<', -2.5]],
  ['a > 1 and b > 2', undefined],
  ['a > b', undefined],
  ['a{b="\\"(" } != .5', ['a{b="\\"(" }', '!=', 0.5]],
  ['up == 0', ['up', '==', 0]],
  ['a) > 1', undefined],
  ['', undefined],
] as const) {
  test(`the threshold of ${query}`, () => {
    const found = thresholdOf(query);
    assert.deepEqual(found && [found.value, found.operator, found.limit], expected);
  });
}

test('rules are ordered by state; silenced and failing ones have states of their own', () => {
  const rule = (name: string, state: string, more: object = {}) => ({
    ...{ type: 'alerting' as const, name, query: 'x > 1', health: 'ok', state },
    alerts: state === 'inactive' ? [] : [{ labels: { alertname: name }, annotations: {}, state, value: '2' }],
    ...more,
  });
  const rules = [
    rule('calm', 'inactive'),
    rule('waits', 'pending'),
    rule('hushed', 'firing'),
    rule('burns', 'firing'),
    rule('broken', 'unknown', { health: 'err' }),
  ];
  const silenced = { state: 'suppressed', silencedBy: ['1'], inhibitedBy: [] };
  const shown = shownRules(
    [{ name: 'g', file: 'f', interval: 15, rules }],
    [{ labels: { alertname: 'hushed' }, startsAt: '', status: silenced }],
  );
  assert.deepEqual(
    shown.map(({ rule: { name }, state }) => `${name} ${state}`),
    ['burns firing', 'broken unknown', 'waits pending', 'hushed silenced', 'calm quiet'],
  );
});

for (const [query, language] of [
  ['up{job="a"} == 0', 'promql'],
  ['sum by (a) (rate(x[5m])) > 1', 'promql'],
  ['{__name__=~"a.*"} > 1', 'promql'],
  ['sum(rate({app="shop"} |= "error" [5m])) > 2', 'logql'],
  ['count_over_time({app="a.b"}[5m]) > 0', 'logql'],
  ['{resource.service.name = "cart" && status = error} | count() > 5', 'traceql'],
  ['SELECT count(*) FROM spans', 'sql'],
] as const) {
  test(`the language of ${query}`, () => {
    assert.equal(languageOf({ type: 'alerting', name: 'a', health: 'ok', query }), language);
  });
}

test('rules with one name have periods of their own, by their labels', () => {
  const rules = ['page', 'ticket'].map((severity) => ({
    id: severity,
    rule: { name: 'a', labels: { severity, text: '{{ $value }}' } },
  }));
  assert.equal(pastQuery(rules), 'max by (alertname, alertstate, severity, text) (ALERTS)');
  const metric = { alertname: 'a', alertstate: 'firing', severity: 'page', text: '7' };
  const periods = periodsOf(rules, [{ metric, values: points(0) }], 15_000);
  assert.deepEqual([...periods.keys()], ['page']);
});
