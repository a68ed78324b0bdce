import { isUtf8 } from 'node:buffer';
import type { ByteEntries } from '../../parquet/column.ts';
import { copyBytes, equalBytes, hashBytes, hashWords, isAscii } from './compare.ts';
import { freeMemory, grownBytes, grownWords, zeroWords } from './grown.ts';

/** Number of values after which the dictionary checks whether deduplication pays off. */
const TRIAL = 32_768;

/** Ranges of a request's bytes. */
export interface ValueRanges {
  readonly at: Uint32Array;
  readonly lengths: Uint32Array;
  readonly count: number;
}

/**
 * Distinct byte strings, numbered from 1 in arrival order and looked up by a hash of the request's bytes. If more than
 * half of the first values are distinct, it stops deduplicating and assigns a new number to every value. Entries are
 * laid out as Parquet writes them (see `ByteEntries`).
 */
export class ByteDictionary implements ByteEntries {
  bytes: Uint8Array<ArrayBuffer>;
  starts: Uint32Array;
  count = 0;
  #view: DataView;
  /** Hash and entry of each slot, side by side. */
  #table: Uint32Array;
  #seen = 0;
  #plain = false;
  readonly #text: boolean;
  readonly #mayBePlain: boolean;

  /**
   * Creates a dictionary. `text` requires entries to be valid UTF-8; `mayBePlain` allows equal values to get different
   * numbers.
   */
  constructor(text: boolean, mayBePlain = false) {
    this.#text = text;
    this.#mayBePlain = mayBePlain;
    this.bytes = new Uint8Array(256);
    this.#view = new DataView(this.bytes.buffer);
    this.starts = new Uint32Array(16);
    this.#table = new Uint32Array(64);
  }

  /** Whether equal values have the same number. */
  get areDistinct(): boolean {
    return !this.#plain;
  }

  get byteSize(): number {
    return this.bytes.length + (this.starts.length + this.#table.length) * 4;
  }

  /** Reports whether the `length` bytes at `at` equal the entry. */
  matches(entry: number, view: DataView, at: number, length: number): boolean {
    const start = this.starts[entry - 1];
    return this.#view.getUint32(start, true) === length && equalBytes(view, at, this.#view, start + 4, length);
  }

  /**
   * Returns the entry for these bytes, or 0 if the dictionary requires UTF-8 and they are not valid (see
   * `internReplaced`).
   */
  intern(source: Uint8Array, view: DataView, at: number, length: number): number {
    if (length >= 4 && length <= 16 && !this.#plain) return this.#internShort(source, view, at, length);
    return this.#internAny(source, view, at, length);
  }

  #internAny(source: Uint8Array, view: DataView, at: number, length: number): number {
    if (this.#plain) return this.#isText(source, view, at, length) ? this.#insert(view, at, length) : 0;
    const hash = hashBytes(view, at, length);
    const table = this.#table;
    const mask = table.length - 1;
    let slot = (hash << 1) & mask;
    for (let entry = table[slot + 1]; entry !== 0; entry = table[slot + 1]) {
      if (table[slot] === hash && this.matches(entry, view, at, length)) {
        this.#seen++;
        return entry;
      }
      slot = (slot + 2) & mask;
    }
    return this.#insertAt(slot, hash, source, view, at, length);
  }

  /** Like `intern`, without loops, for 4 to 16 bytes: they are four words that overlap. */
  #internShort(source: Uint8Array, view: DataView, at: number, length: number): number {
    const secondAt = length < 8 ? 0 : 4;
    const thirdAt = length < 8 ? 0 : length - 8;
    const fourthAt = length - 4;
    const first = view.getInt32(at, true);
    const second = view.getInt32(at + secondAt, true);
    const third = view.getInt32(at + thirdAt, true);
    const fourth = view.getInt32(at + fourthAt, true);
    const hash = hashWords(length, first, second, third, fourth);
    const table = this.#table;
    const mask = table.length - 1;
    let slot = (hash << 1) & mask;
    for (let entry = table[slot + 1]; entry !== 0; entry = table[slot + 1]) {
      if (table[slot] === hash) {
        const start = this.starts[entry - 1] + 4;
        const own = this.#view;
        if (
          own.getUint32(start - 4, true) === length &&
          own.getInt32(start, true) === first &&
          own.getInt32(start + secondAt, true) === second &&
          own.getInt32(start + thirdAt, true) === third &&
          own.getInt32(start + fourthAt, true) === fourth
        ) {
          this.#seen++;
          return entry;
        }
      }
      slot = (slot + 2) & mask;
    }
    return this.#insertAt(slot, hash, source, view, at, length);
  }

  /** Looks up values of a request as `intern` does, and writes their entries to `entries`. */
  internAll(source: Uint8Array, view: DataView, { at, lengths, count }: ValueRanges, entries: Uint32Array): void {
    for (let i = 0; i < count; ) i = this.#internRun(source, view, { at, lengths, count }, entries, i);
  }

  /** Looks up values until one is new or not short. Returns the index of the next one. */
  #internRun(
    source: Uint8Array,
    view: DataView,
    { at, lengths, count }: ValueRanges,
    entries: Uint32Array,
    first: number,
  ): number {
    const table = this.#table;
    const mask = table.length - 1;
    const { starts } = this;
    const own = this.#view;
    for (let i = first; i < count; i++) {
      const from = at[i];
      const length = lengths[i];
      if (length < 4 || length > 16 || this.#plain) {
        entries[i] = this.#internAny(source, view, from, length);
        this.#seen += i - first;
        return i + 1;
      }
      const secondAt = length < 8 ? 0 : 4;
      const thirdAt = length < 8 ? 0 : length - 8;
      const fourthAt = length - 4;
      const a = view.getInt32(from, true);
      const b = view.getInt32(from + secondAt, true);
      const c = view.getInt32(from + thirdAt, true);
      const d = view.getInt32(from + fourthAt, true);
      const hash = hashWords(length, a, b, c, d);
      let slot = (hash << 1) & mask;
      let entry = table[slot + 1];
      while (entry !== 0) {
        if (table[slot] === hash) {
          const start = starts[entry - 1] + 4;
          const differs =
            (own.getInt32(start - 4, true) ^ length) |
            (own.getInt32(start, true) ^ a) |
            (own.getInt32(start + secondAt, true) ^ b) |
            (own.getInt32(start + thirdAt, true) ^ c) |
            (own.getInt32(start + fourthAt, true) ^ d);
          if (differs === 0) break;
        }
        slot = (slot + 2) & mask;
        entry = table[slot + 1];
      }
      if (entry === 0) {
        entries[i] = this.#insertAt(slot, hash, source, view, from, length);
        this.#seen += i - first;
        return i + 1;
      }
      entries[i] = entry;
    }
    this.#seen += count - first;
    return count;
  }

