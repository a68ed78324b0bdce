import { FieldReader, readString, readVarintInt64, WireType, WireWriter } from '@otelier/otlp';

/** The fields of a received message, by number. Throws a `WireFormatError` for bytes that are no message. */
export class MessageFields {
  readonly #numbers = new Map<number, bigint>();
  readonly #parts = new Map<number, Uint8Array[]>();

  constructor(bytes: Uint8Array) {
    const reader = new FieldReader(bytes, 0, bytes.length);
    while (reader.next()) {
      const { field, wireType, valueStart, valueEnd } = reader;
      if (wireType === WireType.varint) this.#numbers.set(field, readVarintInt64(bytes, valueStart));
      else if (wireType === WireType.lengthDelimited) {
        const part = bytes.subarray(valueStart, valueEnd);
        const parts = this.#parts.get(field);
        if (parts === undefined) this.#parts.set(field, [part]);
        else parts.push(part);
      }
    }
  }

  has(field: number): boolean {
    return this.#numbers.has(field) || this.#parts.has(field);
  }

  /** Returns an integer; 0 if the field is missing. */
  number(field: number): bigint {
    return this.#numbers.get(field) ?? 0n;
  }

  /** Returns a text; empty if the field is missing. */
  text(field: number): string {
    const bytes = this.#parts.get(field)?.at(-1);
    return bytes === undefined ? '' : readString(bytes, 0, bytes.length);
  }

  /** Returns an embedded message, or `undefined` if the field is missing. */
  message(field: number): MessageFields | undefined {
    const bytes = this.#parts.get(field)?.at(-1);
    return bytes === undefined ? undefined : new MessageFields(bytes);
  }

  /** Returns the embedded messages of a repeated field. */
  messages(field: number): readonly MessageFields[] {
    return (this.#parts.get(field) ?? []).map((part) => new MessageFields(part));
  }

  /** Returns the texts of a repeated field. */
  texts(field: number): readonly string[] {
    return (this.#parts.get(field) ?? []).map((part) => readString(part, 0, part.length));
  }

  /** Returns the entries of a map of texts. */
  entries(field: number): readonly (readonly [string, string])[] {
    return this.messages(field).map((entry) => [entry.text(1), entry.text(2)] as const);
  }
}

/** Encodes a message. */
export function encodeMessage(write: (writer: WireWriter) => void): Uint8Array {
  const writer = new WireWriter();
  write(writer);
  return writer.finish();
}

/** The JSON of an OTLP `KeyValue`. */
export interface KeyValueJson {
  readonly key: string;
  readonly value: AnyValueJson;
}

interface AnyValueJson {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number | string;
  readonly arrayValue?: { readonly values: readonly AnyValueJson[] };
}

/** Writes attributes as a repeated field. */
export function writeKeyValues(writer: WireWriter, field: number, list: readonly KeyValueJson[] = []): void {
  for (const { key, value } of list) {
    writer.message(field, (pair) => pair.stringField(1, key).message(2, (any) => writeAnyValue(any, value)));
  }
}

function writeAnyValue(writer: WireWriter, value: AnyValueJson): void {
  if (value.stringValue !== undefined) writer.stringField(1, value.stringValue);
  else if (value.boolValue !== undefined) writer.varintField(2, value.boolValue ? 1 : 0);
  else if (value.intValue !== undefined) writer.bigIntField(3, BigInt(value.intValue));
  else if (value.doubleValue !== undefined) writer.doubleField(4, Number(value.doubleValue));
  else {
    const values = value.arrayValue?.values ?? [];
    writer.message(5, (array) => {
      for (const one of values) array.message(1, (any) => writeAnyValue(any, one));
    });
  }
}
