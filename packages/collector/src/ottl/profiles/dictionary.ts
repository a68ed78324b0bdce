import {
  findField,
  forEachPayload,
  payloadEnd,
  payloadStart,
  readString,
  readVarintLow,
  Splices,
  WireWriter,
} from '@otelier/otlp';
import { bytesField, join, stringField } from '../record/encode.ts';
import { EvaluationError } from '../values/value.ts';

/** An entry of the attribute table. */
interface AttributeEntry {
  readonly keyIndex: number;
  /** The encoded `AnyValue`. */
  readonly value: Uint8Array;
  readonly unitIndex: number;
}

/**
 * The dictionary of a request of profiles: the strings and attributes to which its profiles refer by index. Entries are
 * only added, at the end of a table, so that all other references remain valid.
 */
export class ProfilesDictionary {
  #request: Uint8Array = EMPTY;
  /** The strings, decoded when they are read. */
  #strings: (string | undefined)[] = [];
  /** The start and end of each string in the request, or `undefined` before the first use. */
  #ranges: number[] | undefined;
  #stringIndexes: Map<string, number> | undefined;
  #attributes: AttributeEntry[] | undefined;
  #attributeIndexes: Map<string, number> | undefined;
  readonly #added: Uint8Array[] = [];

  /** Moves to the dictionary of a request and discards additions to another one. */
  moveTo(request: Uint8Array): this {
    if (request !== this.#request) this.clear();
    this.#request = request;
    return this;
  }

  /** Discards all additions. */
  clear(): void {
    this.#request = EMPTY;
    this.#strings = [];
    this.#ranges = undefined;
    this.#stringIndexes = undefined;
    this.#attributes = undefined;
    this.#attributeIndexes = undefined;
    this.#added.length = 0;
  }

  /** Returns a string, or `undefined` if the index is out of range. */
  string(index: number): string | undefined {
    const ranges = this.#stringRanges();
    const known = this.#strings[index];
    if (known !== undefined || index < 0 || 2 * index >= ranges.length) return known;
    const text = readString(this.#request, ranges[2 * index] as number, ranges[2 * index + 1] as number);
    this.#strings[index] = text;
    return text;
  }

  #stringRanges(): number[] {
    if (this.#ranges === undefined) {
      const ranges: number[] = [];
      this.#forEach(STRINGS, (start, end) => ranges.push(start, end));
      this.#strings = new Array<string | undefined>(ranges.length / 2).fill(undefined);
      this.#ranges = ranges;
    }
    return this.#ranges;
  }

  /** Returns an attribute and its key. Throws an `EvaluationError` if an index is out of range. */
  attribute(index: number): AttributeEntry & { readonly key: string } {
    const table = this.#attributeTable();
    const entry = table[index];
    if (entry === undefined)
      throw new EvaluationError(`expected the index of an attribute below ${table.length}, got ${index}`);
    const key = this.string(entry.keyIndex);
    if (key === undefined)
      throw new EvaluationError(`expected the index of a string below ${this.#strings.length}, got ${entry.keyIndex}`);
    return { ...entry, key };
  }

  /** Returns the index of a string, which is added if it is missing. */
  indexOfString(text: string): number {
    this.#stringRanges();
    if (this.#stringIndexes === undefined) {
      this.#stringIndexes = new Map();
      for (let index = 0; index < this.#strings.length; index++) {
        const known = this.string(index) ?? '';
        if (!this.#stringIndexes.has(known)) this.#stringIndexes.set(known, index);
      }
    }
    let index = this.#stringIndexes.get(text);
    if (index === undefined) {
      index = this.#strings.push(text) - 1;
      this.#stringIndexes.set(text, index);
      this.#added.push(text === '' ? bytesField(STRINGS, EMPTY) : stringField(STRINGS, text));
    }
    return index;
  }

  /** Returns the index of an attribute without a unit, which is added if it is missing. */
  indexOfAttribute(keyIndex: number, value: Uint8Array): number {
    const attributes = this.#attributeTable();
    if (this.#attributeIndexes === undefined) {
      this.#attributeIndexes = new Map();
      for (const [index, entry] of attributes.entries()) {
        const identity = identityOf(entry);
        if (entry.unitIndex === 0 && !this.#attributeIndexes.has(identity)) this.#attributeIndexes.set(identity, index);
      }
    }
    const entry = { keyIndex, value, unitIndex: 0 };
    const identity = identityOf(entry);
    let index = this.#attributeIndexes.get(identity);
    if (index === undefined) {
      index = attributes.push(entry) - 1;
      this.#attributeIndexes.set(identity, index);
      this.#added.push(bytesField(ATTRIBUTES, encodeEntry(keyIndex, value)));
    }
    return index;
  }

  /** Returns the rewritten request with the additions, and forgets them. */
  addTo(request: Uint8Array): Uint8Array {
    if (this.#added.length === 0) return request;
    const content = join(this.#added);
    this.clear();
    const splices = new Splices();
    const dictionary = findField(request, 0, request.length, DICTIONARY);
    if (dictionary < 0) {
      splices.insert(request.length, bytesField(DICTIONARY, content));
      return splices.apply(request);
    }
    const start = payloadStart(request, dictionary);
    const end = payloadEnd(request, dictionary);
    splices.open(dictionary);
    splices.insert(end, content);
    splices.close(start, end);
    return splices.apply(request);
  }

  #attributeTable(): AttributeEntry[] {
    if (this.#attributes === undefined) {
      const entries: AttributeEntry[] = [];
      this.#forEach(ATTRIBUTES, (start, end) => entries.push(readEntry(this.#request, start, end)));
      this.#attributes = entries;
    }
    return this.#attributes;
  }

  #forEach(field: number, visit: (start: number, end: number) => void): void {
    const request = this.#request;
    const dictionary = findField(request, 0, request.length, DICTIONARY);
    if (dictionary < 0) return;
    forEachPayload(request, payloadStart(request, dictionary), payloadEnd(request, dictionary), field, visit);
  }
}

function readEntry(bytes: Uint8Array, start: number, end: number): AttributeEntry {
  const integer = (field: number): number => {
    const at = findField(bytes, start, end, field);
    return at < 0 ? 0 : readVarintLow(bytes, at) | 0;
  };
  const value = findField(bytes, start, end, VALUE);
  return {
    keyIndex: integer(KEY),
    value: value < 0 ? EMPTY : bytes.slice(payloadStart(bytes, value), payloadEnd(bytes, value)),
    unitIndex: integer(UNIT),
  };
}

function encodeEntry(keyIndex: number, value: Uint8Array): Uint8Array {
  writer.varintField(KEY, keyIndex);
  writer.bytesField(VALUE, value);
  return writer.finish();
}

function identityOf({ keyIndex, value }: AttributeEntry): string {
  return `${keyIndex} ${Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1')}`;
}

const writer = new WireWriter(256);
/** The field of the request that contains the dictionary. */
const DICTIONARY = 2;
const STRINGS = 5;
const ATTRIBUTES = 6;
const KEY = 1;
const VALUE = 2;
const UNIT = 3;
const EMPTY = new Uint8Array();
