import assert from 'node:assert/strict';
import { test } from 'node:test';
import v8 from 'node:v8';
import { returnMemoryWhenIdle } from './idle-memory.ts';

const heapMegabytes = (): number => v8.getHeapStatistics().total_heap_size / 1e6;

/** Fills the heap with unreachable old-generation objects. Returns `kept` of them, of 160 kB each. */
function leaveGarbage(kept = 0): number[][] {
  const lists = Array.from({ length: 400 }, (_, index) => Array.from({ length: 20_000 }, (_, at) => index + at * 0.5));
  assert.equal(lists.length, 400);
  return lists.slice(0, kept);
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

test('a busy thread collects much garbage while no sender waits', () => {
  let tick: () => void = () => {};
  let [isQuiet, utilization] = [false, 1];
  returnMemoryWhenIdle({
    every(check) {
      tick = check;
      return () => {};
    },
    utilization: () => utilization,
    isQuiet: () => isQuiet,
  });
  const before = heapMegabytes();
  leaveGarbage();
  tick();
  assert.ok(heapMegabytes() > before + 40, 'collected while a sender waits');
  isQuiet = true;
  const lists = leaveGarbage(10);
  tick();
  const busy = heapMegabytes();
  assert.ok(busy < before + 20, `${before} MB before, ${busy} MB after the collection`);
  assert.equal(lists.length, 10);
  lists.length = 0;
  utilization = 0;
  for (let count = 0; count < 5; count++) tick();
  assert.ok(heapMegabytes() < busy - 1, 'what was in use during the collection is collected when the thread is idle');
});
