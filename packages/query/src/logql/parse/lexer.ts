import { parseDurationMillis, unquote } from '../../promql/parse/literals.ts';
import { RANGE_OPERATORS, VECTOR_OPERATORS } from './ast.ts';
import { LogqlParseError } from './parse-error.ts';
import { parseAnyDuration, parseBytes } from './units.ts';

/**
 * A token. Operators and keywords have their own text as their kind. `value` is a decoded string, a duration in
 * nanoseconds, or a number of bytes.
 */
export interface Token {
  readonly kind: string;
  readonly text: string;
  readonly value: string | number;
  /** The position of the first character. */
  readonly start: number;
}

/** Words that are keywords everywhere. */
const KEYWORDS: ReadonlySet<string> = new Set([
  ...['by', 'without', 'bool', 'on', 'ignoring', 'group_left', 'group_right', 'offset', 'or', 'and', 'unless'],
  ...['json', 'regexp', 'logfmt', 'unpack', 'pattern', 'label_format', 'line_format', 'unwrap', 'decolorize'],
  ...['drop', 'keep'],
]);
/** Words that are keywords only before a parenthesis or a grouping. */
const FUNCTIONS: ReadonlySet<string> = new Set([
  ...RANGE_OPERATORS,
  ...VECTOR_OPERATORS,
  ...['vector', 'label_replace', 'bytes', 'duration', 'duration_seconds', 'ip'],
]);
const FLAGS: ReadonlySet<string> = new Set(['--strict', '--keep-empty']);

const SPACE = /(?:\s|#[^\n]*)+/y;
const IDENTIFIER = /[\p{L}_][\p{L}\p{Nd}_]*/uy;
const NUMBER = /0[xX][\da-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`/y;
const OPERATOR = /\|=|\|~|\|>|==|=~|!=|!~|!>|>=|<=|[{}()=|,+\-*/%^<>]/y;
const UNIT = /[\p{Nd}nuµmshdwyBikKMGTP.]+/uy;

/** Divides a query into tokens. The last one has the kind `$end`. Throws a `LogqlParseError`. */
export function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp, from = at): string | undefined => {
    pattern.lastIndex = from;
    return pattern.exec(query)?.[0];
  };
  const add = (kind: string, text: string, value: string | number = text): void => {
    tokens.push({ kind, text, value, start: at });
    at += text.length;
  };
  const fail = (reason: string): never => {
    throw new LogqlParseError(reason, positionAt(query, at));
  };
  for (;;) {
    at += match(SPACE)?.length ?? 0;
    if (at >= query.length) break;
    const char = query[at] ?? '';
    const name = match(IDENTIFIER);
    if (name !== undefined) add(kindOfName(name.toLowerCase(), query, at + name.length), name);
    else if (match(NUMBER) !== undefined) addNumber(match(NUMBER) ?? '');
    else if (char === '"' || char === '`') addString(char);
    else if (char === '[') addRange();
    else if (char === '-') addMinus();
    else {
      const operator = match(OPERATOR) ?? fail(`syntax error: unexpected ${char}`);
      add(operator, operator);
    }
  }
  add('$end', '');
  return tokens;

  function addNumber(number: string): void {
    const unit = match(UNIT, at + number.length) ?? '';
    const text = number + unit;
    const nanos = unit === '' ? undefined : parseAnyDuration(text);
    const bytes = unit === '' ? undefined : parseBytes(text);
    if (nanos !== undefined) add('DURATION', text, nanos);
    else if (bytes !== undefined && 'value' in bytes) add('BYTES', text, bytes.value);
    else add('NUMBER', number);
  }

  function addString(quote: string): void {
    const text = match(STRING) ?? fail(quote === '`' ? 'raw string literal not terminated' : 'literal not terminated');
    add('STRING', text, unquote(text) ?? fail('invalid syntax'));
  }

  function addRange(): void {
    const end = query.indexOf(']', at);
    if (end < 0) fail("missing closing ']' in duration");
    const inner = query.slice(at + 1, end);
    const millis = parseDurationMillis(inner);
    if (millis === undefined) {
      fail(inner === '' ? 'empty duration string' : `not a valid duration string: ${JSON.stringify(inner)}`);
    }
    add('RANGE', query.slice(at, end + 1), (millis ?? 0) * 1e6);
  }

  function addMinus(): void {
    const flag = /--[a-z-]*/y;
    const text = match(flag);
    const unit = match(UNIT, at + 1) ?? '';
    const nanos = /\p{L}/u.test(unit) ? parseAnyDuration(`-${unit}`) : undefined;
    if (text !== undefined && FLAGS.has(text)) add('FUNCTION_FLAG', text);
    else if (nanos !== undefined) add('DURATION', `-${unit}`, nanos);
    else add('-', '-');
  }
}

function kindOfName(name: string, query: string, end: number): string {
  if (FUNCTIONS.has(name)) {
    return /^\s*(?:\(|(?:by|without)\s*\()/i.test(query.slice(end, end + 100)) ? name : 'IDENTIFIER';
  }
  return KEYWORDS.has(name) ? name : 'IDENTIFIER';
}

/** Returns a position as line and column, both from 1. */
export function positionAt(query: string, at: number): { readonly line: number; readonly column: number } {
  const before = query.slice(0, at);
  return { line: before.split('\n').length, column: [...before.slice(before.lastIndexOf('\n') + 1)].length + 1 };
}
