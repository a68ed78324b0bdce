import { freeMemory, grownWords, zeroWords } from './grown.ts';

const SMALLEST_CAPACITY = 64;
/** Random per process, so that senders cannot craft colliding pairs. */
const SEED = Math.floor(Math.random() * 0xffff_ffff) | 1;

/**
 * An index that numbers distinct pairs, from 1 in arrival order. It uses typed arrays instead of a `Map`, because a
 * hostile request can contain millions of pairs, and a map's memory can be neither measured nor freed early.
 */
export class PairIndex {
  /** The first element of each pair, by number. Number 0 is unused. */
  first: Uint32Array = new Uint32Array(SMALLEST_CAPACITY);
  second: Uint32Array = new Uint32Array(SMALLEST_CAPACITY);
  /** The number that the next new pair gets. */
  length = 1;
  #table: Uint32Array = new Uint32Array(SMALLEST_CAPACITY * 2);

  get byteSize(): number {
    return (this.first.length * 2 + this.#table.length) * 4;
  }

  /** Returns a pair's number. A new pair gets the current `length`. */
  intern(first: number, second: number): number {
    let at = this.#slot(first, second);
    const mask = this.#table.length - 1;
    for (let id = this.#table[at]; id !== 0; id = this.#table[at]) {
      if (this.first[id] === first && this.second[id] === second) return id;
      at = (at + 1) & mask;
    }
    if (this.length === this.first.length) {
      this.#grow();
      at = this.#freeSlot(first, second);
    }
    const id = this.length++;
    this.first[id] = first;
    this.second[id] = second;
    this.#table[at] = id;
    return id;
  }

  /** Frees the memory. The index must not be used afterwards. */
  free(): void {
    for (const array of [this.first, this.second, this.#table]) freeMemory(array);
  }

  #slot(first: number, second: number): number {
    let hash = Math.imul(first ^ SEED, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
    return (hash ^ (hash >>> 13)) & (this.#table.length - 1);
  }

  #freeSlot(first: number, second: number): number {
    let at = this.#slot(first, second);
    while (this.#table[at] !== 0) at = (at + 1) & (this.#table.length - 1);
    return at;
  }

  #grow(): void {
    const capacity = this.first.length * 2;
    this.first = grownWords(this.first, capacity);
    this.second = grownWords(this.second, capacity);
    freeMemory(this.#table);
    this.#table = zeroWords(capacity * 2);
    for (let id = 1; id < this.length; id++) {
      this.#table[this.#freeSlot(this.first[id], this.second[id])] = id;
    }
  }
}
