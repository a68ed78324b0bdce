/** A JSON number that retains its source text, which preserves 64-bit integers and distinguishes 1 from 1.0. */
export class SpelledNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  get isDouble(): boolean {
    return /[.eE]/.test(this.text);
  }
}

/** The result of `parseExact`. */
export type ExactValue =
  | string
  | boolean
  | null
  | SpelledNumber
  | readonly ExactValue[]
  | ReadonlyMap<string, ExactValue>;

/**
 * Parses JSON, preserving the source text of numbers and the order of members. `JSON.parse` would move keys such as `1`
 * to the front, because objects enumerate integer keys first.
 */
export function parseExact(text: string): ExactValue {
  const parser = new ExactParser(text);
  const value = parser.value();
  parser.end();
  return value;
}

/** Returns a parsed object's members in order. Keys such as `__proto__` have no special meaning. */
export function members(value: ExactValue | undefined): Iterable<readonly [string, ExactValue]> {
  return value instanceof Map ? value : [];
}

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[\t\n\r ]*/y;

/** Parses JSON values. */
class ExactParser {
  readonly #text: string;
  #at = 0;
  /** Position of the first backslash at or after the end of the last string, or the end of the input. */
  #escape = -1;

  constructor(text: string) {
    this.#text = text;
  }

  value(): ExactValue {
    switch (this.#next()) {
      case '"':
        return this.#string();
      case '{':
        return this.#object();
      case '[':
        return this.#list();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  end(): void {
    if (this.#next() !== undefined) this.#fail('the end');
  }

  #object(): ReadonlyMap<string, ExactValue> {
    const found = new Map<string, ExactValue>();
    this.#at += 1;
    for (let more = !this.#skip('}'); more; more = this.#hasNext('}')) {
      if (this.#next() !== '"') this.#fail('a key');
      const key = this.#string();
      if (!this.#skip(':')) this.#fail('a colon');
      found.set(key, this.value());
    }
    return found;
  }

  #list(): readonly ExactValue[] {
    const found: ExactValue[] = [];
    this.#at += 1;
    for (let more = !this.#skip(']'); more; more = this.#hasNext(']')) found.push(this.value());
    return found;
  }

  #hasNext(close: string): boolean {
    if (this.#skip(close)) return false;
    if (!this.#skip(',')) this.#fail(`a comma or ${close}`);
    return true;
  }

  #string(): string {
    const start = this.#at;
    let end = this.#text.indexOf('"', start + 1);
    if (this.#escape < start) this.#escape = this.#nextEscape(start);
    if (end !== -1 && this.#escape > end) {
      this.#at = end + 1;
      return this.#text.slice(start + 1, end);
    }
    while (end !== -1 && isEscaped(this.#text, end)) end = this.#text.indexOf('"', end + 1);
    if (end === -1) this.#fail('the end of a string');
    this.#at = end + 1;
    return JSON.parse(this.#text.slice(start, end + 1));
  }

  #nextEscape(from: number): number {
    const found = this.#text.indexOf('\\', from);
    return found === -1 ? this.#text.length : found;
  }

  #number(): SpelledNumber {
    NUMBER.lastIndex = this.#at;
    const [found] = NUMBER.exec(this.#text) ?? [];
    if (found === undefined) this.#fail('a value');
    this.#at += found.length;
    return new SpelledNumber(found);
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#fail(word);
    this.#at += word.length;
    return value;
  }

  /** Skips the next character if it is `character`. */
  #skip(character: string): boolean {
    if (this.#next() !== character) return false;
    this.#at += 1;
    return true;
  }

  /** Returns the next non-whitespace character. */
  #next(): string | undefined {
    const character = this.#text[this.#at];
    if (character === undefined || character > ' ') return character;
    SPACE.lastIndex = this.#at;
    this.#at += SPACE.exec(this.#text)?.[0].length ?? 0;
    return this.#text[this.#at];
  }

  #fail(expected: string): never {
    throw new SyntaxError(
      `JSON: expected ${expected} at ${this.#at}, got ${this.#text.slice(this.#at, this.#at + 20)}`,
    );
  }
}

/** Reports whether a quote is preceded by an odd number of backslashes. */
function isEscaped(text: string, quote: number): boolean {
  let start = quote;
  while (text[start - 1] === '\\') start -= 1;
  return (quote - start) % 2 === 1;
}
