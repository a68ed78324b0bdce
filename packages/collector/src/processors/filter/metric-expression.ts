import { compilePattern } from '@otelier/query/pattern';

/** The input of a `match_type: expr` expression: a metric's name and type, and the attributes of a data point. */
export interface ExpressionInput {
  readonly metricName: string;
  readonly metricType: string;
  /** Returns an attribute value as a string, or `undefined` if it is missing. */
  label(name: string): string | undefined;
}

type Value = string | boolean | number | readonly Value[];
type Evaluate = (input: ExpressionInput) => Value;

const TOKEN =
  /\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|\d+(?:\.\d+)?|[A-Za-z_]\w*|==|!=|<=|>=|&&|\|\||[!()[\],<>])/y;

/** Thrown for an expression that is not supported. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

/** Compiles an expression such as `MetricName == "a" && Label("b") matches "^c"`. Throws an `ExpressionError`. */
export function compileMetricExpression(text: string): (input: ExpressionInput) => boolean {
  const parser = new ExpressionParser(text);
  const evaluate = parser.parse();
  return (input) => evaluate(input) === true;
}

const COMPARISONS: Readonly<Record<string, (left: Value, right: Value) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
  contains: (left, right) => String(left).includes(String(right)),
  startsWith: (left, right) => String(left).startsWith(String(right)),
  endsWith: (left, right) => String(left).endsWith(String(right)),
  in: (left, right) => Array.isArray(right) && right.includes(left),
};

const MAX_DEPTH = 32;

class ExpressionParser {
  readonly #text: string;
  readonly #tokens: readonly string[];
  #position = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = this.#tokenize();
  }

  parse(): Evaluate {
    const expression = this.#any();
    if (this.#position < this.#tokens.length) this.#fail();
    return expression;
  }

  #any(): Evaluate {
    let left = this.#all();
    while (this.#accept('||', 'or')) left = either(left, this.#all());
    return left;
  }

  #all(): Evaluate {
    let left = this.#negation();
    while (this.#accept('&&', 'and')) left = both(left, this.#negation());
    return left;
  }

  #negation(): Evaluate {
    if (!this.#accept('!', 'not')) return this.#comparison();
    const operand = this.#nested(() => this.#negation());
    return (input) => operand(input) !== true;
  }

  #comparison(): Evaluate {
    const left = this.#primary();
    const operator = this.#tokens[this.#position] ?? '';
    if (operator === 'matches') {
      this.#position++;
      return this.#matches(left);
    }
    const compare = Object.hasOwn(COMPARISONS, operator) ? COMPARISONS[operator] : undefined;
    if (compare === undefined) return left;
    this.#position++;
    const right = this.#primary();
    return (input) => compare(left(input), right(input));
  }

  #matches(left: Evaluate): Evaluate {
    const pattern = compilePattern(this.#string());
    return (input) => pattern.test(String(left(input)));
  }

  #primary(): Evaluate {
    const token = this.#tokens[this.#position] ?? '';
    if (/^["'`]/.test(token)) {
      const text = this.#string();
      return () => text;
    }
    this.#position++;
    if (/^\d/.test(token)) return () => Number(token);
    switch (token) {
      case '(':
        return this.#nested(() => this.#closed(this.#any(), ')'));
      case '[':
        return this.#list();
      case 'true':
      case 'false':
        return () => token === 'true';
      case 'MetricName':
        return ({ metricName }) => metricName;
      case 'MetricType':
        return ({ metricType }) => metricType;
      case 'Label': {
        const name = this.#argument();
        return ({ label }) => label(name) ?? '';
      }
      case 'HasLabel': {
        const name = this.#argument();
        return ({ label }) => label(name) !== undefined;
      }
      default:
        return this.#fail();
    }
  }

  #list(): Evaluate {
    const values: Evaluate[] = [];
    while (!this.#accept(']')) {
      if (values.length > 0) this.#expect(',');
      values.push(this.#primary());
    }
    return (input) => values.map((value) => value(input));
  }

  #argument(): string {
    this.#expect('(');
    const name = this.#string();
    this.#expect(')');
    return name;
  }

  #string(): string {
    const token = this.#tokens[this.#position++] ?? '';
    if (!/^["'`]/.test(token)) this.#fail();
    const content = token.slice(1, -1);
    return token.startsWith('`') ? content : content.replace(/\\(.)/gs, '$1');
  }

  #closed(expression: Evaluate, token: string): Evaluate {
    this.#expect(token);
    return expression;
  }

  #nested(parse: () => Evaluate): Evaluate {
    if (++this.#depth > MAX_DEPTH) this.#fail();
    const result = parse();
    this.#depth--;
    return result;
  }

  #accept(...tokens: readonly string[]): boolean {
    const isNext = tokens.includes(this.#tokens[this.#position] ?? '');
    if (isNext) this.#position++;
    return isNext;
  }

  #expect(token: string): void {
    if (!this.#accept(token)) this.#fail();
  }

  #tokenize(): string[] {
    const tokens: string[] = [];
    for (let at = 0; at < this.#text.trimEnd().length; at = TOKEN.lastIndex) {
      TOKEN.lastIndex = at;
      const match = TOKEN.exec(this.#text);
      if (match === null) this.#fail();
      tokens.push(match[1] ?? '');
    }
    return tokens;
  }

  #fail(): never {
    throw new ExpressionError(`expected an expression with MetricName, Label and HasLabel, got "${this.#text}"`);
  }
}

function either(left: Evaluate, right: Evaluate): Evaluate {
  return (input) => left(input) === true || right(input) === true;
}

function both(left: Evaluate, right: Evaluate): Evaluate {
  return (input) => left(input) === true && right(input) === true;
}
