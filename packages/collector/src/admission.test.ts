import assert from 'node:assert/strict';
import { totalmem } from 'node:os';
import { test } from 'node:test';
import { createAdmissions, defaultMemoryLimit } from './admission.ts';

function admitted(result: ReturnType<ReturnType<typeof createAdmissions>['admit']>) {
  assert.ok(!('kind' in result), `expected room, got ${JSON.stringify(result)}`);
  return result;
}

test('admits up to the limit, then says retry with a time until something is released', () => {
  const admissions = createAdmissions(1000);
  const first = admitted(admissions.admit(600));
  admitted(admissions.admit(400));
  assert.equal(admissions.inFlightBytes, 1000);
  const refusal = admissions.admit(1);
  assert.ok('kind' in refusal && refusal.kind === 'retry' && refusal.afterMillis !== undefined);
  assert.equal(admissions.refusedRequests, 1);
  first.release();
  admitted(admissions.admit(600));
});

test('refuses for good what can never fit', () => {
  const refusal = createAdmissions(1000).admit(1001);
  assert.equal('kind' in refusal && refusal.kind, 'refused');
});

test('releases what was grown, once', () => {
  const admissions = createAdmissions(1000);
  const held = admitted(admissions.admit(100));
  assert.equal(held.grow(400), true);
  assert.equal(held.grow(600), false);
  assert.equal(admissions.inFlightBytes, 500);
  held.release();
  held.release();
  assert.equal(admissions.inFlightBytes, 0);
});

test('the default is a quarter of the memory and never above 256 MiB', () => {
  assert.ok(defaultMemoryLimit() > 0);
  assert.ok(defaultMemoryLimit() <= Math.min(totalmem() / 4, 256 * 2 ** 20));
});
