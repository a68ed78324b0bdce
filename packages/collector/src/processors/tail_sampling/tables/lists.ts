/** Doubly linked lists of indexes, stored in typed arrays. An index is in at most one list. */
export class Lists {
  /** First index of each list, or -1. */
  readonly heads: Int32Array<ArrayBuffer>;
  readonly #tails: Int32Array<ArrayBuffer>;
  #next = new Int32Array(0);
  #previous = new Int32Array(0);

  constructor(count: number) {
    this.heads = new Int32Array(count).fill(-1);
    this.#tails = new Int32Array(count).fill(-1);
  }

  /** Grows the capacity to indexes below `capacity`. */
  grow(capacity: number): void {
    this.#next = grown(this.#next, capacity);
    this.#previous = grown(this.#previous, capacity);
  }

  /** Appends an index that is not in any list. */
  push(list: number, index: number): void {
    const tail = this.#tails[list];
    this.#next[index] = -1;
    this.#previous[index] = tail;
    if (tail < 0) this.heads[list] = index;
    else this.#next[tail] = index;
    this.#tails[list] = index;
  }

  /** Removes an index from its list. */
  remove(list: number, index: number): void {
    const next = this.#next[index];
    const previous = this.#previous[index];
    if (previous < 0) this.heads[list] = next;
    else this.#next[previous] = next;
    if (next < 0) this.#tails[list] = previous;
    else this.#previous[next] = previous;
  }

  /** Returns the next index in the same list, or -1. */
  after(index: number): number {
    return this.#next[index];
  }

  /** Removes and returns the first index of a list, or -1 if it is empty. */
  shift(list: number): number {
    const index = this.heads[list];
    if (index >= 0) this.remove(list, index);
    return index;
  }
}

/** Returns a copy with a different length. */
export function grown(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(length);
  copy.set(array);
  return copy;
}
