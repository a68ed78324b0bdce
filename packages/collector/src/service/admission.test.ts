import assert from 'node:assert/strict';
import { totalmem } from 'node:os';
import { test } from 'node:test';
import { createAdmissions, defaultMemoryLimit, ITEM_BYTES, PART_BYTES } from './admission.ts';

/** Creates a budget that counts bytes without per-array overhead. */
function budgetOf(limitBytes: number) {
  const budget = createAdmissions(limitBytes);
  return { budget, admit: (bytes: number) => budget.admit(bytes, 0) };
}

function admitted(result: ReturnType<ReturnType<typeof createAdmissions>['admit']>) {
  assert.ok(!('kind' in result), `expected an admission, got ${JSON.stringify(result)}`);
  return result;
}

test('admits up to the limit, then returns retry with a delay until memory is released', () => {
  const { budget, admit } = budgetOf(1000);
  const first = admitted(admit(600));
  admitted(admit(400));
  assert.equal(budget.inFlightBytes, 1000);
  const rejection = admit(1);
  assert.ok('kind' in rejection && rejection.kind === 'retry' && rejection.afterMillis !== undefined);
  assert.equal(budget.refusedRequests, 1);
  first.release();
  admitted(admit(600));
});

test('counts the overhead of each array', () => {
  const budget = createAdmissions(10 * PART_BYTES);
  const held = admitted(budget.admit(100, 3));
  assert.equal(budget.inFlightBytes, 100 + 3 * PART_BYTES);
  held.release();
  admitted(budget.admit(0));
  assert.equal(budget.inFlightBytes, PART_BYTES);
});

test('fills the budget of receivers before the whole budget, counting the same bytes', () => {
  const { budget, admit } = budgetOf(1000);
  const inside = admitted(budget.receivers.admit(700, 0));
  assert.ok('kind' in budget.receivers.admit(100, 0));
  const moved = admitted(admit(300));
  assert.equal(budget.receivers.inFlightBytes, 1000);
  assert.equal(budget.refusedRequests, 1);
  inside.release();
  moved.release();
  const never = budget.receivers.admit(800, 0);
  assert.equal('kind' in never && never.kind, 'refused');
});

test('refuses a request that can never fit', () => {
  const rejection = budgetOf(1000).admit(1001);
  assert.equal('kind' in rejection && rejection.kind, 'refused');
});

test('releases grown memory once', () => {
  const { budget, admit } = budgetOf(1000);
  const held = admitted(admit(100));
  assert.equal(held.grow(400), true);
  assert.equal(held.grow(600), false);
  assert.equal(budget.inFlightBytes, 500);
  held.release();
  held.release();
  assert.equal(budget.inFlightBytes, 0);
});

test('defaults to a quarter of the memory, at most 192 MiB', () => {
  assert.ok(defaultMemoryLimit() > 0);
  assert.ok(defaultMemoryLimit() <= Math.min(totalmem() / 4, 192 * 2 ** 20));
});

test('admits items by their minimum size and refuses a request that can never fit', () => {
  const budget = budgetOf(100_000).budget;
  assert.equal(budget.admitItems(10, 10 * ITEM_BYTES), undefined);
  const held = budget.admitItems(1000, 2000);
  assert.ok(held !== undefined && !('kind' in held));
  assert.equal(budget.inFlightBytes, 1000 * ITEM_BYTES - 2000);
  assert.equal((budget.admitItems(1000, 2000) as { kind?: string }).kind, 'retry');
  assert.deepEqual(budget.admitItems(33_000_000, 66_000_000), {
    kind: 'refused',
    reason:
      'expected a request of at most 1562 items, which is what the memory for telemetry in flight allows, got 33000000',
  });
  held.release();
  assert.equal(budget.inFlightBytes, 0);
});
