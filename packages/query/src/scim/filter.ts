import { elementsAt, type Json, valuesAt } from './paths.ts';
import { ScimProblem } from './problem.ts';

/** Reports whether a resource, or an element of a list, matches. */
export type Matches = (value: Json) => boolean;

const MAX_LENGTH = 2000;
const MAX_DEPTH = 20;
const TOKEN = /\s*("(?:[^"\\]|\\.)*"|[()[\]]|[^\s()[\]"]+)/y;
const COMPARISONS = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const;
type Comparison = (typeof COMPARISONS)[number];

/** Parses a filter (RFC 7644, section 3.4.2.2). Throws a `ScimProblem`. */
export function parseFilter(text: string): Matches {
  if (text.length > MAX_LENGTH) throw invalid(`expected at most ${MAX_LENGTH} characters, got ${text.length}`);
  const parser = new FilterParser(tokensOf(text));
  const matches = parser.or(0);
  parser.end();
  return matches;
}

function tokensOf(text: string): readonly string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; text.slice(at).trim() !== ''; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const [, token] = TOKEN.exec(text) ?? [];
    if (token === undefined) throw invalid(`expected an expression, got ${JSON.stringify(text.slice(at, at + 20))}`);
    tokens.push(token);
  }
  return tokens;
}

class FilterParser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  or(depth: number): Matches {
    const parts = [this.#and(depth)];
    while (this.#takes('or')) parts.push(this.#and(depth));
    return (value) => parts.some((part) => part(value));
  }

  end(): void {
    const rest = this.#tokens[this.#at];
    if (rest !== undefined) throw invalid(`expected and, or or the end, got ${JSON.stringify(rest)}`);
  }

  #and(depth: number): Matches {
    const parts = [this.#term(depth)];
    while (this.#takes('and')) parts.push(this.#term(depth));
    return (value) => parts.every((part) => part(value));
  }

  #term(depth: number): Matches {
    if (depth > MAX_DEPTH) throw invalid(`expected at most ${MAX_DEPTH} parentheses in each other`);
    if (this.#takes('not')) {
      if (this.#tokens[this.#at] !== '(') throw invalid('expected ( after not');
      const part = this.#term(depth + 1);
      return (value) => !part(value);
    }
    if (this.#takes('(')) {
      const part = this.or(depth + 1);
      this.#require(')');
      return part;
    }
    return this.#comparison(depth);
  }

  #comparison(depth: number): Matches {
    const path = this.#next('an attribute');
    if (!/^[\w$:.-]+$/.test(path)) throw invalid(`expected an attribute, got ${JSON.stringify(path)}`);
    if (this.#takes('[')) {
      const part = this.or(depth + 1);
      this.#require(']');
      return (value) => elementsAt(value, path).some(part);
    }
    const operator = this.#next('an operator').toLowerCase();
    if (operator === 'pr') return (value) => valuesAt(value, path).some((one) => one !== null && one !== '');
    const known = COMPARISONS.find((one) => one === operator);
    if (known === undefined)
      throw invalid(`expected pr or one of ${COMPARISONS.join(', ')}, got ${JSON.stringify(operator)}`);
    const wanted = constantOf(this.#next('a value'));
    if (known === 'ne') return (value) => !valuesAt(value, path).some((one) => compares(one, 'eq', wanted));
    return (value) => valuesAt(value, path).some((one) => compares(one, known, wanted));
  }

  #takes(token: string): boolean {
    if (this.#tokens[this.#at]?.toLowerCase() !== token) return false;
    this.#at += 1;
    return true;
  }

  #require(token: string): void {
    if (!this.#takes(token))
      throw invalid(`expected ${token}, got ${JSON.stringify(this.#tokens[this.#at] ?? 'the end')}`);
  }

  #next(what: string): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw invalid(`expected ${what}, got the end`);
    this.#at += 1;
    return token;
  }
}

function constantOf(token: string): string | number | boolean | null {
  try {
    const value: unknown = JSON.parse(/^(true|false|null)$/i.test(token) ? token.toLowerCase() : token);
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value))
      return value as string | number | boolean | null;
  } catch {
    // The message below is for all that is not a value.
  }
  throw invalid(`expected a text in double quotes, a number, true, false or null, got ${JSON.stringify(token)}`);
}

/** Compares texts without regard to case, which is how all attributes here are defined. */
function compares(actual: Json, operator: Comparison, wanted: string | number | boolean | null): boolean {
  if (typeof actual === 'string' && typeof wanted === 'string') {
    const [a, b] = [actual.toLowerCase(), wanted.toLowerCase()];
    if (operator === 'co') return a.includes(b);
    if (operator === 'sw') return a.startsWith(b);
    if (operator === 'ew') return a.endsWith(b);
    return ordered(a, operator, b);
  }
  if (typeof actual === 'number' && typeof wanted === 'number') return ordered(actual, operator, wanted);
  return operator === 'eq' && actual === wanted;
}

function ordered<T extends string | number>(a: T, operator: Comparison, b: T): boolean {
  switch (operator) {
    case 'eq':
      return a === b;
    case 'gt':
      return a > b;
    case 'ge':
      return a >= b;
    case 'lt':
      return a < b;
    case 'le':
      return a <= b;
    default:
      return false;
  }
}

function invalid(reason: string): ScimProblem {
  return new ScimProblem(400, `filter: ${reason}`, 'invalidFilter');
}
