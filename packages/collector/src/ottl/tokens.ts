import { ConditionError } from './expression.ts';

/** A token of a condition. */
export interface Token {
  readonly kind: 'name' | 'string' | 'number' | 'bytes' | 'symbol' | 'end';
  /** The text as written. For a string, its content with escapes resolved. */
  readonly text: string;
  readonly offset: number;
}

const SPACE = /\s+/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const BYTES = /0x([0-9a-fA-F]*)/y;
const NUMBER = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const STRING = /"((?:[^"\\]|\\.)*)"/y;
const SYMBOL = /==|!=|<=|>=|[<>()[\],.]/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

/** Splits a condition into tokens. The last one is of kind `end`. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (let offset = matchAt(SPACE, text, 0)?.[0].length ?? 0; offset < text.length; ) {
    const { token, length } = nextToken(text, offset);
    tokens.push(token);
    offset += length;
    offset += matchAt(SPACE, text, offset)?.[0].length ?? 0;
  }
  return [...tokens, { kind: 'end', text: '', offset: text.length }];
}

function nextToken(text: string, offset: number): { token: Token; length: number } {
  const string = matchAt(STRING, text, offset);
  if (string !== undefined)
    return { token: { kind: 'string', text: resolveEscapes(string[1] ?? ''), offset }, length: string[0].length };
  if (text[offset] === '"') throw new ConditionError(text, offset, 'expected a closing quote, got the end');
  const bytes = matchAt(BYTES, text, offset);
  if (bytes !== undefined) return { token: { kind: 'bytes', text: bytes[1] ?? '', offset }, length: bytes[0].length };
  for (const [kind, pattern] of [
    ['number', NUMBER],
    ['name', NAME],
    ['symbol', SYMBOL],
  ] as const) {
    const match = matchAt(pattern, text, offset);
    if (match !== undefined) return { token: { kind, text: match[0], offset }, length: match[0].length };
  }
  throw new ConditionError(text, offset, `expected a path, a value or an operator, got "${text[offset]}"`);
}

function matchAt(pattern: RegExp, text: string, offset: number): RegExpExecArray | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text) ?? undefined;
}

function resolveEscapes(text: string): string {
  return text.replace(/\\(.)/gs, (_, character: string) => ESCAPES[character] ?? character);
}
