import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAdmissions } from '../service/admission.ts';
import { createCounterMemory, SharedCounter } from './shared-counter.ts';

test('shares one budget among threads', () => {
  const memory = createCounterMemory(2);
  const [one, other] = [0, 1].map((thread) => createAdmissions(100_000, new SharedCounter(memory, thread)));
  assert.ok(one && other);
  const held = one.admit(60_000);
  assert.ok('release' in held);
  assert.equal(other.inFlightBytes, one.inFlightBytes);
  assert.equal('kind' in other.admit(60_000), true);
  held.release();
  assert.equal(other.inFlightBytes, 0);
  assert.equal('release' in other.admit(60_000), true);
});

test('subtracts exactly the bytes of an ended thread', () => {
  const memory = createCounterMemory(3);
  const counters = [0, 1, 2].map((thread) => new SharedCounter(memory, thread));
  counters.forEach((counter, thread) => void counter.add(10 ** (thread + 10)));
  assert.equal(counters[1]?.add(5), 111 * 10 ** 10 + 5);
  counters[1]?.clear();
  assert.equal(counters[0]?.value, 101 * 10 ** 10);
  counters[1]?.clear();
  assert.equal(counters[2]?.add(-(10 ** 12)), 10 ** 10);
});
