import { compilePattern } from '@otelier/query/pattern';
import { compareText, type LabelSet, quote } from './labels.ts';

/** How a matcher compares: equal, not equal, or by a regular expression that must match the whole value. */
export type MatchOperator = '=' | '!=' | '=~' | '!~';

/** A condition on one label. A label that is missing has the value ''. */
export interface Matcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
  /** Reports whether a value fulfills the condition. */
  matches(value: string): boolean;
}

/** Creates a matcher. Throws a `PatternError` for an invalid regular expression. */
export function createMatcher(name: string, operator: MatchOperator, value: string): Matcher {
  if (operator === '=') return { name, operator, value, matches: (text) => text === value };
  if (operator === '!=') return { name, operator, value, matches: (text) => text !== value };
  const pattern = compilePattern(`^(?:${value})$`);
  const isNegative = operator === '!~';
  return { name, operator, value, matches: (text) => pattern.test(text) !== isNegative };
}

/** Reports whether labels fulfill all matchers. */
export function matchesAll(matchers: readonly Matcher[], labels: LabelSet): boolean {
  return matchers.every((matcher) => matcher.matches(labelValue(labels, matcher.name)));
}

/** Returns the value of a label, '' if it is missing. */
export function labelValue(labels: LabelSet, name: string): string {
  return Object.hasOwn(labels, name) ? (labels[name] ?? '') : '';
}

const OPERATORS: readonly MatchOperator[] = ['=', '!=', '=~', '!~'];

/** Returns matchers in Alertmanager's order: by name, value, operator. */
export function sortMatchers(matchers: readonly Matcher[]): readonly Matcher[] {
  return matchers.toSorted(
    (a, b) =>
      compareText(a.name, b.name) ||
      compareText(a.value, b.value) ||
      OPERATORS.indexOf(a.operator) - OPERATORS.indexOf(b.operator),
  );
}

/** Characters that names and values without quotes cannot contain. */
const RESERVED = /[\s\u0085\u00a0{}!=~,\\"'`]/u;

/** Formats a matcher as Alertmanager does: `severity="critical"`. */
export function formatMatcher({ name, operator, value }: Matcher): string {
  if (RESERVED.test(name)) return `${quote(name)}${operator}${quote(value)}`;
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
  return `${name}${operator}"${escaped}"`;
}

/** Formats matchers as Alertmanager does: `{team="web",severity=~"critical|warning"}`. */
export function formatMatchers(matchers: readonly Matcher[]): string {
  return `{${matchers.map(formatMatcher).join(',')}}`;
}
