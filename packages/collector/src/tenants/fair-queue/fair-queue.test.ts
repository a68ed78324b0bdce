import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { FairQueue, type Flow } from './fair-queue.ts';

const KIB = 1024;

function createQueue(weights: Readonly<Record<string, number>> = {}) {
  // Each processed request takes a millisecond.
  let millis = 0;
  const queue = new FairQueue<Flow & { readonly name: string }, string>(() => millis);
  const flows = new Map<string, Flow & { readonly name: string }>();
  const processed: string[] = [];
  const outcomes: (Outcome | Promise<Outcome>)[] = [];
  const handle = (request: string): Outcome => {
    millis += 1;
    processed.push(request);
    return ACCEPTED;
  };
  const send = (name: string, sizeBytes: number, count = 1): void => {
    const flow = flows.get(name) ?? { name, weight: weights[name] ?? 1 };
    flows.set(name, flow);
    for (let i = 0; i < count; i++) outcomes.push(queue.run(flow, name, sizeBytes, handle));
  };
  const idle = async () => {
    while (queue.length > 0) await turn();
    await Promise.all(outcomes);
  };
  return { queue, send, idle, processed, outcomes };
}

test('processes everything at once while only one tenant sends', () => {
  const { queue, send, processed, outcomes } = createQueue();
  send('a', 1000 * KIB, 100);
  assert.equal(processed.length, 100);
  assert.ok(outcomes.every((outcome) => outcome === ACCEPTED));
  assert.equal(queue.length, 0);
  assert.equal(queue.isShared, false);
});

test('processes a quiet tenant before the waiting requests of a noisy one', async () => {
  const { queue, send, idle, processed } = createQueue();
  send('quiet', KIB);
  send('noisy', 16 * KIB, 500);
  assert.ok(queue.length > 400);
  for (let round = 0; round < 20; round++) {
    const before = processed.filter((name) => name === 'quiet').length;
    send('quiet', KIB);
    assert.equal(processed.filter((name) => name === 'quiet').length, before + 1, 'the quiet tenant does not wait');
    await turn();
  }
  assert.ok(queue.length > 0, 'the noisy tenant still waits');
  await idle();
  assert.equal(processed.length, 521);
});

test('a tenant that waits gets as much as one that sends within its share in every turn', async () => {
  const { queue, send, processed } = createQueue();
  send('steady', KIB);
  send('noisy', 16 * KIB, 500);
  for (let round = 0; round < 400; round++) {
    send('steady', 8 * KIB);
    await turn();
  }
  const noisy = processed.filter((name) => name === 'noisy').length;
  // The steady one has had 3,200 KiB.
  assert.ok(noisy > 70 && noisy < 300, `${noisy} requests of 16 KiB`);
  assert.ok(queue.length > 0);
  while (queue.length > 0) await turn();
});

test('shares by bytes and weight, not by the number of requests', async () => {
  const { queue, send, idle, processed } = createQueue({ heavy: 3 });
  send('first', 1);
  send('small', 4 * KIB, 2000);
  send('large', 32 * KIB, 2000);
  send('heavy', 4 * KIB, 2000);
  while (processed.length < 1500) await turn();
  const bytes = (name: string, size: number) => processed.filter((one) => one === name).length * size;
  const [small, large, heavy] = [bytes('small', 4 * KIB), bytes('large', 32 * KIB), bytes('heavy', 4 * KIB)];
  assert.ok(large / small > 0.8 && large / small < 1.25, `large ${large}, small ${small}`);
  assert.ok(heavy / small > 2.4 && heavy / small < 3.6, `heavy ${heavy}, small ${small}`);
  await idle();
  assert.equal(queue.length, 0);
});

test('keeps the order of a tenant, and passes on outcomes and errors', async () => {
  const queue = new FairQueue<Flow, number>(() => 0);
  const [a, b] = [{ weight: 1 }, { weight: 1 }];
  const order: number[] = [];
  const handle = (request: number): Outcome => {
    order.push(request);
    if (request === 7) throw new Error('broken');
    return { kind: 'refused', reason: String(request) };
  };
  queue.run(b, -1, 1, handle);
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, async (_, request) => queue.run(a, request, 60 * KIB, handle)),
  );
  assert.deepEqual(order, [-1, ...Array.from({ length: 20 }, (_, request) => request)]);
  for (const [request, result] of results.entries()) {
    if (request === 7) assert.equal(result.status, 'rejected');
    else assert.deepEqual(result, { status: 'fulfilled', value: { kind: 'refused', reason: String(request) } });
  }
});

test('processes a request that is larger than any share, and tells tenants apart no longer than needed', async () => {
  const { queue, send, idle, processed } = createQueue();
  send('a', 1);
  send('b', 20_000 * KIB);
  send('b', 20_000 * KIB);
  await idle();
  assert.deepEqual(processed, ['a', 'b', 'b']);
  for (let round = 0; round < 200 && queue.isShared; round++) {
    send('b', 1);
    await turn();
  }
  await idle();
  assert.equal(queue.isShared, false);
});
