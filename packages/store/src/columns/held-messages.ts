import { assertEnd, skip, varint, varintEnd } from './wire.ts';

/** Messages found at a time, and their bytes: what is built between two checks of the memory that columns take. */
const MAX_MESSAGES = 8192;
const MAX_BYTES = 1 << 20;

/**
 * Ranges of the messages that a container holds, a bounded number at a time: 33 million empty spans fit into 64 kB of
 * gzip, and a list of all of them would take half a gigabyte.
 */
export class HeldMessages {
  /** Begin and end of each message that was found last. */
  ranges: Uint32Array = new Uint32Array(64);
  /** Elements of `ranges` in use. */
  length = 0;
  #source: Uint8Array = new Uint8Array(0);
  #tag = 0;
  #end = 0;
  /** Where the messages that are not found yet begin; the container's end when there are none. */
  #next = 0;
  #full = false;
  #first = 0;

  /** Begins a container whose fields lie at `[from, end)`; `tag` is that of the held messages. `next` finds the first. */
  begin(source: Uint8Array, tag: number, from: number, end: number): void {
    this.#source = source;
    this.#tag = tag;
    this.#end = end;
    this.#next = from;
    this.#full = false;
    this.length = 0;
  }

  /** Adds a message that somebody else found, whose field begins at `start`; those that are too many are found again by `next`. */
  add(start: number, from: number, to: number): void {
    if (this.#full) return;
    if (this.length === 0) this.#first = start;
    this.ranges[this.length++] = from;
    this.ranges[this.length++] = to;
    if (this.length === this.ranges.length || to - this.#first > MAX_BYTES) this.#grow(to);
  }

  /** Finds the messages behind the last; `false` when there are none. */
  next(): boolean {
    this.length = 0;
    this.#full = false;
    const source = this.#source;
    const end = this.#end;
    let at = this.#next;
    this.#next = end;
    while (at < end && !this.#full) {
      const start = at;
      const tag = varint(source, at);
      at = varintEnd(source, at);
      if (tag === this.#tag) {
        const length = varint(source, at);
        at = varintEnd(source, at);
        this.add(start, at, at + length);
        at += length;
      } else {
        at = skip(source, at, tag);
      }
    }
    if (!this.#full) assertEnd(at, end);
    return this.length > 0;
  }

  #grow(to: number): void {
    if (this.length < MAX_MESSAGES * 2 && to - this.#first <= MAX_BYTES) {
      const grown = new Uint32Array(this.ranges.length * 2);
      grown.set(this.ranges);
      this.ranges = grown;
      return;
    }
    this.#full = true;
    this.#next = to;
  }
}
