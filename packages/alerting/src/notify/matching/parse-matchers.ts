import { PatternError } from '@otelier/query/pattern';
import { createMatcher, type Matcher, type MatchOperator } from './matcher.ts';

/** Text that is no matcher. */
export class MatcherError extends Error {
  override readonly name = 'MatcherError';
}

/**
 * Parses matchers such as `{severity="critical", team=~"web|api"}`; the braces are optional. Like Alertmanager, reads
 * them with the grammar for UTF-8 names, and with the older grammar where only that one accepts them or where the two
 * differ. Throws a `MatcherError`.
 */
export function parseMatchers(text: string): readonly Matcher[] {
  const classic = attempt(() => parseClassicMatchers(text));
  const strict = attempt(() => parseUtf8Matchers(text));
  if ('error' in strict) {
    if ('error' in classic) throw classic.error;
    return classic.value;
  }
  if (!('error' in classic) && !isSame(strict.value, classic.value)) return classic.value;
  return strict.value;
}

/** Parses one matcher without braces, such as `severity="critical"`. Throws a `MatcherError`. */
export function parseMatcher(text: string): Matcher {
  if (text.startsWith('{') || text.endsWith('}'))
    throw new MatcherError(`expected a matcher without braces, got ${text}`);
  const matchers = parseMatchers(text);
  const [first] = matchers;
  if (first === undefined || matchers.length > 1) {
    throw new MatcherError(`expected one matcher, got ${matchers.length} in ${JSON.stringify(text)}`);
  }
  return first;
}

type Attempt = { readonly value: readonly Matcher[] } | { readonly error: MatcherError };

function attempt(parse: () => readonly Matcher[]): Attempt {
  try {
    return { value: parse() };
  } catch (error) {
    if (error instanceof MatcherError) return { error };
    if (error instanceof PatternError) return { error: new MatcherError(error.message, { cause: error }) };
    throw error;
  }
}

function isSame(a: readonly Matcher[], b: readonly Matcher[]): boolean {
  const same = (x: Matcher, y: Matcher | undefined): boolean =>
    x.name === y?.name && x.operator === y.operator && x.value === y.value;
  return a.length === b.length && a.every((matcher, index) => same(matcher, b[index]));
}

const CLASSIC = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|=|!=|!~)\s*([\s\S]*?)\s*$/;

function parseClassicMatchers(text: string): readonly Matcher[] {
  const inner = text.replace(/^\{/, '').replace(/\}$/, '');
  return splitAtCommas(inner).map(parseClassicMatcher);
}

/** Splits at the commas outside of quotes. */
function splitAtCommas(text: string): readonly string[] {
  const parts: string[] = [];
  let part = '';
  let isQuoted = false;
  let isEscaped = false;
  for (const char of text) {
    if (char === ',' && !isQuoted) {
      parts.push(part);
      part = '';
      continue;
    }
    if (char === '"' && !isEscaped) isQuoted = !isQuoted;
    isEscaped = char === '\\' && !isEscaped;
    part += char;
  }
  if (part.trim() !== '') parts.push(part.trim());
  return parts;
}

function parseClassicMatcher(text: string): Matcher {
  const match = CLASSIC.exec(text);
  if (match === null) {
    throw new MatcherError(`expected a matcher such as severity="critical", got ${JSON.stringify(text)}`);
  }
  const [, name = '', operator = '', raw = ''] = match;
  return createMatcher(name, operator as MatchOperator, unescapeClassic(raw));
}

