import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNotifierBench, labelled } from '../notifier.testing.ts';
import { containsTime, type TimeInterval } from './time-interval.ts';

test('contains times by minutes, days, months and years in a time zone', () => {
  const cases: readonly (readonly [interval: TimeInterval, time: string, isContained: boolean])[] = [
    [{}, '2026-12-01T00:00:00Z', true],
    [{ times: [{ begin: 540, end: 1020 }] }, '2026-12-01T09:00:00Z', true],
    [{ times: [{ begin: 540, end: 1020 }] }, '2026-12-01T17:00:00Z', false],
    [{ times: [{ begin: 540, end: 1020 }], location: 'America/New_York' }, '2026-12-01T14:00:00Z', true],
    // The clock of Berlin is set forward on 29 March 2026: 08:00 UTC is 09:00 before and 10:00 after.
    [{ times: [{ begin: 540, end: 541 }], location: 'Europe/Berlin' }, '2026-03-28T08:00:00Z', true],
    [{ times: [{ begin: 540, end: 541 }], location: 'Europe/Berlin' }, '2026-03-29T08:00:00Z', false],
    [{ weekdays: [{ begin: 1, end: 5 }] }, '2026-12-01T00:00:00Z', true],
    [{ weekdays: [{ begin: 1, end: 5 }] }, '2026-12-05T00:00:00Z', false],
    [{ weekdays: [{ begin: 0, end: 0 }], location: 'Asia/Tokyo' }, '2026-12-05T15:00:00Z', true],
    [{ daysOfMonth: [{ begin: -1, end: -1 }] }, '2028-02-29T12:00:00Z', true],
    [{ daysOfMonth: [{ begin: -1, end: -1 }] }, '2028-02-28T12:00:00Z', false],
    [{ daysOfMonth: [{ begin: 31, end: 31 }] }, '2026-11-30T12:00:00Z', false],
    [{ daysOfMonth: [{ begin: 28, end: 31 }] }, '2026-11-30T12:00:00Z', true],
    [{ months: [{ begin: 11, end: 12 }], years: [{ begin: 2026, end: 2026 }] }, '2026-11-30T12:00:00Z', true],
    [{ months: [{ begin: 11, end: 12 }], years: [{ begin: 2027, end: 2030 }] }, '2026-11-30T12:00:00Z', false],
  ];
  for (const [interval, time, isContained] of cases) {
    assert.equal(containsTime(interval, Date.parse(time)), isContained, `${JSON.stringify(interval)} ${time}`);
  }
});

test('sends nothing during a maintenance window, and what still fires after it', async (t) => {
  // The bench starts on Tuesday, 1 December 2026, at 12:00 UTC, which is 13:00 in Berlin.
  const bench = await createNotifierBench(
    t,
    (url) => `route:
  receiver: hook
  routes: [{ group_by: [alertname], group_interval: 1m, mute_time_intervals: [maintenance] }]
receivers: [{ name: hook, webhook_configs: [{ url: '${url}' }] }]
time_intervals:
  - name: maintenance
    time_intervals:
      - { weekdays: [tuesday], times: [{ start_time: '13:00', end_time: '13:10' }], location: Europe/Berlin }
`,
  );
  const firing = { endsAtMs: bench.clock.now() + 86_400_000 };
  bench.receive({ ...labelled('Down'), ...firing });
  await bench.advance(120_000);
  assert.equal(bench.requests.length, 0);
  assert.deepEqual(
    bench.notifier.groups().map(({ mutedBy }) => mutedBy),
    [['maintenance']],
  );
  await bench.advance(540_000);
  assert.deepEqual(
    bench.payloads().map(({ groupLabels }) => groupLabels.alertname),
    ['Down'],
  );
  assert.deepEqual(
    bench.notifier.groups().map(({ mutedBy }) => mutedBy),
    [[]],
  );
});
