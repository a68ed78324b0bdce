import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { StoreSource } from '@otelier/query/prometheus-source';
import { ALL_FEATURES, evaluateInstant, parsePromql } from '@otelier/query/promql';
import type { Alert } from './alert.ts';
import { type Setup, start } from './alerting.testing.ts';
import { STATE_FILE } from './engine/alert-state.ts';

const RULES = `groups:
  - name: web
    interval: 15s
    rules:
      - { record: 'job:up:sum', expr: 'sum by (job) (up)', labels: { kind: test } }
      - alert: Down
        expr: up == 0
        for: 30s
        labels: { severity: page }
        annotations: { summary: '{{ $labels.instance }} is down: {{ $value }}' }
      - { alert: Few, expr: 'job:up:sum < 2' }
`;

test('evaluates rules on their interval, stores results and sends alerts that fire and end', async (t) => {
  const setup = await start(t, { rules: RULES });
  await setup.up({ a: 1, b: 1 });
  await setup.step();
  assert.deepEqual(await setup.query('job:up:sum'), ['{__name__="job:up:sum", job="api", kind="test"} 2']);
  await setup.up({ a: 1, b: 0 });
  await setup.step();
  assert.deepEqual(names(setup.sent.splice(0)), ['Few firing']);
  assert.deepEqual(await setup.query('ALERTS'), [
    '{__name__="ALERTS", alertname="Down", alertstate="pending", instance="b", job="api", severity="page"} 1',
    '{__name__="ALERTS", alertname="Few", alertstate="firing", job="api", kind="test"} 1',
  ]);
  for (let round = 0; round < 2; round++) {
    await setup.up({ a: 1, b: 0 });
    await setup.step();
  }
  const [down] = setup.sent.splice(0);
  assert.deepEqual(down?.labels, { alertname: 'Down', instance: 'b', job: 'api', severity: 'page', region: 'eu' });
  assert.deepEqual(down?.annotations, { summary: 'b is down: 0' });
  assert.equal(down?.generatorUrl, 'http://otelier.example/query?query=up+%3D%3D+0&lang=promql');
  await setup.up({ a: 1, b: 1 });
  await setup.step();
  assert.deepEqual(names(setup.sent.splice(0)), ['Down resolved', 'Few resolved']);
  assert.deepEqual(await setup.query('ALERTS'), []);
  assert.deepEqual(names(setup.alerting.alerts()), ['Down resolved', 'Few resolved']);
});

test('evaluations of memory are those of the store, also for what arrives late, again and with gaps', async (t) => {
  const expressions = [
    'up',
    'sum(up)',
    'rate(requests_total[1m])',
    'histogram_quantile(0.5, rate(latency_seconds_bucket[2m]))',
  ];
  const rules = expressions.map((expr, i) => `      - { record: 'r${i}', expr: '${expr}' }`).join('\n');
  const setup = await start(t, { rules: `groups:\n  - name: g\n    interval: 15s\n    rules:\n${rules}\n` });
  for (let round = 0; round < 12; round++) {
    const at = setup.clock.now() - 1000;
    await setup.gauges(
      'up',
      { a: round % 3, ...(round % 4 > 0 && { b: 1 }) },
      {
        atMillis: round === 6 ? at - 20_000 : at,
      },
    );
    await setup.requests(round === 7 ? 1 : round * 5, at);
    await setup.latency(round, at);
    if (round === 8) await setup.gauges('up', { a: 9 }, { atMillis: at });
    await setup.step();
    const time = setup.alerting.rules()[0]?.counts.scheduled ? setup.lastEvaluation() : 0;
    for (const [i, expr] of expressions.entries()) {
      const { result } = await evaluateInstant(
        parsePromql(expr, ALL_FEATURES),
        time,
        new StoreSource(setup.store, 'default'),
      );
      const expected = 'series' in result ? result.series.map(({ samples }) => `${samples[0]}`) : [];
      const recorded = await setup.query(`r${i}`, time);
      assert.deepEqual(
        recorded.map((line) => line.split(' ').at(-1)).sort(),
        expected.sort(),
        `${expr} in round ${round}`,
      );
    }
  }
  assert.ok(setup.alerting.memory().series >= 7, JSON.stringify(setup.alerting.memory()));
});

test('a rule that fails keeps its alerts, is shown with its error and notifies once', async (t) => {
  const rules = `groups:
  - name: g
    interval: 15s
    rules:
      - { alert: Down, expr: 'up == 0 or on (job) up * on (job) group_left () other' }
`;
  const setup = await start(t, { rules });
  await setup.up({ a: 0 });
  await setup.step();
  assert.deepEqual(names(setup.sent.splice(0)), ['Down firing']);
  await setup.up({ a: 0, b: 1 });
  await setup.gauges('other', { x: 1, y: 1 });
  await setup.step();
  await setup.up({ a: 0, b: 1 });
  await setup.gauges('other', { x: 1, y: 1 });
  await setup.step();
  const [failure, ...others] = setup.sent.splice(0);
  assert.deepEqual(others, []);
  assert.equal(failure?.labels['alertname'], 'RuleEvaluationFailed');
  assert.match(
    failure?.annotations['description'] ?? '',
    /^rules\.yml:5:9: found duplicate series for the match group/,
  );
  assert.match(setup.alerting.rules()[0]?.rules[0]?.error ?? '', /found duplicate series/);
  assert.deepEqual(names(setup.alerting.alerts()), ['Down firing', 'RuleEvaluationFailed firing']);
  await setup.advance(6 * 60_000);
  await setup.up({ a: 0 });
  await setup.step();
  assert.ok(names(setup.sent).includes('RuleEvaluationFailed resolved'), names(setup.sent).join());
  assert.equal(setup.alerting.rules()[0]?.rules[0]?.error, undefined);
});

