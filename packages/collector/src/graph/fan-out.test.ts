import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import type { Consumer } from '../component/contract.ts';
import { createFanOut } from './fan-out.ts';

const BATCH = sampleBatch('traces', 3);
const RETRY: Outcome = { kind: 'retry', afterMillis: 5, reason: 'disk full' };
const REFUSED: Outcome = { kind: 'refused', reason: 'not for us' };

/** Creates a branch that accepts batches immediately and records them. */
function direct(log: string[], name: string, outcome: Outcome = ACCEPTED): Consumer {
  return {
    async consume() {
      log.push(`${name} took`);
      return outcome;
    },
  };
}

/** Creates a branch with a queue. */
function queued(log: string[], name: string, full = false): Consumer {
  return {
    consume: () => assert.fail('expected a reservation before consume on a branch with a queue'),
    reserve: () =>
      full
        ? { kind: 'retry', afterMillis: 1, reason: `${name} is full` }
        : {
            kind: 'reserved',
            commit() {
              log.push(`${name} took`);
              return ACCEPTED;
            },
            cancel: () => void log.push(`${name} cancelled`),
          },
  };
}

test('forwards the same batch to every branch', async () => {
  const seen: Batch[] = [];
  const branch: Consumer = {
    consume(batch) {
      seen.push(batch);
      return ACCEPTED;
    },
  };
  const result = createFanOut([branch, branch]).consume(BATCH);
  assert.equal(result, ACCEPTED, 'expected a synchronous outcome');
  assert.deepEqual(await result, ACCEPTED);
  assert.ok(seen.length === 2 && seen.every((batch) => batch === BATCH));
});

test('rejects a batch before any branch receives it when one queue is full', async () => {
  const log: string[] = [];
  const outcome = await createFanOut([direct(log, 'store'), queued(log, 'a'), queued(log, 'b', true)]).consume(BATCH);
  assert.deepEqual(outcome, { kind: 'retry', afterMillis: 1, reason: 'b is full' });
  assert.deepEqual(log, ['a cancelled']);
});

test('cancels reservations when a branch without a queue returns retry', async () => {
  const log: string[] = [];
  const outcome = await createFanOut([queued(log, 'queue'), direct(log, 'store', RETRY)]).consume(BATCH);
  assert.deepEqual(outcome, RETRY);
  assert.deepEqual(log, ['store took', 'queue cancelled']);
});

test('forwards a batch to the other branches when one refuses it, and reports the reason once', async () => {
  const log: string[] = [];
  const outcome = await createFanOut([queued(log, 'queue'), direct(log, 'x', REFUSED)]).consume(BATCH);
  assert.deepEqual(outcome, { kind: 'partial', rejectedItems: 3, reason: 'not for us' });
  assert.deepEqual(log, ['x took', 'queue took']);
});

test('refuses a batch when every branch refuses it', async () => {
  const outcome = await createFanOut([direct([], 'a', REFUSED), direct([], 'b', REFUSED)]).consume(BATCH);
  assert.deepEqual(outcome, REFUSED);
});

test('reports the largest rejection of the branches', async () => {
  const partial = (rejectedItems: number): Outcome => ({
    kind: 'partial',
    rejectedItems,
    reason: `${rejectedItems} bad`,
  });
  const outcome = await createFanOut([direct([], 'a', partial(1)), direct([], 'b', partial(2))]).consume(BATCH);
  assert.deepEqual(outcome, { kind: 'partial', rejectedItems: 2, reason: '1 bad; 2 bad' });
});

test('does not return retry for a batch that a queue accepted', async () => {
  const waiting: Consumer = {
    consume: () => ACCEPTED,
    reserve: () => ({ kind: 'reserved', commit: async () => RETRY, cancel: () => {} }),
  };
  const outcome = await createFanOut([waiting, direct([], 'a')]).consume(BATCH);
  assert.equal(outcome.kind, 'partial');
});

test('reserves in all branches if all have queues, so that a fan-out before it sees a full one', async () => {
  const log: string[] = [];
  const inner = createFanOut([queued(log, 'a'), queued(log, 'b')]);
  const full = createFanOut([queued(log, 'c'), queued(log, 'd', true)]);
  assert.equal((await createFanOut([direct(log, 'store'), inner, full]).consume(BATCH)).kind, 'retry');
  assert.deepEqual(log, ['c cancelled', 'a cancelled', 'b cancelled']);
  assert.deepEqual(await createFanOut([direct(log, 'store'), inner]).consume(BATCH), ACCEPTED);
  assert.deepEqual(log.slice(3), ['store took', 'a took', 'b took']);
});

test('asks the sender to retry if no queue could take the reserved batch', async () => {
  const full: Outcome = { kind: 'retry', afterMillis: 1000, reason: 'the disk is full' };
  const queue = (outcome: Outcome): Consumer => ({
    consume: () => outcome,
    reserve: () => ({ kind: 'reserved', commit: async () => outcome, cancel: () => {} }),
  });
  const batch = sampleBatch('traces', 2);
  assert.deepEqual(await createFanOut([queue(full), queue(full)]).consume(batch), { ...full, afterMillis: undefined });
  const partial = { kind: 'partial', rejectedItems: 2, reason: 'the disk is full' };
  assert.deepEqual(await createFanOut([queue(full), queue(ACCEPTED)]).consume(batch), partial);
});
