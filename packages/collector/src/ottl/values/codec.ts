import {
  ANY_VALUE_FIELDS,
  anyValueKind,
  findField,
  forEachPayload,
  payloadEnd,
  payloadStart,
  readDouble,
  readKey,
  readString,
  readVarintBool,
  readVarintInt64,
  WireType,
  WireWriter,
} from '@otelier/otlp';
import {
  Duration,
  EvaluationError,
  Identifier,
  isList,
  isMap,
  OpaqueValue,
  Time,
  typeName,
  type Value,
  type ValueMap,
} from './value.ts';

const STRING_TAG = ANY_VALUE_FIELDS.string * 8 + WireType.lengthDelimited;

/** Decodes the `AnyValue` in `[start, end)`. */
export function readValue(bytes: Uint8Array, start: number, end: number): Value {
  // A short string, the most common value.
  if (bytes[start] === STRING_TAG && start + 2 + (bytes[start + 1] as number) === end)
    return readString(bytes, start + 2, end);
  const kind = anyValueKind(bytes, start, end);
  if (kind === 'empty') return undefined;
  const at = findField(bytes, start, end, ANY_VALUE_FIELDS[kind]);
  switch (kind) {
    case 'string':
      return readString(bytes, payloadStart(bytes, at), payloadEnd(bytes, at));
    case 'bool':
      return readVarintBool(bytes, at);
    case 'int':
      return readVarintInt64(bytes, at);
    case 'double':
      return readDouble(bytes, at);
    case 'array':
      return readList(bytes, payloadStart(bytes, at), payloadEnd(bytes, at));
    case 'kvlist':
      return readMap(bytes, payloadStart(bytes, at), payloadEnd(bytes, at), 1);
    case 'bytes':
      return bytes.slice(payloadStart(bytes, at), payloadEnd(bytes, at));
  }
}

function readList(bytes: Uint8Array, start: number, end: number): Value[] {
  const values: Value[] = [];
  forEachPayload(bytes, start, end, 1, (from, to) => values.push(readValue(bytes, from, to)));
  return values;
}

/** Decodes the `KeyValue` messages in `field` of the message `[start, end)`. The first value of a duplicate key wins. */
export function readMap(bytes: Uint8Array, start: number, end: number, field: number): ValueMap {
  const map: ValueMap = new Map();
  forEachPayload(bytes, start, end, field, (from, to) => {
    const key = readKey(bytes, from, to);
    if (map.has(key)) return;
    const value = findField(bytes, from, to, 2);
    map.set(key, value < 0 ? undefined : readValue(bytes, payloadStart(bytes, value), payloadEnd(bytes, value)));
  });
  return map;
}

/** Encodes a value as the contents of an `AnyValue`. Throws an `EvaluationError` if telemetry cannot contain the value. */
export function encodeValue(value: Value): Uint8Array {
  checkStorable(value);
  // An earlier value may have been impossible to write.
  shared.reset();
  writeValue(shared, value);
  return shared.finish();
}

/** Encodes the entries of a map as messages in `field`. */
export function encodeMap(map: ValueMap, field: number): Uint8Array {
  checkStorable(map);
  shared.reset();
  for (const [key, value] of map) writeEntry(shared, field, key, value);
  return shared.finish();
}

/** Throws an `EvaluationError` if telemetry cannot contain the value. */
export function checkStorable(value: Value): void {
  if (isList(value)) {
    for (const element of value) checkStorable(element);
  } else if (isMap(value)) {
    for (const element of value.values()) checkStorable(element);
  } else if (
    value instanceof Time ||
    value instanceof Duration ||
    value instanceof Identifier ||
    value instanceof OpaqueValue
  ) {
    throw new EvaluationError(`expected a value that telemetry can have, got a ${typeName(value)}`);
  }
}

function writeEntry(writer: WireWriter, field: number, key: string, value: Value): void {
  writer.open(field);
  writer.stringField(1, key);
  writer.open(2);
  writeValue(writer, value);
  writer.close();
  writer.close();
}

/** Writes the entries of a map as messages in `field`. Values that telemetry cannot contain are written as nil. */
export function writeMap(writer: WireWriter, map: ValueMap, field: number): void {
  for (const [key, value] of map) writeEntry(writer, field, key, value);
}

/** Writes the contents of an `AnyValue`. A value that telemetry cannot contain is written as nil. */
export function writeValue(writer: WireWriter, value: Value): void {
  switch (typeof value) {
    case 'undefined':
      break;
    case 'string':
      writer.stringField(ANY_VALUE_FIELDS.string, value);
      break;
    case 'boolean':
      writer.tag(ANY_VALUE_FIELDS.bool, WireType.varint);
      writer.varint(value ? 1 : 0);
      break;
    case 'bigint':
      writer.tag(ANY_VALUE_FIELDS.int, WireType.varint);
      writer.varintBigInt(value);
      break;
    case 'number':
      writer.tag(ANY_VALUE_FIELDS.double, WireType.fixed64);
      writer.double(value);
      break;
    default:
      writeComposite(writer, value);
  }
}

function writeComposite(writer: WireWriter, value: Value): void {
  if (value instanceof Uint8Array) {
    writer.bytesField(ANY_VALUE_FIELDS.bytes, value);
  } else if (isList(value)) {
    writer.open(ANY_VALUE_FIELDS.array);
    for (const element of value) {
      writer.open(1);
      writeValue(writer, element);
      writer.close();
    }
    writer.close();
  } else if (isMap(value)) {
    writer.open(ANY_VALUE_FIELDS.kvlist);
    for (const [key, element] of value) writeEntry(writer, 1, key, element);
    writer.close();
  }
}

const shared = new WireWriter(256);
