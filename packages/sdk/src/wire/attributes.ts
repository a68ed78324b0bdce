import { TagWriter } from '@otelier/otlp';
import type { AttributeValue } from '../attributes/attribute-value.ts';
import { writeDouble, writeVarint64 } from './numbers.ts';
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

/** Attributes to encode: unique keys, with values at the same indexes. */
export interface AttributeData {
  readonly keys: readonly string[];
  readonly values: readonly AttributeValue[];
  /** Number of dropped attributes. */
  readonly droppedCount: number;
}

/** Writes every attribute as a `KeyValue` field with this tag. */
export function writeAttributes(writer: TagWriter, tag: number, { keys, values }: AttributeData): void {
  for (let i = 0; i < keys.length; i++) {
    // Spans created at the same location in the program have the same keys in the same order, so the previous key at
    // this index usually matches.
    const slot = i & 31;
    let key = recent[slot];
    if (key?.text !== keys[i]) {
      key = keyOf(keys[i]);
      recent[slot] = key;
    }
    writeKeyValue(writer, tag, key, values[i]);
  }
}

/**
 * Writes attributes, and their dropped count in the following field, which is where all messages that have one define
 * it.
 */
export function writeCountedAttributes(writer: TagWriter, tag: number, attributes: AttributeData | undefined): void {
  if (attributes === undefined) return;
  writeAttributes(writer, tag, attributes);
  writeCount(writer, tag + NEXT_FIELD_AS_VARINT, attributes.droppedCount);
}

/** Writes a count unless it is 0. */
export function writeCount(writer: TagWriter, tag: number, count: number): void {
  if (count > 0) writer.uint(tag, count);
}

/** Writes a field of type `AnyValue`. `null` is written as an empty value. */
export function writeAnyValue(writer: TagWriter, tag: number, value: AttributeValue): void {
  const any = writer.open(tag);
  if (typeof value === 'string') writer.text(ANY_STRING, value);
  else if (typeof value === 'number') writeNumber(writer, value);
  else if (typeof value === 'boolean') writer.uint(ANY_BOOL, value ? 1 : 0);
  else if (value instanceof Uint8Array) {
    writer.uint(ANY_BYTES, value.length);
    writer.raw(value);
  } else if (value !== null) {
    const list = writer.open(Array.isArray(value) ? ANY_ARRAY : ANY_KEY_VALUES);
    if (Array.isArray(value)) for (const element of value) writeAnyValue(writer, LIST_VALUES, element);
    else for (const [key, element] of Object.entries(value)) writeKeyValue(writer, LIST_VALUES, keyOf(key), element);
    writer.close(list);
  }
  writer.close(any);
}

/**
 * Writes a number as an integer if it is a 64-bit integer, as opentelemetry-js does, because JavaScript does not
 * distinguish integers and doubles.
 */
function writeNumber(writer: TagWriter, value: number): void {
  if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) {
    writer.varint(ANY_INT);
    writeVarint64(writer, value);
  } else {
    writer.varint(ANY_DOUBLE);
    writeDouble(writer, value);
  }
}

/** A key with its encoding and last value. */
interface Key {
  readonly text: string;
  /** The encoded `key` field of a `KeyValue`. */
  readonly field: Uint8Array;
  value: AttributeValue | undefined;
  /** Number of times the value has been repeated. */
  repeats: number;
  /** Number of times the value has changed, modulo 8. */
  misses: number;
  /** The complete `KeyValue` without its tag, cached after enough repetitions. */
  encoded: Uint8Array | undefined;
}

/**
 * Writes a key and value. Many attributes rarely change their value, and copying the previous encoding takes a third of
 * the time (`writer.bench.ts`).
 */
function writeKeyValue(writer: TagWriter, tag: number, key: Key, value: AttributeValue): void {
  const isKnown = key.value === value;
  const { encoded } = key;
  if (isKnown && encoded !== undefined) {
    const { length } = writer;
    writer.reserve(encoded.length + 1);
    writer.bytes[length] = tag;
    writer.bytes.set(encoded, length + 1);
    writer.length = length + 1 + encoded.length;
    return;
  }
  const start = writer.length + 1;
  const keyValue = writer.open(tag);
  writer.raw(key.field);
  writeAnyValue(writer, KEY_VALUE_VALUE, value);
  writer.close(keyValue);
  if (!isKnown) {
    // Lists are mutable, and long strings would use too much memory. Checking one value in eight is enough to detect
    // repetition.
    key.misses = (key.misses + 1) & 7;
    key.value =
      key.misses !== 0 || typeof value === 'object' || (value as string).length > MAX_CACHED_LENGTH ? undefined : value;
    key.repeats = 0;
    key.encoded = undefined;
  } else if (++key.repeats === REPEATS) key.encoded = writer.bytes.slice(start, writer.length);
}

/**
 * Returns a cached key. The number of keys is unbounded, so the cache is cleared when it is full, and long keys are not
 * cached.
 */
function keyOf(text: string): Key {
  const known = keys.get(text);
  if (known !== undefined) return known;
  const writer = new TagWriter(text.length + 8);
  writer.text(KEY_VALUE_KEY, text);
  const key: Key = { text, field: writer.finish(), value: undefined, repeats: 0, misses: -1, encoded: undefined };
  if (keys.size === MAX_KEYS) keys.clear();
  if (text.length <= MAX_CACHED_LENGTH) keys.set(text, key);
  return key;
}

const keys = new Map<string, Key>();
/** The most recent key at each index. A lookup takes half as long as in the map. */
const recent: Key[] = [];
const MAX_KEYS = 1024;
/** Maximum length of cached keys and values. */
const MAX_CACHED_LENGTH = 100;
/** Number of repetitions after which a value's encoding is cached. */
const REPEATS = 4;
/** Difference between the tag of a bytes field and the tag of a varint in the next field. */
const NEXT_FIELD_AS_VARINT = 6;
