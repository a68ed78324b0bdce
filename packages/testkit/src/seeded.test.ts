import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SEED_VARIABLE, seeded } from './seeded.ts';

/** Returns the values that a property gets, and the message of its failure at the fifth. */
function failing(): { readonly values: readonly number[]; readonly message: string } {
  const values: number[] = [];
  try {
    fc.assert(
      fc.property(fc.nat(), (value) => values.push(value) < 5),
      { ...seeded({ numRuns: 10 }), endOnFailure: true },
    );
  } catch (error) {
    return { values, message: String(error) };
  }
  return { values, message: '' };
}

test('repeats the cases of the seed that a failure names', (t) => {
  const before = process.env[SEED_VARIABLE];
  t.after(() => {
    if (before === undefined) delete process.env[SEED_VARIABLE];
    else process.env[SEED_VARIABLE] = before;
  });
  delete process.env[SEED_VARIABLE];
  const { values, message } = failing();
  assert.equal(values.length, 5);
  const [, seed = ''] = /\bseed: (-?\d+)/.exec(message) ?? [];
  process.env[SEED_VARIABLE] = seed;
  assert.deepEqual(failing().values, values, message);
  process.env[SEED_VARIABLE] = 'x';
  assert.throws(() => seeded(), /OTELIER_TEST_SEED: expected an integer, got "x"/);
});
