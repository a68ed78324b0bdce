import { parseDuration } from '../../component/units.ts';
import { EXIT } from '../commands/exit-codes.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { styleOf } from './report/style.ts';
import { resultsAsText } from './report/text.ts';
import { type FileResult, runFile } from './run-files.ts';

/** The options of `otelier test`. */
export interface TestOptions {
  readonly filter?: string;
  /** Maximum time of a step of a test, such as `10s`. */
  readonly timeout: string;
}

/** Runs the tests in files and prints their results. */
export async function testCommand(paths: readonly string[], options: TestOptions, console: Console): Promise<void> {
  const timeoutMillis = parseDuration(options.timeout);
  if (timeoutMillis === undefined || timeoutMillis <= 0)
    throw new CommandFailure(`--timeout: expected a duration such as 10s, got "${options.timeout}"`, EXIT.usage);
  const style = styleOf(console);
  const files: FileResult[] = [];
  for (const path of paths)
    files.push(await runFile(path, { environment: console.environment, filter: options.filter, timeoutMillis }));
  for (const line of resultsAsText(files, style)) console.print(line);
  process.exitCode = exitCodeOf(files);
}

function exitCodeOf(files: readonly FileResult[]): number {
  if (files.some(({ errors }) => errors.length > 0)) return EXIT.usage;
  return files.some(({ tests }) => tests.some(({ failures }) => failures.length > 0)) ? EXIT.failure : EXIT.success;
}
