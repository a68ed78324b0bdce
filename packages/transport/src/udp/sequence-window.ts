/** Classification of a received sequence number: new, seen before, or too old to tell. */
export type Arrival = 'new' | 'duplicate' | 'late';

/**
 * Tracks which of the last `size` sequence numbers have arrived, and counts the missing ones. Missing numbers among the
 * last few are still expected; earlier ones count as lost until they arrive.
 */
export class SequenceWindow {
  /** The number after the highest known one. */
  next: number;
  received = 0;
  duplicated = 0;
  reordered = 0;
  readonly #first: number;
  readonly #size: number;
  readonly #bits: Uint32Array;

  /** `size` is a multiple of 32. Numbers below `first` are outside the window and therefore `late`. */
  constructor(size: number, first: number) {
    this.#size = size;
    this.#bits = new Uint32Array(size / 32);
    this.#first = first;
    this.next = first;
  }

  add(sequence: number): Arrival {
    const newest = sequence >= this.next;
    if (newest) this.advance(sequence + 1);
    else if (this.isPast(sequence)) return 'late';
    else if (this.#isSet(sequence)) {
      this.duplicated++;
      return 'duplicate';
    }
    const slot = sequence % this.#size;
    this.#bits[slot >>> 5] |= 1 << (slot & 31);
    this.received++;
    if (!newest) this.reordered++;
    return 'new';
  }

  /** Reports whether the number has arrived or is too old to tell. */
  has(sequence: number): boolean {
    return sequence < this.next && (this.isPast(sequence) || this.#isSet(sequence));
  }

  /** Records that all numbers before `next` have been used. */
  advance(next: number): void {
    if (next <= this.next) return;
    // A jump of any distance costs no more than the window.
    if (next - this.next >= this.#size) this.#bits.fill(0);
    else for (let sequence = this.next; sequence < next; sequence++) this.#clear(sequence);
    this.next = next;
  }

  /** Returns the number of missing sequence numbers, except for the last `awaited`. */
  lost(awaited: number): number {
    let holes = 0;
    const from = Math.max(this.#first, this.next - Math.min(awaited, this.#size));
    for (let sequence = from; sequence < this.next; sequence++) if (!this.#isSet(sequence)) holes++;
    return this.next - this.#first - this.received - holes;
  }

  isPast(sequence: number): boolean {
    return sequence < this.#first || sequence < this.next - this.#size;
  }

  #isSet(sequence: number): boolean {
    const slot = sequence % this.#size;
    return (this.#bits[slot >>> 5] & (1 << (slot & 31))) !== 0;
  }

  #clear(sequence: number): void {
    const slot = sequence % this.#size;
    this.#bits[slot >>> 5] &= ~(1 << (slot & 31));
  }
}
