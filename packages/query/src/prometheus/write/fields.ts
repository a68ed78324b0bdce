import { FieldReader, readDouble, readString, readVarint, readVarintInt64, WireType } from '@otelier/otlp';
import { RemoteWriteError } from './series.ts';

/** Iterates over the fields of an embedded message. */
export function* fieldsOf(bytes: Uint8Array, start: number, end: number): Generator<FieldReader> {
  const reader = new FieldReader(bytes, start, end);
  while (reader.next()) yield reader;
}

/** Returns the current field as text. */
export function textOf(reader: FieldReader): string {
  requireType(reader, WireType.lengthDelimited);
  return readString(reader.bytes, reader.valueStart, reader.valueEnd);
}

/** Requires the current field to be an embedded message, and iterates over its fields. */
export function messageOf(reader: FieldReader): Generator<FieldReader> {
  requireType(reader, WireType.lengthDelimited);
  return fieldsOf(reader.bytes, reader.valueStart, reader.valueEnd);
}

export function doubleOf(reader: FieldReader): number {
  requireType(reader, WireType.fixed64);
  return readDouble(reader.bytes, reader.valueStart);
}

/** The bits of a stale marker: a NaN with this payload, which numbers do not preserve. */
const STALE_LOW = 2;
const STALE_HIGH = 0x7ff00000;

/** Reports whether the current double field is a stale marker. */
export function isStaleMarker({ bytes, valueStart }: FieldReader): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset + valueStart, 8);
  return view.getUint32(0, true) === STALE_LOW && view.getUint32(4, true) === STALE_HIGH;
}

export function uintOf(reader: FieldReader): number {
  requireType(reader, WireType.varint);
  return readVarint(reader.bytes, reader.valueStart);
}

export function intOf(reader: FieldReader): number {
  requireType(reader, WireType.varint);
  return Number(readVarintInt64(reader.bytes, reader.valueStart));
}

export function sintOf(reader: FieldReader): number {
  return zigzag(uintOf(reader));
}

function zigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/** Appends the values of a repeated field, packed or not. */
export function appendUints(reader: FieldReader, values: number[]): void {
  if (reader.wireType === WireType.varint) {
    values.push(uintOf(reader));
    return;
  }
  requireType(reader, WireType.lengthDelimited);
  for (let at = reader.valueStart; at < reader.valueEnd; ) {
    values.push(readVarint(reader.bytes, at));
    while (at < reader.valueEnd && reader.bytes[at] > 127) at += 1;
    at += 1;
    if (at > reader.valueEnd) throw new RemoteWriteError('a number of a packed field is cut off');
  }
}

export function appendSints(reader: FieldReader, values: number[]): void {
  const from = values.length;
  appendUints(reader, values);
  for (let index = from; index < values.length; index++) values[index] = zigzag(values[index]);
}

export function appendDoubles(reader: FieldReader, values: number[]): void {
  if (reader.wireType === WireType.fixed64) {
    values.push(doubleOf(reader));
    return;
  }
  requireType(reader, WireType.lengthDelimited);
  if ((reader.valueEnd - reader.valueStart) % 8 !== 0)
    throw new RemoteWriteError('a packed field of doubles is cut off');
  for (let at = reader.valueStart; at < reader.valueEnd; at += 8) values.push(readDouble(reader.bytes, at));
}

function requireType(reader: FieldReader, type: number): void {
  if (reader.wireType === type) return;
  throw new RemoteWriteError(`field ${reader.field}: expected wire type ${type}, got ${reader.wireType}`);
}
