import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { exporterContract } from '@otelier/testkit/component-contract';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { batch } from '../../processors/batch.ts';
import { PART_BYTES } from '../../service/admission.ts';
import { Destination, turn, withBench } from './destination.testing.ts';

exporterContract(new Destination().definition);

const NEVER: (batch: Batch, abort: AbortSignal) => Promise<Outcome> = (_batch, abort) =>
  new Promise((resolve) => {
    const end = () =>
      resolve({ kind: 'retry', afterMillis: undefined, reason: String(abort.reason?.message ?? 'aborted') });
    abort.addEventListener('abort', end, { once: true });
  });

const queueOf = (bench: ComponentBench) =>
  bench.service.graph().nodes.find(({ component }) => component === 'tested')?.queue;

test('accepts a batch immediately, sends it in the background, and counts it until then', () =>
  withBench({}, async (bench, destination) => {
    let release = (_outcome: Outcome) => {};
    destination.response = () => new Promise((resolve) => (release = resolve));
    const batch = sampleBatch('traces', 3);
    assert.deepEqual(await bench.send(batch), ACCEPTED);
    assert.deepEqual(queueOf(bench), { sizeBytes: batch.sizeBytes, limitBytes: 128 * 2 ** 20, requests: 1 });
    assert.equal(bench.service.graph().admission.inFlightBytes, batch.sizeBytes + PART_BYTES);
    release(ACCEPTED);
    await turn();
    assert.equal(queueOf(bench)?.requests, 0);
    assert.equal(bench.service.graph().admission.inFlightBytes, 0);
  }));

for (const [sizer, queueSize, fits] of [
  ['requests', 2, 2],
  ['items', 7, 2],
  ['bytes', sampleBatch('traces', 3).sizeBytes * 2.5, 2],
] as const) {
  test(`returns a retryable error when a queue limited by ${sizer} is full`, () =>
    withBench({ sending_queue: { sizer, queue_size: Math.floor(queueSize) } }, async (bench, destination) => {
      destination.response = NEVER;
      for (let index = 0; index < fits; index++) assert.deepEqual(await bench.send(sampleBatch('traces', 3)), ACCEPTED);
      const outcome = await bench.send(sampleBatch('traces', 3));
      assert.deepEqual(outcome, { kind: 'retry', afterMillis: 1000, reason: 'the sending queue is full' });
    }));
}

test('is limited by bytes and by the memory limit with any sizer', async () => {
  const { sizeBytes } = sampleBatch('traces', 3);
  const fill = async (bench: ComponentBench, destination: Destination) => {
    destination.response = NEVER;
    assert.deepEqual(await bench.send(sampleBatch('traces', 3)), ACCEPTED);
    assert.equal((await bench.send(sampleBatch('traces', 3))).kind, 'retry');
    assert.equal(
      (await bench.send(sampleBatch('traces', 30))).kind,
      'refused',
      'expected a batch larger than the limit to be refused',
    );
  };
  await withBench({ sending_queue: { max_bytes: Math.floor(sizeBytes * 1.5) } }, fill);
  await withBench({}, fill, { memoryLimitBytes: Math.floor((sizeBytes + PART_BYTES) * 1.5) });
});

test('waits for space with block_on_overflow', () =>
  withBench({ sending_queue: { queue_size: 1, block_on_overflow: true } }, async (bench, destination) => {
    const releases: ((outcome: Outcome) => void)[] = [];
    destination.response = () => new Promise((resolve) => releases.push(resolve));
    await bench.send(sampleBatch('traces'));
    let isAccepted = false;
    const second = bench.send(sampleBatch('traces')).then((outcome) => {
      isAccepted = true;
      return outcome;
    });
    await turn();
    assert.equal(isAccepted, false);
    releases[0]?.(ACCEPTED);
    assert.deepEqual(await second, ACCEPTED);
    await turn();
    releases[1]?.(ACCEPTED);
  }));

