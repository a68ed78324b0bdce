import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forEachDataPoint } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { internal } from './internal.ts';

receiverContract(internal, { settle: async (bench) => bench.clock.advance(15_000) });

test('reports the edges and the process once per interval', async () => {
  const bench = await createComponentBench(internal, { config: { interval: '10s' } });
  await bench.start();
  await bench.clock.advance(10_000);
  await bench.clock.advance(10_000);
  await bench.service.drain();
  const [, second] = bench.received;
  assert.ok(second?.parts[0]);
  const seen = new Map<string, number>();
  forEachDataPoint(second.parts[0], (point, metric) => {
    const from = String(point.attributes.get('from') ?? '');
    seen.set(`${metric.name} ${from}`.trim(), Number(point.value));
  });
  assert.equal(seen.get('otelier.edge.items receiver:tested'), bench.received[0]?.itemCount);
  assert.ok((seen.get('process.memory.usage') ?? 0) > 1e6);
  assert.equal(seen.get('otelier.admission.refused_requests'), 0);
  await bench.service.shutdown();
});

test('schedules the next measurement after the previous one is consumed', async () => {
  const bench = await createComponentBench(internal, { config: { interval: '10s' } });
  const consumed = Promise.withResolvers<{ kind: 'accepted' }>();
  bench.response = () => consumed.promise;
  await bench.start();
  await bench.clock.advance(60_000);
  assert.equal(bench.received.length, 1);
  consumed.resolve({ kind: 'accepted' });
  await bench.clock.advance(10_000);
  assert.equal(bench.received.length, 2);
  await bench.close();
});

test('counts refused metrics', async () => {
  const bench = await createComponentBench(internal);
  bench.response = () => ({ kind: 'retry', afterMillis: 1000, reason: 'full' });
  await bench.start();
  await bench.clock.advance(15_000);
  assert.deepEqual(bench.dropped(), { retry: bench.received[0]?.itemCount });
  await bench.close();
});

test('rejects an interval below 100ms', async () => {
  for (const interval of [0, '50ms'])
    await assert.rejects(createComponentBench(internal, { config: { interval } }), /interval: expected at least 100ms/);
});
