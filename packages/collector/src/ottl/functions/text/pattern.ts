import { compilePattern, type Pattern, PatternError } from '@otelier/query/pattern';
import { constant, constantOf } from '../../compile/constant.ts';
import type { Getter } from '../../contexts/access.ts';
import { EvaluationError } from '../../values/value.ts';

/** Returns a getter for the compiled pattern. A constant pattern is compiled once, others whenever their source changes. */
export function dynamicPattern(source: Getter<string>): Getter<Pattern> {
  const known = constantOf(source);
  if (known !== undefined) return constant(compile(known.value));
  let lastText: string | undefined;
  let last: Pattern | undefined;
  return (subject) => {
    const text = source(subject);
    if (last === undefined || text !== lastText) {
      last = compile(text);
      lastText = text;
    }
    return last;
  };
}

function compile(text: string): Pattern {
  try {
    return compilePattern(text);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new EvaluationError(`expected a regular expression, got "${text}" (${error.message})`);
  }
}

/** Replaces all matches with a template that can contain `$1` and `${name}`, like Go's `ReplaceAllString`. */
export function replaceMatches(
  pattern: Pattern,
  input: string,
  template: string,
  replace: (expanded: string) => string = (expanded) => expanded,
): string {
  let result = '';
  let last = 0;
  for (const { start, end, groups } of pattern.matches(input)) {
    result += input.slice(last, start) + replace(expandTemplate(template, groups, pattern.names));
    last = end;
  }
  return result + input.slice(last);
}

const REFERENCE = /\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu;

/** Expands `$1` and `${name}` in a template with the groups of a match, like Go's `Expand`. */
export function expandTemplate(
  template: string,
  groups: readonly (string | undefined)[],
  names: readonly (string | undefined)[],
): string {
  if (!template.includes('$')) return template;
  return template.replace(REFERENCE, (whole, plain?: string, braced?: string) => {
    if (whole === '$$') return '$';
    const name = plain ?? braced ?? '';
    if (/^\d+$/.test(name)) return groups[Number(name)] ?? '';
    const number = names.indexOf(name);
    return number < 0 ? '' : (groups[number] ?? '');
  });
}
