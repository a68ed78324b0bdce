import { compilePattern, type Pattern } from '@otelier/query/pattern';
import type { TextEncoding } from './encoding.ts';
import type { Splitter } from './splitter.ts';

/** The options of a `PatternSplitter`. */
export interface PatternSplitterOptions {
  readonly encoding: TextEncoding;
  /** Whether the pattern begins or ends a token. */
  readonly at: 'start' | 'end';
  readonly pattern: string;
  /** Whether the matches are left out of the tokens. */
  readonly omitsPattern: boolean;
  readonly flushesAtEnd: boolean;
}

/** A match, as positions in bytes. */
interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Splits at matches of a regular expression, in which `^` and `$` match at line feeds. */
export class PatternSplitter implements Splitter {
  start = 0;
  end = 0;
  readonly #options: PatternSplitterOptions;
  readonly #pattern: Pattern;
  #ranges: readonly ByteRange[] = [];
  /** The bytes that `#ranges` belong to. */
  #bytes: Buffer | undefined;
  #expected = -1;
  #to = -1;
  #index = 0;

  constructor(options: PatternSplitterOptions) {
    this.#options = options;
    this.#pattern = compilePattern(`(?m)${options.pattern}`);
  }

  next(bytes: Buffer, from: number, to: number, isEnd: boolean): number {
    if (bytes !== this.#bytes || from !== this.#expected || to !== this.#to) this.#find(bytes, from, to);
    const next = this.#options.at === 'start' ? this.#byStart(from, to, isEnd) : this.#byEnd(from, to, isEnd);
    this.#expected = next;
    return next;
  }

  #byStart(from: number, to: number, isEnd: boolean): number {
    const { omitsPattern, flushesAtEnd } = this.#options;
    const ranges = this.#ranges;
    while ((ranges[this.#index]?.start ?? to) < from) this.#index++;
    const first = ranges[this.#index];
    const isLast = isEnd && flushesAtEnd;
    if (first === undefined) return isLast ? this.#token(from, to, to) : -1;
    if (first.start > from) return this.#token(from, first.start, first.start);
    if (first.end === to) return isLast ? this.#token(omitsPattern ? to : from, to, to) : -1;
    let following = this.#index + 1;
    while ((ranges[following]?.start ?? to) <= first.end && following < ranges.length) following++;
    const second = ranges[following];
    const start = omitsPattern ? first.end : from;
    if (second === undefined) return isLast ? this.#token(start, to, to) : -1;
    this.#index = following;
    return this.#token(start, second.start, second.start);
  }

  #byEnd(from: number, to: number, isEnd: boolean): number {
    const { omitsPattern, flushesAtEnd } = this.#options;
    while ((this.#ranges[this.#index]?.start ?? to) < from) this.#index++;
    const match = this.#ranges[this.#index];
    if (match === undefined) return isEnd && flushesAtEnd ? this.#token(from, to, to) : -1;
    if (match.end === to - 1 && !isEnd) return -1;
    this.#index++;
    return this.#token(from, omitsPattern ? match.start : match.end, match.end);
  }

  #token(start: number, end: number, next: number): number {
    if (next <= start && next <= end && start === end) return -1;
    this.start = start;
    this.end = end;
    return next;
  }

  #find(bytes: Buffer, from: number, to: number): void {
    const { encoding } = this.#options;
    const part = bytes.subarray(from, to);
    const text = encoding.decode(part);
    const byteOf = byteMap(text, part.length, encoding);
    let at = from;
    let last = 0;
    const bytesAt = (position: number) => {
      at += byteOf(last, position);
      last = position;
      return at;
    };
    this.#ranges = this.#pattern.matches(text).map(({ start, end }) => ({ start: bytesAt(start), end: bytesAt(end) }));
    this.#bytes = bytes;
    this.#to = to;
    this.#index = 0;
  }
}

/** Returns a function that measures the bytes of a part of a decoded text. */
function byteMap(text: string, byteCount: number, encoding: TextEncoding): (start: number, end: number) => number {
  if (text.length === byteCount) return (start, end) => end - start;
  if (encoding.newline.length === 2) return (start, end) => (end - start) * 2;
  if (encoding.isUtf8) return (start, end) => Buffer.byteLength(text.slice(start, end));
  // Legacy encodings have one byte per ASCII character, and two per other one.
  return (start, end) => {
    let count = 0;
    for (const character of text.slice(start, end)) count += (character.codePointAt(0) ?? 0) < 0x80 ? 1 : 2;
    return count;
  };
}
