import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { memoryLimiter } from './memory_limiter.ts';

processorContract(memoryLimiter);

test('refuses telemetry with a retry delay while memory usage is above the limit, logs it once, and recovers', async () => {
  // Memory outside the heap is freed immediately, without garbage collection.
  const MIB = 2 ** 20;
  const { heapUsed, external } = process.memoryUsage();
  const limit = Math.ceil((heapUsed + external) / MIB) + 64;
  const bench = await createComponentBench(memoryLimiter, {
    config: { check_interval: '1s', limit_mib: limit, spike_limit_mib: 1 },
  });
  await bench.start();
  assert.deepEqual(await bench.send(sampleBatch('traces')), ACCEPTED);

  let ballast: ArrayBuffer | undefined = new ArrayBuffer(256 * MIB);
  assert.deepEqual(await bench.send(sampleBatch('traces')), ACCEPTED, 'expected memory to be measured once per second');
  await bench.clock.advance(3000);
  const refused = await bench.send(sampleBatch('traces'));
  assert.ok(refused.kind === 'retry' && refused.afterMillis !== undefined);
  assert.match(refused.reason, /^memory usage of .* is above the limit of/);
  assert.match(bench.error() ?? '', /memory usage is above the limit/);

  ballast = ballast.transfer(0);
  assert.equal(ballast.byteLength, 0);
  await bench.clock.advance(1000);
  assert.deepEqual(await bench.send(sampleBatch('traces')), ACCEPTED);
  assert.equal(bench.error(), undefined);
  const lines = bench.logs.filter(({ component, msg }) => component === 'tested' && String(msg).startsWith('memory'));
  assert.equal(new Set(lines.map(({ msg }) => msg)).size, 2);
  await bench.service.shutdown();
});

test('rejects a missing limit, and a spike limit that reaches it', async () => {
  const config = (options: Record<string, unknown>) => createComponentBench(memoryLimiter, { config: options });
  await assert.rejects(config({ limit_percentage: 0 }), /limit_mib: expected limit_mib or limit_percentage above 0/);
  await assert.rejects(
    config({ limit_mib: 10, spike_limit_mib: 10 }),
    /spike_limit_mib: expected less than limit_mib, got 10/,
  );
  await assert.rejects(config({ check_interval: '0s' }), /check_interval: expected more than 0, got "0s"/);
});
