import type { AttributeValue } from '../attributes/attribute-value.ts';
import {
  ANY_ARRAY,
  ANY_BOOL,
  ANY_BYTES,
  ANY_DOUBLE,
  ANY_INT,
  ANY_KEY_VALUES,
  ANY_STRING,
  KEY_VALUE_KEY,
  KEY_VALUE_VALUE,
  LIST_VALUES,
} from './tags.ts';
import { putAscii, putVarint, Writer } from './writer.ts';

/** Attributes as they are encoded: keys, each once, and the value of each at the same place. */
export interface AttributeData {
  readonly keys: readonly string[];
  readonly values: readonly AttributeValue[];
  /** How many there were beyond these. */
  readonly droppedCount: number;
}

/** Writes every attribute as a `KeyValue` field with this tag. */
export function writeAttributes(writer: Writer, tag: number, { keys, values }: AttributeData): void {
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    // What one place of the program makes has the same keys in the same order, and mostly came just before.
    let encodedKey = recentEncoded[i];
    if (recentKeys[i] !== key) {
      encodedKey = encodedKeyOf(key);
      if (i < MAX_RECENT_KEYS) {
        recentKeys[i] = key;
        recentEncoded[i] = encodedKey;
      }
    }
    writeWithKey(writer, tag, encodedKey, values[i]);
  }
}

/** Writes one `KeyValue` field. */
export function writeKeyValue(writer: Writer, tag: number, key: string, value: AttributeValue): void {
  writeWithKey(writer, tag, encodedKeyOf(key), value);
}

function writeWithKey(writer: Writer, tag: number, encodedKey: Uint8Array, value: AttributeValue): void {
  if (typeof value === 'string') {
    if (writeShortText(writer, tag, encodedKey, value)) return;
  } else if (typeof value === 'boolean') {
    if (writeSmall(writer, tag, encodedKey, ANY_BOOL, value ? 1 : 0)) return;
  } else if (typeof value === 'number' && value >= 0 && value < 0x4000 && Number.isInteger(value)) {
    if (writeSmall(writer, tag, encodedKey, ANY_INT, value)) return;
  }
  const guess = encodedKey.length + (typeof value === 'string' ? value.length + 8 : 12);
  const keyValue = writer.open(tag, guess);
  writer.raw(encodedKey);
  writeAnyValue(writer, KEY_VALUE_VALUE, value);
  writer.close(keyValue, guess);
}

/** Writes a field that is an `AnyValue`; one for `null` is empty. */
export function writeAnyValue(writer: Writer, tag: number, value: AttributeValue): void {
  const guess = typeof value === 'string' ? value.length + 4 : 0;
  const any = writer.open(tag, guess);
  if (typeof value === 'string') writer.text(ANY_STRING, value);
  else if (typeof value === 'number') writeNumber(writer, value);
  else if (typeof value === 'boolean') writer.uint(ANY_BOOL, value ? 1 : 0);
  else if (value instanceof Uint8Array) writer.data(ANY_BYTES, value);
  else if (value !== null) writeList(writer, value);
  writer.close(any, guess);
}

/** What is an integer of 64 bits goes as one, as in opentelemetry-js; JavaScript does not say which was meant. */
function writeNumber(writer: Writer, value: number): void {
  if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) writer.int64(ANY_INT, value);
  else writer.double(ANY_DOUBLE, value);
}

function writeList(
  writer: Writer,
  value: readonly AttributeValue[] | { readonly [key: string]: AttributeValue },
): void {
  const list = writer.open(Array.isArray(value) ? ANY_ARRAY : ANY_KEY_VALUES);
  if (Array.isArray(value)) for (const element of value) writeAnyValue(writer, LIST_VALUES, element);
  else for (const [key, element] of Object.entries(value)) writeKeyValue(writer, LIST_VALUES, key, element);
  writer.close(list);
}

/** The most frequent case in one go: every length is one byte. `false`, and nothing written, when it is another case. */
function writeShortText(writer: Writer, tag: number, encodedKey: Uint8Array, value: string): boolean {
  const length = encodedKey.length + value.length + 4;
  if (length > 127) return false;
  writer.reserve(length + 2);
  const { bytes, length: start } = writer;
  const at = start + 2 + encodedKey.length;
  if (!putAscii(bytes, at + 4, value)) return false;
  bytes[start] = tag;
  bytes[start + 1] = length;
  bytes.set(encodedKey, start + 2);
  bytes[at] = KEY_VALUE_VALUE;
  bytes[at + 1] = value.length + 2;
  bytes[at + 2] = ANY_STRING;
  bytes[at + 3] = value.length;
  writer.length = at + 4 + value.length;
  return true;
}

/** A value of at most 14 bits, as booleans, ports and status codes are; `false`, and nothing written, for a long key. */
function writeSmall(writer: Writer, tag: number, encodedKey: Uint8Array, valueTag: number, value: number): boolean {
  const size = value < 0x80 ? 2 : 3;
  const length = encodedKey.length + 2 + size;
  if (length > 127) return false;
  writer.reserve(length + 2);
  const { bytes, length: start } = writer;
  const at = start + 2 + encodedKey.length;
  bytes[start] = tag;
  bytes[start + 1] = length;
  bytes.set(encodedKey, start + 2);
  bytes[at] = KEY_VALUE_VALUE;
  bytes[at + 1] = size;
  bytes[at + 2] = valueTag;
  writer.length = putVarint(bytes, at + 3, value);
  return true;
}

/**
 * The `key` field of a `KeyValue`, encoded once: finding and copying it takes 28 ns, encoding 43 (`writer.bench.ts`).
 * Keys are few, but nothing says so: when there are many, or long ones, they are encoded each time.
 */
function encodedKeyOf(key: string): Uint8Array {
  const known = encodedKeys.get(key);
  if (known !== undefined) return known;
  const writer = new Writer(key.length + 8);
  writer.text(KEY_VALUE_KEY, key);
  const encoded = writer.finish();
  if (encoded.length <= MAX_CACHED_KEY_BYTES && encodedKeys.size < MAX_CACHED_KEYS) encodedKeys.set(key, encoded);
  return encoded;
}

const encodedKeys = new Map<string, Uint8Array>();
const MAX_CACHED_KEYS = 1024;
const MAX_CACHED_KEY_BYTES = 100;
/** The key that stood last at each place, and its encoding: 14 ns instead of the map's 28. */
const recentKeys: string[] = [];
const recentEncoded: Uint8Array[] = [];
const MAX_RECENT_KEYS = 32;
