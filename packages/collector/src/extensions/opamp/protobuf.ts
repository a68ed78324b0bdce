import {
  FieldReader,
  readFixed64,
  readVarint,
  readVarintBool,
  WireFormatError,
  WireType,
  WireWriter,
} from '@otelier/otlp';

/** A field of a message: its number, its type and how often it occurs. */
export interface MessageField {
  readonly number: number;
  /** `uint64` also stands for enums. A function is a message, which can contain itself. */
  readonly type: 'string' | 'bytes' | 'bool' | 'uint64' | 'fixed64' | (() => FieldsByName);
  /** A `map` has strings as its keys. Default: at most one. */
  readonly many?: 'list' | 'map';
}

type FieldsByName = Readonly<Record<string, MessageField>>;

/** The fields of a message by name. */
export type MessageSchema<T> = { readonly [Name in keyof T]-?: MessageField };

/** Encodes a message. Absent fields and those with default values are left out, as in protobuf 3. */
export function encodeMessage<T extends object>(schema: MessageSchema<T>, message: T): Uint8Array<ArrayBuffer> {
  const writer = new WireWriter();
  writeMessage(writer, schema as FieldsByName, message);
  return writer.finish();
}

/** Decodes a message. Unknown fields are skipped. Throws a `WireFormatError` for bytes that are no such message. */
export function decodeMessage<T extends object>(schema: MessageSchema<T>, bytes: Uint8Array): T {
  // The schema has exactly the fields of the type.
  return readMessage(schema as FieldsByName, new FieldReader(bytes)) as T;
}

function writeMessage(writer: WireWriter, schema: FieldsByName, message: object): void {
  for (const [name, field] of Object.entries(schema)) {
    const value: unknown = Reflect.get(message, name);
    if (value === undefined) continue;
    if (field.many === 'list') {
      for (const item of value as readonly unknown[]) writeField(writer, field, item);
    } else if (field.many === 'map') {
      for (const [key, item] of value as ReadonlyMap<string, unknown>) {
        writer.message(field.number, (entry) => {
          entry.stringField(1, key);
          writeField(entry, { ...field, number: 2 }, item);
        });
      }
    } else if (!isDefault(value)) {
      writeField(writer, field, value);
    }
  }
}

function isDefault(value: unknown): boolean {
  return value === '' || value === false || value === 0 || value === 0n || (isBytes(value) && value.length === 0);
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

function writeField(writer: WireWriter, { number, type }: MessageField, value: unknown): void {
  if (typeof type === 'function') {
    writer.message(number, (inner) => writeMessage(inner, type(), value as object));
  } else if (type === 'string') writer.stringField(number, value as string);
  else if (type === 'bytes') writer.bytesField(number, value as Uint8Array);
  else if (type === 'fixed64') writer.fixed64Field(number, value as bigint);
  else writer.varintField(number, Number(value));
}

/** Deepest nesting that is read, as in other implementations of protobuf. */
const MAX_DEPTH = 100;

function readMessage(schema: FieldsByName, reader: FieldReader, depth = 0): object {
  if (depth > MAX_DEPTH) throw new WireFormatError(`expected at most ${MAX_DEPTH} levels, got more`, reader.end);
  const message: Record<string, unknown> = {};
  const byNumber = new Map(Object.entries(schema).map(([name, field]) => [field.number, { name, field }]));
  while (reader.next()) {
    const known = byNumber.get(reader.field);
    if (known === undefined) continue;
    const { name, field } = known;
    if (field.many === 'map') {
      const map = (message[name] ?? new Map<string, unknown>()) as Map<string, unknown>;
      const [key, value] = readEntry(field, reader, depth);
      message[name] = map.set(key, value);
    } else if (field.many === 'list') {
      const list = (message[name] ?? []) as unknown[];
      list.push(readField(field, reader, depth));
      message[name] = list;
    } else {
      message[name] = readField(field, reader, depth);
    }
  }
  return message;
}

function readEntry(field: MessageField, reader: FieldReader, depth: number): [key: string, value: unknown] {
  expectType(reader, WireType.lengthDelimited);
  const inner = new FieldReader(reader.bytes, reader.valueStart, reader.valueEnd);
  let key = '';
  let value: unknown;
  while (inner.next()) {
    if (inner.field === 1) key = readText(inner);
    else if (inner.field === 2) value = readField(field, inner, depth);
  }
  // A value with the default of its type is not on the wire.
  return [key, value ?? (typeof field.type === 'function' ? {} : '')];
}

function readField({ type }: MessageField, reader: FieldReader, depth: number): unknown {
  if (typeof type === 'function') {
    expectType(reader, WireType.lengthDelimited);
    return readMessage(type(), new FieldReader(reader.bytes, reader.valueStart, reader.valueEnd), depth + 1);
  }
  switch (type) {
    case 'string':
      return readText(reader);
    case 'bytes':
      expectType(reader, WireType.lengthDelimited);
      return reader.bytes.slice(reader.valueStart, reader.valueEnd);
    case 'fixed64':
      expectType(reader, WireType.fixed64);
      return readFixed64(reader.bytes, reader.valueStart);
    case 'bool':
      expectType(reader, WireType.varint);
      return readVarintBool(reader.bytes, reader.valueStart);
    case 'uint64':
      expectType(reader, WireType.varint);
      return readVarint(reader.bytes, reader.valueStart);
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readText(reader: FieldReader): string {
  expectType(reader, WireType.lengthDelimited);
  try {
    return decoder.decode(reader.bytes.subarray(reader.valueStart, reader.valueEnd));
  } catch (cause) {
    const error = new WireFormatError('expected text in UTF-8', reader.start, reader.field);
    error.cause = cause;
    throw error;
  }
}

function expectType(reader: FieldReader, wireType: number): void {
  if (reader.wireType !== wireType)
    throw new WireFormatError(`expected wire type ${wireType}, got ${reader.wireType}`, reader.start, reader.field);
}
