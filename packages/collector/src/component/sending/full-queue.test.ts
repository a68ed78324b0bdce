import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { batch } from '../../processors/batch.ts';
import { Destination, turn, withBench } from './destination.testing.ts';

test('logs a full queue once, then the number of rejected batches every ten seconds, and the end', () =>
  withBench({ sending_queue: { queue_size: 1, num_consumers: 1 } }, async (bench, destination) => {
    let release = (_outcome: Outcome) => {};
    destination.response = () => new Promise((resolve) => (release = resolve));
    const lines = () =>
      bench.logs.flatMap(({ msg, batches }) =>
        String(msg).startsWith('sending queue') ? [[msg, ...(batches === undefined ? [] : [batches])]] : [],
      );
    await bench.send(sampleBatch('traces'));
    for (let index = 0; index < 5; index++) assert.equal((await bench.send(sampleBatch('traces'))).kind, 'retry');
    assert.deepEqual(lines(), [['sending queue full, rejecting batches', 1]]);
    await bench.clock.advance(10_000);
    assert.deepEqual(lines().at(-1), ['sending queue full, rejecting batches', 4]);
    release(ACCEPTED);
    await turn();
    assert.deepEqual(await bench.send(sampleBatch('traces')), ACCEPTED);
    await bench.clock.advance(10_000);
    assert.deepEqual(lines().slice(2), [['sending queue has space again']]);
    release(ACCEPTED);
  }));

test('gives up an unreachable destination when the service drains, but not one that is busy', async () => {
  for (const unreachable of [true, false]) {
    const destination = new Destination();
    const bench = await createComponentBench(destination.definition, {
      config: {
        sending_queue: { queue_size: 2, num_consumers: 1 },
        retry_on_failure: { initial_interval: '1h', max_interval: '1h', max_elapsed_time: '0s' },
      },
      signals: ['traces'],
      processors: { batch: { definition: batch, config: { send_batch_size: 1, timeout: '1h' } } },
    });
    await bench.start();
    destination.response = () => ({ kind: 'retry', afterMillis: undefined, reason: 'no connection', unreachable });
    // One batch is being retried, one is queued, and the processor holds two for which the queue has no space.
    for (let index = 0; index < 4; index++) void bench.send(sampleBatch('traces', 10));
    await turn();
    assert.equal(destination.batches.length, 1);
    let isDone = false;
    const drained = bench.service.drain(5000).finally(() => {
      isDone = true;
    });
    // The delay of an hour ends when the drain begins.
    while (destination.batches.length < 2) await turn();
    if (unreachable) assert.equal((await drained).lostItems, 40);
    else {
      for (let turns = 0; turns < 50; turns++) await turn();
      assert.equal(isDone, false);
      destination.response = () => ACCEPTED;
      await bench.clock.advance(5000);
      await drained;
    }
    await bench.service.shutdown();
  }
});
