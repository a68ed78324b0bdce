import {
  type FieldDescriptor,
  FieldReader,
  MESSAGES,
  type MessageDescriptor,
  WireType,
  WireWriter,
} from '@otelier/otlp';
import type { Random } from './random.ts';

/**
 * Re-encodes a canonical message in an unusual but legal form with the same meaning: repeated singular fields of which
 * the last one wins, messages in pieces, several fields of a oneof, packed lists in pieces or unpacked, overlong tags
 * and lengths, groups and other unknown fields.
 */
export function encodeUnusually(message: MessageDescriptor, canonical: Uint8Array, random: Random): Uint8Array {
  const late: Uint8Array[] = [];
  const parts: Uint8Array[] = [];
  const reader = new FieldReader(canonical);
  while (reader.next()) {
    const field = message.byNumber.get(reader.field);
    const value = canonical.subarray(reader.valueStart, reader.valueEnd);
    if (random(6) === 0) parts.push(unknownField(random));
    if (field === undefined) parts.push(encodeField(reader.field, reader.wireType, value, random));
    else if (field.kind === 'message') encodeMessageField(message, field.number, value, random, parts, late);
    else if (field.packed) parts.push(...encodePacked(field.number, field.wireType, value, random));
    else {
      if (!field.repeated && random(2) === 0) parts.push(decoyOf(message, field, random));
      parts.push(encodeField(field.number, field.wireType, value, random));
    }
  }
  return concat([...parts, ...late]);
}

function encodeMessageField(
  message: MessageDescriptor,
  number: number,
  value: Uint8Array,
  random: Random,
  parts: Uint8Array[],
  late: Uint8Array[],
): void {
  const field = message.byNumber.get(number);
  if (field?.kind !== 'message') throw new Error(`field ${number} of ${message.name} is not a message`);
  const child = MESSAGES[field.message];
  if (field.repeated) {
    parts.push(encodeField(number, WireType.lengthDelimited, encodeUnusually(child, value, random), random));
    return;
  }
  // A field that precedes another field of the oneof is ignored, not merged.
  if (field.oneof !== undefined && random(2) === 0) {
    parts.push(encodeField(number, WireType.lengthDelimited, encodeUnusually(child, value, random), random));
    parts.push(decoyOf(message, field, random));
  }
  const pieces = splitFields(value, random).map((piece) =>
    encodeField(number, WireType.lengthDelimited, encodeUnusually(child, piece, random), random),
  );
  const isLate = field.oneof === undefined && random(2) === 0;
  parts.push(...pieces.slice(0, 1));
  (isLate ? late : parts).push(...pieces.slice(1));
}

/**
 * Returns a field that is overridden by a later one: the same field with another value, or another field of the oneof.
 */
function decoyOf(message: MessageDescriptor, field: FieldDescriptor, random: Random): Uint8Array {
  const others = message.fields.filter(
    (other) => other.oneof !== undefined && other.oneof === field.oneof && other !== field,
  );
  const decoy = others[random(others.length + 1)] ?? field;
  const target = decoy.kind === 'message' && decoy === field ? (others[0] ?? field) : decoy;
  return encodeField(target.number, target.wireType, decoyValue(target, random), random);
}

function decoyValue(field: FieldDescriptor, random: Random): Uint8Array {
  if (field.kind === 'message') return new Uint8Array(0);
  if (field.idBytes !== undefined) return randomBytes(field.idBytes, random);
  switch (field.wireType) {
    case WireType.varint:
      return Uint8Array.of(random(128));
    case WireType.fixed64:
      return randomBytes(8, random);
    case WireType.fixed32:
      return randomBytes(4, random);
    default:
      return randomBytes(random(20), random).map((byte) => byte & 127);
  }
}

function encodePacked(number: number, wireType: number, value: Uint8Array, random: Random): Uint8Array[] {
  const values = splitScalars(value, wireType);
  const cut = random(values.length + 1);
  const packed = concat(values.slice(0, cut));
  const loose = values.slice(cut);
  const rest =
    random(2) === 0
      ? loose.map((one) => encodeField(number, wireType, one, random))
      : [encodeField(number, WireType.lengthDelimited, concat(loose), random)];
  return [encodeField(number, WireType.lengthDelimited, packed, random), ...rest];
}

function splitScalars(value: Uint8Array, wireType: number): Uint8Array[] {
  const values: Uint8Array[] = [];
  for (let start = 0; start < value.length; ) {
    let end = start + 8;
    if (wireType === WireType.varint) {
      end = start + 1;
      while (value[end - 1] > 127) end++;
    }
    values.push(value.subarray(start, end));
    start = end;
  }
  return values;
}

/** Splits a message between fields into up to three pieces. */
function splitFields(value: Uint8Array, random: Random): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let start = 0;
  const reader = new FieldReader(value);
  while (pieces.length < 2 && reader.next()) {
    if (random(3) > 0) continue;
    pieces.push(value.subarray(start, reader.end));
    start = reader.end;
  }
  return [...pieces, value.subarray(start)];
}

function unknownField(random: Random): Uint8Array {
  const number = 100 + random(1_000_000);
  const kinds = [WireType.varint, WireType.fixed64, WireType.lengthDelimited, WireType.fixed32, WireType.startGroup];
  const wireType = kinds[random(kinds.length)] ?? WireType.varint;
  if (wireType === WireType.varint) return encodeField(number, wireType, Uint8Array.of(random(128)), random);
  if (wireType === WireType.fixed32) return encodeField(number, wireType, randomBytes(4, random), random);
  if (wireType === WireType.startGroup) {
    const inner = random(3) === 0 ? unknownField(random) : encodeField(1, WireType.varint, Uint8Array.of(1), random);
    const empty = new Uint8Array(0);
    return concat([
      encodeField(number, WireType.startGroup, inner, random),
      encodeField(number, WireType.endGroup, empty, random),
    ]);
  }
  return encodeField(number, wireType, randomBytes(8, random), random);
}

function encodeField(number: number, wireType: number, value: Uint8Array, random: Random): Uint8Array {
  const writer = new WireWriter(value.length + 20);
  writeLongVarint(writer, number * 8 + wireType, random);
  if (wireType === WireType.lengthDelimited) writeLongVarint(writer, value.length, random);
  writer.raw(value);
  return writer.finish();
}

/** Writes a varint with redundant bytes, up to the five that tags and lengths may have. */
function writeLongVarint(writer: WireWriter, value: number, random: Random): void {
  const plain = new WireWriter(16);
  plain.varint(value);
  const bytes = plain.finish();
  const needless = random(5) === 0 ? random(6 - bytes.length) : 0;
  if (needless > 0) bytes[bytes.length - 1] = (bytes.at(-1) as number) | 128;
  writer.raw(bytes);
  if (needless > 0) writer.raw(Uint8Array.from({ length: needless }, (_, i) => (i === needless - 1 ? 0 : 128)));
}

function randomBytes(length: number, random: Random): Uint8Array {
  return Uint8Array.from({ length }, () => random(256));
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const writer = new WireWriter();
  for (const part of parts) writer.raw(part);
  return writer.finish();
}
