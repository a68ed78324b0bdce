import { compilePattern, type Pattern } from '@otelier/query/pattern';
import { patternError } from '../component/pattern.ts';
import {
  type Comparison,
  type Condition,
  ConditionError,
  type Literal,
  type Operand,
  type Path,
} from './expression.ts';
import { type Token, tokenize } from './tokens.ts';

const COMPARISONS: ReadonlySet<string> = new Set<Comparison>(['==', '!=', '<', '<=', '>', '>=']);
/** Maximum nesting depth, because the parser is recursive. */
const MAX_DEPTH = 64;

/** Parses a condition such as `attributes["http.route"] == "/healthz" and not IsMatch(name, "^GET")`. Throws `ConditionError`. */
export function parseCondition(text: string): Condition {
  const parser = new Parser(text);
  const condition = parser.disjunction(0);
  parser.expectEnd();
  return condition;
}

/** A recursive-descent parser. `or` has the lowest precedence, then `and`, then `not`. */
class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  disjunction(depth: number): Condition {
    return this.#chain('or', 'any', () => this.#conjunction(depth));
  }

  expectEnd(): void {
    if (this.#peek().kind !== 'end') this.#fail('expected "and", "or" or the end');
  }

  #conjunction(depth: number): Condition {
    return this.#chain('and', 'all', () => this.#negation(depth));
  }

  #chain(operator: string, kind: 'any' | 'all', next: () => Condition): Condition {
    const operands = [next()];
    while (this.#accept('name', operator)) operands.push(next());
    return operands.length === 1 && operands[0] !== undefined ? operands[0] : { kind, operands };
  }

  #negation(depth: number): Condition {
    if (depth > MAX_DEPTH) this.#fail(`expected at most ${MAX_DEPTH} nested conditions`);
    if (this.#accept('name', 'not')) return { kind: 'not', operand: this.#negation(depth + 1) };
    if (this.#accept('symbol', '(')) {
      const inner = this.disjunction(depth + 1);
      this.#expect('symbol', ')');
      return inner;
    }
    if (this.#isCall()) return this.#call();
    return this.#comparison();
  }

  #comparison(): Condition {
    const left = this.#operand();
    const operator = this.#peek();
    if (operator.kind !== 'symbol' || !COMPARISONS.has(operator.text)) {
      if (left.kind === 'literal')
        return typeof left.value === 'boolean'
          ? { kind: 'truth', value: left.value }
          : this.#fail('expected a comparison (==, !=, <, <=, >, >=)');
      return { kind: 'operand', operand: left };
    }
    this.#position += 1;
    return { kind: 'compare', operator: operator.text as Comparison, left, right: this.#operand() };
  }

  #isCall(): boolean {
    const next = this.#tokens[this.#position + 1];
    return this.#peek().kind === 'name' && next?.kind === 'symbol' && next.text === '(';
  }

  #call(): Condition {
    const name = this.#next();
    if (name.text !== 'IsMatch')
      throw new ConditionError(this.#text, name.offset, `expected the function IsMatch, got ${name.text}`);
    this.#expect('symbol', '(');
    const target = this.#operand();
    this.#expect('symbol', ',');
    const pattern = this.#peek();
    if (pattern.kind !== 'string') this.#fail('expected a regular expression in double quotes');
    this.#position += 1;
    this.#expect('symbol', ')');
    return { kind: 'match', target, pattern: this.#compilePattern(pattern) };
  }

  #compilePattern({ text, offset }: Token): Pattern {
    const error = patternError(text);
    if (error !== undefined) throw new ConditionError(this.#text, offset, error);
    return compilePattern(text);
  }

  #operand(): Operand {
    const token = this.#next();
    switch (token.kind) {
      case 'string':
        return literal(token.text);
      case 'number':
        return literal(parseNumber(token.text));
      case 'bytes':
        return literal(this.#bytes(token));
      case 'name':
        return this.#nameOrPath(token);
      default:
        this.#position -= 1;
        return this.#fail('expected a path or a value');
    }
  }

  #nameOrPath(token: Token): Operand {
    if (token.text === 'nil') return literal(undefined);
    if (token.text === 'true' || token.text === 'false') return literal(token.text === 'true');
    const enumeration = ENUMERATIONS.get(token.text);
    if (enumeration !== undefined) return literal(enumeration);
    const names = [token.text];
    while (this.#accept('symbol', '.')) names.push(this.#expect('name').text);
    let key: string | undefined;
    if (this.#accept('symbol', '[')) {
      key = this.#expect('string').text;
      this.#expect('symbol', ']');
    }
    const end = this.#peek().offset;
    const path: Path = { names, key, text: this.#text.slice(token.offset, end).trim(), offset: token.offset };
    return { kind: 'path', path };
  }

  #bytes({ text, offset }: Token): Uint8Array {
    if (text.length % 2 !== 0)
      throw new ConditionError(this.#text, offset, `expected an even number of hexadecimal digits, got ${text.length}`);
    return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
      Number.parseInt(text.slice(2 * index, 2 * index + 2), 16),
    );
  }

  #peek(): Token {
    return this.#tokens[this.#position] ?? { kind: 'end', text: '', offset: this.#text.length };
  }

  #next(): Token {
    const token = this.#peek();
    this.#position += 1;
    return token;
  }

  #accept(kind: Token['kind'], text: string): boolean {
    const token = this.#peek();
    if (token.kind !== kind || token.text !== text) return false;
    this.#position += 1;
    return true;
  }

  #expect(kind: Token['kind'], text?: string): Token {
    const token = this.#peek();
    if (token.kind !== kind || (text !== undefined && token.text !== text))
      this.#fail(`expected ${text === undefined ? `a ${kind}` : `"${text}"`}`);
    return this.#next();
  }

  #fail(expected: string): never {
    const { kind, text, offset } = this.#peek();
    throw new ConditionError(this.#text, offset, `${expected}, got ${kind === 'end' ? 'the end' : `"${text}"`}`);
  }
}

function literal(value: Literal): Operand {
  return { kind: 'literal', value };
}

function parseNumber(text: string): number | bigint {
  if (!/^[+-]?\d+$/.test(text)) return Number(text);
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text.replace(/^\+/, ''));
}

/** OTTL's names of the values of OTLP enumerations. */
const ENUMERATIONS: ReadonlyMap<string, number> = new Map([
  ...['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
    (name, value) => [`SPAN_KIND_${name}`, value] as const,
  ),
  ...['UNSET', 'OK', 'ERROR'].map((name, value) => [`STATUS_CODE_${name}`, value] as const),
  ...['UNSPECIFIED', 'DELTA', 'CUMULATIVE'].map((name, value) => [`AGGREGATION_TEMPORALITY_${name}`, value] as const),
  ...['NONE', 'GAUGE', 'SUM', 'HISTOGRAM', 'EXPONENTIAL_HISTOGRAM', 'SUMMARY'].map(
    (name, value) => [`METRIC_DATA_TYPE_${name}`, value] as const,
  ),
  ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((name, group) =>
    [1, 2, 3, 4].map((step) => [`SEVERITY_NUMBER_${name}${step === 1 ? '' : step}`, group * 4 + step] as const),
  ),
  ['SEVERITY_NUMBER_UNSPECIFIED', 0] as const,
]);
