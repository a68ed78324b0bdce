import { copyFileSync, globSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Comparison } from '../check.ts';
import { NODE } from '../gateway.ts';
import { runStep, runToEnd } from '../processes.ts';

const here = import.meta.dirname;
const directory = join(here, '..', '.build', 'assertions');

/** How each test runner runs its test file. */
const RUNNERS: Readonly<Record<string, readonly string[]>> = {
  'node:test': ['--test', '--test-reporter=spec', 'node.test.mjs'],
  Vitest: ['node_modules/vitest/vitest.mjs', 'run', 'vitest.test.mjs'],
  Jest: ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--testMatch', '**/jest.test.mjs'],
};

/** What each runner must print of the second test, which runs three queries with a budget of two. */
const EXPECTED: readonly RegExp[] = [
  /The budget is exceeded\.\n\s*queries: expected at most 2, got 3\n/,
  /\n\s*\+ {3}SELECT products \[client\] "SELECT price FROM products WHERE id = \?" [\d.]+ ms at shop\.mjs:16:\d+\n/,
  /✔ has the expected shape|✓ has the expected shape/,
  /[✖×✕] runs one query too many/,
];

/** Installs the packed packages beside the test runners, and compares what each runner prints of a failing budget. */
export async function compareTestRunners(): Promise<Comparison> {
  await install();
  const mismatches: string[] = [];
  for (const [runner, args] of Object.entries(RUNNERS)) {
    const { code, stdout, stderr } = await runToEnd([NODE, ...args], { NO_COLOR: '1' }, directory);
    const output = stripVTControlCharacters(stdout + stderr);
    if (code !== 1) mismatches.push(`${runner}: expected exit code 1, got ${code}`);
    for (const expected of EXPECTED)
      if (!expected.test(output)) mismatches.push(`${runner}: ${expected} in\n${output}`);
  }
  return { compared: Object.keys(RUNNERS).length * (EXPECTED.length + 1), mismatches };
}

async function install(): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const packed = join(directory, 'packages');
  await runStep([NODE, join(here, '..', '..', '..', 'tools', 'pack', 'run.ts'), packed]);
  for (const file of globSync('*.mjs', { cwd: here })) copyFileSync(join(here, file), join(directory, basename(file)));
  const own = ['otlp', 'journal', 'transport', 'sdk', 'testkit'].map((name) =>
    join(packed, `otelier-${name}-0.1.0.tgz`),
  );
  // An installed package is not replaced by one of the same version.
  await runStep([
    'rm',
    '-rf',
    ...['node_modules', 'package-lock.json', 'package.json'].map((name) => join(directory, name)),
  ]);
  await runStep(['npm', 'init', '--yes', '--init-type=module'], directory);
  await runStep(
    ['npm', 'install', '--no-audit', '--no-fund', ...own, '@opentelemetry/api', 'vitest', 'jest'],
    directory,
  );
}
