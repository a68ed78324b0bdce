/**
 * Finds the tokens of a text, such as lines, in its bytes. `next` sets `start` and `end` to the next token.
 */
export interface Splitter {
  /** Beginning of the token that `next` found. */
  readonly start: number;
  /** End of the token that `next` found. */
  readonly end: number;
  /**
   * Finds the token in `[from, to)` that begins at `from`, and returns the position after it; −1 if more bytes are needed.
   * `isEnd` says that no bytes follow for now.
   */
  next(bytes: Buffer, from: number, to: number, isEnd: boolean): number;
}

/** Splits at line feeds. With `flushesAtEnd`, the end ends the last line. */
export class LineSplitter implements Splitter {
  start = 0;
  end = 0;
  readonly #newline: Buffer;
  readonly #carriageReturn: Buffer;
  readonly #flushesAtEnd: boolean;

  constructor(newline: Buffer, carriageReturn: Buffer, flushesAtEnd: boolean) {
    this.#newline = newline;
    this.#carriageReturn = carriageReturn;
    this.#flushesAtEnd = flushesAtEnd;
  }

  next(bytes: Buffer, from: number, to: number, isEnd: boolean): number {
    const width = this.#newline.length;
    const at = width === 1 ? bytes.indexOf(10, from) : this.#wideIndex(bytes, from);
    if (at < 0 || at + width > to) return isEnd && this.#flushesAtEnd ? this.#rest(from, to) : -1;
    this.start = from;
    this.end = at;
    if (at - from >= width && this.#endsWithReturn(bytes, at, width)) this.end = at - width;
    return at + width;
  }

  #endsWithReturn(bytes: Buffer, at: number, width: number): boolean {
    if (width === 1) return bytes[at - 1] === 13;
    return bytes.compare(this.#carriageReturn, 0, width, at - width, at) === 0;
  }

  /** Returns the position of an encoded line feed at a whole number of code units. */
  #wideIndex(bytes: Buffer, from: number): number {
    const width = this.#newline.length;
    let at = bytes.indexOf(this.#newline, from);
    while (at >= 0 && (at - from) % width !== 0) at = bytes.indexOf(this.#newline, at + 1);
    return at;
  }

  #rest(from: number, to: number): number {
    if (from >= to) return -1;
    this.start = from;
    this.end = to;
    return to;
  }
}

/** Returns all bytes as one token at the end. */
export class WholeSplitter implements Splitter {
  start = 0;
  end = 0;
  next(_: Buffer, from: number, to: number, isEnd: boolean): number {
    if (!isEnd || from >= to) return -1;
    this.start = from;
    this.end = to;
    return to;
  }
}

/** Returns the end of `[start, end)` without trailing white space. */
export function trimmedEnd(bytes: Buffer, start: number, end: number): number {
  let at = end;
  while (at > start && isSpace(bytes[at - 1] as number)) at--;
  return at;
}

/** Returns the beginning of `[start, end)` without leading white space. */
export function trimmedStart(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && isSpace(bytes[at] as number)) at++;
  return at;
}

function isSpace(byte: number): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}
