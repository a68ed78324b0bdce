import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createManualClock } from '@otelier/testkit/clock';
import { DirectoryWatch } from './directory-watch.ts';

const directory = await mkdtemp(join(tmpdir(), 'otelier-watch-'));
after(() => rm(directory, { recursive: true, force: true }));
const file = join(directory, 'file');
const write = (): void => writeFileSync(file, String(Math.random()));

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Creates a watch without intervals, so that only events cause checks. */
function watchWith(check: () => boolean | Promise<boolean>) {
  const clock = createManualClock();
  const watch = new DirectoryWatch({ clock, settleMillis: 50, maxSettleMillis: 500, check });
  return { clock, watch };
}

test('checks in time although a file of the directory changes all the time', async () => {
  let checks = 0;
  const { clock, watch } = watchWith(() => {
    checks += 1;
    return false;
  });
  watch.watch([file]);
  write();
  await clock.untilPending();
  const first = clock.monotonic();
  while (checks === 0) {
    write();
    // As after an event, which the system may deliver late.
    watch.checkSoon();
    await clock.advance(40);
  }
  const millis = clock.monotonic() - first;
  watch.close();
  assert.ok(millis > 400 && millis <= 520, `${millis} ms`);
  assert.equal(clock.pending, 0);
});

test('a change during a check is checked after it, and checks do not overlap', async () => {
  const running: (() => void)[] = [];
  let [active, max, checks] = [0, 0, 0];
  const { clock, watch } = watchWith(async () => {
    checks += 1;
    max = Math.max(max, ++active);
    await new Promise<void>((resolve) => running.push(resolve));
    active -= 1;
    return false;
  });
  watch.checkNow();
  watch.checkNow();
  watch.checkSoon();
  await clock.advance(1000);
  assert.equal(checks, 1);
  running.pop()?.();
  await clock.untilPending();
  await clock.advance(50);
  assert.equal(checks, 2);
  running.pop()?.();
  await turn();
  watch.close();
  assert.equal(max, 1);
});

test('checks at the interval if a directory cannot be watched, and again soon while files are incomplete', async () => {
  const clock = createManualClock();
  const times: number[] = [];
  const start = clock.monotonic();
  const check = (): boolean => times.push(clock.monotonic() - start) === 1;
  const watch = new DirectoryWatch({ clock, settleMillis: 50, maxSettleMillis: 500, pollMillis: 2000, check });
  watch.watch([join(directory, 'none', 'file')]);
  watch.checkNow();
  await clock.advance(4100);
  watch.close();
  await clock.advance(10_000);
  assert.deepEqual(times, [0, 50, 2050, 4050]);
});
