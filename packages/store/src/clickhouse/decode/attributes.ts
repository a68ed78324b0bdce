import {
  ANY_VALUE_FIELDS,
  encodeBase64,
  findField,
  forEachPayload,
  type MessageView,
  payloadEnd,
  payloadStart,
  readAnyValue,
  readKey,
  readVarintInt64,
  type AttributeValue as WireValue,
} from '@otelier/otlp';
import type { RecordedAttributes, RecordedValue } from '../../spans.ts';
import type { Attributes, AttributeValue } from '../../values.ts';

/** Returns the attributes in a field of a message as plain data. */
export function attributesIn(message: MessageView, field: number): Attributes {
  return Object.fromEntries(entriesOf(message, field, plainValueAt));
}

/** Returns the attributes in a field of a message with their recorded types, or only those with some keys. */
export function recordedIn(message: MessageView, field: number, keys?: ReadonlySet<string>): RecordedAttributes {
  return entriesOf(message, field, recordedValueAt, keys);
}

/** Returns the value in a field of a message as plain data. */
export function valueIn({ bytes, start, end }: MessageView, field: number): AttributeValue {
  const at = findField(bytes, start, end, field);
  return at < 0 ? null : plainValueAt(bytes, payloadStart(bytes, at), payloadEnd(bytes, at));
}

/** The first value of a repeated key counts. */
function entriesOf<T>(
  { bytes, start, end }: MessageView,
  field: number,
  read: (bytes: Uint8Array, start: number, end: number) => T,
  keys?: ReadonlySet<string>,
): Map<string, T> {
  const entries = new Map<string, T>();
  forEachPayload(bytes, start, end, field, (from, to) => {
    const key = readKey(bytes, from, to);
    if (entries.has(key) || keys?.has(key) === false) return;
    const at = findField(bytes, from, to, 2);
    entries.set(key, at < 0 ? read(bytes, to, to) : read(bytes, payloadStart(bytes, at), payloadEnd(bytes, at)));
  });
  return entries;
}

function plainValueAt(bytes: Uint8Array, start: number, end: number): AttributeValue {
  return plain(readAnyValue(bytes, start, end));
}

function plain(value: WireValue): AttributeValue {
  if (value === undefined) return null;
  if (typeof value !== 'object') return value;
  if (value instanceof Uint8Array) return { bytes: encodeBase64(value) };
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
}

function recordedValueAt(bytes: Uint8Array, start: number, end: number): RecordedValue {
  const integer = findField(bytes, start, end, ANY_VALUE_FIELDS.int);
  if (integer >= 0) return readVarintInt64(bytes, integer);
  const array = findField(bytes, start, end, ANY_VALUE_FIELDS.array);
  if (array >= 0) {
    const values: RecordedValue[] = [];
    forEachPayload(bytes, payloadStart(bytes, array), payloadEnd(bytes, array), 1, (from, to) => {
      values.push(recordedValueAt(bytes, from, to));
    });
    return values;
  }
  const map = findField(bytes, start, end, ANY_VALUE_FIELDS.kvlist);
  if (map >= 0) {
    const range = { bytes, start: payloadStart(bytes, map), end: payloadEnd(bytes, map) } as MessageView;
    return Object.fromEntries(entriesOf(range, 1, recordedValueAt));
  }
  return plainValueAt(bytes, start, end) as RecordedValue;
}
