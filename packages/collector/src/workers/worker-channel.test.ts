import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { WorkerChannel } from './worker-channel.ts';

/** Creates the two ends of a channel. The second end replies with `reply`. */
function linked(t: { after(end: () => void): void }, reply: (nodeId: string, batch: Batch) => Promise<Outcome>) {
  const { port1, port2 } = new MessageChannel();
  const near = new WorkerChannel(port1, () => Promise.reject(new Error('nothing comes back this way')));
  const far = new WorkerChannel(port2, reply);
  t.after(() => {
    near.close();
    far.close();
  });
  return { near, far };
}

test('delivers batches with all of their fields and returns the outcomes', async (t) => {
  const seen: { nodeId: string; batch: Batch }[] = [];
  const outcomes: Outcome[] = [
    ACCEPTED,
    { kind: 'partial', rejectedItems: 2, reason: 'old' },
    { kind: 'retry', afterMillis: 20, reason: 'full' },
    { kind: 'refused', reason: 'never' },
  ];
  const replies: (() => void)[] = [];
  const { near } = linked(t, (nodeId, batch) => {
    seen.push({ nodeId, batch });
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    replies.unshift(() => resolve(outcomes[Number(nodeId)] ?? ACCEPTED));
    // Replies arrive in reverse order.
    if (replies.length === outcomes.length) for (const reply of replies) reply();
    return promise;
  });
  const context = { tenant: 't', subject: 's', metadata: { a: ['b', 'c'] }, arrivalMillis: 5 };
  const batch = { ...sampleBatch('logs', 3), context };
  const results = await Promise.all(outcomes.map((_, index) => near.send(String(index), batch)));
  assert.deepEqual(results, outcomes);
  assert.equal(results[0], ACCEPTED);
  for (const { batch: arrived } of seen) assert.deepEqual(arrived, batch);
});

test('copies only the bytes of the parts and leaves them to their owner', async (t) => {
  const arrived: Batch[] = [];
  const { near } = linked(t, async (_nodeId, batch) => {
    arrived.push(batch);
    return ACCEPTED;
  });
  const pool = new Uint8Array(1_000_000).fill(7);
  const batch = { ...sampleBatch('logs'), parts: [pool.subarray(10, 20), new Uint8Array([1, 2])] };
  await near.send('x', batch);
  assert.equal(pool.length, 1_000_000);
  assert.deepEqual(batch.parts[1], new Uint8Array([1, 2]));
  assert.deepEqual(
    arrived[0]?.parts.map((part) => [part.length, part.buffer.byteLength]),
    [
      [10, 10],
      [2, 2],
    ],
  );
});

test('returns retry for pending batches when the other end closes', async (t) => {
  const { near, far } = linked(t, () => new Promise(() => undefined));
  const waiting = near.send('x', sampleBatch('traces'));
  far.close();
  assert.equal((await waiting).kind, 'retry');
  assert.equal((await near.send('x', sampleBatch('traces'))).kind, 'retry');
});
