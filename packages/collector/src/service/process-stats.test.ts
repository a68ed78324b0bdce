import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProcessWatch } from './process-stats.ts';

test('measures the processor time, memory and event loop delay of this process over the last second', async () => {
  const watch = createProcessWatch();
  assert.deepEqual([watch.stats().cpuCores, watch.stats().eventLoopDelayP99Millis], [0, 0]);
  watch.start();
  watch.start();
  // The watch compares consecutive wake-ups and samples, so several must have happened.
  await new Promise((resolve) => setTimeout(resolve, 60));
  while (watch.stats().eventLoopDelayP99Millis <= 50 || watch.stats().cpuCores === 0) {
    const busyUntil = performance.now() + 300;
    while (performance.now() < busyUntil);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { cpuCores, rssBytes } = watch.stats();
  assert.ok(cpuCores > 0 && cpuCores < 64, `expected some of a core, got ${cpuCores}`);
  assert.ok(rssBytes > 10 * 2 ** 20);
  const kept = Buffer.alloc(50_000_000);
  const { heapBytes, externalBytes } = watch.stats();
  assert.ok(heapBytes > 2 ** 20 && externalBytes > kept.length);
  watch.stop();
  watch.stop();
});
