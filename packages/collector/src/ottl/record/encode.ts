import { WireType, WireWriter } from '@otelier/otlp';

const writer = new WireWriter(256);

/** Encodes a length-delimited field. */
export function bytesField(field: number, payload: Uint8Array): Uint8Array {
  writer.bytesField(field, payload);
  return writer.finish();
}

/** Encodes a string field. */
export function stringField(field: number, text: string): Uint8Array {
  writer.stringField(field, text);
  return writer.finish();
}

/** Encodes an integer as a varint field. Negative integers take ten bytes, as in `int32` and `int64` fields. */
export function varintField(field: number, value: bigint): Uint8Array {
  writer.tag(field, WireType.varint);
  writer.varintBigInt(value);
  return writer.finish();
}

/** Encodes a `sint32` field. */
export function zigzagField(field: number, value: bigint): Uint8Array {
  writer.tag(field, WireType.varint);
  writer.varintSint32(Number(BigInt.asIntN(32, value)));
  return writer.finish();
}

/** Encodes a `fixed64` or `sfixed64` field. */
export function fixed64Field(field: number, value: bigint): Uint8Array {
  writer.tag(field, WireType.fixed64);
  writer.fixed64BigInt(value);
  return writer.finish();
}

/** Encodes a `fixed32` field. */
export function fixed32Field(field: number, value: bigint): Uint8Array {
  writer.tag(field, WireType.fixed32);
  writer.fixed32(Number(BigInt.asUintN(32, value)));
  return writer.finish();
}

/** Encodes a `double` field. */
export function doubleField(field: number, value: number): Uint8Array {
  writer.tag(field, WireType.fixed64);
  writer.double(value);
  return writer.finish();
}

/** Encodes a packed `double` field. */
export function packedDoubles(field: number, values: readonly number[]): Uint8Array {
  writer.open(field);
  for (const value of values) writer.double(value);
  writer.close();
  return writer.finish();
}

/** Encodes a packed `fixed64` field. */
export function packedFixed64s(field: number, values: readonly bigint[]): Uint8Array {
  writer.open(field);
  for (const value of values) writer.fixed64BigInt(value);
  writer.close();
  return writer.finish();
}

/** Encodes a packed `uint64` field. */
export function packedVarints(field: number, values: readonly bigint[]): Uint8Array {
  writer.open(field);
  for (const value of values) writer.varintBigInt(value);
  writer.close();
  return writer.finish();
}

/** Concatenates encoded fields. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  for (const part of parts) writer.raw(part);
  return writer.finish();
}
