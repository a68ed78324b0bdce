import assert from 'node:assert/strict';
import { test } from 'node:test';
import { start } from '../alerting.testing.ts';
import { parseSlos } from './parse-slos.ts';
import { sloGroups } from './slo-rules.ts';

test('errors of the configuration name their place', () => {
  const { slos, errors } = parseSlos([
    { name: 'a', objective: 99.9, service: 'shop' },
    { name: 'a', objective: 99, service: 'shop' },
    { name: 'b', objective: 100, service: 'shop' },
    { name: 'c', objective: 99 },
    { name: 'd', objective: 99, window: '5m', service: 'shop' },
    { name: 'e', objective: 99, ratio: { errors: 'sum(x)', total: 'y' } },
    { name: 'f', objective: 99, service: 'shop', unknown: 1 },
    ...[
      { severity: 'page', long: '40d', short: '5m', rate: 2 },
      { severity: 'page', long: '1h', short: '1h', rate: 2 },
      { severity: 'page', long: '1h', short: '5m', rate: 0 },
    ].map((one, index) => ({ name: `g${index}`, objective: 99, service: 'shop', burn_rates: [one] })),
  ]);
  assert.equal(slos.length, 1);
  assert.deepEqual(
    errors.map(({ path, message }) => `${path.join('.')}: ${message}`),
    [
      'slos.1.name: expected a unique name, got "a" again',
      'slos.2.objective: expected a percentage above 0 and below 100',
      'slos.3: expected one of ratio, latency, service, got none',
      'slos.4.window: expected a duration of at least 1d, such as "30d", got "5m"',
      'slos.5.ratio: expected a selector of a counter such as requests_total{code="500"}, got "sum(x)"',
      'slos.6: Unrecognized key: "unknown"',
      'slos.7.burn_rates.0.long: expected a duration shorter than the window of the SLO, such as "1h", got "40d"',
      'slos.8.burn_rates.0.short: expected a duration from "1m" to less than "long", such as "5m", got "1h"',
      'slos.9.burn_rates.0.rate: expected a number above 0, such as 14.4',
    ],
  );
});

test('the alerts of a month have the burn rates of the SRE workbook', () => {
  const { slos } = parseSlos([{ name: 'a', objective: 99.9, ratio: { errors: 'e_total', total: 't_total' } }]);
  const alerts = sloGroups(slos).flatMap(({ rules }) => rules.filter(({ kind }) => kind === 'alerting'));
  assert.deepEqual(
    alerts.map(({ labels, expression }) => [
      ...[labels['severity'], labels['long_window'], labels['short_window']],
      /> ([\d.]+) \*/.exec(expression.text)?.[1],
    ]),
    [
      ['page', '1h', '5m', '14.4'],
      ['page', '6h', '30m', '6'],
      ['ticket', '3d', '6h', '1'],
    ],
  );
});

test('burn rates can be configured, and never alert on a rate that the objective allows', () => {
  const ratio = { errors: 'e_total', total: 't_total' };
  const { slos, errors } = parseSlos([
    { name: 'day', objective: 99, window: '1d', ratio },
    {
      ...{ name: 'own', objective: 99, ratio },
      burn_rates: [{ severity: 'wake-up', long: '2h', short: '10m', rate: 10 }],
    },
  ]);
  assert.deepEqual(errors, []);
  const alerts = sloGroups(slos).flatMap(({ rules }) => rules.filter(({ kind }) => kind === 'alerting'));
  assert.deepEqual(
    alerts.map(({ labels, expression }) => [
      ...[labels['slo'], labels['severity'], labels['long_window'], labels['short_window']],
      />([^>]*?) and /.exec(expression.text)?.[1]?.trim(),
    ]),
    [
      ['day', 'page', '1h', '5m', '1 * 0.01'],
      ['day', 'page', '6h', '30m', '1 * 0.01'],
      ['own', 'wake-up', '2h', '10m', '10 * 0.01'],
    ],
  );
});

test('a burning budget fires, is shown, and ends with the errors', async (t) => {
  const { slos } = parseSlos([
    { name: 'api', objective: 99, ratio: { errors: 'errors_total', total: 'requests_total' }, labels: { team: 'web' } },
    { name: 'fast', objective: 80, latency: { histogram: 'latency_seconds', threshold: 1 } },
  ]);
  const setup = await start(t, { rules: 'groups: []', slos });
  let errors = 0;
  for (let minute = 1; minute <= 18; minute++) {
    const at = setup.clock.now() - 500;
    if (minute > 3 && minute <= 10) errors += 100;
    await setup.counter('errors', errors, at);
    await setup.counter('requests', minute * 200, at);
    await setup.latency(minute * 10, at);
    await setup.advance(60_000);
    const [api, fast] = await setup.alerting.slos();
    if (minute === 9) {
      assert.deepEqual([api?.firing, api?.labels], [['page', 'ticket'], { team: 'web' }]);
      assert.ok((api?.burnRates.find(({ windowMillis }) => windowMillis === 300_000)?.burnRate ?? 0) > 30);
      assert.ok((api?.budgetLeft ?? 0) < 0 && (api?.ratio ?? 1) < 0.99);
      assert.ok(Math.abs((fast?.ratio ?? 0) - 0.9) < 1e-9, `${fast?.ratio}`);
      assert.deepEqual(fast?.firing, []);
    }
    if (minute === 18) assert.ok(!api?.firing.includes('page') || (api?.burnRates[0]?.burnRate ?? 1) === 0);
  }
  const sent = setup.sent
    .filter(({ labels }) => labels['slo'] === 'api')
    .map(({ labels, state }) => `${labels['long_window']} ${state}`);
  assert.ok(sent.includes('1h firing') && sent.includes('1h resolved'), sent.join());
});
