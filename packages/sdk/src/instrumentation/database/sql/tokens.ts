import type { Dialect } from './dialect.ts';

/** A part of a statement. Comments and spaces are not tokens. */
export interface Token {
  readonly kind: 'word' | 'name' | 'literal' | 'placeholder' | 'symbol';
  /** The text as written; `?` for a literal. */
  readonly text: string;
  /** Whether space or a comment precedes it. */
  readonly isSpaced: boolean;
}

/**
 * Splits a statement into tokens. Never fails: a string that is not closed ends with the statement, so that no part of
 * it can be taken for something else.
 */
export function tokensOf(statement: string, dialect: Dialect): readonly Token[] {
  const tokens: Token[] = [];
  let position = 0;
  let isSpaced = false;
  while (position < statement.length) {
    const next = endOfSpace(statement, position, dialect);
    if (next > position) {
      isSpaced = true;
      position = next;
      continue;
    }
    const { kind, end } = tokenAt(statement, position, dialect);
    tokens.push({ kind, text: kind === 'literal' ? '?' : statement.slice(position, end), isSpaced });
    position = end;
    isSpaced = false;
  }
  return dialect.doubleQuotes === 'either' ? tokens.map((token, i) => nameOrLiteral(token, tokens, i)) : tokens;
}

interface Found {
  readonly kind: Token['kind'];
  readonly end: number;
}

function tokenAt(text: string, start: number, dialect: Dialect): Found {
  const first = text[start] as string;
  if (first === "'") return { kind: 'literal', end: endOfQuoted(text, start, dialect.hasBackslashEscapes) };
  if (first === '"') {
    const isString = dialect.doubleQuotes === 'string';
    const end = endOfQuoted(text, start, isString && dialect.hasBackslashEscapes);
    return { kind: isString ? 'literal' : 'name', end };
  }
  if (first === '`') return { kind: 'name', end: endOfQuoted(text, start, false) };
  if (first === '[' && dialect.doubleQuotes === 'either') return bracketed(text, start);
  if (first === '$') return afterDollar(text, start, dialect);
  // A cast. Otherwise `::text` would be a placeholder.
  if (text.startsWith('::', start)) return { kind: 'symbol', end: start + 2 };
  const number = match(NUMBER, text, start);
  if (number > start) return { kind: 'literal', end: number };
  const identifier = match(IDENTIFIER, text, start);
  if (identifier > start) return afterIdentifier(text, start, identifier, dialect);
  const placeholder = match(PLACEHOLDER, text, start);
  if (placeholder > start) return { kind: 'placeholder', end: placeholder };
  return { kind: 'symbol', end: start + 1 };
}

/** An identifier, or a string with a prefix: `E'…'`, `B'…'`, `X'…'`, `N'…'`, `U&'…'`, `_utf8mb4'…'`. */
function afterIdentifier(text: string, start: number, end: number, dialect: Dialect): Found {
  const identifier = text.slice(start, end).toLowerCase();
  const quote = identifier === 'u' && text[end] === '&' ? end + 1 : end;
  const isPrefix = PREFIXES.has(identifier) || (identifier.startsWith('_') && dialect.doubleQuotes === 'string');
  if (text[quote] === "'" && isPrefix) {
    return { kind: 'literal', end: endOfQuoted(text, quote, identifier === 'e' || dialect.hasBackslashEscapes) };
  }
  return { kind: 'word', end };
}

/** `$1`, `$name`, or in PostgreSQL `$tag$text$tag$`. */
function afterDollar(text: string, start: number, dialect: Dialect): Found {
  const placeholder = match(DOLLAR_PLACEHOLDER, text, start);
  const tag = match(DOLLAR_TAG, text, start);
  if (dialect.hasDollarQuotes && tag > start) {
    const close = text.indexOf(text.slice(start, tag), tag);
    return { kind: 'literal', end: close < 0 ? text.length : close + tag - start };
  }
  return placeholder > start ? { kind: 'placeholder', end: placeholder } : { kind: 'symbol', end: start + 1 };
}

function bracketed(text: string, start: number): Found {
  const close = text.indexOf(']', start);
  return { kind: 'name', end: close < 0 ? text.length : close + 1 };
}

/** Returns the end of a quoted text, in which a doubled quote continues it. */
function endOfQuoted(text: string, start: number, hasBackslashEscapes: boolean): number {
  const quote = text[start];
  for (let i = start + 1; i < text.length; i++) {
    if (hasBackslashEscapes && text[i] === '\\') i++;
    else if (text[i] === quote) {
      if (text[i + 1] !== quote) return i + 1;
      i++;
    }
  }
  return text.length;
}

/** Returns the end of the space and comments at a position. */
function endOfSpace(text: string, start: number, dialect: Dialect): number {
  const space = match(SPACE, text, start);
  if (space > start) return space;
  const isDashes = text.startsWith('--', start) && (!dialect.hasSpacedDashes || /^\s?$/.test(text[start + 2] ?? ''));
  const isLine = isDashes || (dialect.hasHashComments && text[start] === '#');
  if (isLine) {
    const end = text.indexOf('\n', start);
    return end < 0 ? text.length : end + 1;
  }
  return text.startsWith('/*', start) ? endOfComment(text, start, dialect.hasNestedComments) : start;
}

function endOfComment(text: string, start: number, hasNested: boolean): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if (text.startsWith('*/', i)) {
      depth--;
      i++;
      if (depth === 0) return i + 1;
    } else if (text.startsWith('/*', i) && (hasNested || depth === 0)) {
      depth++;
      i++;
    }
  }
  return text.length;
}

/**
 * SQLite reads `"text"` as a string if there is no such name. It is kept only where a string cannot stand: beside a dot,
 * and after a keyword that a name follows.
 */
function nameOrLiteral(token: Token, tokens: readonly Token[], i: number): Token {
  if (token.kind !== 'name' || !token.text.startsWith('"')) return token;
  const before = tokens[i - 1]?.text ?? '';
  const isName = before === '.' || tokens[i + 1]?.text === '.' || BEFORE_NAMES.has(before.toLowerCase());
  return isName ? token : { ...token, kind: 'literal', text: '?' };
}

/** Returns the end of a sticky pattern's match, or the start. */
function match(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start;
  return pattern.test(text) ? pattern.lastIndex : start;
}

const SPACE = /\s+/y;
/** Also `1_000`, `0x1f`, `0b1`, `1.5e-3` and `.5`. A name may contain digits, but not start with one. */
const NUMBER = /(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)\w*/y;
const IDENTIFIER = /[\p{L}_][\p{L}\p{N}\p{M}_$]*/uy;
const PLACEHOLDER = /\?\d*|:\w+|@@?[\w.$]+|%s|%\(\w+\)s/y;
const DOLLAR_PLACEHOLDER = /\$\w+/y;
const DOLLAR_TAG = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;
const PREFIXES = new Set(['e', 'b', 'x', 'n', 'u']);
const BEFORE_NAMES = new Set(['from', 'join', 'into', 'update', 'table', 'as', 'index', 'view', 'column']);
