import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED, type Batch, countItems, normalizeRequest, type Signal } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { createRandom } from '@otelier/testkit/otlp/random';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { PART_BYTES } from '../service/admission.ts';
import { batch } from './batch.ts';

processorContract(batch, {
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  settle: (bench) => bench.clock.advance(200),
  respondsEarly: true,
});

async function withBench(config: Record<string, unknown>, run: (bench: ComponentBench) => Promise<void>, more = {}) {
  const bench = await createComponentBench(batch, { config, ...more });
  try {
    await bench.start();
    await run(bench);
  } finally {
    await bench.service.shutdown();
  }
}

function batchWith(signal: Signal, items: number, context: Partial<Batch['context']> = {}): Batch {
  const sample = sampleBatch(signal, items);
  return { ...sample, context: { ...sample.context, ...context } };
}

const sizes = (bench: ComponentBench) => bench.received.map(({ itemCount }) => itemCount);

/** Asserts that the received batches are valid requests with correct counts and sizes. */
function checkParts({ received }: ComponentBench): void {
  for (const { signal, parts, itemCount, sizeBytes } of received) {
    assert.equal(
      parts.reduce((sum, part) => sum + countItems(signal, part), 0),
      itemCount,
    );
    assert.equal(
      parts.reduce((sum, part) => sum + part.length, 0),
      sizeBytes,
    );
    for (const part of parts) assert.equal(normalizeRequest(signal, part).ok, true);
  }
}

test('sends a batch when its size is reached, without copying bytes', () =>
  withBench({ send_batch_size: 10 }, async (bench) => {
    const first = batchWith('traces', 6);
    const second = batchWith('traces', 5);
    await bench.send(first);
    assert.deepEqual(sizes(bench), []);
    await bench.send(second);
    assert.deepEqual(sizes(bench), [11]);
    assert.equal(bench.received[0]?.parts[0], first.parts[0]);
    assert.equal(bench.received[0]?.parts[1], second.parts[0]);
  }));

test('sends a batch at the timeout after its first item', () =>
  withBench({ timeout: '1s' }, async (bench) => {
    await bench.send(batchWith('logs', 1));
    await bench.clock.advance(900);
    await bench.send(batchWith('logs', 2));
    assert.deepEqual(sizes(bench), []);
    await bench.clock.advance(100);
    assert.deepEqual(sizes(bench), [3]);
  }));

test('sends immediately with a size or a timeout of 0', async () => {
  for (const config of [{ send_batch_size: 0 }, { timeout: 0 }, { timeout: '0s' }]) {
    await withBench(config, async (bench) => {
      await bench.send(batchWith('metrics', 3));
      assert.deepEqual(sizes(bench), [3]);
    });
  }
});

for (const signal of ['traces', 'metrics', 'logs'] as const) {
  test(`splits ${signal} by the maximum size and keeps every item once`, () =>
    withBench({ send_batch_size: 4, send_batch_max_size: 4 }, async (bench) => {
      await bench.send(batchWith(signal, 3));
      await bench.send(batchWith(signal, 10));
      assert.deepEqual(sizes(bench), [4, 4, 4]);
      await bench.clock.advance(200);
      assert.deepEqual(sizes(bench), [4, 4, 4, 1]);
      checkParts(bench);
      assert.equal(bench.service.graph().admission.inFlightBytes, 0);
    }));
}

test('splits a batch far larger than the maximum size', () =>
  withBench({ send_batch_size: 10, send_batch_max_size: 10 }, async (bench) => {
    await bench.send(batchWith('traces', 1234));
    await bench.service.drain();
    assert.deepEqual(sizes(bench), [...Array.from({ length: 123 }, () => 10), 4]);
    checkParts(bench);
  }));

test('sends a batch before it exceeds the maximum number of bytes', async () => {
  const { sizeBytes } = sampleBatch('traces', 5);
  await withBench({ send_batch_max_bytes: 2 * sizeBytes }, async (bench) => {
    for (let index = 0; index < 3; index++) await bench.send(batchWith('traces', 5));
    assert.deepEqual(sizes(bench), [10]);
  });
});

test('batches by tenant and configured metadata, and removes other metadata', () =>
  withBench({ metadata_keys: ['X-Shop'] }, async (bench) => {
    const berlin = { metadata: { 'x-shop': ['berlin'], other: ['1'] } };
    await bench.send(batchWith('traces', 1, berlin));
    await bench.send(batchWith('traces', 2, { metadata: { 'x-shop': ['berlin'], other: ['2'] } }));
    await bench.send(batchWith('traces', 3, { metadata: { 'x-shop': ['paris'] } }));
    await bench.send(batchWith('traces', 4, { ...berlin, tenant: 'b' }));
    await bench.clock.advance(200);
    assert.deepEqual(sizes(bench), [3, 3, 4]);
    assert.deepEqual(bench.received[0]?.context.metadata, { 'x-shop': ['berlin'] });
    assert.equal(bench.received[2]?.context.tenant, 'b');
  }));

test('keeps the earliest arrival time, and the subject only if all batches have the same', () =>
  withBench({}, async (bench) => {
    await bench.send(batchWith('traces', 1, { arrivalMillis: 20, subject: 'a' }));
    await bench.send(batchWith('traces', 1, { arrivalMillis: 10, subject: 'b' }));
    await bench.clock.advance(200);
    assert.equal(bench.received[0]?.context.arrivalMillis, 10);
    assert.equal(bench.received[0]?.context.subject, undefined);
  }));

