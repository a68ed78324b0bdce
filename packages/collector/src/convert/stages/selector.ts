import { literal, member } from './expressions.ts';

/** The condition of a selector, or why there is none. */
export type SelectorCondition =
  | { readonly expression: string; readonly error?: undefined }
  | { readonly error: string };

const STRING = '("(?:[^"\\\\]|\\\\.)*"|`[^`]*`)';
const MATCHER = new RegExp(String.raw`\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*${STRING}\s*(,|(?=\}))`, 'y');
const FILTER = new RegExp(String.raw`\s*(\|=|\|~|!=|!~)\s*${STRING}\s*`, 'y');
/** Far more than any selector has. */
const MAX_CONDITIONS = 100;

/** Converts a selector of log streams with filters of lines, such as `{app="a"} |= "error"`, to an expression. */
export function convertSelector(text: string): SelectorCondition {
  const conditions: string[] = [];
  const start = /^\s*\{/.exec(text);
  if (start === null) return { error: 'expected a selector such as {app="a"}' };
  let at = start[0].length;
  for (;;) {
    if (/^\s*\}/.test(text.slice(at))) break;
    MATCHER.lastIndex = at;
    const match = MATCHER.exec(text);
    if (match === null || conditions.length >= MAX_CONDITIONS)
      return { error: `expected a matcher of a label at character ${at + 1} of the selector` };
    at = MATCHER.lastIndex;
    const [, name = '', operator = '', quoted = ''] = match;
    conditions.push(labelCondition(`string(${member('attributes', name)} ?? "")`, operator, unquote(quoted)));
  }
  at = text.indexOf('}', at) + 1;
  while (text.slice(at).trim() !== '') {
    FILTER.lastIndex = at;
    const match = FILTER.exec(text);
    if (match === null || conditions.length >= MAX_CONDITIONS)
      return { error: `expected a filter of lines at character ${at + 1} of the selector` };
    at = FILTER.lastIndex;
    const [, operator = '', quoted = ''] = match;
    conditions.push(lineCondition(operator, unquote(quoted)));
  }
  return { expression: conditions.length === 0 ? 'true' : conditions.join(' && ') };
}

function labelCondition(label: string, operator: string, value: string): string {
  if (operator === '=') return `${label} == ${literal(value)}`;
  if (operator === '!=') return `${label} != ${literal(value)}`;
  return `${label} ${operator === '!~' ? 'not matches' : 'matches'} ${literal(`^(?:${value})$`)}`;
}

function lineCondition(operator: string, value: string): string {
  const how = { '|=': 'contains', '!=': 'not contains', '|~': 'matches', '!~': 'not matches' }[operator] ?? 'contains';
  return `body ${how} ${literal(value)}`;
}

function unquote(quoted: string): string {
  if (quoted.startsWith('`')) return quoted.slice(1, -1);
  return quoted
    .slice(1, -1)
    .replace(/\\(.)/g, (_, character: string) => ({ n: '\n', t: '\t', r: '\r' })[character] ?? character);
}
