import { formatConfigError, type Position } from '../../../config/config-error.ts';
import { terminalText } from '../../terminal-text.ts';
import { type Difference, MAX_DIFFERENCES } from '../compare/differences.ts';
import type { FileResult, TestResult } from '../run-files.ts';
import type { Style } from './style.ts';

/** Formats the results of test files. */
export function resultsAsText(files: readonly FileResult[], style: Style): string[] {
  const lines = files.flatMap((file) => fileLines(file, style));
  const tests = files.flatMap((file) => file.tests);
  const failed = tests.filter(({ failures }) => failures.length > 0).length;
  const broken = files.filter(({ errors }) => errors.length > 0).length;
  const summary = [`${tests.length - failed} passed`, ...(failed > 0 ? [`${failed} failed`] : [])];
  if (broken > 0) summary.push(`${broken} ${broken === 1 ? 'file' : 'files'} with errors`);
  const color = failed + broken > 0 ? 'red' : 'green';
  return [...lines, style(color, `${tests.length} ${tests.length === 1 ? 'test' : 'tests'}: ${summary.join(', ')}`)];
}

function fileLines({ file, errors, warnings, tests }: FileResult, style: Style): string[] {
  if (errors.length + tests.length === 0) return [];
  return [
    style('bold', file),
    ...errors.map((error) => `  ${style('red', formatConfigError(error))}`),
    ...warnings.map((warning) => `  ${terminalText(formatConfigError(warning))}`),
    ...tests.flatMap((test) => testLines(test, style)),
    '',
  ];
}

function testLines({ name, failures, warnings, durationMillis }: TestResult, style: Style): string[] {
  const duration = style('dim', `(${Math.round(durationMillis)} ms)`);
  if (failures.length === 0) return [`  ${style('green', 'ok')}      ${oneLine(name)} ${duration}`];
  return [
    `  ${style('red', 'failed')}  ${oneLine(name)} ${duration}`,
    ...failures.flatMap(({ position, message, differences }) => [
      `    ${oneLine(`${placeOf(position)} ${message}`)}`,
      ...differenceLines(differences).map((line) => `      ${line}`),
    ]),
    ...warnings.map((warning) => `    ${style('dim', `log: ${oneLine(warning)}`)}`),
  ];
}

/** Formats the fields in which an item differs, one in a line. */
export function differenceLines(differences: readonly Difference[]): string[] {
  const lines = differences
    .slice(0, MAX_DIFFERENCES)
    .map(({ path, expected, actual }) => oneLine(`${path}: expected ${expected}, got ${actual}`));
  return differences.length > MAX_DIFFERENCES ? [...lines, '… and more fields'] : lines;
}

/** Formats a position as `FILE:LINE:COLUMN:`. */
export function placeOf({ source, line, column }: Position): string {
  return line === 0 ? `${source}:` : `${source}:${line}:${column}:`;
}

const MAX_LINE = 2000;

function oneLine(text: string): string {
  const cut = text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)}…` : text;
  return terminalText(cut.replace(/[\r\n]+/g, ' '));
}
