import { takeBytes } from '../wire/byte-pool.ts';
import { varintSize } from '../wire/tag-writer.ts';
import { copyRun, copyShort, viewOf } from './copy-run.ts';

/**
 * Changes to a byte array, collected first and then applied in one copy: unchanged bytes are copied in runs, and the
 * lengths of the messages around the changes are recomputed once. Changes within one message may be recorded in any
 * order but must not overlap. Insertions at the same offset are applied in the order in which they were recorded.
 */
export class Splices {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #contents: Content[] = [];
  #count = 0;
  #delta = 0;
  /** For each open message, the index of the change reserved for its length, and the `#delta` when it was opened. */
  readonly #marks: number[] = [];
  readonly #deltas: number[] = [];
  /** Number of changes and `#delta` at the most recent `beginItem`. */
  #itemMark = 0;
  #itemDelta = 0;

  /** Whether no changes have been recorded. */
  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Removes all changes so that the object can be reused. */
  clear(): void {
    if (this.#starts.length > MAX_KEPT) {
      this.#starts.length = 0;
      this.#ends.length = 0;
      this.#contents.length = 0;
    }
    // Contents would stay alive.
    this.#contents.fill(REMOVED, 0, this.#count);
    this.#count = 0;
    this.#delta = 0;
    this.#marks.length = 0;
    this.#deltas.length = 0;
  }

  /** Removes `[start, end)`. */
  remove(start: number, end: number): void {
    const last = this.#count - 1;
    // Adjacent removals are merged into one.
    if (last >= 0 && this.#contents[last] === REMOVED && this.#ends[last] === start) {
      this.#ends[last] = end;
    } else {
      this.#add(start, end, REMOVED);
    }
    this.#delta -= end - start;
  }

  /** Replaces `[start, end)` with `content`, which is retained by reference until `apply`. */
  replace(start: number, end: number, content: Uint8Array): void {
    this.#add(start, end, content);
    this.#delta += content.length - (end - start);
  }

  /** Inserts `content` before the byte at `offset`. It is retained by reference until `apply`. */
  insert(offset: number, content: Uint8Array): void {
    this.replace(offset, offset, content);
  }

  /** Replaces a length-delimited value, `[lengthStart, end)`, with the length of `content` and `content`. */
  replaceValue(lengthStart: number, end: number, content: Uint8Array): void {
    this.#add(lengthStart, lengthStart, content.length);
    this.#delta += varintSize(content.length);
    this.replace(lengthStart, end, content);
  }

  /** Opens a message whose length is at `lengthStart`. Changes until `close` are within it. */
  open(lengthStart: number): void {
    this.#marks.push(this.#count);
    this.#deltas.push(this.#delta);
    this.#add(lengthStart, lengthStart, REMOVED);
  }

  /** Closes the innermost open message, whose contents are `[start, end)`, and updates its length. */
  close(start: number, end: number): void {
    const mark = this.#popMark();
    const delta = this.#delta - (this.#deltas.pop() as number);
    if (this.#count === mark + 1) {
      this.#count = mark;
      return;
    }
    const length = end - start + delta;
    const lengthStart = this.#starts[mark];
    this.#ends[mark] = start;
    this.#contents[mark] = length;
    this.#delta += varintSize(length) - (start - lengthStart);
  }

  /** Closes the innermost open message and discards the changes within it. */
  abandon(): void {
    this.#count = this.#popMark();
    this.#delta = this.#deltas.pop() as number;
  }

  /**
   * Begins a message that contains no other open message. Cheaper than `open` if the message stays unchanged, as most
   * items do.
   */
  beginItem(): void {
    this.#itemMark = this.#count;
    this.#itemDelta = this.#delta;
  }

  /** Ends the message opened by `beginItem`, whose length is at `lengthStart` and whose contents are `[start, end)`. */
  endItem(lengthStart: number, start: number, end: number): void {
    if (this.#count === this.#itemMark) return;
    const length = end - start + this.#delta - this.#itemDelta;
    // The length is before all changes of the item.
    this.#insertAt(this.#itemMark, lengthStart, start, length);
    this.#delta += lengthSize(length) - (start - lengthStart);
  }

  /** Ends the message opened by `beginItem` and discards the changes within it. */
  discardItem(): void {
    this.#count = this.#itemMark;
    this.#delta = this.#itemDelta;
  }

  /**
   * Returns `[start, end)` of `bytes` with the changes applied, as a new array. All changes must be within this range.
   */
  apply(bytes: Uint8Array, start = 0, end: number = bytes.length): Uint8Array {
    const target = takeBytes(this.sizeOf(start, end));
    this.applyTo(bytes, viewOf(bytes), start, end, target, viewOf(target), 0);
    return target;
  }

  /** Returns the size of `[start, end)` with the changes applied. */
  sizeOf(start: number, end: number): number {
    return end - start + this.#delta;
  }

  /** Writes `[start, end)` of `bytes` with the changes applied to `target[offset]`, where there is space for it. */
  applyTo(
    bytes: Uint8Array,
    sourceView: DataView,
    start: number,
    end: number,
    target: Uint8Array,
    targetView: DataView,
    offset: number,
  ): void {
    if (this.#marks.length > 0) throw new Error(`apply() with ${this.#marks.length} messages still open`);
    let at = offset;
    let from = start;
    for (let i = 0; i < this.#count; i++) {
      const next = this.#starts[i];
      if (next < from) throw new Error(`changes overlap at offset ${next}`);
      at = copyRun(bytes, sourceView, from, next, target, targetView, at);
      at = put(this.#contents[i], target, at);
      from = this.#ends[i];
    }
    at = copyRun(bytes, sourceView, from, end, target, targetView, at);
    // The memory is not initialized.
    const size = this.sizeOf(start, end);
    if (at - offset !== size) throw new Error(`expected ${size} bytes, got ${at - offset}`);
  }

  #popMark(): number {
    const mark = this.#marks.pop();
    if (mark === undefined) throw new Error('no message is open');
    return mark;
  }

  /** Inserts a change in offset order. Messages are opened in order, so only the changes of the last one are moved. */
  #add(start: number, end: number, content: Content): void {
    let index = this.#count;
    while (index > 0 && this.#belongsAfter(index - 1, start, end)) index--;
    this.#insertAt(index, start, end, content);
  }

  #insertAt(index: number, start: number, end: number, content: Content): void {
    const starts = this.#starts;
    const ends = this.#ends;
    const contents = this.#contents;
    for (let i = this.#count++; i > index; i--) {
      starts[i] = starts[i - 1];
      ends[i] = ends[i - 1];
      contents[i] = contents[i - 1];
    }
    starts[index] = start;
    ends[index] = end;
    contents[index] = content;
  }

  #belongsAfter(index: number, start: number, end: number): boolean {
    const other = this.#starts[index];
    return other > start || (other === start && end === start && this.#ends[index] > start);
  }
}

/** The replacement for the removed bytes: nothing, bytes, or a number as a varint. */
type Content = Uint8Array | number | undefined;

const REMOVED = undefined;

/** Number of changes for which a cleared object keeps its memory. */
const MAX_KEPT = 20_000;

/** Returns the size of the length of an item as a varint. */
function lengthSize(length: number): number {
  if (length < 128) return 1;
  return length < 16_384 ? 2 : varintSize(length);
}

function put(content: Content, target: Uint8Array, at: number): number {
  if (content === REMOVED) return at;
  if (typeof content !== 'number') return copyShort(content, target, at);
  let pos = at;
  let rest = content;
  for (; rest > 127; rest >>>= 7) target[pos++] = (rest & 127) | 128;
  target[pos++] = rest;
  return pos;
}
