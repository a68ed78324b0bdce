import {
  type FieldDescriptor,
  MESSAGES,
  type MessageDescriptor,
  type MessageField,
  type MessageName,
} from './descriptors.ts';
import { FieldReader, WireType } from './reader.ts';
import { isCanonical } from './validate.ts';
import { WireWriter } from './writer.ts';

/**
 * Rewrites a valid message so that it can be read in place: each singular field and each packed list of scalars occurs
 * once (the last value wins and messages are merged, as the encoding specification requires under "Last One Wins" and
 * "Oneofs"), tags and lengths are as short as possible, and groups, which OTLP never used, are removed. Other unknown
 * fields are copied unchanged. This is the slow path of `normalizeRequest`, which must have validated the bytes.
 */
export function canonicalize(message: MessageDescriptor, bytes: Uint8Array): Uint8Array {
  const writer = new WireWriter(bytes.length);
  writeMessage(message, bytes, 0, bytes.length, writer);
  return writer.finish();
}

/** An occurrence of a field. */
interface Occurrence {
  readonly wireType: number;
  readonly start: number;
  readonly end: number;
}

function writeMessage(
  message: MessageDescriptor,
  bytes: Uint8Array,
  start: number,
  end: number,
  writer: WireWriter,
): void {
  const pending = gather(message, bytes, start, end);
  const reader = new FieldReader(bytes, start, end);
  while (reader.next()) {
    const field = message.byNumber.get(reader.field);
    if (field !== undefined && occursOnce(field)) {
      const occurrences = pending.get(field.number);
      pending.delete(field.number);
      if (occurrences !== undefined) writeOnce(message, field, bytes, occurrences, writer);
    } else if (field?.kind === 'message') {
      writeChild(message, field, bytes, reader.valueStart, reader.valueEnd, writer);
    } else if (reader.wireType !== WireType.startGroup) {
      writeValue(reader.field, bytes, occurrence(reader), writer);
    }
  }
}

/**
 * Most messages in such a request need no rewriting and are copied. Values, which can be nested arbitrarily, are not
 * checked in advance: a check at every level would take time quadratic in the depth.
 */
function writeChild(
  parent: MessageDescriptor,
  field: MessageField,
  bytes: Uint8Array,
  start: number,
  end: number,
  writer: WireWriter,
): void {
  const message = MESSAGES[field.message];
  if (!NESTING.has(parent.name) && isCanonical(message, bytes, start, end)) {
    writer.bytesField(field.number, bytes, start, end);
    return;
  }
  writer.open(field.number);
  writeMessage(message, bytes, start, end, writer);
  writer.close();
}

/** Message types of nested values. The outermost values are checked along with attributes and bodies. */
const NESTING: ReadonlySet<MessageName> = new Set(['AnyValue', 'ArrayValue', 'KeyValueList']);

/** Collects the effective occurrences of every field that may occur only once: for a oneof, only the last member. */
function gather(message: MessageDescriptor, bytes: Uint8Array, start: number, end: number): Map<number, Occurrence[]> {
  const found = new Map<number, Occurrence[]>();
  const reader = new FieldReader(bytes, start, end);
  while (reader.next()) {
    const field = message.byNumber.get(reader.field);
    if (field === undefined || !occursOnce(field)) continue;
    if (field.oneof !== undefined) dropOthers(message, field, found);
    const earlier = found.get(field.number);
    if (earlier === undefined) found.set(field.number, [occurrence(reader)]);
    // Messages and lists combine all their occurrences. For other fields, the last one wins.
    else if (field.kind === 'message' || field.packed) earlier.push(occurrence(reader));
    else earlier[0] = occurrence(reader);
  }
  return found;
}

function dropOthers(message: MessageDescriptor, field: FieldDescriptor, found: Map<number, Occurrence[]>): void {
  for (const other of message.fields) {
    if (other.oneof === field.oneof && other.number !== field.number) found.delete(other.number);
  }
}

function occursOnce(field: FieldDescriptor): boolean {
  return !field.repeated || (field.kind !== 'message' && field.packed);
}

function occurrence(reader: FieldReader): Occurrence {
  return { wireType: reader.wireType, start: reader.valueStart, end: reader.valueEnd };
}

function writeOnce(
  message: MessageDescriptor,
  field: FieldDescriptor,
  bytes: Uint8Array,
  occurrences: readonly Occurrence[],
  writer: WireWriter,
): void {
  if (field.kind === 'message') {
    // Messages merge by concatenation: a field set in two of them occurs twice.
    const merged = concatenate(bytes, occurrences);
    writeChild(message, field, merged.bytes, merged.start, merged.end, writer);
  } else if (field.packed) {
    const merged = concatenate(bytes, occurrences);
    writer.bytesField(field.number, merged.bytes, merged.start, merged.end);
  } else {
    const last = occurrences[occurrences.length - 1];
    if (last !== undefined) writeValue(field.number, bytes, last, writer);
  }
}

function concatenate(
  bytes: Uint8Array,
  pieces: readonly Occurrence[],
): { readonly bytes: Uint8Array; readonly start: number; readonly end: number } {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return { bytes, start: only.start, end: only.end };
  const whole = new WireWriter(pieces.reduce((sum, piece) => sum + piece.end - piece.start, 0));
  for (const piece of pieces) whole.raw(bytes, piece.start, piece.end);
  const joined = whole.finish();
  return { bytes: joined, start: 0, end: joined.length };
}

function writeValue(field: number, bytes: Uint8Array, value: Occurrence, writer: WireWriter): void {
  if (value.wireType === WireType.lengthDelimited) {
    writer.bytesField(field, bytes, value.start, value.end);
  } else {
    writer.tag(field, value.wireType);
    writer.raw(bytes, value.start, value.end);
  }
}
