import { findField, forEachPayload, payloadEnd, payloadStart, readVarintLow } from '@otelier/otlp';

/**
 * Writes attributes in an order that does not depend on the order in which a sender wrote them, so that equal sets of
 * attributes have equal bytes. Entries of maps within values are sorted as well.
 */
export class CanonicalAttributes {
  #bytes: Buffer = Buffer.allocUnsafe(512);
  #length = 0;

  /** Adds the attributes in `field` of the message `[start, end)`. */
  add(bytes: Uint8Array, start: number, end: number, field: number): this {
    this.#addEntries(bytes, start, end, field);
    return this;
  }

  /** Adds the field `field` of the message `[start, end)`, a text or bytes, which may be missing. */
  addField(bytes: Uint8Array, start: number, end: number, field: number): this {
    const value = findField(bytes, start, end, field);
    if (value < 0) this.addNumber(0);
    else this.#addRange(bytes, payloadStart(bytes, value), payloadEnd(bytes, value));
    return this;
  }

  /** Adds a non-negative integer of at most 32 bits. */
  addNumber(value: number): this {
    this.#reserve(5);
    let rest = value;
    for (; rest > 127; rest >>>= 7) this.#bytes[this.#length++] = (rest & 127) | 128;
    this.#bytes[this.#length++] = rest;
    return this;
  }

  /** Returns what was added, and forgets it. The array is valid until the next call. */
  takeBytes(): Uint8Array {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return bytes;
  }

  /** Returns what was added as a string of one byte per character, and forgets it. */
  takeText(): string {
    const text = this.#bytes.toString('latin1', 0, this.#length);
    this.#length = 0;
    return text;
  }

  #addEntries(bytes: Uint8Array, start: number, end: number, field: number): void {
    const entries: Entry[] = [];
    let isSorted = true;
    forEachPayload(bytes, start, end, field, (from, to) => {
      const entry = readEntry(bytes, from, to);
      const last = entries.at(-1);
      isSorted &&= last === undefined || compareKeys(bytes, last, entry) <= 0;
      entries.push(entry);
    });
    // Sorting is stable: the first of several values of a key stays the first.
    if (!isSorted) entries.sort((a, b) => compareKeys(bytes, a, b));
    this.addNumber(entries.length);
    for (const { keyStart, keyEnd, valueStart, valueEnd } of entries) {
      this.#addRange(bytes, keyStart, keyEnd);
      this.#addValue(bytes, valueStart, valueEnd);
    }
  }

  #addValue(bytes: Uint8Array, start: number, end: number): void {
    const tag = start < end ? readVarintLow(bytes, start) : 0;
    if (tag === MAP_TAG) {
      this.addNumber(MAP);
      this.#addEntries(bytes, payloadStart(bytes, start + 1), payloadEnd(bytes, start + 1), 1);
    } else if (tag === ARRAY_TAG) {
      this.addNumber(ARRAY);
      const elements: number[] = [];
      forEachPayload(bytes, payloadStart(bytes, start + 1), payloadEnd(bytes, start + 1), 1, (from, to) => {
        elements.push(from, to);
      });
      this.addNumber(elements.length);
      for (let i = 0; i < elements.length; i += 2) this.#addValue(bytes, elements[i] ?? 0, elements[i + 1] ?? 0);
    } else {
      this.addNumber(end - start + SCALAR);
      this.#copy(bytes, start, end);
    }
  }

  #addRange(bytes: Uint8Array, start: number, end: number): void {
    this.addNumber(end - start);
    this.#copy(bytes, start, end);
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    const target = this.#bytes;
    const at = this.#length;
    for (let i = start; i < end; i++) target[at + i - start] = bytes[i] as number;
    this.#length = at + end - start;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

/** Tags of the fields `kvlist_value` and `array_value` of `AnyValue`. */
const MAP_TAG = 0x32;
const ARRAY_TAG = 0x2a;
/** Marks of a value: a map, an array, or a scalar of `n - SCALAR` bytes. */
const MAP = 0;
const ARRAY = 1;
const SCALAR = 2;

interface Entry {
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** Locates key and value of the `KeyValue` in `[start, end)`. */
function readEntry(bytes: Uint8Array, start: number, end: number): Entry {
  const key = findField(bytes, start, end, 1);
  const value = findField(bytes, start, end, 2);
  return {
    keyStart: key < 0 ? end : payloadStart(bytes, key),
    keyEnd: key < 0 ? end : payloadEnd(bytes, key),
    valueStart: value < 0 ? end : payloadStart(bytes, value),
    valueEnd: value < 0 ? end : payloadEnd(bytes, value),
  };
}

function compareKeys(bytes: Uint8Array, a: Entry, b: Entry): number {
  const length = Math.min(a.keyEnd - a.keyStart, b.keyEnd - b.keyStart);
  for (let i = 0; i < length; i++) {
    const difference = (bytes[a.keyStart + i] as number) - (bytes[b.keyStart + i] as number);
    if (difference !== 0) return difference;
  }
  return a.keyEnd - a.keyStart - (b.keyEnd - b.keyStart);
}
