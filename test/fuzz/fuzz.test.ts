import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz } from './fuzz.ts';
import { TARGETS } from './targets/all.ts';

/** Number of inputs in a short run of each target. `npm run fuzz` tries a million. */
const COUNT = 300;

for (const target of TARGETS) {
  test(`${target.name}: ${target.what}, withstands mutated input`, async () => {
    const said: string[] = [];
    // The event loop delay depends on the machine's load, so only long runs check it.
    const options = { seed: 1, from: 0, count: COUNT, maxBlockMillis: Number.POSITIVE_INFINITY };
    const failures = await fuzz(target, { ...options, say: (line) => said.push(line) });
    assert.equal(failures, 0, said.join('\n'));
    const [, accepted = '', refused = ''] = /, ([\d,]+) accepted, ([\d,]+) refused/.exec(said.at(-1) ?? '') ?? [];
    // To be meaningful, the run must contain both accepted and rejected inputs.
    assert.ok(accepted !== '0' && refused !== '0', said.join('\n'));
  });
}
