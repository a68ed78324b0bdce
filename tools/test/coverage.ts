import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const MIN_LINES_PERCENT = 80;
/** Files whose coverage is measured. */
export const INCLUDED = ['packages/*/src/**', 'packages/*/bin/**'];
/** Files of `INCLUDED` that are left out. */
export const EXCLUDED = [
  '**/*.test.ts',
  '**/*.bench.ts',
  '**/contract.ts',
  '**/*.generated.ts',
  'packages/dashboard/**',
  'packages/testkit/**',
];

/** Prints the coverage of lines that processes wrote to a directory, and returns whether it is sufficient. */
export function printLineCoverage(root: string, directory: string): boolean {
  process.stdout.write('\nCoverage:\n');
  const args = [
    join(root, 'node_modules', 'c8', 'bin', 'c8.js'),
    'report',
    `--temp-directory=${directory}`,
    '--all',
    '--src=packages',
    '--extension=.ts',
    '--extension=.js',
    ...INCLUDED.map((pattern) => `--include=${pattern}`),
    ...EXCLUDED.map((pattern) => `--exclude=${pattern}`),
    '--reporter=text-summary',
    '--check-coverage',
    `--lines=${MIN_LINES_PERCENT}`,
    '--functions=0',
    '--branches=0',
    '--statements=0',
  ];
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status === 0;
}
