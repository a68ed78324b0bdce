import { type AttributeValue, forEachPayload, WireWriter, writeKeyValue } from '@otelier/otlp';

/**
 * Attributes encoded as the contents of a `KeyValueList`: `KeyValue` messages in field 1, which are also the contents
 * of a `Resource` that has only attributes. Each kind of point uses a different field number for its attributes, which
 * only changes one-byte tags.
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

/** Copies the attributes in `field` of the message `[start, end)`, such as a span or data point. */
export function readEncodedAttributes(bytes: Uint8Array, start: number, end: number, field: number): EncodedAttributes {
  forEachPayload(bytes, start, end, field, (from, to) => shared.bytesField(LIST_FIELD, bytes, from, to));
  return shared.finish();
}

/** Writes attributes into field `field` of the open message. */
export function writeEncodedAttributes(writer: WireWriter, field: number, attributes: EncodedAttributes): void {
  if (field === LIST_FIELD) writer.raw(attributes);
  else
    forEachPayload(attributes, 0, attributes.length, LIST_FIELD, (from, to) =>
      writer.bytesField(field, attributes, from, to),
    );
}

const LIST_FIELD = 1;
const shared = new WireWriter(256);
