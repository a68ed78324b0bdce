import { findField, forEachPayload, payloadEnd, payloadStart } from '../wire/find.ts';
import {
  readDouble,
  readString,
  readVarintBool,
  readVarintHigh,
  readVarintInt64,
  readVarintLow,
  WireType,
} from '../wire/reader.ts';
import { WireWriter } from '../wire/writer.ts';
import { encodeBase64 } from './base64.ts';

/**
 * The value of an attribute or a log body in JavaScript. Integers beyond ±(2^53 - 1) are `bigint`. Lists and maps can
 * be nested. `undefined` is the empty value, which OTLP distinguishes from a missing one.
 */
export type AttributeValue =
  | string
  | boolean
  | number
  | bigint
  | Uint8Array
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue }
  | undefined;

/** The type of value in an `AnyValue`. */
export type AnyValueKind = (typeof KINDS)[number];

const KINDS = ['empty', 'string', 'bool', 'int', 'double', 'array', 'kvlist', 'bytes'] as const;

/** `AnyValue` field numbers by type. */
export const ANY_VALUE_FIELDS = { string: 1, bool: 2, int: 3, double: 4, array: 5, kvlist: 6, bytes: 7 } as const;

/** Returns the type of the `AnyValue` in `[start, end)` without decoding it. */
export function anyValueKind(bytes: Uint8Array, start: number, end: number): AnyValueKind {
  const value = findValue(bytes, start, end);
  return value < 0 ? 'empty' : (KINDS[bytes[value - 1] >>> 3] as AnyValueKind);
}

/** Decodes the `AnyValue` in `[start, end)` with all nested values. */
export function readAnyValue(bytes: Uint8Array, start: number, end: number): AttributeValue {
  const value = findValue(bytes, start, end);
  if (value < 0) return undefined;
  switch (bytes[value - 1] >>> 3) {
    case ANY_VALUE_FIELDS.string:
      return readString(bytes, payloadStart(bytes, value), payloadEnd(bytes, value));
    case ANY_VALUE_FIELDS.bool:
      return readVarintBool(bytes, value);
    case ANY_VALUE_FIELDS.int:
      return readInteger(bytes, value);
    case ANY_VALUE_FIELDS.double:
      return readDouble(bytes, value);
    case ANY_VALUE_FIELDS.array:
      return readArray(bytes, payloadStart(bytes, value), payloadEnd(bytes, value));
    case ANY_VALUE_FIELDS.kvlist:
      return firstOfEachKey(readEntries(bytes, payloadStart(bytes, value), payloadEnd(bytes, value), 1));
    default:
      return bytes.slice(payloadStart(bytes, value), payloadEnd(bytes, value));
  }
}

/**
 * Converts entries to an object, keeping the first value of a repeated key. Any key becomes an own property, including
 * `__proto__`.
 */
export function firstOfEachKey<V>(entries: Iterable<readonly [string, V]>): { [key: string]: V } {
  const first = new Map<string, V>();
  for (const [key, value] of entries) if (!first.has(key)) first.set(key, value);
  return Object.fromEntries(first);
}

/** Decodes the attributes in field `attributesField` of the message `[start, end)`, in order. */
export function readEntries(
  bytes: Uint8Array,
  start: number,
  end: number,
  attributesField: number,
): [string, AttributeValue][] {
  const entries: [string, AttributeValue][] = [];
  forEachPayload(bytes, start, end, attributesField, (from, to) => {
    entries.push([readKey(bytes, from, to), readEntryValue(bytes, from, to)]);
  });
  return entries;
}

/** Decodes the key of the `KeyValue` in `[start, end)`. */
export function readKey(bytes: Uint8Array, start: number, end: number): string {
  const key = findField(bytes, start, end, 1);
  return key < 0 ? '' : readString(bytes, payloadStart(bytes, key), payloadEnd(bytes, key));
}

function readEntryValue(bytes: Uint8Array, start: number, end: number): AttributeValue {
  const value = findField(bytes, start, end, 2);
  return value < 0 ? undefined : readAnyValue(bytes, payloadStart(bytes, value), payloadEnd(bytes, value));
}

function readArray(bytes: Uint8Array, start: number, end: number): AttributeValue[] {
  const values: AttributeValue[] = [];
  forEachPayload(bytes, start, end, 1, (from, to) => values.push(readAnyValue(bytes, from, to)));
  return values;
}

function readInteger(bytes: Uint8Array, value: number): number | bigint {
  const high = readVarintHigh(bytes, value) | 0;
  // Within ±2^52, so that the sum below is exact.
  if (high >= -0x10_0000 && high < 0x10_0000) return high * 0x1_0000_0000 + readVarintLow(bytes, value);
  const exact = readVarintInt64(bytes, value);
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}

