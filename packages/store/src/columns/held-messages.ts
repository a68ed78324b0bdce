import { assertEnd, skip, varint, varintEnd } from './wire.ts';

/** Maximum number and total size of messages found per step. Memory is checked between steps. */
const MAX_MESSAGES = 8192;
const MAX_BYTES = 1 << 20;

/**
 * The ranges of the messages in a container, found in bounded steps: 33 million empty spans fit into 64 kB of gzip, and
 * listing them all would take half a gigabyte.
 */
export class HeldMessages {
  /** Start and end of each message found in the last step. */
  ranges: Uint32Array = new Uint32Array(64);
  /** Number of elements of `ranges` in use. */
  length = 0;
  #source: Uint8Array = new Uint8Array(0);
  #tag = 0;
  #end = 0;
  /** Start of the remaining messages, or the end of the container if there are none. */
  #next = 0;
  #full = false;
  #first = 0;

  /**
   * Starts a container whose fields are in `[from, end)`. `tag` is the field tag of the contained messages. `next`
   * finds the first of them.
   */
  begin(source: Uint8Array, tag: number, from: number, end: number): void {
    this.#source = source;
    this.#tag = tag;
    this.#end = end;
    this.#next = from;
    this.#full = false;
    this.length = 0;
  }

  /**
   * Adds a message that the caller found, whose field starts at `start`. Messages beyond the limit are left for `next`
   * to find.
   */
  add(start: number, from: number, to: number): void {
    if (this.#full) return;
    if (this.length === 0) this.#first = start;
    this.ranges[this.length++] = from;
    this.ranges[this.length++] = to;
    if (this.length === this.ranges.length || to - this.#first > MAX_BYTES) this.#grow(to);
  }

  /** Finds the next messages. Returns `false` if there are none. */
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