test('refuses metadata combinations above the limit until others are sent', () =>
  withBench({ metadata_keys: ['k'], metadata_cardinality_limit: 1 }, async (bench) => {
    assert.deepEqual(await bench.send(batchWith('traces', 1, { metadata: { k: ['1'] } })), ACCEPTED);
    const second = batchWith('traces', 1, { metadata: { k: ['2'] } });
    assert.equal((await bench.send(second)).kind, 'retry');
    await bench.clock.advance(200);
    assert.deepEqual(await bench.send(second), ACCEPTED);
  }));

test('returns a retryable error while the memory budget is exhausted', async () => {
  const { sizeBytes } = sampleBatch('traces', 5);
  await withBench(
    {},
    async (bench) => {
      assert.deepEqual(await bench.send(batchWith('traces', 5)), ACCEPTED);
      assert.equal((await bench.send(batchWith('traces', 5))).kind, 'retry');
      await bench.clock.advance(200);
      assert.deepEqual(await bench.send(batchWith('traces', 5)), ACCEPTED);
    },
    { memoryLimitBytes: (sizeBytes + PART_BYTES) * 1.5 },
  );
});

test('retries while the next component is full, delays clients, and loses nothing', () =>
  withBench({ timeout: 0 }, async (bench) => {
    bench.response = () => ({ kind: 'retry', afterMillis: 5000, reason: 'the sending queue is full' });
    assert.deepEqual(await bench.send(batchWith('traces', 3)), ACCEPTED);
    await bench.clock.untilPending();
    assert.match(bench.error() ?? '', /^retrying, the sending queue is full/);
    const rejected = bench.send(batchWith('traces', 4));
    await bench.clock.advance(500);
    assert.deepEqual(await rejected, { kind: 'retry', afterMillis: 1000, reason: 'the sending queue is full' });
    bench.response = () => ACCEPTED;
    await bench.clock.advance(4400);
    const delayed = bench.send(batchWith('traces', 5));
    await bench.clock.advance(99);
    assert.equal(bench.received.length, 1);
    await bench.clock.advance(1);
    assert.deepEqual(await delayed, ACCEPTED);
    assert.deepEqual(sizes(bench), [3, 3, 5]);
    assert.equal(bench.error(), undefined);
    assert.deepEqual(bench.dropped(), {});
    assert.equal(bench.service.graph().admission.inFlightBytes, 0);
  }));

test('counts and logs batches that are refused permanently', () =>
  withBench({ timeout: 0 }, async (bench) => {
    bench.response = () => ({ kind: 'refused', reason: 'not for us' });
    await bench.send(batchWith('traces', 3));
    await bench.clock.untilPending();
    assert.deepEqual(bench.dropped(), { refused: 3 });
    assert.ok(bench.logs.some(({ msg, reason }) => msg === 'telemetry lost' && reason === 'not for us'));
  }));

test('returns the outcome to clients with wait_for_result', () =>
  withBench({ wait_for_result: true, send_batch_size: 4 }, async (bench) => {
    bench.response = () => ({ kind: 'retry', afterMillis: 7, reason: 'full' });
    const outcomes = await Promise.all([bench.send(batchWith('traces', 2)), bench.send(batchWith('traces', 2))]);
    for (const outcome of outcomes) assert.deepEqual(outcome, { kind: 'retry', afterMillis: 7, reason: 'full' });
    assert.deepEqual(bench.dropped(), {});
  }));

test('rejects a maximum size below the size', async () => {
  await assert.rejects(
    createComponentBench(batch, { config: { send_batch_size: 10, send_batch_max_size: 5 } }),
    /processors\.tested\.send_batch_max_size: expected 0 or at least send_batch_size, got 5/,
  );
});

/** Compares the counts of a bench with the batches that it has received, by the reason for which they were sent. */
function checkCounts(bench: ComponentBench, sizeTriggers: number, combinations: number): void {
  const { received, service } = bench;
  const counts = service.graph().nodes.find(({ kind }) => kind === 'processor')?.batching;
  const sum = (of: (batch: Batch) => number) => received.reduce((total, batch) => total + of(batch), 0);
  assert.equal(counts?.sizeTriggers, sizeTriggers);
  assert.equal(counts?.timeoutTriggers, received.length - sizeTriggers);
  assert.equal(counts?.combinations, combinations);
  assert.equal(
    counts?.sent?.items.sum,
    sum(({ itemCount }) => itemCount),
  );
  assert.equal(
    counts?.sent?.bytes.sum,
    sum(({ sizeBytes }) => sizeBytes),
  );
  const under10 = received.filter(({ itemCount }) => itemCount <= 10).length;
  assert.equal(counts?.sent?.items.buckets['10'] ?? 0, under10);
}

test('counts batches by the reason for which they are sent, and the metadata combinations', async () => {
  for (const [seed, config] of [{}, { send_batch_max_size: 20 }, { send_batch_max_bytes: 2000 }].entries()) {
    const random = createRandom(seed);
    const all = { send_batch_size: 20, timeout: '1s', metadata_keys: ['k'], ...config };
    await withBench(all, async (bench) => {
      let sizeTriggers = 0;
      const pending = new Map<string, number>();
      for (let step = 0; step < 60; step++) {
        const before = bench.received.length;
        const key = `${random(3)}`;
        if (random(5) === 0) await bench.clock.advance(1000);
        else {
          const items = 1 + random(30);
          pending.set(key, (pending.get(key) ?? 0) + items);
          await bench.send(batchWith('traces', items, { metadata: { k: [key] } }));
          sizeTriggers += bench.received.length - before;
        }
        for (const { itemCount, context } of bench.received.slice(before)) {
          const [sent = ''] = context.metadata['k'] ?? [];
          pending.set(sent, (pending.get(sent) ?? 0) - itemCount);
        }
        checkCounts(bench, sizeTriggers, [...pending.values()].filter((items) => items > 0).length);
      }
      await bench.clock.advance(1000);
      checkCounts(bench, sizeTriggers, 0);
    });
  }
});
