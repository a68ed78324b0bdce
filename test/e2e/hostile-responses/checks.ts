import assert from 'node:assert/strict';
import { createManualClock, type ManualClock } from '@otelier/testkit/clock';

/** Maximum timer delay. Longer ones fire immediately. */
const MAX_WAIT_MILLIS = 2 ** 31 - 1;
/** Maximum length of a line in a log or on the page. */
export const MAX_LINE = 1_500;

/** A clock that a test drives, with all delays that were asked for. */
export type WatchedClock = ManualClock & { readonly waits: readonly number[] };

/** Creates a clock that remembers delays. */
export function watchedClock(): WatchedClock {
  const clock = createManualClock();
  const waits: number[] = [];
  const setTimeout: ManualClock['setTimeout'] = (fn, millis) => {
    waits.push(millis);
    return clock.setTimeout(fn, millis);
  };
  return Object.defineProperties({ ...clock, setTimeout, waits }, { pending: { get: () => clock.pending } });
}

/** Asserts that all delays were within the bounds of timers. */
export function checkWaits({ waits }: WatchedClock): void {
  for (const wait of waits) assert.ok(wait >= 0 && wait <= MAX_WAIT_MILLIS, `a wait of ${wait} ms`);
}

/** Waits for a condition, which tasks of this process or the network fulfill. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Asserts that a line is short and has no control characters. */
export function checkLine(line: string): void {
  assert.ok(line.length <= MAX_LINE, `a line of ${line.length} characters`);
  assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}]/u);
}

/** Asserts the same of each text in a value. */
export function checkTexts(value: unknown): void {
  if (typeof value === 'string') checkLine(value);
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) checkTexts(inner);
}

/** Advances the clock until a shutdown has ended. */
export async function shutDown(clock: ManualClock, ended: Promise<unknown>): Promise<void> {
  let hasEnded = false;
  const end = () => {
    hasEnded = true;
  };
  ended.then(end, end);
  while (!hasEnded) {
    await clock.advance(1000);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await ended;
}
