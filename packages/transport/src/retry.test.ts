import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { createManualClock, type ManualClock } from '@otelier/testkit/clock';
import type { ExportClient } from './contract.ts';
import { type RetryContext, type RetryOptions, retry, withRetry } from './retry.ts';

const again = (afterMillis?: number): Outcome => ({ kind: 'retry', afterMillis, reason: 'busy' });

/** Runs `retry` over `outcomes` and records the time of each attempt. */
function attempts(outcomes: readonly Outcome[], options: RetryOptions, context: RetryContext & { clock: ManualClock }) {
  const at: number[] = [];
  const start = context.clock.now();
  const send = async () => {
    at.push(context.clock.now() - start);
    return outcomes[Math.min(at.length, outcomes.length) - 1] ?? ACCEPTED;
  };
  return { at, outcome: retry(send, options, context) };
}

const middle = () => 0.5;

describe('retry', () => {
  test('doubles its interval up to the maximum until the request is accepted', async () => {
    const clock = createManualClock();
    const outcomes = [...Array.from({ length: 6 }, () => again()), ACCEPTED];
    const { at, outcome } = attempts(outcomes, {}, { clock, random: middle });
    await clock.advance(200_000);
    assert.deepEqual(await outcome, ACCEPTED);
    assert.deepEqual(at, [0, 5000, 12_500, 23_750, 40_625, 65_937.5, 95_937.5]);
  });

  test('randomizes each wait by half of itself in both directions', async () => {
    for (const [random, expected] of [
      [0, 500],
      [0.999999, 1500],
    ] as const) {
      const clock = createManualClock();
      const { at } = attempts([again(), ACCEPTED], { initialIntervalMillis: 1000 }, { clock, random: () => random });
      await clock.advance(2000);
      assert.equal(Math.round(at[1] ?? 0), expected);
    }
  });

  test('waits at least as long as the peer requests, beyond its own maximum', async () => {
    const clock = createManualClock();
    const { at, outcome } = attempts([again(60_000), again(10), ACCEPTED], {}, { clock, random: middle });
    await clock.advance(100_000);
    assert.deepEqual(await outcome, ACCEPTED);
    assert.deepEqual(at, [0, 60_000, 67_500]);
  });

  test('keeps its deadline when the system time jumps', async () => {
    for (const jumpMillis of [600_000, 864_000_000, -864_000_000]) {
      const clock = createManualClock();
      const outcome = retry(async () => again(), { maxElapsedMillis: 60_000 }, { clock, random: middle });
      let settled = false;
      void outcome.then(() => {
        settled = true;
      });
      await clock.advance(1000);
      clock.jump(jumpMillis);
      await clock.advance(30_000);
      assert.equal(settled, false, '30 seconds are left');
      await clock.advance(60_000);
      assert.equal(settled, true);
    }
  });

  test('limits a wait of years to the maximum of a timer', async () => {
    const clock = createManualClock();
    const waits: number[] = [];
    const context = { clock, random: middle, onRetry: (millis: number) => void waits.push(millis) };
    const { at } = attempts([again(999_999_999_000)], { maxElapsedMillis: 0 }, context);
    await clock.untilPending();
    assert.deepEqual([waits, at], [[2 ** 31 - 1], [0]]);
  });

  test('gives up with the last reason when the next wait would exceed the deadline', async () => {
    const clock = createManualClock();
    const { at, outcome } = attempts([again()], { maxElapsedMillis: 20_000 }, { clock, random: middle });
    await clock.advance(30_000);
    assert.deepEqual(await outcome, {
      kind: 'retry',
      afterMillis: undefined,
      reason: 'busy (gave up at attempt 3, after 13 s)',
    });
    assert.equal(at.length, 3);
  });

  test('never gives up with a maximum elapsed time of 0', async () => {
    const clock = createManualClock();
    const { at } = attempts([again()], { maxElapsedMillis: 0 }, { clock, random: middle });
    await clock.advance(3_600_000);
    assert.ok(at.length > 100);
  });

  test('does not retry a rejected or partially accepted request', async () => {
    const final: readonly Outcome[] = [
      { kind: 'refused', reason: 'bad' },
      { kind: 'partial', rejectedItems: 1, reason: 'one bad' },
    ];
    for (const outcome of final) {
      const run = attempts([outcome], {}, { clock: createManualClock() });
      assert.deepEqual(await run.outcome, outcome);
      assert.equal(run.at.length, 1);
    }
  });

  test('retries early when signaled and leaves no timer', async () => {
    const clock = createManualClock();
    const { promise, resolve } = Promise.withResolvers<void>();
    const { outcome } = attempts([again(), ACCEPTED], {}, { clock, random: middle, retryEarly: () => promise });
    await clock.untilPending();
    resolve();
    assert.deepEqual(await outcome, ACCEPTED);
    assert.equal(clock.pending, 0);
  });

  test('stops waiting when aborted and leaves no timer', async () => {
    const clock = createManualClock();
    const abort = new AbortController();
    const waits: number[] = [];
    const context = {
      clock,
      random: middle,
      signal: abort.signal,
      onRetry: (millis: number) => void waits.push(millis),
    };
    const { outcome } = attempts([again()], {}, context);
    await clock.untilPending();
    abort.abort();
    assert.match(JSON.stringify(await outcome), /busy \(retrying was aborted at attempt 1, after 0 s\)/);
    assert.deepEqual([clock.pending, waits], [0, [5000]]);
  });

  test('wraps a client', async () => {
    const clock = createManualClock();
    let calls = 0;
    let down = false;
    const client: ExportClient = {
      export: async () => (++calls < 3 ? again() : ACCEPTED),
      shutdown: async () => {
        down = true;
      },
    };
    const retrying = withRetry(client, {}, { clock, random: middle });
    const outcome = retrying.export('logs', [], {});
    await clock.advance(20_000);
    assert.deepEqual(await outcome, ACCEPTED);
    await retrying.shutdown();
    assert.deepEqual([calls, down], [3, true]);
  });
});
