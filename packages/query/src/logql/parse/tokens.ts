import { type Token, tokensOf } from './lexer.ts';
import { LogqlParseError } from './parse-error.ts';

/** Maximum nesting of a query; deeper ones would overflow the stack. */
const MAX_DEPTH = 200;

/** Reads the tokens of a query one after another. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(query: string) {
    this.#tokens = tokensOf(query);
  }

  /** The kind of a token ahead. */
  peek(ahead = 0): string {
    return this.#tokens[this.#next + ahead]?.kind ?? '$end';
  }

  take(): Token {
    const token = this.#tokens[this.#next] ?? this.#tokens.at(-1);
    if (token === undefined) throw new Error('expected at least one token');
    this.#next += 1;
    return token;
  }

  /** Takes the next token if it has a kind. */
  accept(kind: string): Token | undefined {
    return this.peek() === kind ? this.take() : undefined;
  }

  /** Takes the next token, which must have a kind. Throws a `LogqlParseError`. */
  expect(kind: string, ...others: readonly string[]): Token {
    return this.accept(kind) ?? this.fail(kind, ...others);
  }

  /** Throws a `LogqlParseError` for the next token. */
  fail(...expected: readonly string[]): never {
    const token = this.#tokens[this.#next] ?? { kind: '$end', line: 1, column: 1 };
    const wanted = expected.length === 0 ? '' : `, expecting ${expected.join(' or ')}`;
    throw new LogqlParseError(`syntax error: unexpected ${token.kind}${wanted}`, token);
  }

  /** Runs `parse` one level deeper. Throws a `LogqlParseError` if the query is nested too deeply. */
  nested<T>(parse: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) {
      throw new LogqlParseError(`expected at most ${MAX_DEPTH} nested expressions`, this.#tokens[this.#next]);
    }
    const result = parse();
    this.#depth -= 1;
    return result;
  }

  mark(): number {
    return this.#next;
  }

  reset(mark: number): void {
    this.#next = mark;
  }
}
