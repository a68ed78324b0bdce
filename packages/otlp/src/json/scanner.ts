import { readString } from '../wire/reader.ts';

/** Thrown for invalid JSON (RFC 8259), with the offset of the offending byte. */
export class JsonSyntaxError extends Error {
  readonly offset: number;

  constructor(detail: string, offset: number) {
    super(detail);
    this.name = 'JsonSyntaxError';
    this.offset = offset;
  }
}

/** The structural characters of JSON. */
export const Char = {
  quote: 0x22,
  plus: 0x2b,
  comma: 0x2c,
  minus: 0x2d,
  point: 0x2e,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  E: 0x45,
  openList: 0x5b,
  backslash: 0x5c,
  closeList: 0x5d,
  e: 0x65,
  f: 0x66,
  n: 0x6e,
  t: 0x74,
  openObject: 0x7b,
  closeObject: 0x7d,
} as const;

/**
 * Scans JSON in UTF-8, token by token, without building values. `tokenStart` and `tokenEnd` are the range of the last
 * string or number. Throws a `JsonSyntaxError` for invalid JSON.
 */
export class JsonScanner {
  readonly bytes: Uint8Array;
  /** Offset of the next byte. */
  pos = 0;
  /** Offset of the last token: the first character of a string, or the start of a number. */
  tokenStart = 0;
  /** Offset after the last token; for a string, that of its closing quote. */
  tokenEnd = 0;
  /** Whether the last string contains escapes, so that its value differs from its bytes. */
  escaped = false;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    // A byte order mark is not part of JSON, but RFC 8259 allows readers to skip it.
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.pos = 3;
  }

  /** Skips white space and returns the next byte, or -1 at the end. */
  peek(): number {
    const { bytes } = this;
    let pos = this.pos;
    while (isSpace(bytes[pos])) pos++;
    this.pos = pos;
    return pos < bytes.length ? bytes[pos] : -1;
  }

  /** Skips the given byte. */
  expect(char: number): void {
    if (this.peek() !== char) this.fail(`expected "${String.fromCharCode(char)}"`);
    this.pos++;
  }

  /**
   * Reports whether another member of a list or object follows. Skips the comma before it, or the closing bracket after
   * the last member. `isFirst` must be true until one member has been read.
   */
  more(close: number, isFirst: boolean): boolean {
    const char = this.peek();
    if (char === close) {
      this.pos++;
      return false;
    }
    if (isFirst) return true;
    if (char !== Char.comma) this.fail(`expected "," or "${String.fromCharCode(close)}"`);
    this.pos++;
    if (this.peek() === close) this.fail('expected another member after ","');
    return true;
  }

  /** Reads a string. Its value is between `tokenStart` and `tokenEnd` unless it is `escaped`. */
  string(): void {
    if (this.peek() !== Char.quote) this.fail('expected a string');
    const { bytes } = this;
    const start = this.pos + 1;
    let pos = start;
    let escaped = false;
    let ascii = true;
    for (;;) {
      const byte = bytes[pos];
      if (byte === Char.quote) break;
      if (byte === undefined) throw new JsonSyntaxError('expected the end of the string that begins here', start - 1);
      if (byte < 0x20) throw new JsonSyntaxError('expected no bare control character in a string', pos);
      if (byte > 127) ascii = false;
      if (byte === Char.backslash) {
        escaped = true;
        pos++;
      }
      pos++;
    }
    this.tokenStart = start;
    this.tokenEnd = pos;
    this.escaped = escaped;
    this.pos = pos + 1;
    if (!ascii) this.#checkUtf8();
  }

  /** Returns the value of the last string. */
  text(): string {
    if (!this.escaped) return readString(this.bytes, this.tokenStart, this.tokenEnd);
    try {
      return JSON.parse(readString(this.bytes, this.tokenStart - 1, this.tokenEnd + 1));
    } catch {
      throw new JsonSyntaxError('expected valid escapes in the string that begins here', this.tokenStart - 1);
    }
  }

  /** Reads a number. */
  number(): void {
    this.peek();
    const start = this.pos;
    if (this.bytes[this.pos] === Char.minus) this.pos++;
    const integer = this.pos;
    this.#digits();
    if (this.bytes[integer] === Char.zero && this.pos > integer + 1) {
      throw new JsonSyntaxError('expected no digits after a leading 0', integer);
    }
    if (this.bytes[this.pos] === Char.point) {
      this.pos++;
      this.#digits();
    }
    if (this.bytes[this.pos] === Char.e || this.bytes[this.pos] === Char.E) {
      this.pos++;
      if (this.bytes[this.pos] === Char.plus || this.bytes[this.pos] === Char.minus) this.pos++;
      this.#digits();
    }
    this.tokenStart = start;
    this.tokenEnd = this.pos;
    this.escaped = false;
  }

  /** Reads `true`, `false` or `null`. */
  literal(word: 'true' | 'false' | 'null'): void {
    const start = this.pos;
    for (let i = 0; i < word.length; i++) {
      if (this.bytes[start + i] !== word.charCodeAt(i)) this.fail(`expected ${word}`);
    }
    this.pos = start + word.length;
  }

  /** Skips a value of any type, regardless of its nesting depth. */
  skip(): void {
    const open: number[] = [];
    let isFirst = true;
    do {
      const close = open.at(-1);
      if (close !== undefined && !this.more(close, isFirst)) {
        open.pop();
        isFirst = false;
        continue;
      }
      if (close === Char.closeObject) {
        this.string();
        if (this.escaped) this.text();
        this.expect(Char.colon);
      }
      isFirst = this.#skipToken(open);
    } while (open.length > 0);
  }

  /** Skips a scalar. For a list or object, enters it, pushes it to `open` and returns true. */
  #skipToken(open: number[]): boolean {
    switch (this.peek()) {
      case Char.openObject:
        this.pos++;
        open.push(Char.closeObject);
        return true;
      case Char.openList:
        this.pos++;
        open.push(Char.closeList);
        return true;
      case Char.quote:
        this.string();
        if (this.escaped) this.text();
        return false;
      case Char.t:
        this.literal('true');
        return false;
      case Char.f:
        this.literal('false');
        return false;
      case Char.n:
        this.literal('null');
        return false;
      default:
        this.number();
        return false;
    }
  }

  /** Throws unless the input ends here. */
  end(): void {
    if (this.peek() !== -1) this.fail('expected the end of the text');
  }

  /** Throws an error for the next byte. */
  fail(expected: string): never {
    const char = this.peek();
    const got = char < 0 ? 'the end' : JSON.stringify(decode(this.bytes.subarray(this.pos, this.pos + 20)));
    throw new JsonSyntaxError(`${expected}, got ${got}`, this.pos);
  }

  #digits(): void {
    const start = this.pos;
    while (isDigit(this.bytes[this.pos])) this.pos++;
    if (this.pos === start) this.fail('expected a value');
  }

  #checkUtf8(): void {
    try {
      strictDecoder.decode(this.bytes.subarray(this.tokenStart, this.tokenEnd));
    } catch {
      throw new JsonSyntaxError('expected UTF-8 in the string that begins here', this.tokenStart - 1);
    }
  }
}

/** Returns the line and column of an offset, both starting at 1. Columns count bytes. */
export function lineAndColumn(bytes: Uint8Array, offset: number): { line: number; column: number } {
  let line = 1;
  let lineStart = 0;
  for (let pos = 0; pos < offset; pos++) {
    if (bytes[pos] !== 0x0a) continue;
    line++;
    lineStart = pos + 1;
  }
  return { line, column: offset - lineStart + 1 };
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Reports whether a byte is a decimal digit. */
export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= Char.zero && byte <= Char.nine;
}

function decode(bytes: Uint8Array): string {
  return lenientDecoder.decode(bytes);
}

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenientDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
