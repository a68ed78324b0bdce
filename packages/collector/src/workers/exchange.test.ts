import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED, type Batch, countItems, type Outcome, partitionByTraceId } from '@otelier/otlp';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { createAdmissions } from '../service/admission.ts';
import { createExchange } from './exchange.ts';

const batchOf = (...traces: readonly number[]): Batch => {
  const spans = traces.map((n) => ({ traceId: n.toString(16).padStart(32, '0'), name: `t${n}` }));
  const bytes = encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
  return { ...sampleBatch('traces'), parts: [bytes], itemCount: traces.length, sizeBytes: bytes.length };
};
const many = Array.from({ length: 40 }, (_, n) => n % 13);

/** Creates an exchange across three threads that record their batches. */
function exchange(reply: (thread: number) => Outcome | Promise<Outcome> = () => ACCEPTED, limitBytes = 1e6) {
  const admissions = createAdmissions(limitBytes);
  const got: Batch[][] = [[], [], []];
  const threads = got.map((batches, thread) => async (batch: Batch) => {
    batches.push(batch);
    return await reply(thread);
  });
  const consumer = createExchange(({ signal }, part) => partitionByTraceId(signal, part, 3, 0), threads, admissions);
  return { consumer, got, admissions };
}

test('sends every item to one thread, and all items of a trace to the same', async () => {
  const { consumer, got, admissions } = exchange();
  for (const traces of [many, [1, 2, 3], [1]]) assert.equal(await consumer.consume(batchOf(...traces)), ACCEPTED);
  const home = new Map<string, number>();
  let items = 0;
  for (const [thread, batches] of got.entries()) {
    for (const { parts, itemCount, sizeBytes } of batches) {
      items += itemCount;
      assert.equal(
        sizeBytes,
        parts.reduce((sum, part) => sum + part.length, 0),
      );
      for (const part of parts) {
        for (const [name] of Buffer.from(part).toString('latin1').matchAll(/t\d+/g)) {
          assert.equal(home.get(name) ?? thread, thread);
          home.set(name, thread);
        }
      }
      assert.equal(
        itemCount,
        parts.reduce((sum, part) => sum + countItems('traces', part), 0),
      );
    }
  }
  assert.equal(items, many.length + 4);
  assert.equal(new Set(home.values()).size, 3);
  assert.equal(admissions.inFlightBytes, 0);
});

describe('the outcome of a batch is that of its pieces', () => {
  const rejection: Outcome = { kind: 'refused', reason: 'no' };
  const replies = (first: Outcome, rest: Outcome) => exchange((thread) => (thread === 0 ? first : rest));
  for (const [what, first, rest, expected] of [
    ['retry when one piece returns it', { kind: 'retry', afterMillis: 5, reason: 'full' }, ACCEPTED, 'retry'],
    ['refused when all are', rejection, rejection, 'refused'],
    ['partial when one is refused', rejection, ACCEPTED, 'partial'],
    ['partial when one is partial', { kind: 'partial', rejectedItems: 1, reason: 'old' }, ACCEPTED, 'partial'],
  ] as const) {
    test(what, async () => {
      const { consumer, got } = replies(first, rest);
      const outcome = await consumer.consume(batchOf(...many));
      assert.equal(outcome.kind, expected);
      if (outcome.kind !== 'partial') return;
      assert.equal(outcome.rejectedItems, first.kind === 'partial' ? 1 : got[0]?.[0]?.itemCount);
    });
  }
});

test('rejects a batch as a whole without memory for all pieces, and releases the memory', async () => {
  const { consumer, got, admissions } = exchange(undefined, 5000);
  const batch = batchOf(...many);
  const others = admissions.admit(5000 - 1000);
  assert.ok('release' in others);
  assert.equal((await consumer.consume(batch)).kind, 'retry');
  assert.deepEqual(got, [[], [], []]);
  others.release();
  assert.equal((await consumer.consume(batch)).kind, 'accepted');
  assert.equal(admissions.inFlightBytes, 0);
});
