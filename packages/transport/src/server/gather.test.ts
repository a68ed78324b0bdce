import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Gather } from './gather.ts';

/** An event loop whose turns a test takes one by one, each of `millis` and with `requests`. */
function drivenLoop() {
  const state = { nowMillis: 1000, pauses: 0, pausedMillis: 0 };
  let endOfTurn: (() => void) | undefined;
  const gather = new Gather({
    atEndOfTurn(fn) {
      assert.equal(endOfTurn, undefined, 'one call a turn is enough');
      endOfTurn = fn;
    },
    pause(millis) {
      state.pauses++;
      state.pausedMillis += millis;
      state.nowMillis += millis;
    },
    nowMillis: () => state.nowMillis,
  });
  const turn = (requests: number, millis: number) => {
    for (let i = 0; i < requests; i++) gather.served();
    state.nowMillis += millis;
    const fn = endOfTurn;
    endOfTurn = undefined;
    fn?.();
  };
  return { state, turn };
}

describe('gather', () => {
  test('pauses in every turn while pauses bring many small requests', () => {
    const { state, turn } = drivenLoop();
    for (let i = 0; i < 100; i++) turn(8, 0.1);
    assert.ok(state.pauses >= 98, `${state.pauses}`);
    assert.ok(Math.abs(state.pausedMillis / state.pauses - 0.15) < 1e-9);
  });

  test('never pauses for requests that come seldom, or take long', () => {
    const { state, turn } = drivenLoop();
    for (let i = 0; i < 100; i++) turn(1, 10);
    for (let i = 0; i < 100; i++) turn(8, 2);
    assert.equal(state.pauses, 0);
  });

  test('leaves a lone fast client alone but for a rare try', () => {
    const { state, turn } = drivenLoop();
    for (let i = 0; i < 100_000; i++) turn(1, 0.05);
    assert.ok(state.pauses > 0 && state.pauses < 50, `${state.pauses}`);
  });

  test('begins again when many clients come back', () => {
    const { state, turn } = drivenLoop();
    for (let i = 0; i < 20_000; i++) turn(1, 0.05);
    const before = state.pauses;
    for (let i = 0; i < 10_000; i++) turn(10, 0.1);
    assert.ok(state.pauses - before > 5000, `${state.pauses - before}`);
  });
});
