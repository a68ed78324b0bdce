import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runOutage } from './outage.ts';

test('a disk buffer loses nothing and keeps the order over an outage, kill -9 and restarts', async () => {
  const { kept, lost, outOfOrder, duplicated, maxInRequest } = await runOutage(300, {
    retry: { initialIntervalMillis: 20, maxIntervalMillis: 50 },
    circuitBreaker: { pauseMillis: 50 },
  });
  assert.deepEqual({ lost, outOfOrder }, { lost: 0, outOfOrder: 0 });
  assert.ok(kept >= 60, `only ${kept} spans were buffered`);
  assert.ok(duplicated <= maxInRequest, `${duplicated} duplicate spans`);
});
