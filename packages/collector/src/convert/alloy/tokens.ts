import type { Position } from '../../config/config-error.ts';
import { SourceSyntaxError } from '../source/syntax-error.ts';

/** A token of Alloy's syntax. Operators have their text as `text`. */
export interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'operator' | 'terminator' | 'end';
  readonly text: string;
  readonly at: Position;
}

const TOKEN =
  /(?<space>[ \t\r]+)|(?<newline>\n)|(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<name>[\p{L}_][\p{L}\p{N}_]*)|(?<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(?<string>"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`)|(?<operator>\|\||&&|==|!=|<=|>=|[-+*/%^=!<>{}()[\],.])/uy;

/** Tokens after which the end of a line ends a statement. */
const ENDS_LINE = new Set(['}', ')', ']']);

/** Splits a text into tokens, the last of kind `end`. Throws a `SourceSyntaxError`. */
export function tokenize(source: string, input: string): Token[] {
  const text = input.replace(/^\ufeff/, '');
  const tokens: Token[] = [];
  let line = 1;
  let lineStart = 0;
  let endsLine = false;
  const add = (kind: Token['kind'], value: string, offset: number) => {
    tokens.push({ kind, text: value, at: { source, line, column: offset - lineStart + 1 } });
    endsLine = kind === 'name' || kind === 'number' || kind === 'string' || ENDS_LINE.has(value);
  };
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined)
      throw new SourceSyntaxError({ source, line, column: at - lineStart + 1 }, unexpected(text, at));
    const { newline, name, number, string, operator, comment } = groups;
    if (name !== undefined) add('name', name, at);
    else if (number !== undefined) add('number', number, at);
    else if (string !== undefined) add('string', string, at);
    else if (operator !== undefined) add('operator', operator, at);
    const passed = newline ?? comment ?? string ?? '';
    if (endsLine && (newline ?? comment)?.includes('\n')) add('terminator', '', at);
    for (let index = passed.indexOf('\n'); index >= 0; index = passed.indexOf('\n', index + 1)) {
      line++;
      lineStart = at + index + 1;
    }
  }
  if (endsLine) add('terminator', '', text.length);
  add('end', '', text.length);
  return tokens;
}

function unexpected(text: string, at: number): string {
  if (text.startsWith('/*', at)) return 'expected "*/" that ends this comment, got none';
  if (text[at] === '"' || text[at] === '`') return 'expected a quote that ends this text, got none';
  return 'expected a name, a value or an operator, got another character';
}

const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** Returns the text of a string token. */
export function stringValue(token: string): string {
  if (token.startsWith('`')) return token.slice(1, -1);
  return token
    .slice(1, -1)
    .replace(
      /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/g,
      (_, x, u, long, octal, one) => {
        if (one !== undefined) return ESCAPES[one] ?? one;
        const code = octal === undefined ? Number.parseInt(x ?? u ?? long, 16) : Number.parseInt(octal, 8);
        return code <= 0x10_ff_ff ? String.fromCodePoint(code) : '\ufffd';
      },
    );
}