/**
 * Returns the offset of the value in an `AnyValue`, after its one-byte tag, or -1. Unknown values, and those used only
 * by profiles (`string_value_strindex`), are ignored.
 */
function findValue(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return -1;
  const tag = bytes[start];
  if (tag >= 8 && tag < 64) return start + 1;
  for (let field = 1; field <= ANY_VALUE_FIELDS.bytes; field++) {
    const value = findField(bytes, start, end, field);
    if (value >= 0) return value;
  }
  return -1;
}

/**
 * Encodes a value as the contents of an `AnyValue`. Safe integers become integers, other numbers doubles. Throws a
 * `RangeError` for a `bigint` that does not fit in 64 bits.
 */
export function encodeAnyValue(value: AttributeValue): Uint8Array {
  // An earlier value may have been impossible to write.
  shared.reset();
  writeAnyValue(shared, value);
  return shared.finish();
}

/** Writes the contents of an `AnyValue`, encoded as in `encodeAnyValue`. */
export function writeAnyValue(writer: WireWriter, value: AttributeValue): void {
  switch (typeof value) {
    case 'undefined':
      break;
    case 'string':
      writer.stringField(ANY_VALUE_FIELDS.string, value);
      break;
    case 'boolean':
      writer.varintField(ANY_VALUE_FIELDS.bool, value ? 1 : 0);
      break;
    case 'bigint':
      writeInteger(writer, value);
      break;
    case 'number':
      writeNumber(writer, value);
      break;
    default:
      writeComposite(writer, value);
  }
}

function writeInteger(writer: WireWriter, value: bigint): void {
  if (BigInt.asIntN(64, value) !== value) throw new RangeError(`expected an integer of 64 bits, got ${value}`);
  writer.bigIntField(ANY_VALUE_FIELDS.int, value);
}

function writeNumber(writer: WireWriter, value: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
    writer.tag(ANY_VALUE_FIELDS.int, WireType.varint);
    writer.varintHalves(value % 0x1_0000_0000, Math.floor(value / 0x1_0000_0000));
  } else {
    writer.doubleField(ANY_VALUE_FIELDS.double, value);
  }
}

function writeComposite(writer: WireWriter, value: Exclude<AttributeValue, Primitive>): void {
  if (value instanceof Uint8Array) {
    writer.bytesField(ANY_VALUE_FIELDS.bytes, value);
  } else if (isArray(value)) {
    writer.open(ANY_VALUE_FIELDS.array);
    for (const element of value) {
      writer.open(1);
      writeAnyValue(writer, element);
      writer.close();
    }
    writer.close();
  } else {
    writer.open(ANY_VALUE_FIELDS.kvlist);
    for (const [key, element] of Object.entries(value)) {
      writer.open(1);
      writeKeyValue(writer, key, element);
      writer.close();
    }
    writer.close();
  }
}

/** Writes the contents of a `KeyValue`. */
export function writeKeyValue(writer: WireWriter, key: string, value: AttributeValue): void {
  writer.stringField(1, key);
  writer.open(2);
  writeAnyValue(writer, value);
  writer.close();
}

type Primitive = string | boolean | number | bigint | undefined;

/** Narrows to a list, because `Array.isArray` does not narrow readonly arrays in a union. */
function isArray(value: object): value is readonly AttributeValue[] {
  return Array.isArray(value);
}

/**
 * Formats the `AnyValue` in `[start, end)` as a string, like the Collector's `Value.AsString`: strings unchanged, bytes
 * as base64, lists and maps as JSON, and the empty value as an empty string.
 */
export function anyValueAsText(bytes: Uint8Array, start: number, end: number): string {
  const value = readAnyValue(bytes, start, end);
  switch (typeof value) {
    case 'undefined':
      return '';
    case 'object':
      return value instanceof Uint8Array ? encodeBase64(value) : jsonOf(value);
    default:
      return String(value);
  }
}

/** Formats a value as JSON. `JSON.stringify` rejects `bigint`. */
function jsonOf(value: AttributeValue): string {
  if (value === undefined) return 'null';
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : `"${value}"`;
  if (typeof value !== 'object') return JSON.stringify(value);
  if (value instanceof Uint8Array) return `"${encodeBase64(value)}"`;
  if (isArray(value)) return `[${value.map(jsonOf).join(',')}]`;
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, element]) => `${JSON.stringify(key)}:${jsonOf(element)}`).join(',')}}`;
}

const shared = new WireWriter(256);
