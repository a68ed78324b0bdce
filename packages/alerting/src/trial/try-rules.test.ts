import assert from 'node:assert/strict';
import { test } from 'node:test';
import { start } from '../alerting.testing.ts';

const RULE = `alert: Down
expr: up == 0
for: 30s
keep_firing_for: 15s
labels: { severity: page }
annotations: { summary: '{{ $labels.instance }} is down: {{ $value }}' }
`;
const SIGNAL = new AbortController().signal;

test('finds the alerts that the rule would have sent', async (t) => {
  const rules = `groups:\n  - name: g\n    interval: 15s\n    rules:\n      - ${RULE.replaceAll('\n', '\n        ')}\n`;
  const setup = await start(t, { rules });
  const startMillis = setup.clock.now();
  // a is down twice, the second time too short to fire; b is down at the end.
  for (const [a, b] of [1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1].map((up, step) => [
    up,
    Number(step < 13),
  ])) {
    await setup.up({ a: a ?? 0, b: b ?? 0 });
    await setup.step();
  }
  const sent = new Map(setup.sent.map((alert) => [`${alert.labels['instance']} ${alert.startsAtMs}`, alert]));
  const request = { text: RULE, startMillis, endMillis: setup.clock.now(), intervalMillis: 15_000, tenant: 'default' };
  const { rules: tried, stepMillis, evaluations } = await setup.alerting.tryRules(request, setup.store, SIGNAL);
  const [down] = tried;
  assert.deepEqual(
    [tried.length, stepMillis, down?.name, down?.error, down?.series],
    [1, 15_000, 'Down', undefined, 2],
  );
  assert.ok(evaluations >= 17 && evaluations <= 19, `${evaluations}`);
  assert.deepEqual([down?.firingCount, down?.pendingCount], [2, 1]);
  assert.deepEqual(
    down?.firings.map(({ labels, annotations, value }) => [labels, annotations, value]),
    ['a', 'b'].map((instance) => [
      { alertname: 'Down', instance, job: 'api', severity: 'page' },
      { summary: `${instance} is down: 0` },
      0,
    ]),
  );
  // The rule was evaluated at other moments of the interval.
  const near = (actual = 0, expected = 0) => assert.ok(Math.abs(actual - expected) <= 15_000, `${actual} ${expected}`);
  const alerts = [...sent.values()];
  for (const { labels, activeAtMillis, firedAtMillis, resolvedAtMillis } of down?.firings ?? []) {
    const alert = alerts.find((one) => one.labels['instance'] === labels['instance']);
    near(firedAtMillis, alert?.startsAtMs);
    near(firedAtMillis - activeAtMillis, 30_000);
    near(resolvedAtMillis, alert?.endsAtMs);
    assert.equal(resolvedAtMillis === undefined, labels['instance'] === 'b');
  }
  const { rules: loose } = await setup.alerting.tryRules(
    { ...request, text: RULE.replace('for: 30s', 'for: 0s') },
    setup.store,
    SIGNAL,
  );
  assert.deepEqual([loose[0]?.firingCount, loose[0]?.pendingCount], [3, 0]);
});

test('takes a rule, a list and a file, and lengthens the interval for long ranges', async (t) => {
  const setup = await start(t, { rules: 'groups: []' });
  const endMillis = setup.clock.now();
  const run = (text: string, days = 1, intervalMillis?: number) =>
    setup.alerting.tryRules(
      { text, startMillis: endMillis - days * 86_400_000, endMillis, intervalMillis, tenant: 'default' },
      setup.store,
      SIGNAL,
    );
  const list = `- ${RULE.trimEnd().replaceAll('\n', '\n  ')}\n- { alert: Few, expr: 'sum(up) < 2' }\n- { record: r, expr: up }\n`;
  assert.deepEqual(
    (await run(list)).rules.map(({ name }) => name),
    ['Down', 'Few'],
  );
  const file = `groups:\n- name: g\n  interval: 2m\n  rules:\n  - { alert: A, expr: 'up * on (x) up', for: 1m }\n`;
  assert.equal((await run(file)).stepMillis, 120_000);
  const { stepMillis, evaluations } = await run(RULE, 30, 15_000);
  assert.equal(stepMillis % 15_000, 0);
  assert.ok(evaluations <= 11_000 && evaluations > 5_000, `${evaluations}`);
  const logs = '{ alert: Logs, language: logql, expr: \'sum(count_over_time({job="a"}[5m])) > 1\' }';
  assert.deepEqual((await run(logs)).rules[0]?.firings, []);
  const spans = "{ alert: Spans, language: traceql, expr: '{ status = error } | rate() > 1' }";
  assert.deepEqual([(await run(spans, 1, 15_000)).stepMillis, (await run(spans)).rules[0]?.error], [60_000, undefined]);
});

test('errors name their place in the text, and those of an evaluation are part of the result', async (t) => {
  const setup = await start(t, { rules: 'groups: []' });
  const endMillis = setup.clock.now();
  const run = (text: string) =>
    setup.alerting.tryRules(
      { text, startMillis: endMillis - 3_600_000, endMillis, intervalMillis: 60_000, tenant: 'default' },
      setup.store,
      SIGNAL,
    );
  for (const [text, pattern] of [
    ['alert: A\nexpr: sum(up\n', /^2:7: /],
    ['- alert: A\n  expr: up\n  forever: 1m\n', /^1:3: unknown field "forever"$/],
    ['record: a\nexpr: up\n', /^expected an alerting rule/],
    ['alert: [\n', /^1:\d+: |^2:\d+: /],
    ['- { alert: A, language: sql, expr: "select 1 as value" }', /^A: expected PromQL, LogQL or TraceQL/],
    ['42', /expected/],
    ['', /expected/],
    ['groups: []', /^expected an alerting rule/],
  ] as const) {
    await assert.rejects(
      run(text),
      (error: Error) => error.name === 'RuleTextError' && pattern.test(error.message),
      text,
    );
  }
  for (const [name, value] of [
    ['x', 1],
    ['y', 2],
  ] as const)
    await setup.gauges('other', { [name]: value });
  await setup.up({ a: 1 });
  await setup.advance(60_000);
  const many = await setup.alerting.tryRules(
    {
      text: 'alert: Many\nexpr: up * on (job) other\n',
      startMillis: endMillis - 60_000,
      endMillis: setup.clock.now(),
      intervalMillis: 15_000,
      tenant: 'default',
    },
    setup.store,
    SIGNAL,
  );
  assert.match(many.rules[0]?.error ?? '', /found duplicate series|many-to-many/);
});
