import { type AttributeValue, forEachPayload, WireWriter, writeKeyValue } from '@otelier/otlp';

/**
 * Attributes as the contents of a `KeyValueList`: `KeyValue` messages in field 1, which is also the contents of the
 * attributes of a `Resource`. Points of each kind number the field of their attributes differently, which only changes
 * tags of one byte.
 */
export type EncodedAttributes = Uint8Array;

/** Encodes attributes. Values are encoded by `encodeAnyValue`. */
export function encodeAttributes(attributes: Iterable<readonly [string, AttributeValue]>): EncodedAttributes {
  for (const [key, value] of attributes) {
    shared.open(LIST_FIELD);
    writeKeyValue(shared, key, value);
    shared.close();
  }
  return shared.finish();
}

/** Copies the attributes in `field` of the message `[start, end)`, such as those of a span or data point. */
export function readEncodedAttributes(bytes: Uint8Array, start: number, end: number, field: number): EncodedAttributes {
  forEachPayload(bytes, start, end, field, (from, to) => shared.bytesField(LIST_FIELD, bytes, from, to));
  return shared.finish();
}

/** Writes attributes as the field `field` of the open message. */
export function writeEncodedAttributes(writer: WireWriter, field: number, attributes: EncodedAttributes): void {
  if (field === LIST_FIELD) writer.raw(attributes);
  else
    forEachPayload(attributes, 0, attributes.length, LIST_FIELD, (from, to) =>
      writer.bytesField(field, attributes, from, to),
    );
}

const LIST_FIELD = 1;
const shared = new WireWriter(256);
