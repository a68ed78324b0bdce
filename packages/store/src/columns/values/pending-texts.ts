import type { BytesBuilder } from './bytes-builder.ts';

/** Values after which they are added. */
const CAPACITY = 128;

/**
 * Values of a column whose bytes are still in the current request. Looking up many of them in one loop takes half the
 * time of looking up each as it arrives: the processor works on several at a time.
 */
export class PendingTexts {
  readonly #column: BytesBuilder;
  readonly #rows = new Uint32Array(CAPACITY);
  readonly #at = new Uint32Array(CAPACITY);
  readonly #lengths = new Uint32Array(CAPACITY);
  readonly #entries = new Uint32Array(CAPACITY);
  #count = 0;

  constructor(column: BytesBuilder) {
    this.#column = column;
  }

  /** Adds a value, which must be text of at most 255 bytes. */
  add(row: number, source: Uint8Array, view: DataView, at: number, length: number): void {
    const i = this.#count++;
    this.#rows[i] = row;
    this.#at[i] = at;
    this.#lengths[i] = length;
    if (this.#count === CAPACITY) this.flush(source, view);
  }

  /** Looks up the values in the request that contains them, and sets their rows. */
  flush(source: Uint8Array, view: DataView): void {
    const count = this.#count;
    if (count === 0) return;
    this.#count = 0;
    const entries = this.#entries;
    this.#column.dictionary.internAll(source, view, { at: this.#at, lengths: this.#lengths, count }, entries);
    this.#column.setEntries(this.#rows, entries, count);
  }

  /** Forgets the values. */
  clear(): void {
    this.#count = 0;
  }
}
