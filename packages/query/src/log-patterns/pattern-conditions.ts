import type { LogPattern } from './group-records.ts';

/** Longer expressions end early, and match what begins like the pattern. */
const MAX_EXPRESSION = 900;

/**
 * Returns the conditions, as in a `where` parameter, that select the records of a pattern. They can select records of
 * other patterns that differ only in a variable part.
 */
export function patternConditions(pattern: Pick<LogPattern, 'service' | 'parts' | 'key' | 'isCut'>): readonly string[] {
  const { service, parts } = pattern;
  return [
    `service = ${quoted(service)}`,
    parts.length === 0 ? 'body ~ "^\\\\s*$"' : `body ~ ${quoted(expressionOf(pattern))}`,
  ];
}

/** Returns a regular expression with RE2 syntax for the first line of a body, or for a field of a JSON body. */
function expressionOf({ parts, key, isCut }: Pick<LogPattern, 'parts' | 'key' | 'isCut'>): string {
  const [begin, end] =
    key === ''
      ? ['^\\s*', '\\s*(?:\\n|$)']
      : [`${escaped(JSON.stringify(key))}\\s*:\\s*"(?:\\\\[nrt]|\\s)*`, '\\s*(?:"|\\\\[nr])'];
  let expression = begin;
  for (const { text, variable } of parts) {
    const constant = key === '' ? text : JSON.stringify(text).slice(1, -1);
    const next = variable === undefined ? escaped(constant) : ANYTHING;
    // Adjacent variables match the same.
    if (next === ANYTHING && expression.endsWith(ANYTHING)) continue;
    if (expression.length + next.length > MAX_EXPRESSION) return expression;
    expression += next;
  }
  return isCut ? expression : expression + end;
}

/** In some engines, a dot matches line breaks. */
const ANYTHING = '[^\\n]*';

/** Escapes a text for an expression. Control characters are written as codes. */
function escaped(text: string): string {
  return text
    .replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    .replace(/\p{Cc}/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
