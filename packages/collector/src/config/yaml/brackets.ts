/** An unmatched bracket or quote in a flow collection. */
export interface Unmatched {
  readonly offset: number;
  readonly character: string;
  /** Whether it opens something. If not, it closes something that is not open. */
  readonly opens: boolean;
}

/** Finds the first unmatched bracket or quote. */
export function findUnmatched(text: string): Unmatched | undefined {
  return new BracketScanner(text).scan();
}

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']' };

class BracketScanner {
  readonly #text: string;
  readonly #open: Unmatched[] = [];
  #offset = 0;
  /** Whether a value can begin here. Elsewhere, brackets and quotes are part of a plain scalar. */
  #isStart = true;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): Unmatched | undefined {
    for (; this.#offset < this.#text.length; this.#offset++) {
      const unmatched = this.#read(this.#text.charAt(this.#offset));
      if (unmatched) return unmatched;
    }
    return this.#open[0];
  }

  #read(character: string): Unmatched | undefined {
    const isInFlow = this.#open.length > 0;
    const isAfterSpace = this.#offset === 0 || /\s/.test(this.#text.charAt(this.#offset - 1));
    const isStart = this.#isStart;
    if (/\s/.test(character)) {
      if (character === '\n' && !isInFlow) this.#isStart = true;
      return undefined;
    }
    if (character === '#' && isAfterSpace) {
      this.#offset = this.#endOfLine();
      return undefined;
    }
    this.#isStart = false;
    if (/["']/.test(character)) return isStart || isAfterSpace ? this.#quote(character) : undefined;
    if (character in CLOSING) return isStart || isInFlow ? this.#opening(character) : undefined;
    if (/[}\]]/.test(character)) return this.#closing(character, isStart);
    const next = this.#text.charAt(this.#offset + 1);
    this.#isStart = character === ',' ? isInFlow : /[:-]/.test(character) && /^\s?$/.test(next);
    return undefined;
  }

  #opening(character: string): undefined {
    this.#open.push({ offset: this.#offset, character, opens: true });
    this.#isStart = true;
  }

  #closing(character: string, isStart: boolean): Unmatched | undefined {
    const last = this.#open.pop();
    if (last !== undefined) return CLOSING[last.character] === character ? undefined : last;
    const before = this.#text.slice(Math.max(0, this.#offset - 100), this.#offset);
    return isStart || /[}\]]\s*$/.test(before) ? { offset: this.#offset, character, opens: false } : undefined;
  }

  #quote(quote: string): Unmatched | undefined {
    const start = this.#offset;
    while (++this.#offset < this.#text.length) {
      const character = this.#text.charAt(this.#offset);
      if (character === quote) return undefined;
      if (quote === '"' && character === '\\') this.#offset += 1;
    }
    return { offset: start, character: quote, opens: true };
  }

  #endOfLine(): number {
    const end = this.#text.indexOf('\n', this.#offset);
    return (end < 0 ? this.#text.length : end) - 1;
  }
}