test('alerts survive a restart, and a damaged state is set aside and restored from the store', async (t) => {
  const first = await start(t, { rules: RULES });
  for (let round = 0; round < 2; round++) {
    await first.up({ a: 1, b: 0 });
    await first.step();
  }
  const since = first.alerting.alerts().find(({ labels }) => labels['alertname'] === 'Down')?.startsAtMs;
  const second = await start(t, { rules: RULES, continues: first });
  await second.up({ a: 1, b: 0 });
  await second.step();
  const down = second.alerting.alerts().find(({ labels }) => labels['alertname'] === 'Down');
  assert.equal(down?.state, 'firing');
  assert.ok(since !== undefined && (down?.startsAtMs ?? 0) > since);

  const path = join(second.directory, STATE_FILE);
  const bytes = await readFile(path);
  bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 0xff;
  await second.alerting.close();
  await writeFile(path, bytes);
  const third = await start(t, { rules: RULES, continues: second, keepsFile: true });
  assert.match(third.warnings.join('\n'), /alerts\.state: damaged, moved to .*damaged/);
  assert.equal((await readdir(join(third.directory, 'damaged'))).length, 1);
  await third.up({ a: 1, b: 0 });
  await third.step();
  const restored = third.alerting.alerts().find(({ labels }) => labels['alertname'] === 'Down');
  assert.equal(restored?.state, 'firing', 'ALERTS_FOR_STATE has how long it is active');
});

test('a reload keeps the state of rules, ends series of removed ones and resolves their alerts', async (t) => {
  const setup = await start(t, { rules: RULES });
  await setup.up({ a: 1, b: 0 });
  await setup.step();
  await setup.reload(
    RULES.replace("{ alert: Few, expr: 'job:up:sum < 2' }", "{ alert: Other, expr: 'up > 5' }").replace(
      / {6}- \{ record.*\n/,
      '',
    ),
  );
  assert.deepEqual(names(setup.sent.splice(0)), ['Few firing', 'Few resolved']);
  await setup.up({ a: 1, b: 0 });
  await setup.step();
  assert.deepEqual(await setup.query('job:up:sum'), []);
  await setup.up({ a: 1, b: 0 });
  await setup.step();
  assert.deepEqual(names(setup.sent.splice(0)), ['Down firing']);
  await setup.reload('groups: []');
  assert.deepEqual(names(setup.sent.splice(0)), ['Down resolved']);
  assert.deepEqual(await setup.query('ALERTS'), []);
});

test('an evaluation that takes longer than the interval is missed, not queued, and times do not drift', async (t) => {
  const setup: Setup = await start(t, { rules: RULES });
  await setup.up({ a: 1, b: 1 });
  await setup.step();
  const [group] = setup.alerting.rules();
  const evaluated = setup.lastEvaluation();
  const release = setup.blockStore();
  setup.clock.jump(0);
  await setup.clock.advance(15_000);
  await setup.clock.advance(50_000);
  release();
  await setup.until(() => (group?.counts.evaluations ?? 0) === 6);
  await setup.until(() => setup.clock.pending > 0);
  await setup.step();
  assert.deepEqual([group?.counts.missed, group?.counts.scheduled], [2, 5]);
  assert.equal((setup.lastEvaluation() - evaluated) % 15_000, 0);
  await setup.clock.advance(0);
  setup.clock.jump(-3_600_000);
  await setup.step();
  assert.equal((group?.counts.scheduled ?? 0) >= 6, true, 'a clock that is set back does not stop evaluations');
});

test('hysteresis: an alert that fires continues while keep_firing_expr has its labels', async (t) => {
  const rules = `groups:
  - name: g
    interval: 15s
    rules:
      - { alert: High, expr: 'up > 8', keep_firing_expr: 'up > 5' }
`;
  const setup = await start(t, { rules });
  const states: string[] = [];
  for (const value of [7, 9, 7, 6, 4, 7]) {
    await setup.up({ a: value });
    await setup.step();
    states.push(...setup.alerting.alerts().map(({ state }) => state));
  }
  assert.deepEqual(states, ['firing', 'firing', 'firing', 'resolved', 'resolved']);
});

function names(alerts: readonly Alert[]): string[] {
  return alerts.map(({ labels, state }) => `${labels['alertname']} ${state}`).sort();
}
