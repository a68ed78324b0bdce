import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNotifierBench, labelled, webhookConfig } from './notifier.testing.ts';

const MINUTE = 60_000;
const names = (payload: {
  readonly alerts: readonly { readonly labels: Readonly<Record<string, string>>; readonly status: string }[];
}) => payload.alerts.map(({ labels, status }) => `${labels.instance ?? labels.alertname} ${status}`);

test('waits for a group, sends changes at its interval, and repeats after the repeat interval', async (t) => {
  const bench = await createNotifierBench(t, (url) => webhookConfig(url));
  bench.receive(labelled('Down', { instance: 'a' }));
  await bench.advance(29_000);
  assert.equal(bench.requests.length, 0);
  bench.receive(labelled('Down', { instance: 'b' }), labelled('Slow', { instance: 'c' }));
  await bench.advance(2_000);
  const [first, ...none] = bench.payloads();
  assert.ok(first !== undefined && none.length === 0);
  assert.deepEqual(names(first), ['a firing', 'b firing']);
  assert.equal(first.groupKey, '{}:{alertname="Down"}');
  assert.equal(first.notification_reason, 'first notification');
  await bench.advance(30_000);
  assert.deepEqual(bench.payloads().map(names), [['c firing']]);
  // Nothing changes: the sender repeats what fires.
  for (let minute = 0; minute < 245; minute += 4) {
    bench.receive(labelled('Down', { instance: 'a' }), labelled('Down', { instance: 'b' }));
    await bench.advance(4 * MINUTE);
  }
  const repeated = bench.payloads().filter(({ groupLabels }) => groupLabels.alertname === 'Down');
  assert.deepEqual(
    repeated.map(({ notification_reason: reason }) => reason),
    ['repeat interval elapsed'],
  );
});

test('tells of resolved alerts, and of a group that is resolved', async (t) => {
  const bench = await createNotifierBench(t, (url) => webhookConfig(url));
  const [a, b] = [labelled('Down', { instance: 'a' }), labelled('Down', { instance: 'b' })];
  bench.receive(a, b);
  await bench.advance(31_000);
  bench.payloads();
  bench.receive({ ...a, state: 'resolved', endsAtMs: bench.clock.now() }, b);
  await bench.advance(4 * MINUTE);
  bench.receive(b);
  await bench.advance(2 * MINUTE);
  assert.deepEqual(bench.payloads().map(names), [['a resolved', 'b firing']]);
  // Without an update, an alert is resolved after five minutes.
  await bench.advance(10 * MINUTE);
  const [last] = bench.payloads();
  assert.equal(last?.status, 'resolved');
  assert.equal(last?.notification_reason, 'all alerts resolved');
  await bench.advance(10 * MINUTE);
  assert.deepEqual(bench.payloads(), []);
  assert.deepEqual(bench.notifier.groups(), []);
});

test('delivers each alert once after the receiver was away for ten minutes, across a crash', async (t) => {
  const bench = await createNotifierBench(t, (url) => webhookConfig(url, { route: 'group_by: [instance]' }));
  bench.response = { status: 503 };
  const alerts = Array.from({ length: 10 }, (_, index) => labelled('Down', { instance: `i${index}` }));
  for (let minute = 0; minute < 10; minute++) {
    bench.receive(...alerts.slice(0, minute + 1));
    await bench.advance(30_000);
    // The process ends without a word, and another one continues.
    if (minute % 3 === 1) await bench.restart({ crashes: true });
    await bench.advance(30_000);
  }
  assert.equal(bench.notifier.deliveries().pending.length, 10);
  assert.match(bench.notifier.deliveries().pending[0]?.lastError ?? '', /the server responded 503/);
  bench.payloads();
  bench.response = {};
  await bench.advance(2 * MINUTE);
  const delivered = bench
    .payloads()
    .flatMap(({ alerts: sent, repeated }) => sent.map(({ labels }) => ({ instance: labels.instance ?? '', repeated })));
  assert.deepEqual(delivered.map(({ instance }) => instance).sort(), alerts.map((_, index) => `i${index}`).sort());
  assert.deepEqual(bench.notifier.deliveries(), { pending: [], failed: [] });
});
