import { compilePattern, type Pattern } from '../../patterns/pattern.ts';
import { matches } from '../../promql/labels/matcher.ts';
import type { NamedLabel } from '../parse/ast.ts';
import { type EntryLabels, ERROR_DETAILS_LABEL, ERROR_LABEL } from './entry-labels.ts';
import type { StageFunction } from './stage.ts';

/** Compiles `drop`. */
export function compileDrop(named: readonly NamedLabel[]): StageFunction {
  return ({ labels }) => {
    for (const { name, matcher } of named) {
      if (matcher === undefined || matches(matcher, currentValue(labels, name))) drop(labels, name);
    }
    return true;
  };
}

function currentValue(labels: EntryLabels, name: string): string {
  return name === ERROR_DETAILS_LABEL ? labels.errorDetails : labels.valueOf(name);
}

function drop(labels: EntryLabels, name: string): void {
  if (name === ERROR_LABEL) labels.error = '';
  else if (name === ERROR_DETAILS_LABEL) labels.errorDetails = '';
  else labels.delete(name);
}

/** Compiles `keep`. Errors stay. */
export function compileKeep(named: readonly NamedLabel[]): StageFunction {
  return ({ labels }) => {
    for (const [name, value] of [...labels.entries()]) {
      const isKept = named.some(
        (one) => one.name === name && (one.matcher === undefined || matches(one.matcher, value)),
      );
      if (!isKept) labels.delete(name);
    }
    return true;
  };
}

/** An escape sequence of a terminal. */
const ESCAPE =
  '[\\x{1B}\\x{9B}][[\\]()#;?]*(?:(?:(?:[a-zA-Z\\d]*(?:;[a-zA-Z\\d]*)*)?\\x{07})|(?:(?:\\d{1,4}(?:;\\d{0,4})*)?[\\dA-PRZcf-ntqry=><~]))';
let escapePattern: Pattern | undefined;

/** The `decolorize` stage: removes the escape sequences of terminals. */
export const decolorize: StageFunction = (entry) => {
  if (!entry.line.includes('\u001b') && !entry.line.includes('\u009b')) return true;
  escapePattern ??= compilePattern(ESCAPE);
  let plain = '';
  let at = 0;
  for (const { start, end } of escapePattern.matches(entry.line)) {
    plain += entry.line.slice(at, start);
    at = end;
  }
  entry.line = plain + entry.line.slice(at);
  return true;
};
