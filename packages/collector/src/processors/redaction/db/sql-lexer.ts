import { KEYWORDS } from './sql-keywords.ts';

/** The kind of a statement token, as far as it matters for obfuscation. */
export type SqlToken =
  | 'literal' // a string, number, positional parameter, boolean or null
  | 'dollarFunction'
  | 'identifier'
  | 'other'
  | 'end';

/** The SQL dialects in which some characters have a different meaning. */
export type Dialect = 'mysql' | 'postgresql' | 'mssql' | 'oracle' | 'snowflake' | 'other';

const ALIASES: Readonly<Record<string, Dialect>> = {
  'sql-server': 'mssql',
  sqlserver: 'mssql',
  postgres: 'postgresql',
};
const DIALECTS = new Set<string>(['mysql', 'postgresql', 'mssql', 'oracle', 'snowflake']);

/** Returns the dialect of a database system. */
export function dialectOf(system: string): Dialect {
  return ALIASES[system] ?? (DIALECTS.has(system) ? (system as Dialect) : 'other');
}

/**
 * Splits a statement into tokens that cover it without gaps. Never fails: anything that is not recognized as SQL becomes
 * a token of kind `other`.
 */
export class SqlLexer {
  /** The token is `[start, end)` of the UTF-8 encoded statement. */
  start = 0;
  end = 0;
  /** Whether an identifier token contains digits. */
  hasDigits = false;
  readonly #bytes: Uint8Array;
  readonly #dialect: Dialect;

  constructor(bytes: Uint8Array, dialect: Dialect) {
    this.#bytes = bytes;
    this.#dialect = dialect;
  }

  /** Moves to the next token. */
  next(): SqlToken {
    this.start = this.end;
    this.hasDigits = false;
    const ch = this.#at(0);
    // A zero byte terminates the statement.
    if (ch === 0) return 'end';
    if (isSpace(ch)) return this.#while(isSpace, 'other');
    if (isLetter(ch)) return this.#identifier(ch);
    return this.#punctuation(ch);
  }

  #punctuation(ch: number): SqlToken {
    const following = this.#at(1);
    switch (String.fromCodePoint(ch)) {
      case '"':
      case "'":
      case '`':
      case '[':
        return this.#quoted(ch);
      case '-':
      case '+':
        if (ch === DASH && following === DASH) return this.#lineComment();
        return isDigit(following) || following === DOT ? this.#decimal(this.#advance(1)) : this.#operator(ch);
      case '/':
        return following === STAR ? this.#blockComment() : this.#operator(ch);
      case '*':
        return this.#take(1, 'other');
      case '$':
        return this.#dollar(ch, following);
      case ':':
        return this.#dialect === 'oracle' && isAlphanumeric(following) ? this.#bindParameter() : this.#operator(ch);
      case '#':
        if (this.#dialect === 'mssql') return this.#identifier(ch);
        return this.#dialect === 'mysql' ? this.#lineComment() : this.#operator(ch);
      case '@':
        return this.#atSign(ch, following);
      default:
        if (isDigit(ch)) return this.#unsignedNumber(ch, following);
        return isOperator(ch) ? this.#operator(ch) : this.#take(1, 'other');
    }
  }

