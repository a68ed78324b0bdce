import { compilePattern } from '@otelier/query/pattern';

/** A compiled glob. */
export interface Glob {
  test(text: string): boolean;
}

/** Thrown for an invalid glob. The message describes the error. */
export class GlobError extends Error {
  override readonly name = 'GlobError';
}

/**
 * Compiles a glob in the syntax of the Collector (`gobwas/glob`): `*` and `?` match within the segments delimited by
 * `separator`, `**` matches across them, `[ab]`, `[a-c]` and `[!a]` match a character class, `{a,b}` matches either
 * alternative, and `\` escapes a character. Throws a `GlobError`.
 */
export function compileGlob(source: string, separator: string): Glob {
  return compilePattern(`(?s)^(?:${new GlobParser(source, separator).parse()})$`);
}

/** Translates a glob to a regular expression. */
class GlobParser {
  readonly #characters: readonly string[];
  readonly #notSeparator: string;
  #pos = 0;
  #open = 0;

  constructor(source: string, separator: string) {
    this.#characters = [...source];
    this.#notSeparator = `[^${quoted(separator)}]`;
  }

  parse(): string {
    let expression = '';
    while (this.#pos < this.#characters.length) expression += this.#next();
    // As in the Collector, alternatives need no closing brace.
    return expression + ')'.repeat(this.#open);
  }

  #next(): string {
    const character = this.#take();
    switch (character) {
      case '*':
        if (this.#characters[this.#pos] !== '*') return `${this.#notSeparator}*`;
        this.#pos++;
        return '.*';
      case '?':
        return this.#notSeparator;
      case '[':
        return this.#range();
      case '{':
        this.#open++;
        return '(?:';
      case '\\':
        return this.#pos < this.#characters.length ? quoted(this.#take()) : '';
      default:
        return this.#open > 0 ? this.#inAlternatives(character) : quoted(character);
    }
  }

  #inAlternatives(character: string): string {
    if (character === ',') return '|';
    if (character !== '}') return quoted(character);
    this.#open--;
    return ')';
  }

  #range(): string {
    const not = this.#characters[this.#pos] === '!' ? '^' : '';
    if (not !== '') this.#pos++;
    const first = this.#take();
    const content = this.#characters[this.#pos] === '-' ? this.#between(first) : this.#list(first);
    return `[${not}${content}]`;
  }

  /** Parses the rest of a range such as `[a-c]`. */
  #between(low: string): string {
    this.#pos++;
    const high = this.#take();
    if (this.#take() !== ']') throw new GlobError('expected "]" after a range of characters');
    if (high < low) throw new GlobError(`expected a character after "${low}", got "${high}"`);
    return `${quoted(low)}-${quoted(high)}`;
  }

  /** Parses the rest of a list such as `[abc]`. */
  #list(first: string): string {
    let content = '';
    let character = first;
    while (character !== ']') {
      content += quoted(character === '\\' ? this.#take() : character);
      character = this.#take();
    }
    if (content === '') throw new GlobError('expected characters in "[]"');
    return content;
  }

  #take(): string {
    const character = this.#characters[this.#pos++];
    if (character === undefined) throw new GlobError('unexpected end');
    return character;
  }
}

function quoted(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
