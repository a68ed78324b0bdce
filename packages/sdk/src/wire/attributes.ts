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
import { Writer } from './writer.ts';

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
    // What one place of the program makes has the same keys in the same order, and mostly came just before.
    const place = i & 31;
    let key = recent[place];
    if (key?.text !== keys[i]) {
      key = keyOf(keys[i]);
      recent[place] = key;
    }
    writeKeyValue(writer, tag, key, values[i]);
  }
}

/** Writes attributes, and in the next field of the message how many were dropped: so it is in all messages that say so. */
export function writeCountedAttributes(writer: Writer, tag: number, attributes: AttributeData | undefined): void {
  if (attributes === undefined) return;
  writeAttributes(writer, tag, attributes);
  writeCount(writer, tag + NEXT_FIELD_AS_VARINT, attributes.droppedCount);
}

/** Writes a count, unless it is none. */
export function writeCount(writer: Writer, tag: number, count: number): void {
  if (count > 0) writer.uint(tag, count);
}

/** Writes a field that is an `AnyValue`; one for `null` is empty. */
export function writeAnyValue(writer: Writer, tag: number, value: AttributeValue): void {
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

/** What is an integer of 64 bits goes as one, as in opentelemetry-js; JavaScript does not say which was meant. */
function writeNumber(writer: Writer, value: number): void {
  if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) {
    writer.varint(ANY_INT);
    writeVarint64(writer, value);
  } else {
    writer.varint(ANY_DOUBLE);
    writeDouble(writer, value);
  }
}

/** A key, what it is encoded as, and the value that it had last. */
interface Key {
  readonly text: string;
  /** The `key` field of a `KeyValue`. */
  readonly field: Uint8Array;
  value: AttributeValue | undefined;
  /** How often the value came again. */
  repeats: number;
  /** How often another value came, up to 7 and then from 0 again. */
  misses: number;
  /** The whole `KeyValue` without its tag, once the value has come often enough. */
  encoded: Uint8Array | undefined;
}

/** Many attributes have one value for a long time: copying what was written before takes a third of encoding it (`writer.bench.ts`). */
function writeKeyValue(writer: Writer, tag: number, key: Key, value: AttributeValue): void {
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
    // Lists may change, and long strings would be kept. To look at one value of eight is enough to find what comes again.
    key.misses = (key.misses + 1) & 7;
    key.value =
      key.misses !== 0 || typeof value === 'object' || (value as string).length > MAX_KEPT ? undefined : value;
    key.repeats = 0;
    key.encoded = undefined;
  } else if (++key.repeats === REPEATS) key.encoded = writer.bytes.slice(start, writer.length);
}

/** Keys are few, but nothing says so: when there are many, all are forgotten, and long ones are not kept. */
function keyOf(text: string): Key {
  const known = keys.get(text);
  if (known !== undefined) return known;
  const writer = new Writer(text.length + 8);
  writer.text(KEY_VALUE_KEY, text);
  const key: Key = { text, field: writer.finish(), value: undefined, repeats: 0, misses: -1, encoded: undefined };
  if (keys.size === MAX_KEYS) keys.clear();
  if (text.length <= MAX_KEPT) keys.set(text, key);
  return key;
}

const keys = new Map<string, Key>();
/** The key that stood last at each place: half of the time of the map. */
const recent: Key[] = [];
const MAX_KEYS = 1024;
/** Characters of a key or value that is kept. */
const MAX_KEPT = 100;
/** How often a value comes again until it is worth to keep what it is encoded as. */
const REPEATS = 4;
/** From the tag of a field of bytes to that of a varint in the field after it. */
const NEXT_FIELD_AS_VARINT = 6;
