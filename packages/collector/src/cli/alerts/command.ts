import { formatConfigError } from '../../config/config-error.ts';
import { EXIT } from '../commands/exit-codes.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { terminalText } from '../terminal-text.ts';
import { reportResults } from '../test/report/report-results.ts';
import type { FileResult } from '../test/run-files.ts';
import { matchingFiles } from './matching-files.ts';
import { readRules, runRuleTests } from './run-rule-tests.ts';

/** The options of `otelier alerts test`. */
export interface AlertsTestOptions {
  readonly filter?: string;
  readonly json?: boolean;
  readonly junit?: string;
  readonly ignoreUnknownFields?: boolean;
}

/** Runs the tests of rules in unit-test files of Prometheus and prints their results. */
export async function alertsTestCommand(
  paths: readonly string[],
  { filter, ignoreUnknownFields = false, ...report }: AlertsTestOptions,
  console: Console,
): Promise<void> {
  const files: FileResult[] = [];
  for (const path of paths) {
    for (const file of await matchingFiles(path)) files.push(await runRuleTests(file, { filter, ignoreUnknownFields }));
  }
  process.exitCode = await reportResults(files, report, console);
  const hasTests = files.some(({ tests, errors }) => tests.length + errors.length > 0);
  if (!hasTests && filter !== undefined) {
    throw new CommandFailure(`--filter: expected a part of the name of a test, got "${filter}"`, EXIT.usage);
  }
  if (!hasTests) throw new CommandFailure(`expected files with tests, got none: ${paths.join(', ')}`, EXIT.usage);
}

/** The options of `otelier alerts check`. */
export interface AlertsCheckOptions {
  readonly ignoreUnknownFields?: boolean;
}

/** Prints the errors of rule files, one in a line, or the number of their rules. */
export async function alertsCheckCommand(
  paths: readonly string[],
  { ignoreUnknownFields = false }: AlertsCheckOptions,
  console: Console,
): Promise<void> {
  for (const path of paths) {
    for (const file of await matchingFiles(path)) {
      const { groups, errors } = await readRules(file, ignoreUnknownFields);
      for (const error of errors) console.print(terminalText(formatConfigError(error)));
      if (errors.length > 0) process.exitCode = EXIT.failure;
      else console.print(terminalText(`${file}: ${countOf(groups.length, 'group')}, ${rulesOf(groups)}`));
    }
  }
}

function rulesOf(groups: readonly { readonly rules: readonly { readonly kind: string }[] }[]): string {
  const rules = groups.flatMap(({ rules: ofGroup }) => ofGroup);
  const alerting = rules.filter(({ kind }) => kind === 'alerting').length;
  return `${countOf(alerting, 'alerting rule')}, ${countOf(rules.length - alerting, 'recording rule')}`;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
