import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz } from './fuzz.ts';
import { TARGETS } from './targets/all.ts';

/** Enough to see that each target stands up to it; `npm run fuzz` tries a million. */
const COUNT = 300;

for (const target of TARGETS) {
  test(`${target.name}: ${target.what}, stands up to mutated input`, async () => {
    const said: string[] = [];
    // The event loop delay depends on the load of the machine; only the long run checks it.
    const options = { seed: 1, from: 0, count: COUNT, maxBlockMillis: Number.POSITIVE_INFINITY };
    const failures = await fuzz(target, { ...options, say: (line) => said.push(line) });
    assert.equal(failures, 0, said.join('\n'));
    const [, accepted = '', refused = ''] = /, ([\d,]+) accepted, ([\d,]+) refused/.exec(said.at(-1) ?? '') ?? [];
    // Either alone would prove nothing.
    assert.ok(accepted !== '0' && refused !== '0', said.join('\n'));
  });
}
