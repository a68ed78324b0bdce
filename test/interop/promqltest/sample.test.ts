import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { runScripts } from './run-scripts.ts';

// `npm run interop -- --only promqltest` runs Prometheus' own scripts; these are ours, in the same language.
for (const { name, cases, differences } of await runScripts(join(import.meta.dirname, 'sample'))) {
  test(`the ${cases} queries of sample ${name} have their expected results`, () => {
    assert.deepEqual(differences, []);
  });
}
