import { EvaluationError } from '../../values/value.ts';

/** A step of a path, such as `//a[@b='c']`. */
export interface Step {
  readonly axis: 'child' | 'attribute' | 'self' | 'parent' | 'descendantOrSelf';
  /** A name, `*`, or a node test such as `text()`. */
  readonly test: string;
  readonly predicates: readonly XPathExpression[];
}

/** A parsed XPath expression. */
export type XPathExpression =
  | { readonly kind: 'literal'; readonly value: string | number }
  | { readonly kind: 'path'; readonly isAbsolute: boolean; readonly steps: readonly Step[] }
  | { readonly kind: 'union'; readonly operands: readonly XPathExpression[] }
  | {
      readonly kind: 'operator';
      readonly operator: string;
      readonly left: XPathExpression;
      readonly right: XPathExpression;
    }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly XPathExpression[] };

const TOKEN =
  /\s*(\/\/|\.\.|::|!=|<=|>=|[/@[\]().,|=<>*]|"[^"]*"|'[^']*'|\d+(?:\.\d+)?|[A-Za-z_][\w.-]*(?::(?!:)[\w.-]+)?)/y;
const FUNCTIONS = new Set([
  'contains',
  'starts-with',
  'ends-with',
  'not',
  'position',
  'last',
  'count',
  'name',
  'local-name',
  'string',
  'string-length',
  'normalize-space',
  'true',
  'false',
]);
const NODE_TESTS = new Set(['text', 'comment', 'node']);
const AXES: Readonly<Record<string, Step['axis']>> = {
  child: 'child',
  attribute: 'attribute',
  self: 'self',
  parent: 'parent',
  'descendant-or-self': 'descendantOrSelf',
};
const LEVELS: readonly (readonly string[])[] = [['or'], ['and'], ['=', '!='], ['<', '<=', '>', '>=']];
const MAX_DEPTH = 32;
const ALL: Step = { axis: 'descendantOrSelf', test: 'node()', predicates: [] };

/**
 * Parses an XPath 1.0 expression, limited to paths, predicates, comparisons and common functions. Throws an
 * `EvaluationError`.
 */
export function parseXPath(text: string): XPathExpression {
  return new XPathParser(text).parse();
}

class XPathParser {
  readonly #text: string;
  readonly #tokens: readonly string[];
  #position = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  parse(): XPathExpression {
    const expression = this.#binary(0);
    if (this.#position < this.#tokens.length) this.#fail();
    return expression;
  }

  #binary(level: number): XPathExpression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#union();
    let left = this.#binary(level + 1);
    for (let operator = this.#peek(); operators.includes(operator); operator = this.#peek()) {
      this.#position++;
      left = { kind: 'operator', operator, left, right: this.#binary(level + 1) };
    }
    return left;
  }

  #union(): XPathExpression {
    const operands = [this.#primary()];
    while (this.#accept('|')) operands.push(this.#primary());
    const [first] = operands;
    return operands.length === 1 && first !== undefined ? first : { kind: 'union', operands };
  }

  #primary(): XPathExpression {
    const token = this.#peek();
    if (/^["']/.test(token)) return { kind: 'literal', value: this.#next().slice(1, -1) };
    if (/^\d/.test(token)) return { kind: 'literal', value: Number(this.#next()) };
    if (this.#accept('(')) return this.#nested(() => this.#closed(this.#binary(0)));
    if (this.#tokens[this.#position + 1] === '(' && !NODE_TESTS.has(token)) return this.#call();
    return this.#path();
  }

  #closed(expression: XPathExpression): XPathExpression {
    this.#expect(')');
    return expression;
  }

  #call(): XPathExpression {
    const name = this.#next();
    if (!FUNCTIONS.has(name)) this.#fail();
    this.#expect('(');
    return this.#nested(() => {
      const args: XPathExpression[] = [];
      while (!this.#accept(')')) {
        if (args.length > 0) this.#expect(',');
        args.push(this.#binary(0));
      }
      return { kind: 'call', name, args };
    });
  }

  #path(): XPathExpression {
    const isAbsolute = this.#peek() === '/' || this.#peek() === '//';
    const steps: Step[] = [];
    if (this.#accept('//')) steps.push(ALL);
    else if (this.#accept('/') && !this.#startsStep()) return { kind: 'path', isAbsolute, steps };
    do {
      if (steps.length > 0 && this.#tokens[this.#position - 1] === '//' && steps.at(-1) !== ALL) steps.push(ALL);
      steps.push(this.#step());
    } while (this.#accept('/') || this.#accept('//'));
    return { kind: 'path', isAbsolute, steps };
  }

  #startsStep(): boolean {
    return /^(?:[A-Za-z_@.*])/.test(this.#peek());
  }

  #step(): Step {
    if (this.#accept('.')) return { axis: 'self', test: 'node()', predicates: this.#predicates() };
    if (this.#accept('..')) return { axis: 'parent', test: 'node()', predicates: this.#predicates() };
    let axis: Step['axis'] = this.#accept('@') ? 'attribute' : 'child';
    const named = AXES[this.#peek()];
    if (named !== undefined && this.#tokens[this.#position + 1] === '::') {
      axis = named;
      this.#position += 2;
    }
    const name = this.#next();
    if (!/^(?:\*|[A-Za-z_].*)$/.test(name)) this.#fail();
    const isNodeTest = NODE_TESTS.has(name) && this.#accept('(');
    if (isNodeTest) this.#expect(')');
    return { axis, test: isNodeTest ? `${name}()` : name, predicates: this.#predicates() };
  }

  #predicates(): XPathExpression[] {
    const predicates: XPathExpression[] = [];
    while (this.#accept('[')) {
      predicates.push(this.#nested(() => this.#binary(0)));
      this.#expect(']');
    }
    return predicates;
  }

  #nested<T>(parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) this.#fail();
    const result = parse();
    this.#depth--;
    return result;
  }

  #peek(): string {
    return this.#tokens[this.#position] ?? '';
  }

  #next(): string {
    const token = this.#peek();
    this.#position++;
    return token;
  }

  #accept(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#position++;
    return true;
  }

  #expect(token: string): void {
    if (!this.#accept(token)) this.#fail();
  }

  #fail(): never {
    throw new EvaluationError(`expected an XPath that otelier supports, got "${this.#text}"`);
  }
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  for (let at = 0; at < text.trimEnd().length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) throw new EvaluationError(`expected an XPath, got "${text}"`);
    tokens.push(match[1] ?? '');
  }
  return tokens;
}
