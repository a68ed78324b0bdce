import type { Signal } from '../signals.ts';
import { encodeBase64 } from '../views/base64.ts';
import { encodeHex } from '../views/hex.ts';
import {
  type FieldDescriptor,
  MESSAGES,
  type MessageDescriptor,
  REQUEST_MESSAGES,
  type ScalarField,
  type ScalarKind,
} from '../wire/descriptors.ts';
import { TrustedReader } from '../wire/find.ts';
import {
  endOfVarint,
  readDouble,
  readFixed32,
  readString,
  readVarintBool,
  readVarintHigh,
  readVarintLow,
  readVarintSint32,
  WireType,
} from '../wire/reader.ts';
import { formatInt64, formatUint64 } from './integer.ts';

/**
 * Encodes a normalized export request as OTLP/JSON (OTLP specification, "JSON Protobuf Encoding"): names in
 * `lowerCamelCase`, IDs in hexadecimal, bytes in base64, 64-bit integers as strings, enums as numbers. Unknown fields
 * are dropped, and invalid UTF-8 becomes U+FFFD. Throws for signals without JSON support (profiles).
 */
export function requestToJson(signal: Signal, request: Uint8Array): string {
  const message = REQUEST_MESSAGES[signal];
  if (message === undefined) throw new Error(`${signal} cannot be written as JSON`);
  return messageToJson(message, request, 0, request.length);
}

/**
 * String length at which a concatenated string is flattened. V8 represents concatenations as a tree with a 32-byte node
 * each, which took a gigabyte for a span with ten million empty events.
 */
const PIECE_LENGTH = 65_536;

function messageToJson(message: MessageDescriptor, bytes: Uint8Array, start: number, end: number): string {
  const reader = new TrustedReader(bytes, start, end);
  let members = '';
  let pieces: string[] | undefined;
  let openList: FieldDescriptor | undefined;
  let lists = 0;
  while (reader.next()) {
    const field = message.byNumber.get(reader.field);
    if (field === undefined) continue;
    if (field === openList) {
      members += `,${valueToJson(field, reader)}`;
      if (members.length < PIECE_LENGTH) continue;
      pieces ??= [];
      pieces.push(flat(members));
      members = '';
      continue;
    }
    if (field.repeated) {
      const bit = 1 << field.number;
      if ((lists & bit) !== 0) return scatteredToJson(message, bytes, start, end);
      lists |= bit;
    }
    const isFirst = members === '' && pieces === undefined;
    members += `${between(openList, isFirst, field)}${valueToJson(field, reader)}`;
    openList = field.repeated ? field : undefined;
  }
  const last = openList === undefined ? `${members}}` : `${members}]}`;
  return pieces === undefined ? `{${last}` : `{${pieces.join('')}${last}`;
}

/** Returns the JSON between the previous member, which may be a list, and the value of `field`. */
function between(openList: FieldDescriptor | undefined, isFirst: boolean, field: FieldDescriptor): string {
  return `${openList === undefined ? '' : ']'}${isFirst ? '' : ','}"${field.jsonName}":${field.repeated ? '[' : ''}`;
}

/** Returns the same string. Reading a character makes V8 flatten a concatenated string. */
function flat(text: string): string {
  text.charCodeAt(0);
  return text;
}

/** Handles messages in which the members of a list are not adjacent, which few encoders write. */
function scatteredToJson(message: MessageDescriptor, bytes: Uint8Array, start: number, end: number): string {
  const values = new Map<FieldDescriptor, string[]>();
  const reader = new TrustedReader(bytes, start, end);
  while (reader.next()) {
    const field = message.byNumber.get(reader.field);
    if (field === undefined) continue;
    const before = values.get(field);
    if (before === undefined) values.set(field, [valueToJson(field, reader)]);
    else before.push(valueToJson(field, reader));
  }
  const members = [...values].map(([field, [first, ...others]]) =>
    field.repeated ? `"${field.jsonName}":[${[first, ...others].join(',')}]` : `"${field.jsonName}":${first}`,
  );
  return `{${members.join(',')}}`;
}

function valueToJson(field: FieldDescriptor, { bytes, valueStart, end }: TrustedReader): string {
  if (field.kind === 'message') return messageToJson(MESSAGES[field.message], bytes, valueStart, end);
  return field.packed ? packedToJson(field, bytes, valueStart, end) : scalarToJson(field, bytes, valueStart, end);
}

function packedToJson(field: ScalarField, bytes: Uint8Array, start: number, end: number): string {
  const values: string[] = [];
  for (let pos = start; pos < end; ) {
    const next = afterScalar(field, bytes, pos, end);
    values.push(scalarToJson(field, bytes, pos, next));
    pos = next;
  }
  return values.join(',');
}

function afterScalar({ wireType }: ScalarField, bytes: Uint8Array, pos: number, end: number): number {
  if (wireType === WireType.fixed64) return pos + 8;
  if (wireType === WireType.fixed32) return pos + 4;
  return endOfVarint(bytes, pos, end);
}

function scalarToJson(field: ScalarField, bytes: Uint8Array, start: number, end: number): string {
  if (field.idBytes !== undefined) return `"${encodeHex(bytes, start, end)}"`;
  return FORMATS[field.kind](bytes, start, end);
}

const FORMATS: Readonly<Record<ScalarKind, (bytes: Uint8Array, start: number, end: number) => string>> = {
  bool: (bytes, start) => String(readVarintBool(bytes, start)),
  bytes: (bytes, start, end) => `"${encodeBase64(bytes.subarray(start, end))}"`,
  double: (bytes, start) => doubleToJson(readDouble(bytes, start)),
  enum: (bytes, start) => String(readVarintLow(bytes, start) | 0),
  fixed32: (bytes, start) => String(readFixed32(bytes, start)),
  fixed64: (bytes, start) => `"${formatUint64(readFixed32(bytes, start), readFixed32(bytes, start + 4))}"`,
  int32: (bytes, start) => String(readVarintLow(bytes, start) | 0),
  int64: (bytes, start) => `"${formatInt64(readVarintLow(bytes, start), readVarintHigh(bytes, start))}"`,
  sfixed64: (bytes, start) => `"${formatInt64(readFixed32(bytes, start), readFixed32(bytes, start + 4))}"`,
  sint32: (bytes, start) => String(readVarintSint32(bytes, start)),
  string: (bytes, start, end) => JSON.stringify(readString(bytes, start, end)),
  uint32: (bytes, start) => String(readVarintLow(bytes, start)),
  uint64: (bytes, start) => `"${formatUint64(readVarintLow(bytes, start), readVarintHigh(bytes, start))}"`,
};

function doubleToJson(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? '-0' : String(value);
}
