import { resolveEscapes } from '@otelier/query/go-string';
import { ExpressionError } from './syntax.ts';

/** A token of an expression. Operators and names have their text as `value`. */
export type Token =
  | { readonly kind: 'number'; readonly value: number | bigint; readonly at: number }
  | { readonly kind: 'string'; readonly value: string; readonly at: number }
  | { readonly kind: 'name' | 'operator' | 'end'; readonly value: string; readonly at: number };

const SPACE = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const TOKEN =
  /(?<number>0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?)|(?<string>"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|`[^`]*`)|(?<name>[\p{L}_$][\p{L}\p{N}_$]*)|(?<operator>\?\.|\?\?|\.\.|\*\*|==|!=|<=|>=|&&|\|\||[-+*/%^!<>?:.,()[\]{}|#;=])/uy;

/** Splits an expression into tokens, the last of kind `end`. Throws an `ExpressionError`. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = skipSpace(text, 0); at < text.length; at = skipSpace(text, TOKEN.lastIndex)) {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined) throw new ExpressionError(`expected an expression, got "${text.slice(at)}" in "${text}"`);
    const { number, string, name, operator } = groups;
    if (number !== undefined) tokens.push({ kind: 'number', value: numberOf(number), at });
    else if (string !== undefined) tokens.push({ kind: 'string', value: unquoted(string), at });
    else if (name !== undefined) tokens.push({ kind: 'name', value: name, at });
    else tokens.push({ kind: 'operator', value: operator ?? '', at });
  }
  tokens.push({ kind: 'end', value: '', at: text.length });
  return tokens;
}

function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.exec(text);
  return SPACE.lastIndex;
}

function numberOf(text: string): number | bigint {
  const digits = text.replaceAll('_', '');
  return /^0[xXbBoO]/.test(digits) || /^\d+$/.test(digits) ? BigInt(digits) : Number(digits);
}

/** Returns the text of a string literal, whose syntax is valid. */
export function unquoted(literal: string): string {
  const content = literal.slice(1, -1);
  if (literal.startsWith('`')) return content;
  return resolveEscapes(content, (_, sequence) => sequence.slice(1)).toWellFormed();
}
