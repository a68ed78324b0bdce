import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { ChaosSuite } from './suite.ts';

/** Runs the contract of stores over an encrypted store. `npm test` runs it over a plain one, and compares a few queries. */
export const suite: ChaosSuite = {
  name: 'encrypted',
  summary: 'an encrypted store passes the contract of stores',
  cases: 1,
  sampleCases: 0,
  async run({ from, fail }) {
    const file = join(import.meta.dirname, 'encrypted', 'store-contract.ts');
    const { status, stdout } = spawnSync(process.execPath, ['--test', file], { encoding: 'utf8' });
    if (status !== 0) fail(from, stdout);
  },
};
