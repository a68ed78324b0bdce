import { type EscapeError, resolveEscapes } from '@otelier/query/go-string';
import { OttlError } from './error.ts';

/** A token in a statement. */
export interface Token {
  readonly kind: 'name' | 'string' | 'integer' | 'float' | 'bytes' | 'symbol' | 'end';
  /** The source string. For a string literal, its content with escapes resolved. */
  readonly text: string;
  readonly offset: number;
  /** End offset, exclusive. */
  readonly end: number;
}

const SPACE = /\s+/y;
const STRING = /"((?:\\.|[^\\"])*)"/sy;
const PATTERNS = [
  ['bytes', /0x([0-9a-fA-F]+)/y],
  ['float', /(?:\d+\.\d*|\d*\.\d+)(?:[eE][-+]?\d+)?/y],
  ['integer', /\d+/y],
  ['name', /[A-Za-z][A-Za-z0-9_]*|_/y],
  ['symbol', /==|!=|<=|>=|=>|[<>()[\]{},.:=+\-*/]/y],
] as const;

/** Splits a statement into tokens. The last token has kind `end`. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (let offset = skipSpace(text, 0); offset < text.length; ) {
    const token = nextToken(text, offset);
    tokens.push(token);
    offset = skipSpace(text, token.end);
  }
  return [...tokens, { kind: 'end', text: '', offset: text.length, end: text.length }];
}

function skipSpace(text: string, offset: number): number {
  return offset + (matchAt(SPACE, text, offset)?.[0].length ?? 0);
}

function nextToken(text: string, offset: number): Token {
  if (text[offset] === '"') return stringToken(text, offset);
  for (const [kind, pattern] of PATTERNS) {
    const match = matchAt(pattern, text, offset);
    if (match !== undefined) return { kind, text: match[1] ?? match[0], offset, end: offset + match[0].length };
  }
  throw new OttlError(text, offset, `expected a path, a value or an operator, got "${text[offset]}"`);
}

function stringToken(text: string, offset: number): Token {
  const match = matchAt(STRING, text, offset);
  if (match === undefined) throw new OttlError(text, offset, 'expected a closing quote, got the end');
  const content = match[1] ?? '';
  if (content.includes('\n')) throw new OttlError(text, offset, 'expected \\n for a new line in a string');
  return { kind: 'string', text: unquote(text, content, offset + 1), offset, end: offset + match[0].length };
}

function matchAt(pattern: RegExp, text: string, offset: number): RegExpExecArray | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text) ?? undefined;
}

/** Resolves the escapes in a Go string literal. Bytes from `\x80` on are decoded as UTF-8, like the rest of the string. */
function unquote(text: string, content: string, offset: number): string {
  const resolved = resolveEscapes(content, (error, sequence, at) => {
    throw new OttlError(text, offset + at, `${EXPECTED[error]}, got "${sequence}"`);
  });
  return resolved.toWellFormed();
}

const EXPECTED: Readonly<Record<EscapeError, string>> = {
  unknown: 'expected an escape such as \\n or \\\\',
  'no-byte': 'expected an escape of one byte',
  'no-character': 'expected a Unicode character',
};
