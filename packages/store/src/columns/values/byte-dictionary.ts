import { isUtf8 } from 'node:buffer';
import type { ByteEntries } from '../../parquet/column.ts';
import { freeMemory, grownBytes, grownWords, zeroWords } from './grown.ts';

/** Number of values after which the dictionary checks whether deduplication pays off. */
const TRIAL = 32_768;
/** Random per process, so that senders cannot craft colliding values. */
const SEED = Math.floor(Math.random() * 0xffff_ffff);

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
  #hashes: Uint32Array;
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
    this.#hashes = new Uint32Array(16);
    this.#table = new Uint32Array(32);
  }

  get byteSize(): number {
    return this.bytes.length + (this.starts.length + this.#hashes.length + this.#table.length) * 4;
  }

  /** Reports whether the `length` bytes at `at` equal the entry. */
  matches(entry: number, view: DataView, at: number, length: number): boolean {
    const start = this.starts[entry - 1];
    if (this.starts[entry] - start !== length + 4) return false;
    const own = this.#view;
    let i = 0;
    for (; i + 4 <= length; i += 4) {
      if (view.getUint32(at + i, true) !== own.getUint32(start + 4 + i, true)) return false;
    }
    for (; i < length; i++) if (view.getUint8(at + i) !== own.getUint8(start + 4 + i)) return false;
    return true;
  }

  /**
   * Returns the entry for these bytes, or 0 if the dictionary requires UTF-8 and they are not valid (see
   * `internReplaced`).
   */
  intern(source: Uint8Array, view: DataView, at: number, length: number): number {
    if (this.#plain) return this.#isText(source, at, length) ? this.#insert(source, at, length, 0) : 0;
    const hash = hashBytes(view, at, length);
    const mask = this.#table.length - 1;
    let slot = hash & mask;
    let entry = this.#table[slot];
    while (entry !== 0) {
      if (this.#hashes[entry] === hash && this.matches(entry, view, at, length)) {
        this.#seen++;
        return entry;
      }
      slot = (slot + 1) & mask;
      entry = this.#table[slot];
    }
    if (!this.#isText(source, at, length)) return 0;
    this.#seen++;
    entry = this.#insert(source, at, length, hash);
    this.#table[slot] = entry;
    if (this.count * 2 > this.#table.length) this.#settle();
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
    for (const array of [this.bytes, this.starts, this.#hashes, this.#table]) freeMemory(array);
  }

  #isText(source: Uint8Array, at: number, length: number): boolean {
    return !this.#text || isText(source, at, at + length);
  }

  #insert(source: Uint8Array, at: number, length: number, hash: number): number {
    const start = this.starts[this.count];
    const end = start + 4 + length;
    if (end > this.bytes.length) this.#growBytes(end);
    this.#view.setUint32(start, length, true);
    if (length < 48) {
      const bytes = this.bytes;
      for (let i = 0; i < length; i++) bytes[start + 4 + i] = source[at + i];
    } else {
      this.bytes.set(source.subarray(at, at + length), start + 4);
    }
    const entry = ++this.count;
    if (entry >= this.starts.length) this.#growEntries();
    this.starts[entry] = end;
    if (!this.#plain) this.#hashes[entry] = hash;
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

  #growEntries(): void {
    this.starts = grownWords(this.starts, this.starts.length * 2);
    if (!this.#plain) this.#hashes = grownWords(this.#hashes, this.starts.length);
  }

  /** Handles a half-full table: drops it if deduplication does not pay off, otherwise doubles it. */
  #settle(): void {
    if (this.#mayBePlain && this.#seen >= TRIAL && this.count * 2 > this.#seen) {
      this.#plain = true;
      freeMemory(this.#table);
      freeMemory(this.#hashes);
      this.#table = new Uint32Array(0);
      this.#hashes = new Uint32Array(0);
      return;
    }
    const table = zeroWords(this.#table.length * 2);
    const mask = table.length - 1;
    for (let entry = 1; entry <= this.count; entry++) {
      let slot = this.#hashes[entry] & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = entry;
    }
    freeMemory(this.#table);
    this.#table = table;
  }
}

function hashBytes(view: DataView, at: number, length: number): number {
  let hash = SEED ^ length;
  const end = at + length;
  for (; at + 4 <= end; at += 4) {
    hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Reports whether the bytes are valid UTF-8. */
export function isText(source: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (source[i] > 0x7f) return isUtf8(source.subarray(from, to));
  return true;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Decodes UTF-8, replacing invalid sequences with U+FFFD. */
export function decodeText(bytes: Uint8Array, from: number, to: number): string {
  return decoder.decode(bytes.subarray(from, to));
}
