import { formatConfigError } from '../../../config/config-error.ts';
import { terminalText } from '../../terminal-text.ts';
import type { FileResult, TestResult } from '../run-files.ts';
import { differenceLines, placeOf } from './text.ts';

/** Formats results as JUnit XML. A file with errors is a test suite with one failed test case. */
export function resultsAsJunit(files: readonly FileResult[]): string {
  const suites = files.map(suite);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('')}</testsuites>\n`;
}

function suite({ file, errors, tests }: FileResult): string {
  const failed = tests.filter(({ failures }) => failures.length > 0).length;
  const seconds = tests.reduce((sum, { durationMillis }) => sum + durationMillis, 0) / 1000;
  const hasErrors = errors.length > 0;
  const counts = {
    name: file,
    tests: tests.length + (hasErrors ? 1 : 0),
    failures: failed,
    errors: hasErrors ? 1 : 0,
    time: seconds.toFixed(3),
  };
  const text = errors.map(formatConfigError).join('\n');
  const broken = hasErrors
    ? `<testcase${attributes({ name: file, classname: file })}>\n<error${attributes({ message: text })}>${escaped(text)}</error>\n</testcase>\n`
    : '';
  return `<testsuite${attributes(counts)}>\n${broken}${tests.map((test) => testCase(file, test)).join('')}</testsuite>\n`;
}

function testCase(file: string, { name, position, durationMillis, failures, warnings }: TestResult): string {
  const time = (durationMillis / 1000).toFixed(3);
  const start = `<testcase${attributes({ name, classname: file, file, line: position.line, time })}`;
  const [first] = failures;
  if (first === undefined) return `${start}/>\n`;
  const lines = failures.flatMap((failure) => [
    `${placeOf(failure.position)} ${failure.message}`,
    ...differenceLines(failure.differences).map((line) => `  ${line}`),
  ]);
  const text = [...lines, ...warnings.map((warning) => `log: ${warning}`)].join('\n');
  return `${start}>\n<failure${attributes({ message: first.message })}>${escaped(text)}</failure>\n</testcase>\n`;
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value)).replaceAll('\n', '&#10;')}"`)
    .join('');
}

/** Escapes text for XML 1.0. Characters that XML cannot contain are written as in JSON, such as `\u0007`. */
function escaped(text: string): string {
  return terminalText(text)
    .toWellFormed()
    .replace(INVALID, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const INVALID = /[^\t\n\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