test('accepts blocked batches as soon as one leaves the queue', () =>
  withBench(
    { sending_queue: { queue_size: 1 } },
    async (bench, destination) => {
      const releases: ((outcome: Outcome) => void)[] = [];
      destination.response = () => new Promise((resolve) => releases.push(resolve));
      for (const sent of [1, 2]) assert.deepEqual(await bench.send(sampleBatch('traces', sent)), ACCEPTED);
      await bench.clock.untilPending(2);
      const third = bench.send(sampleBatch('traces', 3));
      for (const index of [0, 1, 2]) {
        assert.equal(destination.batches.length, index + 1);
        releases[index]?.(ACCEPTED);
        while (destination.batches.length === index + 1 && index < 2) await turn();
      }
      assert.deepEqual(await third, ACCEPTED);
      assert.deepEqual(
        destination.batches.map(({ itemCount }) => itemCount),
        [1, 2, 3].map((count) => sampleBatch('traces', count).itemCount),
      );
    },
    { processors: { batch: { definition: batch, config: { timeout: 0 } } } },
  ));

test('delays clients while the queue is above the high-water mark, and accepts their batches', () =>
  withBench(
    { sending_queue: { num_consumers: 1 } },
    async (bench, destination) => {
      const releases: ((outcome: Outcome) => void)[] = [];
      destination.response = () => new Promise((resolve) => releases.push(resolve));
      const large = { ...sampleBatch('traces'), parts: [new Uint8Array(9 * 2 ** 20)], sizeBytes: 9 * 2 ** 20 };
      const send = () => {
        const sender = { isAccepted: false };
        void bench.send(large).then((outcome) => {
          sender.isAccepted = outcome.kind === 'accepted';
        });
        return sender;
      };
      const first = send();
      await turn();
      assert.equal(first.isAccepted, true);
      const second = send();
      await bench.clock.advance(99);
      assert.equal(second.isAccepted, false);
      await bench.clock.advance(1);
      assert.equal(second.isAccepted, true);
      const third = send();
      for (const release of [0, 1]) {
        await turn();
        assert.equal(third.isAccepted, false);
        releases[release]?.(ACCEPTED);
      }
      await turn();
      await turn();
      assert.equal(third.isAccepted, true);
      releases[2]?.(ACCEPTED);
    },
    { processors: { batch: { definition: batch, config: { timeout: 0 } } } },
  ));

test('limits concurrent sends by num_consumers', () =>
  withBench({ sending_queue: { num_consumers: 3 } }, async (bench, destination) => {
    const releases: ((outcome: Outcome) => void)[] = [];
    destination.response = () => new Promise((resolve) => releases.push(resolve));
    for (let index = 0; index < 8; index++) await bench.send(sampleBatch('traces'));
    for (let index = 0; index < 8; index++) {
      releases.shift()?.(ACCEPTED);
      await turn();
    }
    assert.equal(destination.maxOpen, 3);
    assert.equal(destination.batches.length, 8);
  }));

test('returns the outcome of the destination without a queue or with wait_for_result', async () => {
  const refused: Outcome = { kind: 'refused', reason: 'bad key' };
  for (const queue of [{ enabled: false }, { wait_for_result: true }]) {
    await withBench({ sending_queue: queue }, async (bench, destination) => {
      destination.response = () => refused;
      assert.deepEqual(await bench.send(sampleBatch('traces')), refused);
      assert.deepEqual(bench.dropped(), {});
    });
  }
});

test('retries with growing delays, and logs the failure and the recovery once', () =>
  withBench(
    { retry_on_failure: { initial_interval: '1s', multiplier: 2, randomization_factor: 0 } },
    async (bench, destination) => {
      destination.response = () => ({ kind: 'retry', afterMillis: undefined, reason: '503' });
      await bench.send(sampleBatch('traces', 2));
      for (const [pause, attempts] of [
        [1000, 2],
        [2000, 3],
        [4000, 4],
      ] as const) {
        await bench.clock.untilPending();
        await bench.clock.advance(pause - 1);
        assert.equal(destination.batches.length, attempts - 1);
        await bench.clock.advance(1);
        assert.equal(destination.batches.length, attempts);
      }
      assert.equal(bench.error(), 'retrying, 503');
      destination.response = () => ACCEPTED;
      await bench.clock.advance(8000);
      assert.equal(bench.error(), undefined);
      const lines = bench.logs.map(({ msg }) => msg);
      assert.equal(lines.filter((line) => line === 'export failed, retrying').length, 1);
      assert.equal(lines.filter((line) => line === 'export recovered').length, 1);
      assert.deepEqual(bench.dropped(), {});
    },
  ));

