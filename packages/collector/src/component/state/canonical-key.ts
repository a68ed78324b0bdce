import { Buffer } from 'node:buffer';
import {
  ANY_VALUE_FIELDS,
  anyValueKind,
  findField,
  payloadEnd,
  payloadStart,
  readVarintHigh,
  readVarintLow,
  TrustedReader,
} from '@otelier/otlp';

/** Keys of a map that do not count, with the excluded keys of the maps within. `all` excludes the value itself. */
export type Exclusions = ReadonlyMap<string, Exclusions | 'all'>;

/**
 * Builds keys of telemetry for maps: equal values give equal keys and different values different ones, whatever the order
 * of their attributes. One builder is reused for many keys.
 */
export class CanonicalKey {
  #bytes: Buffer = Buffer.allocUnsafe(512);
  #length = 0;
  readonly #entries = new Entries();

  /** Adds the attributes in `field` of the message `[start, end)`. */
  attributes(bytes: Uint8Array, start: number, end: number, field: number, excluded?: Exclusions): this {
    const entries = this.#entries;
    const first = entries.read(bytes, start, end, field);
    const last = entries.count;
    for (let index = first; index < last; index++) {
      // The first value of a repeated key counts.
      if (index > first && compare(bytes, entries.at(index - 1), entries.at(index)) === 0) continue;
      this.#entry(bytes, entries.at(index), excluded);
    }
    entries.count = first;
    this.#varint(END);
    return this;
  }

  /** Adds the value of the `AnyValue` in `[start, end)`. */
  value(bytes: Uint8Array, start: number, end: number, excluded?: Exclusions): this {
    const kind = anyValueKind(bytes, start, end);
    this.#varint(kind === 'empty' ? 0 : ANY_VALUE_FIELDS[kind]);
    if (kind === 'empty') return this;
    const at = findField(bytes, start, end, ANY_VALUE_FIELDS[kind]);
    switch (kind) {
      case 'bool':
        this.#varint(bytes[at] === 0 ? 0 : 1);
        break;
      case 'int':
        this.#varint(readVarintLow(bytes, at));
        this.#varint(readVarintHigh(bytes, at));
        break;
      case 'double':
        this.#copy(bytes, at, at + 8);
        break;
      case 'string':
      case 'bytes':
        this.text(bytes, payloadStart(bytes, at), payloadEnd(bytes, at));
        break;
      case 'kvlist':
        this.attributes(bytes, payloadStart(bytes, at), payloadEnd(bytes, at), 1, excluded);
        break;
      case 'array':
        this.#list(bytes, payloadStart(bytes, at), payloadEnd(bytes, at));
    }
    return this;
  }

  /** Adds `[start, end)` of `bytes` as it is. */
  text(bytes: Uint8Array, start = 0, end: number = bytes.length): this {
    this.#varint(end - start);
    this.#copy(bytes, start, end);
    return this;
  }

  /** Adds a non-negative integer. */
  number(value: number): this {
    this.#varint(value);
    return this;
  }

  /** Returns the key and starts the next one. */
  finish(): string {
    const key = this.#bytes.toString('latin1', 0, this.#length);
    this.#length = 0;
    return key;
  }

  #varint(value: number): void {
    this.#reserve(5);
    let rest = value;
    for (; rest > 127; rest >>>= 7) this.#bytes[this.#length++] = (rest & 127) | 128;
    this.#bytes[this.#length++] = rest;
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#reserve(length);
    const target = this.#bytes;
    const at = this.#length;
    // A native call costs more than a short copy.
    if (length > 48) target.set(bytes.subarray(start, end), at);
    else for (let i = 0; i < length; i++) target[at + i] = bytes[start + i] as number;
    this.#length = at + length;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }

  #list(bytes: Uint8Array, start: number, end: number): void {
    const reader = new TrustedReader(bytes, start, end);
    while (reader.next()) {
      if (reader.field !== 1) continue;
      this.#varint(ELEMENT);
      this.value(bytes, reader.valueStart, reader.end);
    }
    this.#varint(END);
  }

  #entry(bytes: Uint8Array, { keyStart, keyEnd, valueStart, valueEnd }: Entry, excluded: Exclusions | undefined): void {
    const inner = excluded?.get(Buffer.from(bytes.buffer, bytes.byteOffset + keyStart, keyEnd - keyStart).toString());
    if (inner === 'all') return;
    this.#varint(ELEMENT);
    this.text(bytes, keyStart, keyEnd);
    this.value(bytes, valueStart, valueEnd, inner);
  }
}

const ELEMENT = 1;
const END = 0;

interface Entry {
  keyStart: number;
  keyEnd: number;
  valueStart: number;
  valueEnd: number;
}

/** A stack of attributes, sorted by key within each list. Objects are reused. */
class Entries {
  count = 0;
  readonly #entries: Entry[] = [];

  at(index: number): Entry {
    return this.#entries[index] as Entry;
  }

  /** Reads the attributes in `field` and returns the index of the first one. */
  read(bytes: Uint8Array, start: number, end: number, field: number): number {
    const first = this.count;
    const reader = new TrustedReader(bytes, start, end);
    let isSorted = true;
    while (reader.next()) {
      if (reader.field !== field) continue;
      const entry = this.#add(bytes, reader.valueStart, reader.end);
      if (isSorted && this.count - first > 1) isSorted = compare(bytes, this.at(this.count - 2), entry) <= 0;
    }
    if (!isSorted) this.#sort(bytes, first);
    return first;
  }

  #add(bytes: Uint8Array, start: number, end: number): Entry {
    const index = this.count++;
    let entry = this.#entries[index];
    if (entry === undefined) {
      entry = { keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0 };
      this.#entries.push(entry);
    }
    const key = findField(bytes, start, end, 1);
    entry.keyStart = key < 0 ? start : payloadStart(bytes, key);
    entry.keyEnd = key < 0 ? start : payloadEnd(bytes, key);
    const value = findField(bytes, start, end, 2);
    entry.valueStart = value < 0 ? end : payloadStart(bytes, value);
    entry.valueEnd = value < 0 ? end : payloadEnd(bytes, value);
    return entry;
  }

  #sort(bytes: Uint8Array, first: number): void {
    const sorted = this.#entries.slice(first, this.count).sort((left, right) => compare(bytes, left, right));
    for (let i = 0; i < sorted.length; i++) this.#entries[first + i] = sorted[i] as Entry;
  }
}

function compare(bytes: Uint8Array, left: Entry, right: Entry): number {
  const leftLength = left.keyEnd - left.keyStart;
  const rightLength = right.keyEnd - right.keyStart;
  const length = Math.min(leftLength, rightLength);
  for (let i = 0; i < length; i++) {
    const difference = (bytes[left.keyStart + i] as number) - (bytes[right.keyStart + i] as number);
    if (difference !== 0) return difference;
  }
  return leftLength - rightLength;
}
