import type { Diagnostic, Position } from '../../config/config-error.ts';
import { checkTest, type Failure } from './compare/check-test.ts';
import { compileExpected } from './compare/conditions.ts';
import type { Environment } from './file/context.ts';
import type { PipelineTest, TestFile } from './file/model.ts';
import { readTestFile } from './file/read-test-file.ts';
import { type ResolvedTarget, resolveTarget, selectOutputs } from './pipeline/resolve-target.ts';
import { runTest } from './pipeline/test-run.ts';

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
  /** Paths of the files that the tests depend on. */
  readonly dependencies: readonly string[];
  /** Whether a component is still running that does not finish. */
  readonly isStuck: boolean;
}

/** The options of `runFile`. */
export interface RunFileOptions {
  readonly environment: Environment;
  /** Runs only tests whose names contain this. */
  readonly filter: string | undefined;
  readonly timeoutMillis: number;
}

/** Runs the tests of a file, one after the other. A file with an error runs no tests. */
export async function runFile(name: string, options: RunFileOptions): Promise<FileResult> {
  const { environment, filter } = options;
  const read = await readTestFile(name, environment);
  const { dependencies } = read;
  const none = { file: name, warnings: [], tests: [], dependencies, isStuck: false };
  if (!read.ok) return { ...none, errors: read.errors };
  const { file, warnings } = read;
  const resolved = file.tests.map((test, index) => ({ test, target: resolveTarget(test, index, file.config) }));
  const errors = resolved.flatMap(({ test, target }) => (target.ok ? conditionErrors(test, target) : target.errors));
  if (errors.length > 0) return { ...none, errors };
  const tests: TestResult[] = [];
  let isStuck = false;
  for (const { test, target } of resolved) {
    if (!target.ok || (filter !== undefined && !test.name.includes(filter))) continue;
    const result = await run(test, target, file, options);
    isStuck ||= result.isStuck;
    tests.push(result.test);
  }
  return { ...none, errors: [], warnings, tests, isStuck };
}

type Target = Extract<ResolvedTarget, { ok: true }>;

async function run(
  test: PipelineTest,
  { graph, outputs }: Target,
  { config, environment }: TestFile,
  { timeoutMillis }: RunFileOptions,
): Promise<{ readonly test: TestResult; readonly isStuck: boolean }> {
  const startMillis = performance.now();
  const record = await runTest(test, graph, { config, environment, timeoutMillis });
  const { warnings, isStuck } = record;
  const failures = checkTest(test, record, outputs);
  const durationMillis = performance.now() - startMillis;
  return { test: { name: test.name, position: test.position, durationMillis, failures, warnings }, isStuck };
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
