/**
 * Runs the tests (all, or the given files and directories) and prints coverage merged across all threads and child
 * processes, followed by the counts.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { run } from 'node:test';
import { report } from './report.ts';

const root = join(import.meta.dirname, '..', '..');
const MIN_LINES_PERCENT = 80;
const TEST_TIMEOUT_MILLIS = 600_000;
const ALL = [
  'packages/*/src/**/*.test.ts',
  'test/architecture/**/*.test.ts',
  'test/e2e/**/*.test.ts',
  'test/fuzz/**/*.test.ts',
  'test/chaos/**/*.test.ts',
  'test/interop/**/*.test.ts',
  'tools/**/*.test.ts',
];

const wanted = process.argv.slice(2);
const patterns =
  wanted.length === 0 ? ALL : wanted.map((path) => (path.endsWith('.ts') ? path : `${path}/**/*.test.ts`));
const files = globSync(patterns, { cwd: root }).map((file) => join(root, file));
if (files.length === 0) {
  process.stderr.write(`No test file matches ${patterns.join(' ')}.\n`);
  process.exit(1);
}

const scratch = mkdtempSync(join(tmpdir(), 'otelier-coverage-'));
if (wanted.length === 0) process.env['NODE_V8_COVERAGE'] = scratch;
process.env['PATH'] = `${join(root, 'node_modules', '.bin')}${delimiter}${process.env['PATH']}`;
process.chdir(root);

const counts = await report(
  run({ files: files.sort(), concurrency: availableParallelism(), timeout: TEST_TIMEOUT_MILLIS }),
  (text) => process.stdout.write(text),
);
const covered = wanted.length > 0 || printCoverage();
rmSync(scratch, { recursive: true, force: true });
// Repeated here, because thousands of lines may separate a failure from the end of the output.
if (wanted.length === 0) process.stdout.write(counts.failures.join(''));
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exit(counts.failed === 0 && counts.passed > 0 && covered ? 0 : 1);

function printCoverage(): boolean {
  process.stdout.write('\nCoverage, merged over threads and child processes:\n');
  const included = ['packages/*/src/**', 'packages/*/bin/**'];
  const excluded = [
    '**/*.test.ts',
    '**/*.bench.ts',
    '**/contract.ts',
    '**/*.generated.ts',
    'packages/dashboard/**',
    'packages/testkit/**',
  ];
  const args = [
    join(root, 'node_modules', 'c8', 'bin', 'c8.js'),
    'report',
    `--temp-directory=${scratch}`,
    '--all',
    '--src=packages',
    '--extension=.ts',
    '--extension=.js',
    ...included.map((pattern) => `--include=${pattern}`),
    ...excluded.map((pattern) => `--exclude=${pattern}`),
    '--reporter=text-summary',
    '--check-coverage',
    `--lines=${MIN_LINES_PERCENT}`,
    '--functions=0',
    '--branches=0',
    '--statements=0',
  ];
  const environment = { ...process.env };
  delete environment['NODE_V8_COVERAGE'];
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env: environment }).status === 0;
}
