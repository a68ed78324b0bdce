/**
 * An array that encoders reuse from column to column, because allocating one per column triggers frequent garbage
 * collection.
 */
export class Scratch {
  static readonly #all: Scratch[] = [];
  #words = new Uint32Array(0);

  constructor() {
    Scratch.#all.push(this);
  }

  /** Returns an array with arbitrary contents, valid until the next call. */
  take(length: number): Uint32Array {
    if (this.#words.length < length) this.#words = new Uint32Array(length + (length >>> 2));
    return this.#words.subarray(0, length);
  }

  /** Returns a zeroed array, valid until the next call. */
  zeros(length: number): Uint32Array {
    return this.take(length).fill(0);
  }

  /** Frees the memory retained after encoding large files. */
  static trim(): void {
    for (const scratch of Scratch.#all) if (scratch.#words.length > KEPT_WORDS) scratch.#words = new Uint32Array(0);
  }
}

const KEPT_WORDS = 65_536;
