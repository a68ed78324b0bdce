import { Buffer } from 'node:buffer';
import {
  ANY_VALUE_FIELDS,
  anyValueKind,
  findField,
  payloadEnd,
  payloadStart,
  skipValue,
  TrustedReader,
} from '@otelier/otlp';

/** Keys of a map to ignore, with the keys to ignore in nested maps. `all` ignores the value itself. */
export type Exclusions = ReadonlyMap<string, Exclusions | 'all'>;

/**
 * Builds map keys from telemetry: equal values produce equal keys and different values different ones, regardless of
 * attribute order. One builder is reused for many keys.
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
      const { keyStart, keyEnd, valueStart, valueEnd } = entries.at(index);
      // The first value of a duplicate key wins.
      if (index > first && compare(bytes, entries.at(index - 1), entries.at(index)) === 0) continue;
      let inner: Exclusions | 'all' | undefined;
      if (excluded !== undefined) inner = excluded.get(textOf(bytes, keyStart, keyEnd));
      if (inner === 'all') continue;
      this.number(ELEMENT);
      this.text(bytes, keyStart, keyEnd);
      this.value(bytes, valueStart, valueEnd, inner);
    }
    entries.count = first;
    return this.number(END);
  }

  /** Adds the value of the `AnyValue` in `[start, end)`. */
  value(bytes: Uint8Array, start: number, end: number, excluded?: Exclusions): this {
    const tag = start < end ? (bytes[start] as number) : 0;
    // Almost all values are scalars in a single field, whose encoding is used as their key.
    if (SCALAR_TAGS.has(tag) && skipValue(bytes, start + 1, tag) === end) return this.#scalar(bytes, start, end);
    const kind = anyValueKind(bytes, start, end);
    if (kind === 'empty') return this.number(EMPTY);
    const at = findField(bytes, start, end, ANY_VALUE_FIELDS[kind]);
    if (kind === 'kvlist')
      return this.number(MAP).attributes(bytes, payloadStart(bytes, at), payloadEnd(bytes, at), 1, excluded);
    if (kind === 'array') return this.number(ARRAY).#list(bytes, payloadStart(bytes, at), payloadEnd(bytes, at));
    return this.#scalar(bytes, at - 1, skipValue(bytes, at, bytes[at - 1] as number));
  }

  /** Adds the string or bytes field `field` of the message `[start, end)`. A missing field counts as empty. */
  field(bytes: Uint8Array, start: number, end: number, field: number): this {
    const value = findField(bytes, start, end, field);
    return value < 0 ? this.number(0) : this.text(bytes, payloadStart(bytes, value), payloadEnd(bytes, value));
  }

  /** Adds `[start, end)` of `bytes` verbatim. */
  text(bytes: Uint8Array, start = 0, end: number = bytes.length): this {
    this.number(end - start);
    this.#copy(bytes, start, end);
    return this;
  }

  /** Adds a non-negative integer of at most 32 bits. */
  number(value: number): this {
    this.#reserve(5);
    let rest = value;
    for (; rest > 127; rest >>>= 7) this.#bytes[this.#length++] = (rest & 127) | 128;
    this.#bytes[this.#length++] = rest;
    return this;
  }

  /** Returns the key, with one character per byte, and starts the next one. */
  finish(): string {
    const key = this.#bytes.toString('latin1', 0, this.#length);
    this.#length = 0;
    return key;
  }

  /** Returns the key as bytes, which are valid until the next call, and starts the next one. */
  finishBytes(): Uint8Array {
    const key = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return key;
  }

  #scalar(bytes: Uint8Array, start: number, end: number): this {
    this.number(end - start + SCALAR);
    this.#copy(bytes, start, end);
    return this;
  }

  #list(bytes: Uint8Array, start: number, end: number): this {
    const reader = new TrustedReader(bytes, start, end);
    while (reader.next()) {
      if (reader.field !== 1) continue;
      this.number(ELEMENT);
      this.value(bytes, reader.valueStart, reader.end);
    }
    return this.number(END);
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#reserve(length);
    const target = this.#bytes;
    const at = this.#length;
    // A native call costs more than a short copy.
    if (length <= 32) for (let i = 0; i < length; i++) target[at + i] = bytes[start + i] as number;
    else target.set(bytes.subarray(start, end), at);
    this.#length = at + length;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

const ELEMENT = 1;
const END = 0;
/** Value markers: the kind, or the length of a scalar. */
const EMPTY = 0;
const MAP = 1;
const ARRAY = 2;
const SCALAR = 3;

/** Tags of the `AnyValue` fields that contain no nested values. */
const SCALAR_TAGS: ReadonlySet<number> = new Set([0x0a, 0x10, 0x18, 0x21, 0x3a]);

interface Entry {
  keyStart: number;
  keyEnd: number;
  valueStart: number;
  valueEnd: number;
}

/** A stack of attributes, with each list sorted by key. Objects are reused. */
class Entries {
  count = 0;
  readonly #entries: Entry[] = [];

  at(index: number): Entry {
    return this.#entries[index] as Entry;
  }

  /** Reads the attributes in `field` and returns the index of the first. */
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
    if (!locateUsual(bytes, start, end, entry)) locate(bytes, start, end, entry);
    return entry;
  }

  /** Sorts by insertion: lists are short, and the sort is stable, so the first of several values for a key stays first. */
  #sort(bytes: Uint8Array, first: number): void {
    const entries = this.#entries;
    for (let index = first + 1; index < this.count; index++) {
      const entry = this.at(index);
      let at = index;
      for (; at > first && compare(bytes, this.at(at - 1), entry) > 0; at--) entries[at] = this.at(at - 1);
      entries[at] = entry;
    }
  }
}

/** Locates the key and value of a `KeyValue` in the usual encoding: key first, then value, both short. */
function locateUsual(bytes: Uint8Array, start: number, end: number, entry: Entry): boolean {
  const keyLength = bytes[start + 1] as number;
  if (end - start < 4 || bytes[start] !== KEY_TAG || keyLength > 127) return false;
  const value = start + 2 + keyLength;
  const valueLength = bytes[value + 1] as number;
  if (value + 2 > end || bytes[value] !== VALUE_TAG || valueLength > 127 || value + 2 + valueLength !== end)
    return false;
  entry.keyStart = start + 2;
  entry.keyEnd = value;
  entry.valueStart = value + 2;
  entry.valueEnd = end;
  return true;
}

const KEY_TAG = 0x0a;
const VALUE_TAG = 0x12;

function locate(bytes: Uint8Array, start: number, end: number, entry: Entry): void {
  const key = findField(bytes, start, end, 1);
  entry.keyStart = key < 0 ? start : payloadStart(bytes, key);
  entry.keyEnd = key < 0 ? start : payloadEnd(bytes, key);
  const value = findField(bytes, start, end, 2);
  entry.valueStart = value < 0 ? end : payloadStart(bytes, value);
  entry.valueEnd = value < 0 ? end : payloadEnd(bytes, value);
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
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
