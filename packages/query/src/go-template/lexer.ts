import { parseNumber, unquote } from '../promql/parse/literals.ts';
import { TemplateError } from './ast.ts';

/** A token of an action. `space` marks white space before the token, which separates fields from arguments. */
export interface Token {
  readonly kind: 'identifier' | 'field' | 'variable' | 'string' | 'number' | 'symbol' | 'end';
  readonly text: string;
  readonly value?: string | number;
  readonly space: boolean;
}

/** A piece of a template: text, or the tokens of an action. */
export type Piece = { readonly text: string } | { readonly tokens: readonly Token[] };

/** Divides a template into text and actions. Throws a `TemplateError`. */
export function piecesOf(template: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trimNext = false;
  while (at < template.length) {
    const open = template.indexOf('{{', at);
    let text = template.slice(at, open < 0 ? undefined : open);
    if (trimNext) text = text.trimStart();
    if (open < 0) {
      pieces.push({ text });
      break;
    }
    let start = open + 2;
    if (/^-\s/.test(template.slice(start, start + 2))) {
      text = text.trimEnd();
      start += 1;
    }
    pieces.push({ text });
    const { tokens, end, trims } = actionAt(template, start);
    if (tokens.length > 0) pieces.push({ tokens });
    at = end;
    trimNext = trims;
  }
  return pieces.filter((piece) => 'tokens' in piece || piece.text !== '');
}

const COMMENT = /\s*\/\*[\s\S]*?\*\/\s*?(\s-)?\}\}/y;
const CLOSE = /(\s-)?\}\}/y;
const TOKEN =
  /"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\]|\\.)+'|[+-]?(?:0[xX][\da-fA-F_]+|\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|\$[\p{L}\p{Nd}_]*|\.[\p{L}_][\p{L}\p{Nd}_]*|[\p{L}_][\p{L}\p{Nd}_]*|:=|[.|(),=]/uy;

function actionAt(
  template: string,
  start: number,
): { readonly tokens: readonly Token[]; readonly end: number; readonly trims: boolean } {
  COMMENT.lastIndex = start;
  const comment = COMMENT.exec(template);
  if (comment !== null) return { tokens: [], end: COMMENT.lastIndex, trims: comment[1] !== undefined };
  const tokens: Token[] = [];
  let at = start;
  for (;;) {
    CLOSE.lastIndex = at;
    const close = CLOSE.exec(template);
    if (close !== null) {
      if (tokens.length === 0) throw new TemplateError('missing value for command');
      return { tokens: [...tokens, END], end: CLOSE.lastIndex, trims: close[1] !== undefined };
    }
    if (at >= template.length) throw new TemplateError('unclosed action');
    if (/\s/.test(template[at] ?? '')) {
      at += 1;
      continue;
    }
    TOKEN.lastIndex = at;
    const text = TOKEN.exec(template)?.[0];
    if (text === undefined) throw new TemplateError(unexpected(template.slice(at)));
    tokens.push(tokenOf(text, at > start && /\s/.test(template[at - 1] ?? '')));
    at += text.length;
  }
}

const END: Token = { kind: 'end', text: '', space: false };

function unexpected(rest: string): string {
  return /^["`]/.test(rest)
    ? 'unterminated quoted string'
    : `unexpected ${JSON.stringify([...rest][0] ?? '')} in operand`;
}

function tokenOf(text: string, space: boolean): Token {
  if (/^["`]/.test(text)) {
    const value = unquote(text);
    if (value === undefined) throw new TemplateError(`invalid syntax: ${text}`);
    return { kind: 'string', text, value, space };
  }
  if (text.startsWith("'")) {
    const char = unquote(`"${text.slice(1, -1).replaceAll('"', '\\"')}"`);
    if (char === undefined || [...char].length !== 1) throw new TemplateError(`malformed character constant: ${text}`);
    return { kind: 'number', text, value: char.codePointAt(0) ?? 0, space };
  }
  if (/^[+-]?\.?\d/.test(text)) {
    const value = parseNumber(text);
    if (value === undefined) throw new TemplateError(`bad number syntax: ${JSON.stringify(text)}`);
    return { kind: 'number', text, value, space };
  }
  if (text.startsWith('$')) return { kind: 'variable', text, space };
  if (text.startsWith('.') && text.length > 1) return { kind: 'field', text: text.slice(1), space };
  return { kind: /^[\p{L}_]/u.test(text) ? 'identifier' : 'symbol', text, space };
}
