import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@otelier/testkit/clock';
import { TenantState } from '../tenants/tenant-state.ts';
import { createUseMemory, SharedUse } from '../tenants/use/shared-use.ts';
import { collected, replying } from './registry.testing.ts';
import { OTLP, spans, startWorkers, until } from './service.testing.ts';

test('limits of a tenant hold for all threads together, and usage is that of all', async (t) => {
  collected.length = 0;
  replying.reply = () => ({ kind: 'accepted' });
  const limits = '{ingest_items_per_second: 8}';
  const { service, clients } = await startWorkers(
    t,
    `receivers: {${OTLP}}
exporters: {collect: {}}
service:
  tenants: {trusted_proxies: [127.0.0.1], named: {acme: {limits: ${limits}}}}
  pipelines: {traces: {receivers: [otlp], exporters: [collect]}}`,
  );
  const headers = { 'x-scope-orgid': 'acme' };
  // Connections to both threads. One request uses the rate of several minutes.
  const [first, ...others] = clients(16);
  assert.ok(first !== undefined);
  const large = spans(...Array.from({ length: 4000 }, (_, i): [number, string] => [i, 'a']));
  assert.equal((await first.export('traces', [large], { headers })).kind, 'accepted');
  const outcomes = await Promise.all(others.map((client) => client.export('traces', [spans([1, 'a'])], { headers })));
  for (const outcome of outcomes)
    assert.match(JSON.stringify(outcome), /"retry".*tenant acme may send 8 items per second/);
  const other = await Promise.all(
    others.map((client) => client.export('traces', [spans([1, 'a'])], { headers: { 'x-scope-orgid': 'umbra' } })),
  );
  assert.ok(other.every(({ kind }) => kind === 'accepted'));
  const usageOf = (tenant: string) => service.host.ingestUsage?.().find((one) => one.tenant === tenant);
  await until(
    'the usage of both threads',
    () => usageOf('acme')?.receivedItems === 4000 && usageOf('umbra')?.receivedItems === 15,
  );
  assert.equal(usageOf('acme')?.rejectedRequests, 15);
});

test('threads share rates and bytes in flight, also after one of them has ended', () => {
  const memory = createUseMemory(3);
  const clock = createManualClock();
  const settings = { state: 'active', limits: { ingestItemsPerSecond: 10, bytesInFlight: 100 } } as const;
  const inThread = (thread: number, tenant = 'acme') =>
    new TenantState(tenant, settings, clock.monotonic(), new SharedUse(memory, thread).of(tenant));
  const [a, b] = [inThread(0), inThread(1)];
  const check = (state: TenantState) => state.check(60, 1000, clock.monotonic())?.reason;
  a.addInFlight(60);
  assert.match(check(b) ?? '', /may have 100B in flight/);
  assert.equal(check(inThread(2, 'umbra')), undefined);
  // A thread that is started again has nothing in flight.
  inThread(0);
  assert.equal(check(b), undefined);
  b.received(1000, 10, clock.monotonic());
  for (const state of [a, b, inThread(2)]) assert.match(check(state) ?? '', /may send 10 items per second/);
  assert.equal(check(inThread(2, 'umbra')), undefined);
});
