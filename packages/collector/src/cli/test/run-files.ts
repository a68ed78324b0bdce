import type { Diagnostic, Position } from '../../config/config-error.ts';
import { StartError } from '../../graph/start-error.ts';
import { checkTest, type Failure } from './compare/check-test.ts';
import { compileExpected } from './compare/conditions.ts';
import type { Environment } from './file/context.ts';
import type { ExpectedOutput, PipelineTest, TestFile } from './file/model.ts';
import { readTestFile } from './file/read-test-file.ts';
import { type ResolvedTarget, resolveTarget, selectOutputs } from './pipeline/resolve-target.ts';
import { runTest } from './pipeline/test-run.ts';
import type { RuleCoverage } from './rules/rule-coverage.ts';
import { updateExpectedFiles } from './update.ts';
import type { Dependencies } from './watch.ts';

/** The result of a test. */
export interface TestResult {
  readonly name: string;
  readonly position: Position;
  readonly durationMillis: number;
  readonly failures: readonly Failure[];
  /** Warnings that components logged. */
  readonly warnings: readonly string[];
}

/** The results of the tests in a file, or the errors in the file. */
export interface FileResult {
  readonly file: string;
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
  readonly tests: readonly TestResult[];
  /** Whether a component is still running that does not finish. */
  readonly isStuck: boolean;
}

/** The options of `runFile`. */
export interface RunFileOptions {
  readonly environment: Environment;
  /** Runs only tests whose names contain this. */
  readonly filter: string | undefined;
  readonly timeoutMillis: number;
  /** Receives the files that the tests depend on. */
  readonly dependencies: Dependencies;
  /** Counts the matches of rules. */
  readonly coverage: RuleCoverage | undefined;
  /** Whether to write what tests record to the files with the expected items. */
  readonly update?: boolean;
}

/** Runs the tests of a file, one after the other. A file with an error runs no tests. */
export async function runFile(name: string, options: RunFileOptions): Promise<FileResult> {
  const { environment, filter } = options;
  const read = await readTestFile(name, environment, options.dependencies, options.update);
  const none = { file: name, warnings: [], tests: [], isStuck: false };
  if (!read.ok) return { ...none, errors: read.errors };
  const { file, warnings } = read;
  const resolved = file.tests.map((test, index) => ({ test, target: resolveTarget(test, index, file.config) }));
  const errors = resolved.flatMap(({ test, target }) => (target.ok ? conditionErrors(test, target) : target.errors));
  if (errors.length > 0) return { ...none, errors };
  const undeclared = await declareRules(file, options);
  const tests: TestResult[] = [];
  let isStuck = false;
  for (const { test, target } of resolved) {
    if (!target.ok || (filter !== undefined && !test.name.includes(filter))) continue;
    const result = await run(test, target, file, options);
    isStuck ||= result.isStuck;
    tests.push(result.test);
  }
  return { ...none, errors: [], warnings: [...warnings, ...undeclared], tests, isStuck };
}

type Target = Extract<ResolvedTarget, { ok: true }>;

async function run(
  test: PipelineTest,
  { graph, outputs }: Target,
  { config, environment }: TestFile,
  { timeoutMillis, coverage, update }: RunFileOptions,
): Promise<{ readonly test: TestResult; readonly isStuck: boolean }> {
  const startMillis = performance.now();
  const record = await runTest(test, graph, {
    ...{ config, environment, timeoutMillis },
    observeRule: coverage?.observer(config),
  });
  const { warnings, isStuck } = record;
  const updated = update === true ? await updateExpectedFiles(test, record, outputs) : [];
  const tested = { ...test, outputs: test.outputs.map((one) => withoutFile(one, updated)) };
  const failures = checkTest(tested, record, outputs);
  const durationMillis = performance.now() - startMillis;
  return { test: { name: test.name, position: test.position, durationMillis, failures, warnings }, isStuck };
}

/** Declares the rules of the configuration. Returns a warning if a component that no test needs cannot be created. */
async function declareRules({ config, environment }: TestFile, { coverage }: RunFileOptions): Promise<Diagnostic[]> {
  try {
    await coverage?.declare(config, environment);
    return [];
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    const message = `expected components whose rules can be listed, got ${error.message}`;
    return [{ severity: 'warning', position: config.service.position, path: 'service', message }];
  }
}

/** Returns an expectation without the items of a file that was just written. */
function withoutFile(output: ExpectedOutput, updated: readonly string[]): ExpectedOutput {
  return output.file !== undefined && updated.includes(output.file) ? { ...output, items: undefined } : output;
}

function conditionErrors(test: PipelineTest, { outputs }: Target): Diagnostic[] {
  return test.outputs.flatMap((output) => {
    const signal = selectOutputs(output, outputs)[0]?.signal;
    if (signal === undefined) return [];
    return output.conditions.flatMap((condition) => {
      const compiled = compileExpected(condition, signal);
      return 'test' in compiled ? [] : [compiled];
    });
  });
}