  #quoted(ch: number): SqlToken {
    if (ch === SINGLE_QUOTE) return this.#string(ch);
    if (ch === DOUBLE_QUOTE) return this.#dialect === 'mysql' ? this.#string(ch) : this.#quotedIdentifier(ch, ch);
    if (ch === OPENING_BRACKET)
      return this.#dialect === 'mssql' ? this.#quotedIdentifier(ch, CLOSING_BRACKET) : this.#take(1, 'other');
    return this.#dialect === 'mysql' ? this.#quotedIdentifier(ch, ch) : this.#take(1, 'other');
  }

  /** Returns the character at an offset from the end of the token, or 0 past the end of the statement. */
  #at(offset: number): number {
    return characterAt(this.#bytes, this.end + offset);
  }

  /** Advances by a number of bytes, but not beyond the end. */
  #advance(count: number): number {
    if (this.end + count > this.#bytes.length) return 0;
    this.end += count;
    return this.#at(0);
  }

  #take(count: number, kind: SqlToken): SqlToken {
    this.#advance(count);
    return kind;
  }

  #while(test: (ch: number) => boolean, kind: SqlToken): SqlToken {
    for (let ch = this.#at(0); ch !== 0 && test(ch); ) ch = this.#advance(1);
    return kind;
  }

  #identifier(first: number): SqlToken {
    let ch = first;
    while (isAsciiLetter(ch) || ch === UNDERSCORE) ch = this.#advance(1);
    if (first < 128 && (ch === 0 || isSpace(ch) || isPunctuation(ch))) {
      const literal = KEYWORDS.get(latin1(this.#bytes, this.start, this.end).toUpperCase());
      if (literal !== undefined) return literal ? 'literal' : 'other';
    }
    while (isIdentifierPart(ch)) {
      this.hasDigits ||= isDigit(ch);
      ch = this.#advance(utf8Length(ch));
    }
    if (this.start === this.end) return this.#take(1, 'other');
    // Function names keep their digits.
    return first < 128 && ch === OPENING_PARENTHESIS ? 'other' : 'identifier';
  }

  #quotedIdentifier(opening: number, closing: number): SqlToken {
    let ch = this.#advance(1);
    for (;;) {
      if (ch === 0) return 'other';
      if (ch === closing) {
        // A qualified name such as "a"."b" is a single identifier.
        if (this.#byte(1) !== DOT || this.#byte(2) !== opening) break;
        ch = this.#advance(3);
        continue;
      }
      this.hasDigits ||= isDigit(ch);
      ch = this.#advance(1);
    }
    return this.#take(1, 'identifier');
  }

  #byte(offset: number): number {
    return this.#bytes[this.end + offset] ?? 0;
  }

  #string(delimiter: number): SqlToken {
    let isEscaped = false;
    for (let ch = this.#advance(1); ch !== 0; ch = this.#advance(1)) {
      if (isEscaped) isEscaped = false;
      else if (ch === BACKSLASH) isEscaped = true;
      else if (ch === delimiter) return this.#take(1, 'literal');
    }
    return 'literal';
  }

  #lineComment(): SqlToken {
    return this.#while((ch) => ch !== NEWLINE, 'other');
  }

  #blockComment(): SqlToken {
    for (let ch = this.#advance(2); ch !== 0; ch = this.#advance(1))
      if (ch === STAR && this.#at(1) === SLASH) return this.#take(2, 'other');
    return 'other';
  }

  #unsignedNumber(ch: number, following: number): SqlToken {
    if (ch === ZERO && (following === 0x78 || following === 0x58)) {
      this.#advance(2);
      return this.#while(isHexDigit, 'literal');
    }
    if (ch === ZERO && isOctalDigit(following)) {
      this.#advance(2);
      return this.#while(isOctalDigit, 'literal');
    }
    return this.#decimal(this.#advance(1));
  }

  #decimal(first: number): SqlToken {
    let ch = first;
    while (isDigit(ch) || ch === DOT || isExponent(ch)) {
      const wasExponent = isExponent(ch);
      ch = this.#advance(1);
      if (wasExponent && (ch === PLUS || ch === DASH)) ch = this.#advance(1);
    }
    return 'literal';
  }

  #dollar(ch: number, following: number): SqlToken {
    if (isDigit(following)) {
      this.#advance(2);
      return this.#while(isDigit, 'literal');
    }
    return this.#dialect === 'mssql' && isLetter(following) ? this.#identifier(ch) : this.#dollarString();
  }

  /** Scans a string between two identical tags such as `$tag$`. */
  #dollarString(): SqlToken {
    let ch = this.#advance(1);
    while (this.end < this.#bytes.length && ch !== DOLLAR) ch = this.#advance(1);
    this.#advance(1);
    const tag = this.#bytes.subarray(this.start, this.end);
    for (; this.end < this.#bytes.length; this.#advance(1)) {
      if (!startsWith(this.#bytes, this.end, tag)) continue;
      this.#advance(tag.length);
      return latin1(tag, 0, tag.length) === DOLLAR_FUNCTION ? 'dollarFunction' : 'literal';
    }
    return 'other';
  }

  #atSign(ch: number, following: number): SqlToken {
    if (following === AT) {
      const isVariable = isAlphanumeric(this.#at(2));
      this.#advance(2);
      return isVariable ? this.#while(isAlphanumeric, 'other') : 'other';
    }
    if (isAlphanumeric(following)) return this.#dialect === 'snowflake' ? this.#identifier(ch) : this.#bindParameter();
    // The operators @? and @>.
    return following === QUESTION || following === GREATER ? this.#take(2, 'other') : this.#operator(ch);
  }

  #bindParameter(): SqlToken {
    this.#advance(2);
    return this.#while(isAlphanumeric, 'other');
  }

  #operator(first: number): SqlToken {
    let last = first;
    let ch = this.#advance(1);
    const two = String.fromCodePoint(first, ch);
    if (two === '->' || two === '#>') {
      if (this.#advance(1) === GREATER) this.#advance(1);
      return 'other';
    }
    if (two === '#-' || two === '?|' || two === '?&' || two === '<@') return this.#take(1, 'other');
    // A placeholder or variable after an equals sign is a separate token.
    while (isOperator(ch) && !(last === EQUALS && (ch === QUESTION || ch === AT))) {
      last = ch;
      ch = this.#advance(1);
    }
    return 'other';
  }
}

