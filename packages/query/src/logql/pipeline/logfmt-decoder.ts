import { unquote } from '../../promql/parse/literals.ts';

/** Reads the pairs of a logfmt line, as Loki's decoder does. */
export class LogfmtDecoder {
  readonly #line: string;
  #at = 0;
  key = '';
  value = '';
  /** The last failure, or `undefined`. Positions count bytes, from 1. */
  failure: { readonly reason: string; readonly position: number } | undefined;

  constructor(line: string) {
    this.#line = line;
  }

  /** The last failure as Loki reports it, or `undefined`. */
  get error(): string | undefined {
    if (this.failure === undefined) return undefined;
    return `logfmt syntax error at pos ${this.failure.position} : ${this.failure.reason}`;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#line.length;
  }

  /** Reads the next pair. Returns `false` if it is invalid or there is none. */
  next(): boolean {
    this.key = '';
    this.value = '';
    const line = this.#line;
    while (this.#at < line.length && line.charCodeAt(this.#at) <= 32) this.#at += 1;
    if (this.isAtEnd) return false;
    const start = this.#at;
    while (this.#at < line.length && !/[="]/.test(line[this.#at] ?? '') && line.charCodeAt(this.#at) > 32) {
      this.#at += 1;
    }
    this.key = line.slice(start, this.#at);
    const end = line[this.#at];
    if (end === '"' || (end === '=' && this.key === '')) return this.#skip(`unexpected '${end}'`);
    if (this.key.includes('\ufffd')) return this.#skip('invalid key');
    if (end !== '=') return true;
    this.#at += 1;
    const first = line.charCodeAt(this.#at);
    if (this.isAtEnd || first <= 32) return true;
    return first === 34 ? this.#quoted() : this.#plain();
  }

  #plain(): boolean {
    const start = this.#at;
    for (; this.#at < this.#line.length && this.#line.charCodeAt(this.#at) > 32; this.#at++) {
      const char = this.#line[this.#at];
      if (char === '=' || char === '"') return this.#skip(`unexpected '${char}'`);
    }
    this.value = this.#line.slice(start, this.#at);
    return true;
  }

  #quoted(): boolean {
    const start = this.#at;
    for (let at = start + 1; at < this.#line.length; at++) {
      const code = this.#line.charCodeAt(at);
      if (code === 92) at += 1;
      if (code !== 34) continue;
      this.#at = at + 1;
      const text = this.#line.slice(start, this.#at);
      const value = text.includes('\\') ? unquoteLine(text) : text.slice(1, -1);
      if (value === undefined) return this.#fail('invalid quoted value');
      this.value = value;
      return true;
    }
    this.#at = this.#line.length;
    return this.#fail('unterminated quoted value');
  }

  #fail(reason: string): false {
    this.failure = { reason, position: Buffer.byteLength(this.#line.slice(0, this.#at)) + 1 };
    return false;
  }

  /** Fails and skips the rest of the pair. */
  #skip(reason: string): false {
    this.#fail(reason);
    while (this.#at < this.#line.length && this.#line.charCodeAt(this.#at) > 32) this.#at += 1;
    return false;
  }
}

/** Decodes a quoted value, in which line breaks may stand unescaped. */
function unquoteLine(text: string): string | undefined {
  return unquote(text.replaceAll('\n', '\\n').replaceAll('\\/', '/'));
}
