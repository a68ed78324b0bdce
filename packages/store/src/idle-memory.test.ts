import assert from 'node:assert/strict';
import { test } from 'node:test';
import v8 from 'node:v8';
import { returnMemoryWhenIdle } from './idle-memory.ts';

const heapMegabytes = (): number => v8.getHeapStatistics().total_heap_size / 1e6;

/** Fills the heap with unreachable old-generation objects. */
function leaveGarbage(): void {
  const lists = Array.from({ length: 400 }, (_, index) => Array.from({ length: 20_000 }, (_, at) => index + at * 0.5));
  assert.equal(lists.length, 400);
}

test('an idle thread returns what its last work left, and a busy one is not interrupted', () => {
  let tick: () => void = () => {};
  let busy = 1;
  let stopped = false;
  const stop = returnMemoryWhenIdle({
    every(check) {
      tick = check;
      return () => {
        stopped = true;
      };
    },
    utilization: () => busy,
  });
  const before = heapMegabytes();
  leaveGarbage();
  const grown = heapMegabytes();
  assert.ok(grown > before + 40, `${before} MB before, ${grown} MB after the work`);
  tick();
  assert.ok(heapMegabytes() > before + 40, 'collected while busy');
  busy = 0;
  tick();
  assert.ok(heapMegabytes() < before + 20, `${before} MB before, ${heapMegabytes()} MB after the collection`);
  stop();
  assert.ok(stopped);
});