/** The tag of strings that contain statements. */
export const DOLLAR_FUNCTION = '$func$';

const NEWLINE = 0x0a;
const DOUBLE_QUOTE = 0x22;
const DOLLAR = 0x24;
const SINGLE_QUOTE = 0x27;
const OPENING_PARENTHESIS = 0x28;
const STAR = 0x2a;
const PLUS = 0x2b;
const DASH = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;
const ZERO = 0x30;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const QUESTION = 0x3f;
const AT = 0x40;
const OPENING_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSING_BRACKET = 0x5d;
const UNDERSCORE = 0x5f;
const REPLACEMENT = 0xfffd;

/** Decodes the character at an offset; a byte in the middle of a character yields the replacement character. */
function characterAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first === undefined) return 0;
  if (first < 128) return first;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
  if (length === 0 || at + length > bytes.length) return REPLACEMENT;
  let code = first & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) code = (code << 6) | ((bytes[at + i] as number) & 0x3f);
  return code;
}

function utf8Length(ch: number): number {
  return ch < 0x80 ? 1 : ch < 0x800 ? 2 : ch < 0x1_0000 ? 3 : 4;
}

function startsWith(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  return at + expected.length <= bytes.length && expected.every((byte, index) => bytes[at + index] === byte);
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

const SPACES = setOf(' \t\n\r');
const PUNCTUATION = setOf('(),;.:[]{}');
const OPERATORS = setOf('+-*/=<>!&|^%~?@:#');
const IN_IDENTIFIERS = setOf('".?$#/@!');

function setOf(characters: string): ReadonlySet<number> {
  return new Set(Array.from(characters, (character) => character.charCodeAt(0)));
}

function isSpace(ch: number): boolean {
  return SPACES.has(ch);
}

function isPunctuation(ch: number): boolean {
  return PUNCTUATION.has(ch);
}

function isOperator(ch: number): boolean {
  return OPERATORS.has(ch);
}

function isDigit(ch: number): boolean {
  return ch >= ZERO && ch <= 0x39;
}

function isOctalDigit(ch: number): boolean {
  return ch >= ZERO && ch <= 0x37;
}

function isHexDigit(ch: number): boolean {
  return isDigit(ch) || (ch >= 0x61 && ch <= 0x66) || (ch >= 0x41 && ch <= 0x46);
}

function isExponent(ch: number): boolean {
  return ch === 0x65 || ch === 0x45;
}

function isAsciiLetter(ch: number): boolean {
  return (ch >= 0x61 && ch <= 0x7a) || (ch >= 0x41 && ch <= 0x5a);
}

function isLetter(ch: number): boolean {
  return isAsciiLetter(ch) || ch === UNDERSCORE || (ch > 127 && /\p{L}/u.test(String.fromCodePoint(ch)));
}

function isAlphanumeric(ch: number): boolean {
  return isLetter(ch) || isDigit(ch) || (ch > 127 && /\p{N}/u.test(String.fromCodePoint(ch)));
}

function isIdentifierPart(ch: number): boolean {
  return IN_IDENTIFIERS.has(ch) || isLetter(ch) || isDigit(ch);
}
