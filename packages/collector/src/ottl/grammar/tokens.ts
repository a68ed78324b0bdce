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

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
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
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/gs;

/** Resolves the escapes in a Go string literal. Bytes from `\x80` on are decoded as UTF-8, like the rest of the string. */
function unquote(text: string, content: string, offset: number): string {
  if (!content.includes('\\')) return content;
  let hasBytes = false;
  const resolved = content.replace(ESCAPE, (whole, hex, short, long, octal, simple, at: number) => {
    const fail = (error: string): never => {
      throw new OttlError(text, offset + at, `${error}, got "${whole}"`);
    };
    if (hex !== undefined || octal !== undefined) {
      const byte = hex === undefined ? Number.parseInt(octal, 8) : Number.parseInt(hex, 16);
      hasBytes ||= byte > 127;
      // Non-ASCII bytes are kept in the private use area until the whole string is known.
      return byte > 255
        ? fail('expected an escape of one byte')
        : String.fromCharCode(byte > 127 ? PRIVATE + byte : byte);
    }
    const digits: string | undefined = short ?? long;
    if (digits === undefined) return SIMPLE_ESCAPES[simple] ?? fail('expected an escape such as \\n or \\\\');
    return characterOf(digits) ?? fail('expected a Unicode character');
  });
  return hasBytes ? decodeBytes(resolved) : resolved;
}

function characterOf(digits: string): string | undefined {
  const point = Number.parseInt(digits, 16);
  const isCharacter = point <= 0x10_ffff && (point < 0xd800 || point >= 0xe000);
  return isCharacter ? String.fromCodePoint(point) : undefined;
}

const PRIVATE = 0xf700;

function decodeBytes(text: string): string {
  const bytes: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    if (point > PRIVATE + 127 && point <= PRIVATE + 255) bytes.push(point - PRIVATE);
    else bytes.push(...new TextEncoder().encode(character));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
