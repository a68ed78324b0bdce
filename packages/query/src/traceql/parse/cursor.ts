import { TraceqlParseError } from './parse-error.ts';
import { type Token, tokenName } from './tokens.ts';

/** Maximum depth of nested expressions. */
const MAX_DEPTH = 200;

/** Reads tokens one after another. */
export class Cursor {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get token(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new Error('expected a token');
    return token;
  }

  /** Returns the current token and moves to the next. */
  take(): Token {
    const { token } = this;
    if (token.kind !== 'end') this.#at += 1;
    return token;
  }

  /** Reports whether the current token is this symbol or word. */
  is(text: string): boolean {
    const { token } = this;
    return token.text === text && (token.kind === 'symbol' || token.kind === 'keyword' || token.kind === 'scope');
  }

  /** Moves past this symbol or word if it is the current token. */
  skip(text: string): boolean {
    if (!this.is(text)) return false;
    this.take();
    return true;
  }

  /** Requires this symbol or word. */
  expect(text: string): void {
    if (!this.skip(text)) throw this.unexpected(text);
  }

  /** Returns the error for the current token. */
  unexpected(expected?: string): TraceqlParseError {
    return this.error(
      `syntax error: unexpected ${tokenName(this.token)}${expected === undefined ? '' : `, expecting ${expected}`}`,
    );
  }

  /** Returns an error at the current token, or another. */
  error(reason: string, { line, column }: Token = this.token): TraceqlParseError {
    return new TraceqlParseError(reason, line, column);
  }

  /** Parses a nested expression. */
  nested<T>(parse: () => T): T {
    if (this.#depth >= MAX_DEPTH) throw this.error(`expressions are nested more than ${MAX_DEPTH} levels deep`);
    this.#depth += 1;
    const result = parse();
    this.#depth -= 1;
    return result;
  }
}