test('drops a batch after max_elapsed_time, and logs the loss at most every ten seconds', () =>
  withBench({ retry_on_failure: { max_elapsed_time: '1s' } }, async (bench, destination) => {
    destination.response = () => ({ kind: 'retry', afterMillis: undefined, reason: '503' });
    for (let index = 0; index < 5; index++) await bench.send(sampleBatch('traces', 2));
    await turn();
    const lost = () => bench.logs.filter(({ msg }) => msg === 'telemetry lost');
    assert.deepEqual(bench.dropped(), { failed: 10 });
    assert.deepEqual(
      lost().map(({ items }) => items),
      [2],
    );
    await bench.clock.advance(10_000);
    assert.deepEqual(
      lost().map(({ items }) => items),
      [2, 8],
    );
  }));

test('counts items that the destination rejects and refuses', () =>
  withBench({}, async (bench, destination) => {
    destination.response = () => ({ kind: 'partial', rejectedItems: 1, reason: 'one is too old' });
    await bench.send(sampleBatch('traces', 3));
    await turn();
    destination.response = () => ({ kind: 'refused', reason: 'no' });
    await bench.send(sampleBatch('traces', 3));
    await turn();
    assert.deepEqual(bench.dropped(), { rejected: 1, refused: 3 });
  }));

test('does not retry when retries are disabled', () =>
  withBench({ retry_on_failure: { enabled: false } }, async (bench, destination) => {
    destination.response = () => ({ kind: 'retry', afterMillis: undefined, reason: '503' });
    await bench.send(sampleBatch('traces', 3));
    await turn();
    assert.equal(destination.batches.length, 1);
    assert.deepEqual(bench.dropped(), { failed: 3 });
  }));

test('aborts an attempt at the timeout, and retries', () =>
  withBench({ timeout: '3s', retry_on_failure: { initial_interval: '1s' } }, async (bench, destination) => {
    destination.response = NEVER;
    await bench.send(sampleBatch('traces'));
    await bench.clock.untilPending();
    await bench.clock.advance(3000);
    assert.match(bench.error() ?? '', /no response within 3s/);
    destination.response = () => ACCEPTED;
    await bench.clock.advance(1000);
    assert.equal(destination.batches.length, 2);
  }));

test('sends the queue before it stops, and reports the rest as lost', async () => {
  const destination = new Destination();
  const bench = await createComponentBench(destination.definition, {
    config: { sending_queue: { num_consumers: 1 } },
    signals: ['traces'],
  });
  await bench.start();
  let release = (_outcome: Outcome) => {};
  destination.response = () => new Promise((resolve) => (release = resolve));
  for (let index = 0; index < 3; index++) await bench.send(sampleBatch('traces', 2));
  const drained = bench.service.drain(5000);
  release(ACCEPTED);
  await turn();
  destination.response = NEVER;
  release(ACCEPTED);
  await turn();
  await bench.clock.advance(5000);
  const report = await drained;
  assert.deepEqual({ ...report, millis: 0 }, { millis: 0, forwardedItems: 4, lostItems: 2 });
  assert.deepEqual(bench.dropped(), { shutdown: 2 });
  await bench.service.shutdown();
  assert.equal(bench.service.graph().admission.inFlightBytes, 0);
});

test('does not subtract losses of a processor from delivered items', async () => {
  const destination = new Destination();
  const bench = await createComponentBench(destination.definition, {
    config: { sending_queue: { queue_size: 1 } },
    signals: ['traces'],
    processors: { batch: { definition: batch, config: { send_batch_size: 1, timeout: '1h' } } },
  });
  await bench.start();
  destination.response = NEVER;
  for (let index = 0; index < 4; index++) void bench.send(sampleBatch('traces', 2000));
  await turn();
  const drained = bench.service.drain(5000);
  await turn();
  await bench.clock.advance(5000);
  const report = await drained;
  assert.deepEqual({ ...report, millis: 0 }, { millis: 0, forwardedItems: 0, lostItems: 8000 });
  await bench.service.shutdown();
});

test('refuses a batch on which a sender throws, and continues', () =>
  withBench({}, async (bench, destination) => {
    destination.response = () => {
      throw new Error('undefined is not a function');
    };
    await bench.send(sampleBatch('traces', 3));
    await turn();
    assert.deepEqual(bench.dropped(), { refused: 3 });
    destination.response = () => ACCEPTED;
    assert.deepEqual(await bench.send(sampleBatch('traces')), ACCEPTED);
  }));
