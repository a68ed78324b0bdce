import { type FieldDescriptor, MESSAGES, type MessageDescriptor } from './descriptors.ts';
import { endOfVarint, FieldReader, WireFormatError, WireType } from './reader.ts';
import { MAX_MESSAGE_DEPTH } from './validate.ts';

/**
 * Describes the first error in a request that the fast walk rejected: `resource_spans[0].scope_spans[0].spans[3].kind:
 * expected a varint, got a length-delimited field, at offset 1234`. Returns `undefined` for a valid request.
 */
export function diagnose(message: MessageDescriptor, bytes: Uint8Array): string | undefined {
  return diagnoseMessage(message, bytes, 0, bytes.length, '', 0);
}

function diagnoseMessage(
  message: MessageDescriptor,
  bytes: Uint8Array,
  start: number,
  end: number,
  path: string,
  depth: number,
): string | undefined {
  if (depth > MAX_MESSAGE_DEPTH) return `${path}: messages nest deeper than ${MAX_MESSAGE_DEPTH}, at offset ${start}`;
  const reader = new FieldReader(bytes, start, end);
  const counts = new Map<number, number>();
  for (;;) {
    const before = reader.end;
    try {
      if (!reader.next()) return undefined;
    } catch (error) {
      if (!(error instanceof WireFormatError)) throw error;
      const at = reader.start === before && reader.field > 0 ? extend(path, message, reader.field, counts) : path;
      return `${at === '' ? 'request' : at}: ${error.detail}, at offset ${error.offset}`;
    }
    const error = diagnoseField(message, reader, extend(path, message, reader.field, counts), depth);
    if (error !== undefined) return error;
    counts.set(reader.field, (counts.get(reader.field) ?? 0) + 1);
  }
}

function extend(path: string, message: MessageDescriptor, number: number, counts: ReadonlyMap<number, number>): string {
  const field = message.byNumber.get(number);
  const index = field?.repeated && field.wireType === WireType.lengthDelimited ? `[${counts.get(number) ?? 0}]` : '';
  return `${path}${path === '' ? '' : '.'}${field?.name ?? `field ${number}`}${index}`;
}

function diagnoseField(
  message: MessageDescriptor,
  reader: FieldReader,
  path: string,
  depth: number,
): string | undefined {
  const field = message.byNumber.get(reader.field);
  if (field === undefined) return undefined;
  const { bytes, start, valueStart, valueEnd } = reader;
  const isPacked = field.kind !== 'message' && field.packed && reader.wireType === WireType.lengthDelimited;
  if (reader.wireType !== field.wireType && !isPacked) {
    const expected = WIRE_TYPE_NAMES[field.wireType];
    return `${path}: expected ${expected}, got ${WIRE_TYPE_NAMES[reader.wireType]}, at offset ${start}`;
  }
  if (field.kind === 'message') {
    return diagnoseMessage(MESSAGES[field.message], bytes, valueStart, valueEnd, path, depth + 1);
  }
  const length = valueEnd - valueStart;
  if (field.idBytes !== undefined && length !== 0 && length !== field.idBytes) {
    return `${path}: expected ${field.idBytes} bytes or none, got ${length}, at offset ${start}`;
  }
  return isPacked ? diagnosePacked(field, bytes, valueStart, valueEnd, path) : undefined;
}

function diagnosePacked(
  field: FieldDescriptor,
  bytes: Uint8Array,
  start: number,
  end: number,
  path: string,
): string | undefined {
  if (field.wireType === WireType.fixed64) {
    if ((end - start) % 8 === 0) return undefined;
    return `${path}: expected a multiple of 8 bytes, got ${end - start}, at offset ${start}`;
  }
  try {
    for (let pos = start; pos < end; ) pos = endOfVarint(bytes, pos, end);
    return undefined;
  } catch (error) {
    if (!(error instanceof WireFormatError)) throw error;
    return `${path}: ${error.detail}, at offset ${error.offset}`;
  }
}

const WIRE_TYPE_NAMES = [
  'a varint',
  'a 64-bit field',
  'a length-delimited field',
  'a group',
  'the end of a group',
  'a 32-bit field',
];
