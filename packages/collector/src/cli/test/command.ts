import { parseDuration } from '../../component/units.ts';
import { EXIT } from '../commands/exit-codes.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { terminalText } from '../terminal-text.ts';
import { findTestFiles } from './find-test-files.ts';
import { formatPercent } from './report/coverage.ts';
import { reportResults } from './report/report-results.ts';
import { RuleCoverage } from './rules/rule-coverage.ts';
import { type FileResult, runFile } from './run-files.ts';
import { changeOf, Dependencies } from './watch.ts';

/** The options of `otelier test`. */
export interface TestOptions {
  readonly filter?: string;
  /** Maximum time of a step of a test, such as `10s`. */
  readonly timeout: string;
  readonly watch?: boolean;
  readonly json?: boolean;
  /** Path of a file for results as JUnit XML. */
  readonly junit?: string;
  /** Writes what the tests record to the files with the expected items. */
  readonly update?: boolean;
  readonly coverage?: boolean;
  /** Minimum percentage of rules that match. */
  readonly coverageThreshold?: number;
}

/** Runs the tests in files and prints their results. */
export async function testCommand(paths: readonly string[], options: TestOptions, console: Console): Promise<void> {
  const timeoutMillis = parseDuration(options.timeout);
  if (timeoutMillis === undefined || timeoutMillis <= 0)
    throw new CommandFailure(`--timeout: expected a duration such as 10s, got "${options.timeout}"`, EXIT.usage);
  if (options.watch === true) return await watch(paths, options, timeoutMillis, console);
  const results = await runOnce(paths, options, timeoutMillis, console);
  process.exitCode = results.exitCode;
  // A component that does not finish would keep the process running.
  if (results.isStuck) process.exit(results.exitCode);
}

interface Results {
  readonly exitCode: number;
  readonly isStuck: boolean;
  readonly dependencies: Dependencies;
}

async function runOnce(
  paths: readonly string[],
  options: TestOptions,
  timeoutMillis: number,
  console: Console,
): Promise<Results> {
  const { filter, json, junit, coverageThreshold, update = false } = options;
  const names = await findTestFiles(paths.length === 0 ? ['.'] : paths);
  if (names.length === 0)
    throw new CommandFailure('expected test files (*.test.yaml or *.pipeline-tests.ts), got none', EXIT.usage);
  const rules = options.coverage === true || coverageThreshold !== undefined ? new RuleCoverage() : undefined;
  const dependencies = new Dependencies();
  const files: FileResult[] = [];
  for (const name of names)
    files.push(
      await runFile(name, {
        environment: console.environment,
        filter,
        timeoutMillis,
        coverage: rules,
        update,
        dependencies,
      }),
    );
  const coverage = rules?.result();
  let exitCode = await reportResults(files, { json, junit, coverage }, console);
  const hasTests = files.some(({ tests, errors }) => tests.length + errors.length > 0);
  if (!hasTests) {
    console.error(`otelier: --filter: expected a part of the name of a test, got "${terminalText(filter ?? '')}"`);
    exitCode = EXIT.usage;
  }
  if (coverage !== undefined && coverageThreshold !== undefined && coverage.percent < coverageThreshold) {
    const got = formatPercent(coverage.percent);
    console.error(`otelier: expected at least ${coverageThreshold} % of the rules to match, got ${got}`);
    if (exitCode === EXIT.success) exitCode = EXIT.failure;
  }
  return {
    exitCode,
    isStuck: files.some(({ isStuck }) => isStuck),
    dependencies,
  };
}

/** Runs the tests again whenever a file changes that they depend on, until the process is stopped. */
async function watch(
  paths: readonly string[],
  options: TestOptions,
  timeoutMillis: number,
  console: Console,
): Promise<void> {
  for (;;) {
    const { dependencies } = await runOnce(paths, options, timeoutMillis, console);
    const count = dependencies.paths.length;
    const print = options.json === true ? console.error : console.print;
    print(`Watching ${count} ${count === 1 ? 'file' : 'files'}. Stop with Ctrl-C`);
    await changeOf(dependencies);
  }
}
