import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { connectorContract } from '@otelier/testkit/component-contract';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { roundRobin } from './round_robin.ts';

connectorContract(roundRobin);

test('gives each pipeline its turn, for each signal', async () => {
  const bench = await createComponentBench(roundRobin, { signals: ['logs'], outputs: { logs: ['a', 'b', 'c'] } });
  await bench.start();
  for (let i = 0; i < 9; i++) await bench.send(sampleBatch('logs'));
  assert.deepEqual(
    ['a', 'b', 'c'].map((name) => bench.receivedBy(name).length),
    [3, 3, 3],
  );
  await bench.close();
});

test('returns the outcome of the pipeline, without trying another one', async () => {
  const bench = await createComponentBench(roundRobin, { signals: ['logs'], outputs: { logs: ['a', 'b'] } });
  await bench.start();
  bench.response = (_batch, pipeline) => (pipeline === 'a' ? { kind: 'refused', reason: 'no' } : { kind: 'accepted' });
  const kinds = [];
  for (let i = 0; i < 4; i++) kinds.push((await bench.send(sampleBatch('logs'))).kind);
  assert.deepEqual(kinds, ['refused', 'accepted', 'refused', 'accepted']);
  await bench.close();
});
