import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestFailure } from './client.ts';
import { countFailure, type FailedQuery, isPaused, pauseMillis } from './failure-pause.ts';

const broken = new RequestFailure('internal', 'it broke', 500, '/x');

test('waits 2.5 s after the first failure and at most 30 s after many', () => {
  let failed: FailedQuery | undefined;
  const pauses = Array.from({ length: 6 }, (_, index) => {
    failed = countFailure(failed, 'q', broken, index);
    return pauseMillis(failed);
  });
  assert.deepEqual(pauses, [2_500, 5_000, 10_000, 20_000, 30_000, 30_000]);
  assert.equal(pauseMillis(countFailure(failed, 'another', broken, 0)), 2_500);
});

test('a query is paused until its time has passed, and forever if it is wrong itself', () => {
  const failed = countFailure(undefined, 'q', broken, 1_000);
  assert.deepEqual([isPaused(failed, 3_499), isPaused(failed, 3_500)], [true, false]);
  const wrong = countFailure(undefined, 'q', new RequestFailure('bad_request', 'no', 400, '/x'), 1_000);
  assert.equal(isPaused(wrong, 1e12), true);
  const stopped = countFailure(undefined, 'q', new RequestFailure('unavailable', 'stopping', 503, '/x'), 1_000);
  assert.equal(isPaused(stopped, 1_000), false);
});
