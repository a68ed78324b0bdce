import type { Condition } from '@otelier/store';
import { WILDCARD } from '../patterns/pattern-tree.ts';
import { type MaskedLine, maskLine, VARIABLE } from './mask-line.ts';
import type { RecordGroup } from './record-group.ts';

/** Longer expressions end early, and match what begins like the pattern. */
const MAX_EXPRESSION = 900;

/** Forms of variables, which match the same as a repetition of themselves. */
interface Variables {
  /** Matches a word, or a part of it. */
  readonly single: string;
  /** Matches the rest of the line, or a part of it. */
  readonly several: string;
}

/** In some engines, a dot matches line breaks. */
const IN_TEXT: Variables = { single: '[^ \\n]*', several: '[^\\n]*' };
/** In JSON, a variable ends before the quote of its string. */
const IN_JSON: Variables = { single: '(?:[^"\\\\ ]|\\\\[^nr])*', several: '(?:[^"\\\\]|\\\\[^nr])*' };

/**
 * Returns a regular expression with RE2 syntax that matches the bodies of a group by their first line, or by a field of
 * JSON bodies.
 */
export function patternExpression({
  tokens,
  key,
  records,
}: Pick<RecordGroup, 'tokens' | 'key'> & { readonly records: readonly { readonly line: MaskedLine }[] }): string {
  if (tokens.every((token) => token === '')) return '^\\s*$';
  const variables = key === '' ? IN_TEXT : IN_JSON;
  const [begin, end] =
    key === ''
      ? ['^\\s*', '\\s*(?:\\n|$)']
      : [`${escaped(JSON.stringify(key))}\\s*:\\s*"(?:\\\\[nrt]|\\s)*`, '\\s*(?:"|\\\\[nr])'];
  let expression = begin;
  for (const [at, token] of tokens.entries()) {
    const hasSpaces = records.some(({ line }) => line.values[at]?.some((value) => value.includes(' ')));
    const variable = hasSpaces ? variables.several : variables.single;
    for (const part of [...(at > 0 ? [' '] : []), ...partsOf(token, variable, key)]) {
      // Adjacent variables match the same.
      if (part === variable && expression.endsWith(variable)) continue;
      if (expression.length + part.length > MAX_EXPRESSION) return expression + startOf(part, expression.length);
      expression += part;
    }
  }
  return records.some(({ line }) => line.isCut) ? expression : expression + end;
}

/** Returns a condition that selects bodies whose first word is that of a body, or differs only in its variable parts. */
export function beginsLike(body: string): Condition {
  const line = maskLine(body);
  const tokens = line.tokens.slice(0, 1);
  const { key } = line;
  return {
    field: 'body',
    op: '~',
    value: patternExpression({ tokens, key, records: [{ line: { ...line, isCut: true } }] }),
  };
}

/** Returns the expressions of the constant and variable parts of a word. */
function partsOf(token: string, variable: string, key: string): readonly string[] {
  if (token === WILDCARD) return [variable];
  return token
    .split(VARIABLE)
    .flatMap((text) => [variable, constant(text, key)])
    .slice(1);
}

/** Returns as much of a part as the expression has space for, without breaking an escape sequence or a variable. */
function startOf(part: string, length: number): string {
  const start = part.slice(0, Math.max(0, MAX_EXPRESSION - length));
  return /^[[(]/.test(part) ? '' : start.replace(/\\(?:x[\da-f]{0,2})?$|\\+$/, '');
}

function constant(text: string, key: string): string {
  return escaped(key === '' ? text : JSON.stringify(text).slice(1, -1));
}

/** Escapes a text for an expression. Control characters are written as codes. */
function escaped(text: string): string {
  return text
    .replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    .replace(/\p{Cc}/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
