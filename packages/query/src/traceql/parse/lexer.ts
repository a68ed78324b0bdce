import { parseGoDuration } from '../../request/go-duration.ts';
import { TraceqlParseError } from './parse-error.ts';
import { KEYWORDS, SCOPES, SYMBOLS, type Token } from './tokens.ts';

const SPACE = /[\s]/u;
const NAME = /[\p{L}_][\p{L}\p{Nd}_]*/uy;
const NUMBER = /(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const DURATION_REST = /[\p{N}nsumhµdwy.]*/uy;
const INTEGER = /^\d[\d_]*$/;
const MAX_INT = 2n ** 63n - 1n;
/** Characters that end the name of an attribute. */
const NAME_END = new Set(['{', '}', '(', ')', '=', '~', '!', '<', '>', '&', '|', '^', ',']);
const ESCAPES: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', '"': '"' },
};

/** Splits a query into tokens. The last one is `end`. Throws `TraceqlParseError`. */
export function tokenize(text: string): readonly Token[] {
  const lexer = new Lexer(text);
  const tokens: Token[] = [];
  for (;;) {
    const token = lexer.next();
    tokens.push(token);
    if (token.kind === 'end') return tokens;
  }
}

class Lexer {
  readonly #text: string;
  #at = 0;
  /** Whether the next token is the name of an attribute, and the scope before it. */
  #nameAfter: string | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  next(): Token {
    if (this.#nameAfter !== undefined) return this.#attribute(this.#nameAfter);
    this.#skipSpace();
    const { line, column } = this.#position(this.#at);
    const char = this.#text.charAt(this.#at);
    if (char === '') return { kind: 'end', text: '', line, column };
    if (char === '"' || char === '`') return { kind: 'string', text: this.#string(char), line, column };
    if (/\d/.test(char) || (char === '.' && /\d/.test(this.#text.charAt(this.#at + 1)))) {
      return { ...this.#number(), line, column };
    }
    const name = this.#match(NAME);
    if (name === undefined) return { ...this.#symbol(), line, column };
    const scope = name + this.#text.charAt(this.#at);
    if (SCOPES.has(scope)) {
      this.#at += 1;
      if (scope.endsWith('.')) this.#nameAfter = scope;
      return { kind: 'scope', text: scope, line, column };
    }
    return { kind: KEYWORDS.has(name) ? 'keyword' : 'identifier', text: name, line, column };
  }

  #symbol(): { readonly kind: 'symbol'; readonly text: string } {
    let symbol = this.#text.charAt(this.#at);
    this.#at += 1;
    while (this.#at < this.#text.length && SYMBOLS.has(symbol + this.#text.charAt(this.#at))) {
      symbol += this.#text.charAt(this.#at);
      this.#at += 1;
    }
    if (!SYMBOLS.has(symbol)) throw this.#error(`syntax error: unexpected ${JSON.stringify(symbol)}`, this.#at - 1);
    if (symbol === '.') this.#nameAfter = symbol;
    return { kind: 'symbol', text: symbol };
  }

  /** Reads the name of an attribute, or a second scope after `parent.`. */
  #attribute(scope: string): Token {
    const start = this.#at;
    const { line, column } = this.#position(start);
    const inner =
      scope === 'parent.' ? ['span.', 'resource.'].find((one) => this.#text.startsWith(one, start)) : undefined;
    if (inner !== undefined) {
      this.#at += inner.length;
      this.#nameAfter = inner;
      return { kind: 'scope', text: inner, line, column };
    }
    this.#nameAfter = undefined;
    let name = '';
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      if (char === '"') {
        name += this.#quotedPart();
        continue;
      }
      if (NAME_END.has(char) || SPACE.test(char)) break;
      name += char;
      this.#at += 1;
    }
    if (this.#at > start) return { kind: 'attribute', text: name, line, column };
    throw this.#error('syntax error: unexpected END_ATTRIBUTE, expecting IDENTIFIER', start);
  }

  #quotedPart(): string {
    const start = this.#at;
    let part = '';
    for (this.#at += 1; this.#at < this.#text.length; this.#at += 1) {
      const char = this.#text.charAt(this.#at);
      if (char === '"') {
        this.#at += 1;
        return part;
      }
      if (char !== '\\') {
        part += char;
        continue;
      }
      this.#at += 1;
      const escaped = this.#text.charAt(this.#at);
      if (escaped !== '"' && escaped !== '\\') throw this.#error('invalid escape sequence', this.#at - 1);
      part += escaped;
    }
    throw this.#error('unexpected EOF, expecting "', start);
  }

  #string(quote: string): string {
    const start = this.#at;
    this.#at += 1;
    let value = '';
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      this.#at += 1;
      if (char === quote) return value;
      if (char === '\n' && quote === '"') break;
      value += char === '\\' && quote === '"' ? this.#escape() : char;
    }
    throw this.#error('literal not terminated', start);
  }

  /** Reads an escape sequence of Go after its backslash. */
  #escape(): string {
    const rest = this.#text.slice(this.#at, this.#at + 9);
    const [hex] = /^(?:x[\da-f]{2}|u[\da-f]{4}|U[\da-f]{8})/i.exec(rest) ?? [];
    if (hex !== undefined) {
      const code = Number.parseInt(hex.slice(1), 16);
      if (code > 0x10ffff) throw this.#error('invalid syntax', this.#at);
      this.#at += hex.length;
      return String.fromCodePoint(code);
    }
    const [octal] = /^[0-3][0-7]{2}/.exec(rest) ?? [];
    if (octal !== undefined) {
      this.#at += octal.length;
      return String.fromCodePoint(Number.parseInt(octal, 8));
    }
    const known = ESCAPES[rest.charAt(0)];
    if (known === undefined) throw this.#error('invalid syntax', this.#at - 1);
    this.#at += 1;
    return known;
  }

  #number() {
    const start = this.#at;
    const text = this.#match(NUMBER) ?? '';
    const end = this.#at;
    const rest = this.#match(DURATION_REST) ?? '';
    if (rest !== '') {
      const duration = parseGoDuration(text + rest);
      if (duration !== undefined) return { kind: 'duration', value: duration, text: text + rest } as const;
      this.#at = end;
    }
    const digits = text.replaceAll('_', '');
    if (!INTEGER.test(text)) return { kind: 'float', value: Number(digits), text } as const;
    const value = BigInt(digits);
    if (value > MAX_INT) throw this.#error(`strconv.Atoi: parsing ${JSON.stringify(text)}: value out of range`, start);
    return { kind: 'integer', value, text } as const;
  }

  /** Skips white space and the comments of Go. */
  #skipSpace(): void {
    const skipped = this.#match(/(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/uy);
    if (skipped === undefined) return;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found === undefined) return undefined;
    this.#at += found.length;
    return found;
  }

  #error(reason: string, at: number): TraceqlParseError {
    const { line, column } = this.#position(at);
    return new TraceqlParseError(reason, line, column);
  }

  #position(at: number): { readonly line: number; readonly column: number } {
    const lineStart = this.#text.lastIndexOf('\n', at - 1) + 1;
    let line = 1;
    for (let i = this.#text.indexOf('\n'); i >= 0 && i < lineStart; i = this.#text.indexOf('\n', i + 1)) line += 1;
    return { line, column: at - lineStart + 1 };
  }
}
