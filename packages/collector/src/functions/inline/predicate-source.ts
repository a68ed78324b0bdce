import { type Token, tokensOf } from './tokens.ts';

const MAX_SOURCE_LENGTH = 4_000;
const MAX_DEPTH = 50;

/** Properties that predicates read: getters of views, and lengths. None of them has an effect. */
const PROPERTIES = new Set(
  `attributes body count description droppedAttributesCount durationMillis durationNanos endTimeUnixNano eventName flags
  hasError isRoot kind length metadata name observedTimeUnixNano parentSpanId resource scope serviceName severityNumber
  severityText size spanId startTimeUnixNano statusCode statusMessage sum timeUnixNano traceId traceState unit value version`.split(
    /\s+/,
  ),
);
/** Methods that predicates call. All of them return after a time that the size of the item limits. */
const METHODS = new Set(['get', 'has', 'startsWith', 'endsWith', 'includes', 'toLowerCase', 'toUpperCase', 'trim']);
const CONSTANTS = new Set(['undefined', 'true', 'false', 'null']);
const BINARY = new Set('=== !== == != < > <= >= && || ?? + - * %'.split(' '));

/**
 * Returns the source of a predicate that can be evaluated anywhere: an arrow function of one expression that reads only its
 * parameters, and consists of comparisons, logic, and methods that return soon. It cannot loop, wait, or have an effect, so that
 * it needs no thread of its own. Returns `undefined` for other functions, which may still be as simple: what counts is the form.
 */
export function predicateSource(predicate: (...values: never[]) => unknown): string | undefined {
  const source = Function.prototype.toString.call(predicate);
  if (source.length > MAX_SOURCE_LENGTH) return undefined;
  const tokens = tokensOf(source);
  return tokens !== undefined && new PredicateReader(tokens).isPredicate() ? source : undefined;
}

/** A recursive-descent recognizer. Each method consumes what it recognizes, and returns whether it did. */
class PredicateReader {
  readonly #tokens: readonly Token[];
  readonly #parameters = new Set<string>();
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  isPredicate(): boolean {
    if (!this.#parameterList() || !this.#sign('=>')) return false;
    const isBody = this.#sign('{') ? this.#block() : this.#expression();
    return isBody && this.#at === this.#tokens.length;
  }

  #parameterList(): boolean {
    if (!this.#sign('(')) return this.#parameter();
    do if (!this.#parameter()) return false;
    while (this.#sign(','));
    return this.#sign(')');
  }

  #parameter(): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'name' || CONSTANTS.has(token.text)) return false;
    this.#parameters.add(token.text);
    this.#at += 1;
    return true;
  }

  #block(): boolean {
    if (!this.#name('return') || !this.#expression()) return false;
    this.#sign(';');
    return this.#sign('}');
  }

  #expression(): boolean {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH || !this.#operand()) return false;
    while (this.#nextIn(BINARY)) if (!this.#operand()) return false;
    if (this.#sign('?') && !(this.#expression() && this.#sign(':') && this.#expression())) return false;
    this.#depth -= 1;
    return true;
  }

  #operand(): boolean {
    while (this.#sign('!') || this.#sign('-') || this.#name('typeof'));
    return this.#primary() && this.#members();
  }

  #primary(): boolean {
    const token = this.#tokens[this.#at];
    if (token === undefined) return false;
    if (this.#sign('(')) return this.#expression() && this.#sign(')');
    if (this.#sign('[')) return this.#list(']');
    if (token.kind === 'sign') return false;
    this.#at += 1;
    return token.kind === 'literal' || CONSTANTS.has(token.text) || this.#parameters.has(token.text);
  }

  /** Recognizes properties and calls of methods after a value. */
  #members(): boolean {
    while (this.#sign('.') || this.#sign('?.')) {
      const name = this.#tokens[this.#at];
      if (name?.kind !== 'name') return false;
      this.#at += 1;
      if (this.#sign('(')) {
        if (!METHODS.has(name.text) || !this.#list(')')) return false;
      } else if (!PROPERTIES.has(name.text)) return false;
    }
    return true;
  }

  #list(end: string): boolean {
    if (this.#sign(end)) return true;
    do if (!this.#expression()) return false;
    while (this.#sign(','));
    return this.#sign(end);
  }

  #sign(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'sign' || token.text !== text) return false;
    this.#at += 1;
    return true;
  }

  #name(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'name' || token.text !== text) return false;
    this.#at += 1;
    return true;
  }

  #nextIn(signs: ReadonlySet<string>): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'sign' || !signs.has(token.text)) return false;
    this.#at += 1;
    return true;
  }
}
