import { type Expression, ExpressionError } from './syntax.ts';
import { type Token, tokenize } from './tokens.ts';

/** Precedence of the binary operators; `??` and `**` are above the arithmetic ones. */
const PRECEDENCE: Readonly<Record<string, number>> = {
  '|': 0,
  or: 10,
  '||': 10,
  and: 15,
  '&&': 15,
  '==': 20,
  '!=': 20,
  '<': 20,
  '>': 20,
  '>=': 20,
  '<=': 20,
  in: 20,
  matches: 20,
  contains: 20,
  startsWith: 20,
  endsWith: 20,
  '..': 25,
  '+': 30,
  '-': 30,
  '*': 60,
  '/': 60,
  '%': 60,
  '**': 100,
  '^': 100,
  '??': 500,
};
const NEGATABLE = new Set(['contains', 'matches', 'startsWith', 'endsWith', 'in']);
const SIGN_PRECEDENCE = 90;
const NOT_PRECEDENCE = 50;
/** Functions whose last argument is evaluated for each element. */
const PREDICATES = new Set(
  'all none any one filter map find findIndex findLast findLastIndex count sum groupBy sortBy reduce'.split(' '),
);
const MAX_DEPTH = 64;

/** Parses an expression in the syntax of expr-lang. Throws an `ExpressionError`. */
export function parseExpression(text: string): Expression {
  const parser = new Parser(text);
  return parser.whole();
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #position = 0;
  #depth = 0;
  /** Number of enclosing predicates, in which `#` and `.field` are allowed. */
  #predicates = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  whole(): Expression {
    const expression = this.#sequence();
    if (this.#token.kind !== 'end') this.#fail('the end of the expression');
    return expression;
  }

  get #token(): Token {
    return this.#tokens[this.#position] as Token;
  }

  /** Parses an expression that `let` declarations can precede. */
  #sequence(): Expression {
    if (!this.#isName('let')) return this.#expression(0);
    this.#position++;
    const name = this.#name();
    this.#expect('=');
    const value = this.#expression(0);
    this.#expect(';');
    return { kind: 'let', name, value, body: this.#sequence() };
  }

  #expression(minPrecedence: number): Expression {
    if (++this.#depth > MAX_DEPTH) throw new ExpressionError(`expected at most ${MAX_DEPTH} nested expressions`);
    let left = this.#unary();
    for (;;) {
      const isNegated = this.#isName('not');
      const { kind, value } = isNegated ? (this.#tokens[this.#position + 1] ?? this.#token) : this.#token;
      const operator = kind === 'operator' || kind === 'name' ? value : '';
      const precedence = Object.hasOwn(PRECEDENCE, operator) ? PRECEDENCE[operator] : undefined;
      if (precedence === undefined || precedence < minPrecedence || (isNegated && !NEGATABLE.has(operator))) break;
      this.#position += isNegated ? 2 : 1;
      left = this.#binary(operator, precedence, left);
      if (isNegated) left = { kind: 'unary', operator: 'not', operand: left };
    }
    if (minPrecedence === 0) left = this.#choice(left);
    this.#depth--;
    return left;
  }

  #binary(operator: string, precedence: number, left: Expression): Expression {
    if (operator === '|') {
      const name = this.#name();
      return this.#postfix(this.#call(name, [left]));
    }
    const isRightAssociative = operator === '**' || operator === '^';
    const right = this.#expression(isRightAssociative ? precedence : precedence + 1);
    return { kind: 'binary', operator, left, right };
  }

  #choice(condition: Expression): Expression {
    if (!this.#accept('?')) return condition;
    if (this.#accept(':')) return { kind: 'choice', condition, yes: condition, no: this.#expression(0) };
    const yes = this.#expression(0);
    this.#expect(':');
    return { kind: 'choice', condition, yes, no: this.#expression(0) };
  }

  #unary(): Expression {
    if (this.#accept('!') || (this.#isName('not') && this.#advance())) {
      return { kind: 'unary', operator: 'not', operand: this.#expression(NOT_PRECEDENCE) };
    }
    for (const operator of ['-', '+'] as const) {
      if (this.#accept(operator)) return { kind: 'unary', operator, operand: this.#expression(SIGN_PRECEDENCE) };
    }
    return this.#postfix(this.#primary());
  }

  #primary(): Expression {
    const token = this.#token;
    if (token.kind === 'number' || token.kind === 'string') {
      this.#position++;
      return { kind: 'constant', value: token.value };
    }
    if (token.kind === 'name') {
      this.#position++;
      return this.#named(token.value);
    }
    if (this.#accept('(')) {
      const expression = this.#sequence();
      this.#expect(')');
      return expression;
    }
    if (this.#accept('[')) return { kind: 'list', elements: this.#arguments(']') };
    if (this.#accept('{')) return this.#map();
    if (this.#predicates > 0) {
      if (this.#accept('#')) return this.#element();
      if (token.value === '.') return { kind: 'element', name: 'value' };
    }
    return this.#fail('a value');
  }

  #element(): Expression {
    if (this.#isName('acc') && this.#advance()) return { kind: 'element', name: 'acc' };
    if (this.#isName('index') && this.#advance()) return { kind: 'element', name: 'index' };
    return { kind: 'element', name: 'value' };
  }

  #named(name: string): Expression {
    if (name === 'true' || name === 'false') return { kind: 'constant', value: name === 'true' };
    if (name === 'nil') return { kind: 'constant', value: undefined };
    return this.#token.value === '(' ? this.#call(name, []) : { kind: 'name', name };
  }

  #call(name: string, first: readonly Expression[]): Expression {
    this.#expect('(');
    if (!PREDICATES.has(name)) return { kind: 'call', name, args: [...first, ...this.#arguments(')')] };
    const args = [...first];
    while (!this.#accept(')')) {
      if (args.length > first.length || (first.length === 0 && args.length > 0)) this.#expect(',');
      args.push(args.length === 1 ? this.#predicate() : this.#sequence());
    }
    return { kind: 'call', name, args };
  }

  #predicate(): Expression {
    this.#predicates++;
    const isBraced = this.#accept('{');
    const body = this.#sequence();
    if (isBraced) this.#expect('}');
    this.#predicates--;
    return { kind: 'predicate', body };
  }

  #arguments(end: string): Expression[] {
    const args: Expression[] = [];
    while (!this.#accept(end)) {
      if (args.length > 0) this.#expect(',');
      if (args.length > 0 && this.#accept(end)) break;
      args.push(this.#sequence());
    }
    return args;
  }

  #map(): Expression {
    const entries: [Expression, Expression][] = [];
    while (!this.#accept('}')) {
      if (entries.length > 0) this.#expect(',');
      if (entries.length > 0 && this.#accept('}')) break;
      const { kind, value } = this.#token;
      let key: Expression;
      if (this.#accept('(')) {
        key = this.#sequence();
        this.#expect(')');
      } else {
        if (kind !== 'name' && kind !== 'string' && kind !== 'number') this.#fail('a key');
        this.#position++;
        key = { kind: 'constant', value: String(value) };
      }
      this.#expect(':');
      entries.push([key, this.#sequence()]);
    }
    return { kind: 'map', entries };
  }

  #postfix(start: Expression): Expression {
    let object = start;
    for (;;) {
      const isOptional = this.#accept('?.');
      if (isOptional || this.#accept('.')) {
        if (isOptional && this.#token.value === '[') {
          this.#position++;
          object = this.#indexed(object, true);
          continue;
        }
        const name = this.#name();
        if (this.#token.value === '(' && this.#token.kind === 'operator') this.#fail('a field, not a method');
        object = { kind: 'member', object, key: { kind: 'constant', value: name }, isOptional };
      } else if (this.#accept('[')) {
        object = this.#indexed(object, false);
      } else {
        return object;
      }
    }
  }

  #indexed(object: Expression, isOptional: boolean): Expression {
    if (this.#accept(':')) {
      const to = this.#token.value === ']' ? undefined : this.#sequence();
      this.#expect(']');
      return { kind: 'slice', object, from: undefined, to };
    }
    const key = this.#sequence();
    if (this.#accept(':')) {
      const to = this.#token.value === ']' ? undefined : this.#sequence();
      this.#expect(']');
      return { kind: 'slice', object, from: key, to };
    }
    this.#expect(']');
    return { kind: 'member', object, key, isOptional };
  }

  #name(): string {
    const { kind, value } = this.#token;
    if (kind !== 'name') return this.#fail('a name');
    this.#position++;
    return value;
  }

  #isName(name: string): boolean {
    return this.#token.kind === 'name' && this.#token.value === name;
  }

  #advance(): true {
    this.#position++;
    return true;
  }

  #accept(operator: string): boolean {
    const isNext = this.#token.kind === 'operator' && this.#token.value === operator;
    if (isNext) this.#position++;
    return isNext;
  }

  #expect(operator: string): void {
    if (!this.#accept(operator)) this.#fail(`"${operator}"`);
  }

  #fail(expected: string): never {
    const { kind, at } = this.#token;
    const got = kind === 'end' ? 'the end' : `"${this.#text.slice(at)}"`;
    throw new ExpressionError(`expected ${expected}, got ${got} in "${this.#text}"`);
  }
}
