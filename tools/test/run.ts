/**
 * Runs the tests (all, or the given files and directories) and prints the counts. A run of all tests also prints which
 * part of the sources is in functions that test processes called; `--coverage` prints the coverage of lines by all
 * processes, with their threads and children; `--cpu` prints which files use the most CPU time.
 */
import { globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import { parseArgs } from 'node:util';
import { bundleProgram } from '../pack/bundle-program.ts';
import { type Batch, groupIntoBatches } from './batches.ts';
import { printLineCoverage } from './coverage.ts';
import { describeCpu, recordingArguments } from './cpu.ts';
import { testEnvironment } from './environment.ts';
import { coverageArguments, printFunctionCoverage } from './function-coverage.ts';
import { preloadArguments } from './preload.ts';
import { ProcessWatch } from './process-watch.ts';
import { type Counts, report } from './report.ts';

const root = join(import.meta.dirname, '..', '..');
const TEST_TIMEOUT_MILLIS = 600_000;
/** What a process may take to end by itself after its last test. */
const END_MILLIS = 30_000;
const WATCH_MILLIS = 5_000;
/** Processes that run again by themselves after a failure. More failures have a common cause. */
const MAX_REPEATED = 3;
const ALL = [
  'packages/*/src/**/*.test.ts',
  'test/architecture/**/*.test.ts',
  'test/e2e/**/*.test.ts',
  'test/fuzz/**/*.test.ts',
  'test/chaos/**/*.test.ts',
  'test/interop/**/*.test.ts',
  'tools/**/*.test.ts',
];

const { values: options, positionals: wanted } = parseArgs({
  options: { coverage: { type: 'boolean', default: false }, cpu: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const patterns =
  wanted.length === 0 ? ALL : wanted.map((path) => (path.endsWith('.ts') ? path : `${path}/**/*.test.ts`));
const files = globSync(patterns, { cwd: root }).map((file) => join(root, file));
if (files.length === 0) {
  process.stderr.write(`No test file matches ${patterns.join(' ')}.\n`);
  process.exit(1);
}

const isComplete = wanted.length === 0;
const recordsFunctions = isComplete && !options.coverage;
const scratch = mkdtempSync(join(tmpdir(), 'otelier-tests-'));
const directories = {
  bin: join(root, 'node_modules', '.bin'),
  home: join(scratch, 'home'),
  compileCache: join(root, 'node_modules', '.cache', 'otelier-tests'),
  // Coverage counts lines of the sources.
  program: isComplete && !options.coverage ? join(root, 'node_modules', '.cache', 'otelier-program') : undefined,
  coverage: options.coverage ? join(scratch, 'coverage') : undefined,
};
const calledFunctions = join(scratch, 'functions');
const cpuRecord = join(scratch, 'cpu.jsonl');
mkdirSync(directories.home);
if (directories.program !== undefined) {
  rmSync(directories.program, { recursive: true, force: true });
  await bundleProgram(root, directories.program);
}
process.chdir(root);

const batches = groupIntoBatches(root, files.sort(), scratch, options.coverage);
const print = (text: string) => process.stdout.write(text);
const watch = new ProcessWatch(TEST_TIMEOUT_MILLIS + 2 * END_MILLIS, print);
setInterval(() => watch.check(performance.now()), WATCH_MILLIS).unref();
// More than cores, because many tests wait for timers, processes and browsers.
const counts = await runBatches(batches, availableParallelism() + 3);
const failedBatches = batches.filter(({ entry }) => counts.failedEntries.includes(entry));
const isRepeated = isComplete && failedBatches.length > 0 && failedBatches.length <= MAX_REPEATED;
if (isRepeated) print('\nRepeats what failed, one process at a time:\n');
const repeated = isRepeated ? await runBatches(failedBatches, 1) : counts;
if (options.cpu) print(describeCpu(cpuRecord, batches));
const covered =
  (directories.coverage === undefined || printLineCoverage(root, directories.coverage) || !isComplete) &&
  (!recordsFunctions || printFunctionCoverage(root, calledFunctions));
rmSync(scratch, { recursive: true, force: true });
// Repeated here, because thousands of lines may separate a failure from the end of the output.
if (isComplete) print(counts.failures.join(''));
print(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
const areUnstable = isRepeated && repeated.failed === 0 && repeated.passed > 0;
if (areUnstable) print('UNSTABLE: what failed passed when it ran again by itself. It needs a repair.\n');
process.exit((counts.failed === 0 || areUnstable) && counts.passed > 0 && covered ? 0 : 1);

function runBatches(chosen: readonly Batch[], concurrency: number): Promise<Counts> {
  return report(
    run({
      files: chosen.map(({ entry }) => entry),
      concurrency,
      timeout: TEST_TIMEOUT_MILLIS,
      env: testEnvironment(process.env, directories),
      execArgv: [
        ...preloadArguments('end-process.mjs', { after: String(END_MILLIS) }),
        ...(options.cpu ? recordingArguments(cpuRecord) : []),
        ...(recordsFunctions ? coverageArguments(root, calledFunctions) : []),
      ],
    }),
    chosen,
    print,
  );
}
