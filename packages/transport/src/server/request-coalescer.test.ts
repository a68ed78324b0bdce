import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RequestCoalescer } from './request-coalescer.ts';

/** CPU time per request in microseconds, with and without pauses. */
interface Costs {
  readonly withPauses: number;
  readonly without: number;
}

/** Creates an event loop that the test advances turn by turn. Each turn takes `millis` and serves `requests`. */
function drivenLoop(costs: Costs = { withPauses: 10, without: 20 }) {
  const state = { nowMillis: 1000, cpuMicros: 0, pauses: 0, pausedMillis: 0, costs };
  let endOfTurn: (() => void) | undefined;
  let hasPaused = false;
  const coalescer = new RequestCoalescer({
    atEndOfTurn(fn) {
      assert.equal(endOfTurn, undefined, 'expected one call per turn');
      endOfTurn = fn;
    },
    pause(millis) {
      state.pauses++;
      state.pausedMillis += millis;
      state.nowMillis += millis;
      hasPaused = true;
    },
    nowMillis: () => state.nowMillis,
    cpuMicros: () => state.cpuMicros,
  });
  const turn = (requests: number, millis: number) => {
    for (let i = 0; i < requests; i++) coalescer.served();
    state.nowMillis += millis;
    state.cpuMicros += requests * (hasPaused ? state.costs.withPauses : state.costs.without);
    hasPaused = false;
    const fn = endOfTurn;
    endOfTurn = undefined;
    fn?.();
  };
  return { state, turn };
}

/** Returns the fraction of turns that ended with a pause. */
function pausesOf({ state, turn }: ReturnType<typeof drivenLoop>, turns: number, requests: number, millis: number) {
  const before = state.pauses;
  for (let i = 0; i < turns; i++) turn(requests, millis);
  return (state.pauses - before) / turns;
}

describe('request coalescer', () => {
  test('pauses in nearly every turn while pauses bring many small requests and save CPU', () => {
    const loop = drivenLoop();
    pausesOf(loop, 10_000, 8, 0.1);
    assert.ok(pausesOf(loop, 100_000, 8, 0.1) > 0.85);
    assert.ok(Math.abs(loop.state.pausedMillis / loop.state.pauses - 0.15) < 1e-9);
  });

  test('rarely pauses when pauses cost more than they save', () => {
    const loop = drivenLoop({ withPauses: 15, without: 10 });
    pausesOf(loop, 10_000, 8, 0.1);
    assert.ok(pausesOf(loop, 100_000, 8, 0.1) < 0.1);
  });

  test('adapts when the costs change', () => {
    const loop = drivenLoop();
    pausesOf(loop, 50_000, 8, 0.1);
    loop.state.costs = { withPauses: 20, without: 10 };
    pausesOf(loop, 100_000, 8, 0.1);
    assert.ok(pausesOf(loop, 100_000, 8, 0.1) < 0.1);
    loop.state.costs = { withPauses: 10, without: 20 };
    pausesOf(loop, 100_000, 8, 0.1);
    assert.ok(pausesOf(loop, 100_000, 8, 0.1) > 0.85);
  });

  test('never pauses for rare or slow requests', () => {
    const loop = drivenLoop();
    assert.equal(pausesOf(loop, 10_000, 1, 10), 0);
    assert.equal(pausesOf(loop, 10_000, 8, 2), 0);
  });

  test('rarely pauses for a single fast client', () => {
    const share = pausesOf(drivenLoop(), 200_000, 1, 0.05);
    assert.ok(share > 0 && share < 0.001, `${share}`);
  });

  test('resumes pausing when many clients return', () => {
    const loop = drivenLoop();
    pausesOf(loop, 50_000, 1, 0.05);
    pausesOf(loop, 10_000, 10, 0.1);
    assert.ok(pausesOf(loop, 10_000, 10, 0.1) > 0.85);
  });
});
