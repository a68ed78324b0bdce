import { LOG_RECORD_FIELDS, RESOURCE_FIELDS, varintSize, WireType, WireWriter } from '@otelier/otlp';
import type { FlatRecord } from '../../../operators/direct/flat-record.ts';
import { putVarint } from '../../../operators/direct/key-table.ts';
import { encodeMap } from '../../../ottl/values/codec.ts';
import type { Value, ValueMap } from '../../../ottl/values/value.ts';

const DELIMITED = WireType.lengthDelimited;
/** Tags of the fields that contain records, and of the fields of a record. */
const TAG = {
  /** `ResourceLogs` in the request, and resource and scope in their groups. */
  first: 8 + DELIMITED,
  /** `ScopeLogs` in `ResourceLogs`, and records in `ScopeLogs`. */
  second: 16 + DELIMITED,
  body: LOG_RECORD_FIELDS.body * 8 + DELIMITED,
  text: 8 + DELIMITED,
  binary: 7 * 8 + DELIMITED,
  observed: LOG_RECORD_FIELDS.observedTimeUnixNano * 8 + WireType.fixed64,
} as const;

/** Largest size of the groups around the records, without the resource. */
const HEADROOM = 64;
const OBSERVED_BYTES = 9;
/** Bytes of a record besides its text and attributes, at most. */
const MAX_OVERHEAD = 64;

/**
 * Writes log records of pieces of a file, directly in the encoding of an export request. All have the same
 * resource.
 */
export class RecordWriter {
  readonly #resource: Uint8Array;
  readonly #start: number;
  #bytes: Buffer;
  #length: number;
  readonly #observed = Buffer.alloc(OBSERVED_BYTES);
  #count = 0;

  constructor(resource: ReadonlyMap<string, string>, capacity: number) {
    this.#resource = encodeMap(new Map<string, Value>(resource), RESOURCE_FIELDS.attributes);
    this.#start = HEADROOM + this.#resource.length;
    this.#bytes = Buffer.allocUnsafeSlow(this.#start + capacity);
    this.#length = this.#start;
    this.#observed[0] = TAG.observed;
  }

  /** Number of records. */
  get count(): number {
    return this.#count;
  }

  /** Size of the records. */
  get sizeBytes(): number {
    return this.#length - this.#start;
  }

  /** Sets the observed time of the records that follow. */
  observe(millis: number): void {
    this.#observed.writeBigUInt64LE(BigInt(Math.floor(millis)) * 1_000_000n, 1);
  }

  /** Writes a record. `attributes` are encoded by `encodeAttributes`. */
  add(bytes: Buffer, start: number, end: number, attributes: Uint8Array, isBinary: boolean): void {
    const textLength = end - start;
    const bodyLength = 1 + varintSize(textLength) + textLength;
    let at = this.#begin(1 + varintSize(bodyLength) + bodyLength + attributes.length + OBSERVED_BYTES);
    const target = this.#bytes;
    target[at++] = TAG.body;
    at = putVarint(target, at, bodyLength);
    target[at++] = isBinary ? TAG.binary : TAG.text;
    at = putVarint(target, at, textLength);
    at += bytes.copy(target, at, start, end);
    this.#end(at, attributes);
  }

  /** Writes a record that is read from its text. */
  addFlat(record: FlatRecord, attributes: Uint8Array): void {
    const at = this.#begin(record.sizeBytes() + attributes.length + OBSERVED_BYTES);
    this.#end(record.write(this.#bytes, at), attributes);
  }

  /** Writes a record that is encoded with its tag and length. */
  addEncoded(record: Uint8Array): void {
    this.#reserve(record.length);
    this.#bytes.set(record, this.#length);
    this.#length += record.length;
    this.#count++;
  }

  /** Returns the request and resets the writer. */
  finish(): Uint8Array<ArrayBuffer> {
    const end = this.#length;
    const records = end - this.#start;
    const scopeLength = 2 + records;
    const resourceLength = this.#resource.length;
    const groupLength = 1 + varintSize(resourceLength) + resourceLength + 1 + varintSize(scopeLength) + scopeLength;
    const start = this.#start - (1 + varintSize(groupLength) + groupLength - records);
    const target = this.#bytes;
    let at = start;
    target[at++] = TAG.first;
    at = putVarint(target, at, groupLength);
    target[at++] = TAG.first;
    at = putVarint(target, at, resourceLength);
    target.set(this.#resource, at);
    at += resourceLength;
    target[at++] = TAG.second;
    at = putVarint(target, at, scopeLength);
    target[at++] = TAG.first;
    target[at] = 0;
    const request = new Uint8Array(target.subarray(start, end));
    this.#length = this.#start;
    this.#count = 0;
    return request;
  }

  /** Writes tag and length of a record and returns the position after them. */
  #begin(length: number): number {
    this.#reserve(length + MAX_OVERHEAD);
    this.#bytes[this.#length] = TAG.second;
    return putVarint(this.#bytes, this.#length + 1, length);
  }

  #end(position: number, attributes: Uint8Array): void {
    const target = this.#bytes;
    target.set(attributes, position);
    const at = position + attributes.length;
    target.set(this.#observed, at);
    this.#length = at + OBSERVED_BYTES;
    this.#count++;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + count));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Encodes the attributes of a record. */
export function encodeAttributes(attributes: ValueMap): Uint8Array {
  return encodeMap(attributes, LOG_RECORD_FIELDS.attributes);
}

/** Encodes an integer attribute after other attributes. */
export function withInteger(attributes: Uint8Array, key: string, value: number): Uint8Array {
  integers.raw(attributes);
  integers.open(LOG_RECORD_FIELDS.attributes);
  integers.stringField(1, key);
  integers.open(2);
  integers.varintField(3, value);
  integers.close();
  integers.close();
  return integers.finish();
}

const integers = new WireWriter(256);
