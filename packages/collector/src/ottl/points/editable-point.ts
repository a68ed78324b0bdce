import {
  ANY_VALUE_FIELDS,
  anyValueKind,
  DATA_POINT_FIELDS,
  DataPointView,
  encodeAnyValue,
  findField,
  forEachPayload,
  type MetricKind,
  payloadEnd,
  payloadStart,
  readKey,
  readString,
  TrustedReader,
  WireWriter,
} from '@otelier/otlp';
import { PointRecord } from '../../metrics/point-record.ts';

interface Attribute {
  readonly key: string;
  /** The encoded contents of its `AnyValue`. */
  readonly value: Uint8Array;
}

/** A data point whose values and attributes can be edited. Unedited parts stay encoded. */
export class EditablePoint {
  readonly kind: MetricKind;
  #bytes: Uint8Array;
  #attributes: Attribute[] | undefined;
  #isChanged = false;

  /** The point is `[start, end)` of `bytes`, which are not modified. */
  constructor(kind: MetricKind, bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.kind = kind;
    this.#bytes = bytes.subarray(start, end);
  }

  /** The value of a gauge or sum point: an integer, a double, or none. */
  get value(): bigint | number | undefined {
    const { value, valueKind } = this.view();
    if (value === undefined) return undefined;
    return valueKind === 'int' ? BigInt(value) : Number(value);
  }

  set value(value: bigint | number) {
    this.edit((record) => record.setNumber(value));
  }

  /** Returns a shared view of the point that is valid until the next call. It contains the original attributes. */
  view(): DataPointView {
    return shared.ofKind(this.kind).reset(this.#bytes);
  }

  /** Edits fields other than attributes. */
  edit(change: (record: PointRecord, view: DataPointView) => void): void {
    record.load(this.#bytes, this.kind);
    change(record, this.view());
    this.#bytes = record.apply();
  }

  /** Replaces each message in a repeated field. */
  mapList(field: number, map: (bytes: Uint8Array, start: number, end: number) => Uint8Array): void {
    const messages: Uint8Array[] = [];
    forEachPayload(this.#bytes, 0, this.#bytes.length, field, (start, end) => {
      messages.push(map(this.#bytes, start, end));
    });
    if (messages.length > 0) this.#replaceList(field, messages);
  }

  /** Appends the messages in a repeated field of another point, which must be of the same kind. */
  appendList(field: number, other: EditablePoint): void {
    const bytes = other.#bytes;
    writer.raw(this.#bytes);
    forEachPayload(bytes, 0, bytes.length, field, (_start, end, from) => writer.raw(bytes, from, end));
    this.#bytes = writer.finish();
  }

  /** Returns the attribute keys. */
  keys(): string[] {
    return this.#entries().map(({ key }) => key);
  }

  has(key: string): boolean {
    return this.#entries().some((entry) => entry.key === key);
  }

  /** Returns an attribute's string value, an empty string if it is not a string, or `undefined` if it is missing. */
  textOf(key: string): string | undefined {
    const found = this.#entries().find((entry) => entry.key === key);
    return found === undefined ? undefined : textOf(found.value);
  }

  /** Sets an attribute to a string. */
  setText(key: string, text: string): void {
    this.#set(key, encodeAnyValue(text));
  }

  /** Removes all other attributes. */
  keepAttributes(keys: ReadonlySet<string>): void {
    this.#attributes = this.#entries().filter(({ key }) => keys.has(key));
    this.#isChanged = true;
  }

  /**
   * Renames an attribute unless `newKey` is empty, and replaces its string value. If an attribute with the new name
   * already existed, the string looked up in `values` is that of the last attribute, as in the Collector.
   */
  renameAttribute(key: string, newKey: string, values: ReadonlyMap<string, string>): void {
    const attributes = this.#entries();
    const at = attributes.findIndex((entry) => entry.key === key);
    const found = attributes[at];
    if (found === undefined) return;
    let { value } = found;
    if (newKey !== '') {
      const isReplaced = this.has(newKey);
      if (newKey === key) value = new Uint8Array();
      this.#set(newKey, value);
      const last = attributes.pop();
      if (last !== undefined && at < attributes.length) {
        attributes[at] = last;
        if (isReplaced) value = last.value;
      }
    }
    const text = values.get(textOf(value));
    if (text !== undefined) this.setText(newKey === '' ? key : newKey, text);
  }

  /** Returns the encoded attributes in their current order. */
  attributes(): readonly Attribute[] {
    return this.#entries();
  }

  /** Returns the encoded data point. */
  encode(): Uint8Array {
    if (!this.#isChanged) return this.#bytes;
    const field: number = DATA_POINT_FIELDS[this.kind].attributes;
    const encoded = this.#entries().map(({ key, value }) =>
      writer
        .message(field, () => {
          writer.stringField(1, key).bytesField(2, value);
        })
        .finish(),
    );
    copyWithout(this.#bytes, field);
    for (const attribute of encoded) writer.raw(attribute);
    return writer.finish();
  }

  #entries(): Attribute[] {
    if (this.#attributes !== undefined) return this.#attributes;
    const bytes = this.#bytes;
    const attributes: Attribute[] = [];
    forEachPayload(bytes, 0, bytes.length, DATA_POINT_FIELDS[this.kind].attributes, (start, end) => {
      const value = findField(bytes, start, end, 2);
      const encoded =
        value < 0 ? new Uint8Array() : bytes.subarray(payloadStart(bytes, value), payloadEnd(bytes, value));
      attributes.push({ key: readKey(bytes, start, end), value: encoded });
    });
    this.#attributes = attributes;
    return attributes;
  }

  #set(key: string, value: Uint8Array): void {
    const attributes = this.#entries();
    const at = attributes.findIndex((entry) => entry.key === key);
    if (at < 0) attributes.push({ key, value });
    else attributes[at] = { key, value };
    this.#isChanged = true;
  }

  #replaceList(field: number, messages: readonly Uint8Array[]): void {
    copyWithout(this.#bytes, field);
    for (const message of messages) writer.bytesField(field, message);
    this.#bytes = writer.finish();
  }
}

/** Returns the string in an `AnyValue`; empty if it is not a string. */
function textOf(value: Uint8Array): string {
  if (anyValueKind(value, 0, value.length) !== 'string') return '';
  const at = findField(value, 0, value.length, ANY_VALUE_FIELDS.string);
  return readString(value, payloadStart(value, at), payloadEnd(value, at));
}

function copyWithout(bytes: Uint8Array, field: number): void {
  const reader = new TrustedReader(bytes);
  while (reader.next()) if (reader.field !== field) writer.raw(bytes, reader.start, reader.end);
}

const shared = new DataPointView();
const record = new PointRecord();
const writer = new WireWriter();
