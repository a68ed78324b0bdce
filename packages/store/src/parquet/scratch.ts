/**
 * An array that encoders use for one column after the other, because the garbage collector runs often when each of them
 * allocates its own.
 */
export class Scratch {
  static readonly #all: Scratch[] = [];
  #words = new Uint32Array(0);

  constructor() {
    Scratch.#all.push(this);
  }

  /** Returns an array with any contents, valid until the next call. */
  take(length: number): Uint32Array {
    if (this.#words.length < length) this.#words = new Uint32Array(length + (length >>> 2));
    return this.#words.subarray(0, length);
  }

  /** Returns an array of zeros, valid until the next call. */
  zeros(length: number): Uint32Array {
    return this.take(length).fill(0);
  }

  /** Frees the memory that the encoding of large files has left. */
  static trim(): void {
    for (const scratch of Scratch.#all) if (scratch.#words.length > KEPT_WORDS) scratch.#words = new Uint32Array(0);
  }
}

const KEPT_WORDS = 65_536;