/** Reads a value with the escapes of OpenMetrics. A backslash before another character stays. */
function unescapeClassic(raw: string): string {
  const isQuoted = raw.length > 1 && /^"[\s\S]*"$/.test(raw) && !/[^\\](?:\\\\)*\\"$/.test(raw);
  const inner = isQuoted ? raw.slice(1, -1) : raw;
  if (/(?<!\\)(?:\\\\)*"/.test(inner)) {
    throw new MatcherError(`expected a value without an unescaped double quote, got ${raw}`);
  }
  return inner.replace(/\\([n"\\])/g, (_, char: string) => (char === 'n' ? '\n' : char));
}

interface Token {
  readonly kind: '{' | '}' | ',' | 'operator' | 'text';
  readonly text: string;
  /** Position of the first character, from 1. */
  readonly column: number;
}

const TOKEN = /([{},])|(=~|!=|!~|=)|("(?:[^"\\]|\\[\s\S])*")|([^\s\u0085\u00a0{}!=~,\\"'`]+)/uy;

function tokensOf(input: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < input.length) {
    if (/[\s\u0085]/.test(input[at] ?? '')) {
      at += 1;
      continue;
    }
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(input);
    const column = [...input.slice(0, at)].length + 1;
    if (match === null) {
      throw new MatcherError(
        `column ${column}: unexpected ${JSON.stringify([...input.slice(at)][0] ?? '')} in ${input}`,
      );
    }
    const [text, brace, operator, quoted] = match;
    if (brace !== undefined) tokens.push({ kind: brace as '{' | '}' | ',', text, column });
    else if (operator !== undefined) tokens.push({ kind: 'operator', text, column });
    else tokens.push({ kind: 'text', text: quoted === undefined ? text : unquoteGo(quoted, column), column });
    at += text.length;
  }
  return tokens;
}

function parseUtf8Matchers(input: string): readonly Matcher[] {
  const tokens = tokensOf(input);
  let at = 0;
  const expected = (what: string): MatcherError => {
    const token = tokens[at];
    const found = token === undefined ? 'the end' : `${JSON.stringify(token.text)} in column ${token.column}`;
    return new MatcherError(`expected ${what}, got ${found} of ${JSON.stringify(input)}`);
  };
  const take = (kind: Token['kind'], what: string): string => {
    const token = tokens[at];
    if (token?.kind !== kind) throw expected(what);
    at += 1;
    return token.text;
  };
  const hasBrace = tokens[0]?.kind === '{';
  if (hasBrace) at += 1;
  const matchers: Matcher[] = [];
  while (tokens[at] !== undefined && tokens[at]?.kind !== '}') {
    const name = take('text', 'a label name');
    const operator = take('operator', 'an operator such as =, !=, =~ or !~') as MatchOperator;
    matchers.push(createMatcher(name, operator, take('text', 'a label value')));
    if (tokens[at] === undefined || tokens[at]?.kind === '}') break;
    take(',', 'a comma or closing brace');
  }
  if (hasBrace) take('}', 'a closing brace');
  if (at < tokens.length) throw expected('the end');
  return matchers;
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

/** Reads a string literal of Go. */
function unquoteGo(quoted: string, column: number): string {
  const inner = quoted.slice(1, -1);
  const invalid = () => new MatcherError(`column ${column}: expected a quoted text of Go, got ${quoted}`);
  if (inner.includes('\n')) throw invalid();
  // Escapes of single bytes can be parts of a character.
  const bytes: number[] = [];
  const add = (text: string) => bytes.push(...new TextEncoder().encode(text));
  const pattern = /\\(x[\da-fA-F]{2}|[0-7]{3}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[\s\S])|[^\\]+/g;
  for (const [piece, sequence] of inner.matchAll(pattern)) {
    if (sequence === undefined) add(piece);
    else if (/^x../.test(sequence)) bytes.push(Number.parseInt(sequence.slice(1), 16));
    else if (/^[0-7]{3}$/.test(sequence) && Number.parseInt(sequence, 8) < 256)
      bytes.push(Number.parseInt(sequence, 8));
    else if (/^[uU].{4}/.test(sequence) && Number.parseInt(sequence.slice(1), 16) <= 0x10ffff) {
      add(String.fromCodePoint(Number.parseInt(sequence.slice(1), 16)));
    } else {
      const simple = SIMPLE[sequence];
      if (simple === undefined) throw invalid();
      add(simple);
    }
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(bytes));
  } catch (error) {
    throw new MatcherError(`column ${column}: expected UTF-8, got ${quoted}`, { cause: error });
  }
}
