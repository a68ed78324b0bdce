import type { Comparison } from '../values/compare.ts';
import { OttlError } from './error.ts';
import type {
  ArgumentSyntax,
  CallSyntax,
  ConditionSyntax,
  KeySyntax,
  LambdaSyntax,
  MathOperator,
  ValueSyntax,
} from './syntax.ts';
import { type Token, tokenize } from './tokens.ts';

const COMPARISONS: ReadonlySet<string> = new Set<Comparison>(['==', '!=', '<', '<=', '>', '>=']);
/** Maximum nesting depth, which bounds the recursion of the parser. */
const MAX_DEPTH = 64;
const KEYWORDS: ReadonlySet<string> = new Set(['not', 'and', 'or', 'nil', 'true', 'false']);

/** A value or a boolean expression. Parentheses can contain either, so a single grammar parses both. */
type Expression =
  | { readonly kind: 'value'; readonly value: ValueSyntax }
  | { readonly kind: 'condition'; readonly condition: ConditionSyntax; readonly offset: number };

/** A recursive-descent parser. `or` has the lowest precedence, then `and`, `not`, comparisons, `+ -` and `* /`. */
export class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #position = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  /** Parses a boolean expression. */
  condition(): ConditionSyntax {
    return this.#conditionOf(this.#disjunction());
  }

  /** Parses a value. */
  value(): ValueSyntax {
    return this.#isLambda() ? this.#lambda() : this.#valueOf(this.#sum());
  }

  /** Consumes the next token if it is the given name. */
  acceptName(name: string): boolean {
    return this.#accept('name', name);
  }

  expectEnd(expected: string): void {
    if (this.#peek().kind !== 'end') this.#fail(expected);
  }

  #disjunction(): Expression {
    return this.#chain('or', 'any', () => this.#chain('and', 'all', () => this.#negation()));
  }

  #chain(operator: string, kind: 'any' | 'all', next: () => Expression): Expression {
    const first = next();
    if (!this.#isNext('name', operator)) return first;
    const operands = [this.#conditionOf(first)];
    while (this.#accept('name', operator)) operands.push(this.#conditionOf(next()));
    return { kind: 'condition', condition: { kind, operands }, offset: offsetOf(first) };
  }

  #negation(): Expression {
    const { offset } = this.#peek();
    if (!this.#accept('name', 'not')) return this.#comparison();
    const operand = this.#conditionOf(this.#comparison());
    return { kind: 'condition', condition: { kind: 'not', operand }, offset };
  }

  #comparison(): Expression {
    const left = this.#sum();
    const operator = this.#peek();
    if (operator.kind !== 'symbol' || !COMPARISONS.has(operator.text)) return left;
    const leftValue = this.#valueOf(left);
    this.#position += 1;
    const right = this.#valueOf(this.#sum());
    return {
      kind: 'condition',
      condition: { kind: 'compare', operator: operator.text as Comparison, left: leftValue, right },
      offset: leftValue.offset,
    };
  }

  #sum(): Expression {
    return this.#math(['+', '-'], () => this.#math(['*', '/'], () => this.#signed()));
  }

  #math(operators: readonly MathOperator[], next: () => Expression): Expression {
    let result = next();
    for (;;) {
      const operator = operators.find((symbol) => this.#isNext('symbol', symbol));
      if (operator === undefined) return result;
      this.#position += 1;
      const left = this.#operandOf(result);
      const right = this.#operandOf(next());
      result = { kind: 'value', value: { kind: 'math', operator, left, right, offset: left.offset } };
    }
  }

  #signed(): Expression {
    const { offset } = this.#peek();
    if (this.#accept('symbol', '+')) return { kind: 'value', value: this.#operandOf(this.#primary()) };
    if (!this.#accept('symbol', '-')) return this.#primary();
    const operand = this.#operandOf(this.#primary());
    const literal = operand.kind === 'literal' ? operand.value : undefined;
    if (typeof literal === 'bigint' || typeof literal === 'number')
      return { kind: 'value', value: { kind: 'literal', value: -literal, offset } };
    return { kind: 'value', value: { kind: 'negative', operand, offset } };
  }

  #primary(): Expression {
    if (!this.#accept('symbol', '(')) return { kind: 'value', value: this.#simple() };
    return this.#nested(() => {
      const inner = this.#disjunction();
      this.#expect('symbol', ')');
      return inner.kind === 'value' && !isOperand(inner.value) && !isCondition(inner.value)
        ? this.#failAt(inner.value.offset, 'expected a number, a path, a converter or a condition in parentheses')
        : inner;
    });
  }

  #simple(): ValueSyntax {
    const token = this.#next();
    const { offset } = token;
    switch (token.kind) {
      case 'string':
        return { kind: 'literal', value: token.text, offset };
      case 'integer':
        return { kind: 'literal', value: this.#integer(token), offset };
      case 'float':
        return { kind: 'literal', value: Number(token.text), offset };
      case 'bytes':
        return { kind: 'literal', value: this.#bytes(token), offset };
      case 'name':
        return this.#named(token);
      case 'symbol':
        if (token.text === '[') return this.#nested(() => this.#list(offset));
        if (token.text === '{') return this.#nested(() => this.#map(offset));
    }
    this.#position -= 1;
    return this.#fail('expected a path or a value');
  }

  #named({ text, offset }: Token): ValueSyntax {
    if (text === 'nil') return { kind: 'literal', value: undefined, offset };
    if (text === 'true' || text === 'false') return { kind: 'literal', value: text === 'true', offset };
    if (KEYWORDS.has(text)) return this.#failAt(offset, `expected a path or a value, got "${text}"`);
    if (this.#isNext('symbol', '(')) return { kind: 'call', call: this.#call(text, offset), offset };
    if (/^[A-Z][A-Z0-9_]*$/.test(text)) return { kind: 'enum', name: text, offset };
    if (/^[A-Z]/.test(text)) return { kind: 'functionName', name: text, offset };
    return this.#path(text, offset);
  }

  #path(first: string, offset: number): ValueSyntax {
    const names = [first];
    let keys = this.#keys();
    while (this.#accept('symbol', '.')) {
      if (keys.length > 0) this.#failAt(offset, `expected no keys after ${names.join('.')}`);
      names.push(this.#expect('name').text);
      keys = this.#keys();
    }
    for (const name of names)
      if (!/^[a-z][a-z0-9_]*$/.test(name) && name !== '_')
        this.#failAt(offset, `expected a path in lower case, got "${names.join('.')}"`);
    return { kind: 'path', path: { names, keys, offset }, offset };
  }

  #call(name: string, offset: number): CallSyntax {
    return this.#nested(() => {
      this.#expect('symbol', '(');
      const args: ArgumentSyntax[] = [];
      while (!this.#accept('symbol', ')')) {
        if (args.length > 0) this.#expect('symbol', ',');
        args.push(this.#argument());
      }
      return { name, args, keys: this.#keys(), offset };
    });
  }

  #argument(): ArgumentSyntax {
    const { kind, text, offset } = this.#peek();
    const following = this.#tokens[this.#position + 1];
    const isNamed = kind === 'name' && following?.kind === 'symbol' && following.text === '=';
    if (isNamed) this.#position += 2;
    return { name: isNamed ? text : undefined, value: this.value(), offset };
  }

  #keys(): KeySyntax[] {
    const keys: KeySyntax[] = [];
    while (this.#accept('symbol', '[')) {
      keys.push(this.#nested(() => this.#key()));
      this.#expect('symbol', ']');
    }
    return keys;
  }

  #key(): KeySyntax {
    const value = this.#valueOf(this.#sum());
    if (value.kind === 'literal' && (typeof value.value === 'string' || typeof value.value === 'bigint'))
      return value.value;
    return isOperand(value)
      ? value
      : this.#failAt(value.offset, 'expected a string, an integer, a path or a converter');
  }

  #list(offset: number): ValueSyntax {
    const values: ValueSyntax[] = [];
    while (!this.#accept('symbol', ']')) {
      if (values.length > 0) this.#expect('symbol', ',');
      values.push(this.value());
    }
    return { kind: 'list', values, offset };
  }

  #map(offset: number): ValueSyntax {
    const entries: [string, ValueSyntax][] = [];
    while (!this.#accept('symbol', '}')) {
      const key = this.#expect('string').text;
      this.#expect('symbol', ':');
      entries.push([key, this.value()]);
      this.#accept('symbol', ',');
    }
    return { kind: 'map', entries, offset };
  }

  /** Reports whether the next tokens are a lambda's parameters and arrow. */
  #isLambda(): boolean {
    if (!this.#isNext('symbol', '(')) return false;
    let at = this.#position + 1;
    for (let token = this.#tokens[at]; token !== undefined; token = this.#tokens[++at]) {
      if (token.kind === 'symbol' && token.text === ')') return this.#tokens[at + 1]?.text === '=>';
      if (token.kind !== 'name' && token.text !== ',') return false;
    }
    return false;
  }

  #lambda(): ValueSyntax {
    const { offset } = this.#next();
    const parameters: string[] = [];
    while (!this.#accept('symbol', ')')) {
      if (parameters.length > 0) this.#expect('symbol', ',');
      const { text } = this.#expect('name');
      if (!/^(?:_|[a-z][a-z0-9_]*)$/.test(text))
        this.#failAt(offset, `expected a parameter in lower case, got "${text}"`);
      if (text !== '_' && parameters.includes(text)) this.#failAt(offset, `expected one parameter "${text}"`);
      parameters.push(text);
    }
    this.#expect('symbol', '=>');
    const body = this.#nested(() => this.#lambdaBody());
    return { kind: 'lambda', lambda: { parameters, body, offset }, offset };
  }

  #lambdaBody(): LambdaSyntax['body'] {
    if (this.#isLambda()) this.#fail('expected a value or a condition, not another lambda');
    const body = this.#disjunction();
    return body.kind === 'value' ? body : { kind: 'condition', condition: body.condition };
  }

  #conditionOf(expression: Expression): ConditionSyntax {
    if (expression.kind === 'condition') return expression.condition;
    const { value } = expression;
    if (value.kind === 'literal' && typeof value.value === 'boolean') return { kind: 'truth', value: value.value };
    if (value.kind === 'call') {
      this.#checkConverter(value.call);
      return { kind: 'converter', call: value.call };
    }
    return this.#fail('expected a comparison (==, !=, <, <=, >, >=)');
  }

  #valueOf(expression: Expression): ValueSyntax {
    if (expression.kind === 'value') return expression.value;
    return this.#failAt(expression.offset, 'expected a value, got a condition');
  }

  #operandOf(expression: Expression): ValueSyntax {
    const value = this.#valueOf(expression);
    return isOperand(value) ? value : this.#failAt(value.offset, 'expected a number, a path or a converter');
  }

  #checkConverter({ name, offset }: CallSyntax): void {
    if (!/^[A-Z]/.test(name))
      this.#failAt(offset, `expected a converter, whose name begins in upper case, got ${name}`);
  }

  #integer({ text, offset }: Token): bigint {
    const value = BigInt(text);
    return value < 1n << 63n ? value : this.#failAt(offset, `expected an integer of 64 bits, got ${text}`);
  }

  #bytes({ text, offset }: Token): Uint8Array {
    if (text.length % 2 !== 0)
      this.#failAt(offset, `expected an even number of hexadecimal digits, got ${text.length}`);
    return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
      Number.parseInt(text.slice(2 * index, 2 * index + 2), 16),
    );
  }

  #nested<T>(parse: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) this.#fail(`expected at most ${MAX_DEPTH} nested expressions`);
    const result = parse();
    this.#depth -= 1;
    return result;
  }

  #peek(): Token {
    return this.#tokens[this.#position] ?? (this.#tokens.at(-1) as Token);
  }

  #next(): Token {
    const token = this.#peek();
    this.#position += 1;
    return token;
  }

  #isNext(kind: Token['kind'], text: string): boolean {
    const token = this.#peek();
    return token.kind === kind && token.text === text;
  }

  #accept(kind: Token['kind'], text: string): boolean {
    const isNext = this.#isNext(kind, text);
    if (isNext) this.#position += 1;
    return isNext;
  }

  #expect(kind: Token['kind'], text?: string): Token {
    const token = this.#peek();
    if (token.kind !== kind || (text !== undefined && token.text !== text))
      this.#fail(`expected ${text === undefined ? `a ${kind}` : `"${text}"`}`);
    return this.#next();
  }

  #fail(expected: string): never {
    const { kind, text, offset } = this.#peek();
    return this.#failAt(offset, `${expected}, got ${kind === 'end' ? 'the end' : `"${text}"`}`);
  }

  #failAt(offset: number, error: string): never {
    throw new OttlError(this.#text, offset, error);
  }
}

function offsetOf(expression: Expression): number {
  return expression.kind === 'value' ? expression.value.offset : expression.offset;
}

/** Reports whether a value can be an operand of a mathematical expression. */
function isOperand(value: ValueSyntax): boolean {
  if (value.kind === 'literal') return typeof value.value === 'bigint' || typeof value.value === 'number';
  return value.kind === 'path' || value.kind === 'call' || value.kind === 'math' || value.kind === 'negative';
}

function isCondition(value: ValueSyntax): boolean {
  return value.kind === 'literal' && typeof value.value === 'boolean';
}
