import { SourceSyntaxError } from '../source/syntax-error.ts';
import type { Block, Expression, ObjectField, Statement } from './syntax.ts';
import { stringValue, type Token, tokenize } from './tokens.ts';

/** Maximum nesting of blocks and expressions. */
const MAX_DEPTH = 100;

/** Binary operators by precedence, the weakest first. */
const OPERATORS = [['||'], ['&&'], ['==', '!=', '<', '<=', '>', '>='], ['+', '-'], ['*', '/', '%'], ['^']];

/** Parses a configuration of Alloy. Throws a `SourceSyntaxError` with the position of the error. */
export function parseAlloy(source: string, text: string): readonly Statement[] {
  return new Parser(tokenize(source, text)).whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Statement[] {
    const statements = this.#body();
    if (this.#token.kind !== 'end') this.#fail('a statement');
    return statements;
  }

  get #token(): Token {
    return this.#tokens[Math.min(this.#position, this.#tokens.length - 1)] as Token;
  }

  #fail(expected: string): never {
    const { kind, text, at } = this.#token;
    const shown = { terminator: 'the end of the line', end: 'the end of the file', string: 'a text' }[kind as string];
    throw new SourceSyntaxError(at, `expected ${expected}, got ${shown ?? `"${text.slice(0, 40)}"`}`);
  }

  #is(operator: string): boolean {
    return this.#token.kind === 'operator' && this.#token.text === operator;
  }

  #accept(operator: string): boolean {
    if (!this.#is(operator)) return false;
    this.#position++;
    return true;
  }

  #expect(operator: string): void {
    if (!this.#accept(operator)) this.#fail(`"${operator}"`);
  }

  #name(): string {
    if (this.#token.kind !== 'name') this.#fail('a name');
    const { text } = this.#token;
    this.#position++;
    return text;
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH)
      throw new SourceSyntaxError(this.#token.at, `expected at most ${MAX_DEPTH} levels of nesting, got more`);
  }

  /** Parses statements up to `}` or the end. */
  #body(): Statement[] {
    this.#enter();
    const statements: Statement[] = [];
    while (this.#token.kind !== 'end' && !this.#is('}')) {
      statements.push(this.#statement());
      if (this.#is('}')) break;
      if (this.#token.kind !== 'terminator') this.#fail('the end of the line');
      this.#position++;
    }
    this.#depth--;
    return statements;
  }

  #statement(): Statement {
    const { at } = this.#token;
    const parts = [this.#name()];
    while (this.#accept('.')) parts.push(this.#name());
    if (parts.length === 1 && this.#accept('='))
      return { kind: 'attribute', name: parts[0] ?? '', at, value: this.#expression() };
    let label: string | undefined;
    if (this.#token.kind === 'string') {
      label = stringValue(this.#token.text);
      this.#position++;
    }
    return this.#block(parts.join('.'), label, at);
  }

  #block(name: string, label: string | undefined, at: Block['at']): Block {
    if (!this.#is('{')) this.#fail(label === undefined && !name.includes('.') ? '"=" or "{"' : '"{"');
    this.#position++;
    const body = this.#body();
    this.#expect('}');
    return { kind: 'block', name, label, at, body };
  }

  #expression(level = 0): Expression {
    const operators = OPERATORS[level];
    if (operators === undefined) return this.#unary();
    this.#enter();
    let left = this.#expression(level + 1);
    while (this.#token.kind === 'operator' && operators.includes(this.#token.text)) {
      const { text: operator, at } = this.#token;
      this.#position++;
      // The last level is right-associative.
      const right = this.#expression(operator === '^' ? level : level + 1);
      left = { kind: 'operation', at, operator, operands: [left, right] };
    }
    this.#depth--;
    return left;
  }

  #unary(): Expression {
    const { at, text: operator } = this.#token;
    if (!this.#accept('!') && !this.#accept('-')) return this.#postfix(this.#primary());
    this.#enter();
    const operand = this.#unary();
    this.#depth--;
    return { kind: 'operation', at, operator, operands: [operand] };
  }

  #postfix(first: Expression): Expression {
    let expression = first;
    for (;;) {
      const { at } = this.#token;
      if (this.#accept('.')) {
        const name = this.#name();
        expression =
          expression.kind === 'reference'
            ? { ...expression, path: [...expression.path, name] }
            : { kind: 'index', at, object: expression, index: { kind: 'value', at, value: name } };
      } else if (this.#accept('[')) {
        const index = this.#expression();
        this.#expect(']');
        expression = { kind: 'index', at, object: expression, index };
      } else if (this.#accept('(')) {
        expression = { kind: 'call', at: expression.at, callee: expression, args: this.#list(')') };
      } else return expression;
    }
  }

  #primary(): Expression {
    const { kind, text, at } = this.#token;
    if (this.#accept('[')) return { kind: 'list', at, items: this.#list(']') };
    if (this.#accept('{')) return { kind: 'object', at, fields: this.#fields() };
    if (this.#accept('(')) {
      const expression = this.#expression();
      this.#expect(')');
      return expression;
    }
    if (kind === 'number') {
      this.#position++;
      return { kind: 'value', at, value: Number(text), source: text };
    }
    if (kind === 'string') {
      this.#position++;
      return { kind: 'value', at, value: stringValue(text) };
    }
    const name = kind === 'name' ? this.#name() : this.#fail('a value');
    if (name === 'true' || name === 'false') return { kind: 'value', at, value: name === 'true' };
    if (name === 'null') return { kind: 'value', at, value: null };
    return { kind: 'reference', at, path: [name] };
  }

  /** Parses expressions with commas between them up to a bracket. */
  #list(end: string): Expression[] {
    const items: Expression[] = [];
    this.#skipLines();
    while (!this.#accept(end)) {
      items.push(this.#expression());
      this.#skipLines();
      if (!this.#is(end)) this.#expect(',');
      this.#skipLines();
    }
    return items;
  }

  #fields(): ObjectField[] {
    const fields: ObjectField[] = [];
    this.#skipLines();
    while (!this.#accept('}')) {
      const { kind, text, at } = this.#token;
      if (kind !== 'name' && kind !== 'string') this.#fail('a name');
      this.#position++;
      this.#expect('=');
      fields.push({ name: kind === 'string' ? stringValue(text) : text, at, value: this.#expression() });
      this.#skipLines();
      if (!this.#is('}')) this.#expect(',');
      this.#skipLines();
    }
    return fields;
  }

  #skipLines(): void {
    while (this.#token.kind === 'terminator') this.#position++;
  }
}
