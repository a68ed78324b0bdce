import {
  encodeBase64,
  encodeHex,
  endOfVarint,
  type FieldDescriptor,
  MESSAGES,
  type MessageDescriptor,
  readDouble,
  readFixed32,
  readFixed64,
  readSfixed64,
  readString,
  readVarintBool,
  readVarintInt64,
  readVarintLow,
  readVarintSint32,
  readVarintUint64,
  type ScalarField,
  type ScalarKind,
  TrustedReader,
  WireType,
} from '@otelier/otlp';
import { Bytes, Group, isList, type Value } from './value.ts';

/** Decodes a message by its description. Unknown fields are skipped, and fields with default values are missing. */
export function decodeMessage(message: MessageDescriptor, bytes: Uint8Array, start: number, end: number): Group {
  const group = new Group('fields');
  const reader = new TrustedReader(bytes, start, end);
  while (reader.next()) {
    const field = message.byNumber.get(reader.field);
    if (field === undefined) continue;
    const { name, repeated } = field;
    if (field.kind === 'message' && field.message === 'KeyValue' && repeated) {
      addKeyValue(attributesOf(group, name), bytes, reader.valueStart, reader.end);
    } else if (repeated) {
      const list = group.entries.get(name);
      const values = isList(list) ? (list as Value[]) : [];
      if (list === undefined) group.entries.set(name, values);
      values.push(...valuesOf(field, reader));
    } else {
      group.entries.set(name, decodedValue(field, bytes, reader.valueStart, reader.end));
    }
  }
  for (const [name, value] of group.entries) if (isDefault(message, name, value)) group.entries.delete(name);
  return group;
}

function attributesOf(group: Group, name: string): Group {
  const existing = group.entries.get(name);
  if (existing instanceof Group) return existing;
  const attributes = new Group('keys');
  group.entries.set(name, attributes);
  return attributes;
}

/** Adds an attribute. A repeated key, which the protocol forbids, gets a number so that comparisons see both. */
function addKeyValue(attributes: Group, bytes: Uint8Array, start: number, end: number): void {
  const {
    key,
    key_strindex: index,
    value,
  } = Object.fromEntries(decodeMessage(MESSAGES.KeyValue, bytes, start, end).entries);
  const name = typeof key === 'string' ? key : index === undefined ? '' : `#${String(index)}`;
  let unique = name;
  if (attributes.entries.has(name)) {
    const counts = repeatedKeys.get(attributes) ?? new Map<string, number>();
    repeatedKeys.set(attributes, counts);
    counts.set(name, (counts.get(name) ?? 1) + 1);
    unique = `${name} (${counts.get(name)})`;
  }
  attributes.entries.set(unique, value);
}

/** How often attributes have had a key. */
const repeatedKeys = new WeakMap<Group, Map<string, number>>();

function valuesOf(field: FieldDescriptor, { bytes, valueStart, end }: TrustedReader): Value[] {
  if (field.kind === 'message' || !field.packed) return [decodedValue(field, bytes, valueStart, end)];
  const values: Value[] = [];
  for (let pos = valueStart; pos < end; ) {
    const next = afterScalar(field, bytes, pos, end);
    values.push(scalarOf(field, bytes, pos, next));
    pos = next;
  }
  return values;
}

function afterScalar({ wireType }: ScalarField, bytes: Uint8Array, pos: number, end: number): number {
  if (wireType === WireType.fixed64) return pos + 8;
  return wireType === WireType.fixed32 ? pos + 4 : endOfVarint(bytes, pos, end);
}

function decodedValue(field: FieldDescriptor, bytes: Uint8Array, start: number, end: number): Value {
  if (field.kind !== 'message') return scalarOf(field, bytes, start, end);
  const group = decodeMessage(MESSAGES[field.message], bytes, start, end);
  return field.message === 'AnyValue' ? anyValueOf(group) : group;
}

/** Returns the plain value of an `AnyValue`. */
function anyValueOf({ entries }: Group): Value {
  const [entry] = entries;
  if (entry === undefined) return undefined;
  const [name, value] = entry;
  if (name === 'bytes_value') return new Bytes(String(value));
  if (name === 'string_value_strindex') return new Group('fields', [entry]);
  if (!(value instanceof Group)) return value;
  const values = value.entries.get('values');
  if (name === 'array_value') return values ?? [];
  return values ?? new Group('keys');
}

/** Reports whether a field has the value that a missing field has. */
function isDefault(message: MessageDescriptor, name: string, value: Value): boolean {
  if (value instanceof Group) return value.kind === 'fields' && value.entries.size === 0;
  if (value !== '' && value !== 0 && value !== 0n && value !== false) return false;
  const field = message.fields.find((one) => one.name === name);
  return field !== undefined && field.kind !== 'message' && !field.explicitPresence && !Object.is(value, -0);
}

function scalarOf(field: ScalarField, bytes: Uint8Array, start: number, end: number): Value {
  return field.idBytes === undefined ? SCALARS[field.kind](bytes, start, end) : encodeHex(bytes, start, end);
}

const SCALARS: Readonly<Record<ScalarKind, (bytes: Uint8Array, start: number, end: number) => Value>> = {
  bool: (bytes, start) => readVarintBool(bytes, start),
  bytes: (bytes, start, end) => encodeBase64(bytes.subarray(start, end)),
  double: (bytes, start) => readDouble(bytes, start),
  enum: (bytes, start) => BigInt(readVarintLow(bytes, start) | 0),
  fixed32: (bytes, start) => BigInt(readFixed32(bytes, start)),
  fixed64: (bytes, start) => readFixed64(bytes, start),
  int32: (bytes, start) => BigInt(readVarintLow(bytes, start) | 0),
  int64: (bytes, start) => readVarintInt64(bytes, start),
  sfixed64: (bytes, start) => readSfixed64(bytes, start),
  sint32: (bytes, start) => BigInt(readVarintSint32(bytes, start)),
  string: (bytes, start, end) => readString(bytes, start, end),
  uint32: (bytes, start) => BigInt(readVarintLow(bytes, start) >>> 0),
  uint64: (bytes, start) => readVarintUint64(bytes, start),
};
