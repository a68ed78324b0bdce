import { writeFile } from 'node:fs/promises';
import { EXIT } from '../../commands/exit-codes.ts';
import type { Console } from '../../console.ts';
import { CommandFailure } from '../../failure.ts';
import { terminalText } from '../../terminal-text.ts';
import type { Coverage } from '../rules/rule-coverage.ts';
import type { FileResult } from '../run-files.ts';
import { coverageAsText } from './coverage.ts';
import { resultsAsJson } from './json.ts';
import { resultsAsJunit } from './junit.ts';
import { styleOf } from './style.ts';
import { resultsAsText } from './text.ts';

/** How results are reported. */
export interface ReportOptions {
  /** Prints JSON instead of text. */
  readonly json?: boolean | undefined;
  /** Path of a file for results as JUnit XML. */
  readonly junit?: string | undefined;
  readonly coverage?: Coverage | undefined;
}

/** Prints the results of test files. Returns the exit code: whether tests failed or files have errors. */
export async function reportResults(
  files: readonly FileResult[],
  { json, junit, coverage }: ReportOptions,
  console: Console,
): Promise<number> {
  if (json === true) console.print(terminalText(JSON.stringify(resultsAsJson(files, coverage), undefined, 2)));
  else {
    const style = styleOf(console);
    for (const line of resultsAsText(files, style)) console.print(line);
    if (coverage !== undefined) for (const line of coverageAsText(coverage, style)) console.print(line);
  }
  if (junit !== undefined) await writeReport(junit, resultsAsJunit(files));
  return exitCodeOf(files);
}

async function writeReport(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailure(`--junit: expected a file that can be written, got ${path}: ${reason}`);
  }
}

function exitCodeOf(files: readonly FileResult[]): number {
  if (files.some(({ errors }) => errors.length > 0)) return EXIT.usage;
  return files.some(({ tests }) => tests.some(({ failures }) => failures.length > 0)) ? EXIT.failure : EXIT.success;
}