  #insertAt(slot: number, hash: number, source: Uint8Array, view: DataView, at: number, length: number): number {
    if (!this.#isText(source, view, at, length)) return 0;
    this.#seen++;
    const entry = this.#insert(view, at, length);
    this.#table[slot] = hash;
    this.#table[slot + 1] = entry;
    if (this.count * 4 > this.#table.length) this.#settle();
    return entry;
  }

  /** Returns the entry for bytes that are not valid UTF-8, with invalid sequences replaced by U+FFFD. */
  internReplaced(source: Uint8Array, at: number, length: number): number {
    return this.internText(decodeText(source, at, at + length));
  }

  internText(text: string): number {
    return this.internBytes(Buffer.from(text));
  }

  internBytes(bytes: Uint8Array): number {
    return this.intern(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.length);
  }

  /** Returns a view of an entry's bytes. */
  entry(entry: number): Uint8Array {
    return this.bytes.subarray(this.starts[entry - 1] + 4, this.starts[entry]);
  }

  text(entry: number): string {
    return decodeText(this.bytes, this.starts[entry - 1] + 4, this.starts[entry]);
  }

  /** Frees the memory. The dictionary must not be used afterwards. */
  free(): void {
    for (const array of [this.bytes, this.starts, this.#table]) freeMemory(array);
  }

  #isText(source: Uint8Array, view: DataView, at: number, length: number): boolean {
    return !this.#text || isAscii(view, at, length) || isUtf8(source.subarray(at, at + length));
  }

  #insert(view: DataView, at: number, length: number): number {
    const start = this.starts[this.count];
    const end = start + 4 + length;
    if (end > this.bytes.length) this.#growBytes(end);
    this.#view.setUint32(start, length, true);
    copyBytes(view, at, this.#view, start + 4, length);
    const entry = ++this.count;
    if (entry >= this.starts.length) this.starts = grownWords(this.starts, this.starts.length * 2);
    this.starts[entry] = end;
    return entry;
  }

  #growBytes(needed: number): void {
    // Beyond 1 MB it grows by half, and beyond 16 MB by an eighth: doubling would waste memory that counts toward the
    // limit.
    const size = this.bytes.length;
    const shift = size < 16_777_216 ? 1 : 3;
    this.bytes = grownBytes(this.bytes, Math.max(needed, size < 1_048_576 ? size * 2 : size + (size >>> shift)));
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Handles a half-full table: drops it if it has no benefit, otherwise doubles it. */
  #settle(): void {
    if (this.#mayBePlain && this.#seen >= TRIAL && this.count * 2 > this.#seen) {
      this.#plain = true;
      freeMemory(this.#table);
      this.#table = new Uint32Array(0);
      return;
    }
    const old = this.#table;
    const table = zeroWords(old.length * 2);
    const mask = table.length - 1;
    for (let at = 0; at < old.length; at += 2) {
      const entry = old[at + 1];
      if (entry === 0) continue;
      const hash = old[at];
      let slot = (hash << 1) & mask;
      while (table[slot + 1] !== 0) slot = (slot + 2) & mask;
      table[slot] = hash;
      table[slot + 1] = entry;
    }
    freeMemory(old);
    this.#table = table;
  }
}

/** Returns whether bytes are UTF-8. */
export function isText(source: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (source[i] > 0x7f) return isUtf8(source.subarray(from, to));
  return true;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Decodes UTF-8, replacing invalid sequences with U+FFFD. */
export function decodeText(bytes: Uint8Array, from: number, to: number): string {
  return decoder.decode(bytes.subarray(from, to));
}
