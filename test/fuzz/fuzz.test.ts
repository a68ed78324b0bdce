import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz } from './fuzz.ts';
import { TARGETS } from './targets/all.ts';

/** A short run of each target; `npm run fuzz` tries a million inputs. */
const COUNT = 300;

for (const target of TARGETS) {
  test(`${target.name}: ${target.what}, withstands mutated input`, async () => {
    const said: string[] = [];
    // The event loop delay depends on the load of the machine; only the long run checks it.
    const options = { seed: 1, from: 0, count: COUNT, maxBlockMillis: Number.POSITIVE_INFINITY };
    const failures = await fuzz(target, { ...options, say: (line) => said.push(line) });
    assert.equal(failures, 0, said.join('\n'));
    const [, accepted = '', refused = ''] = /, ([\d,]+) accepted, ([\d,]+) refused/.exec(said.at(-1) ?? '') ?? [];
    // The run must contain both accepted and refused inputs to be meaningful.
    assert.ok(accepted !== '0' && refused !== '0', said.join('\n'));
  });
}
