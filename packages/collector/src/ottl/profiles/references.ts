import {
  ANY_VALUE_FIELDS,
  findField,
  forEachPayload,
  payloadEnd,
  payloadStart,
  readVarintLow,
  TrustedReader,
  WireWriter,
} from '@otelier/otlp';
import type { ProfilesDictionary } from './dictionary.ts';

/**
 * Returns the message `[start, end)` with the keys and strings of its attributes in place of references to the
 * dictionary, or `undefined` if it has none. As in the Collector, references out of range remain.
 */
export function withoutReferences(
  bytes: Uint8Array,
  start: number,
  end: number,
  attributesField: number,
  dictionary: ProfilesDictionary,
): Uint8Array | undefined {
  let isReferring = false;
  forEachPayload(bytes, start, end, attributesField, (from, to) => {
    isReferring ||= refersInAttribute(bytes, from, to);
  });
  if (!isReferring) return undefined;
  const writer = new WireWriter(end - start + 256);
  writeFields(writer, bytes, start, end, (reader) => {
    if (reader.field !== attributesField) return false;
    writer.open(attributesField);
    writeAttribute(writer, bytes, reader.valueStart, reader.end, dictionary);
    writer.close();
    return true;
  });
  return writer.finish();
}

function refersInAttribute(bytes: Uint8Array, start: number, end: number): boolean {
  if (findField(bytes, start, end, KEY_REFERENCE) >= 0) return true;
  const value = findField(bytes, start, end, VALUE);
  return value >= 0 && refersInValue(bytes, payloadStart(bytes, value), payloadEnd(bytes, value));
}

function refersInValue(bytes: Uint8Array, start: number, end: number): boolean {
  if (findField(bytes, start, end, STRING_REFERENCE) >= 0) return true;
  let isReferring = false;
  for (const [field, refers] of [
    [ANY_VALUE_FIELDS.array, refersInValue],
    [ANY_VALUE_FIELDS.kvlist, refersInAttribute],
  ] as const) {
    const list = findField(bytes, start, end, field);
    if (list < 0) continue;
    forEachPayload(bytes, payloadStart(bytes, list), payloadEnd(bytes, list), VALUES, (from, to) => {
      isReferring ||= refers(bytes, from, to);
    });
  }
  return isReferring;
}

/** Copies the fields of a message, except those that `replace` writes. */
function writeFields(
  writer: WireWriter,
  bytes: Uint8Array,
  start: number,
  end: number,
  replace: (reader: TrustedReader) => boolean,
): void {
  const reader = new TrustedReader(bytes, start, end);
  while (reader.next()) if (!replace(reader)) writer.raw(bytes, reader.start, reader.end);
}

function writeAttribute(
  writer: WireWriter,
  bytes: Uint8Array,
  start: number,
  end: number,
  dictionary: ProfilesDictionary,
): void {
  const key = findField(bytes, start, end, KEY);
  const hasKey = key >= 0 && payloadEnd(bytes, key) > payloadStart(bytes, key);
  writeFields(writer, bytes, start, end, (reader) => {
    if (reader.field === KEY_REFERENCE && !hasKey) return writeReferenced(writer, KEY, reader, dictionary);
    if (reader.field !== VALUE) return false;
    writer.open(VALUE);
    writeValue(writer, bytes, reader.valueStart, reader.end, dictionary);
    writer.close();
    return true;
  });
}

function writeValue(
  writer: WireWriter,
  bytes: Uint8Array,
  start: number,
  end: number,
  dictionary: ProfilesDictionary,
): void {
  writeFields(writer, bytes, start, end, (reader) => {
    switch (reader.field) {
      case STRING_REFERENCE:
        return writeReferenced(writer, ANY_VALUE_FIELDS.string, reader, dictionary);
      case ANY_VALUE_FIELDS.array:
      case ANY_VALUE_FIELDS.kvlist: {
        const write = reader.field === ANY_VALUE_FIELDS.array ? writeValue : writeAttribute;
        writer.open(reader.field);
        writeFields(writer, bytes, reader.valueStart, reader.end, (element) => {
          if (element.field !== VALUES) return false;
          writer.open(VALUES);
          write(writer, bytes, element.valueStart, element.end, dictionary);
          writer.close();
          return true;
        });
        writer.close();
        return true;
      }
      default:
        return false;
    }
  });
}

/** Writes the string to which the reader's field refers. Index 0 is the empty string, which no attribute has. */
function writeReferenced(
  writer: WireWriter,
  field: number,
  { bytes, valueStart }: TrustedReader,
  dictionary: ProfilesDictionary,
): boolean {
  const index = readVarintLow(bytes, valueStart) | 0;
  const text = index === 0 ? undefined : dictionary.string(index);
  if (text !== undefined) writer.stringField(field, text);
  return text !== undefined;
}

const KEY = 1;
const VALUE = 2;
const KEY_REFERENCE = 3;
const STRING_REFERENCE = 8;
/** The field of a list or map that contains its elements. */
const VALUES = 1;
