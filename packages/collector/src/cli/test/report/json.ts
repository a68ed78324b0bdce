import type { Coverage } from '../rules/rule-coverage.ts';
import type { FileResult } from '../run-files.ts';

/** Returns the results of test files as the object that `--json` prints. */
export function resultsAsJson(files: readonly FileResult[], coverage: Coverage | undefined): object {
  const tests = files.flatMap((file) => file.tests);
  const failed = tests.filter(({ failures }) => failures.length > 0).length;
  return {
    summary: {
      tests: tests.length,
      passed: tests.length - failed,
      failed,
      filesWithErrors: files.filter(({ errors }) => errors.length > 0).length,
    },
    files: files.map(({ file, errors, warnings, tests: results }) => ({
      file,
      errors: [...errors, ...warnings],
      tests: results.map(({ name, position, durationMillis, failures, warnings: logs }) => ({
        name,
        status: failures.length === 0 ? 'passed' : 'failed',
        position,
        durationMillis: Math.round(durationMillis),
        failures,
        logs,
      })),
    })),
    ...(coverage === undefined ? {} : { coverage }),
  };
}
