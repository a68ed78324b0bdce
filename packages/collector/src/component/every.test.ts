import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@otelier/testkit/clock';
import { createLogger } from '../service/logging.ts';
import { every } from './every.ts';

function environment() {
  const lines: string[] = [];
  return {
    clock: createManualClock(),
    logger: createLogger({ level: 'info', encoding: 'json' }, { write: (line) => lines.push(line) }),
    lines,
  };
}

test('runs at every interval between start and shutdown', async () => {
  const context = environment();
  const startMillis = context.clock.monotonic();
  const runs: number[] = [];
  const task = every(context, 100, () => {
    runs.push(context.clock.monotonic() - startMillis);
  });
  assert.equal(context.clock.pending, 0);
  await task.start();
  await task.start();
  await context.clock.advance(350);
  assert.deepEqual(runs, [100, 200, 300]);
  await task.shutdown();
  await task.shutdown();
  assert.equal(context.clock.pending, 0);
  await task.start();
  await context.clock.advance(100);
  assert.deepEqual(runs, [100, 200, 300, 450]);
  await task.shutdown();
});

test('does not overlap runs, skips those that are late, and waits for the last one', async () => {
  const context = environment();
  const startMillis = context.clock.monotonic();
  const runs: number[] = [];
  let finish = () => {};
  const task = every(context, 100, () => {
    runs.push(context.clock.monotonic() - startMillis);
    return new Promise<void>((resolve) => {
      finish = resolve;
    });
  });
  await task.start();
  await context.clock.advance(330);
  assert.deepEqual(runs, [100]);
  finish();
  await context.clock.advance(80);
  assert.deepEqual(runs, [100, 400]);
  let isStopped = false;
  const stopped = task.shutdown().then(() => {
    isStopped = true;
  });
  await context.clock.advance(10);
  assert.equal(isStopped, false);
  finish();
  await stopped;
  assert.equal(context.clock.pending, 0);
});

test('continues after a run that fails', async () => {
  const context = environment();
  let runs = 0;
  const task = every(context, 100, () => {
    runs++;
    throw new Error('no');
  });
  await task.start();
  await context.clock.advance(200);
  assert.equal(runs, 2);
  assert.equal(context.lines.length, 2);
  await task.shutdown();
});
