import { positionAt, type Token, tokensOf } from './lexer.ts';
import { LogqlParseError } from './parse-error.ts';

/** Maximum nesting of a query; deeper ones would overflow the stack. */
const MAX_DEPTH = 200;
/** Maximum number of operators of a query. Chains of them nest as well. */
const MAX_OPERATORS = 1000;

/** Reads the tokens of a query one after another. */
export class TokenReader {
  readonly #query: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;
  #operators = 0;

  constructor(query: string) {
    this.#query = query;
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
    const { kind, start } = this.#tokens[this.#next] ?? { kind: '$end', start: this.#query.length };
    const wanted = expected.length === 0 ? '' : `, expecting ${expected.join(' or ')}`;
    throw new LogqlParseError(`syntax error: unexpected ${kind}${wanted}`, positionAt(this.#query, start));
  }

  /** Runs `parse` one level deeper. Throws a `LogqlParseError` if the query is nested too deeply. */
  nested<T>(parse: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) {
      const start = this.#tokens[this.#next]?.start ?? 0;
      throw new LogqlParseError(`expected at most ${MAX_DEPTH} nested expressions`, positionAt(this.#query, start));
    }
    const result = parse();
    this.#depth -= 1;
    return result;
  }

  /** Counts an operator. Throws a `LogqlParseError` if the query has too many. */
  countOperator(): void {
    this.#operators += 1;
    if (this.#operators <= MAX_OPERATORS) return;
    const start = this.#tokens[this.#next]?.start ?? 0;
    throw new LogqlParseError(`expected at most ${MAX_OPERATORS} operators`, positionAt(this.#query, start));
  }
}
