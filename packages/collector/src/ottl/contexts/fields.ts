import {
  decodeHex,
  encodeHex,
  payloadEnd,
  payloadStart,
  readFixed32,
  readFixed64,
  readString,
  readVarintBool,
  readVarintLow,
} from '@otelier/otlp';
import { bytesField, fixed32Field, fixed64Field, stringField, varintField } from '../record/encode.ts';
import type { Subject } from '../record/subject.ts';
import { EvaluationError, Identifier, OpaqueValue, Time, type Value } from '../values/value.ts';
import {
  expectInteger,
  expectText,
  mismatch,
  type PathDefinition,
  type Paths,
  type RecordOf,
  valuePath,
} from './access.ts';

/** Returns the path for a string field. */
export function textField(record: RecordOf, field: number): PathDefinition {
  return valuePath(
    (subject) => readText(record, field, subject),
    (subject, value) => {
      const text = expectText(value);
      record(subject).put(field, text === '' ? undefined : stringField(field, text));
    },
    { text: { record, field } },
  );
}

/** Reads a string field; a missing field is an empty string. */
export function readText(record: RecordOf, field: number, subject: Subject): string {
  const message = record(subject);
  const value = message.find(field);
  if (value < 0) return '';
  const { source } = message;
  return readString(source, payloadStart(source, value), payloadEnd(source, value));
}

/** Returns the path for an unsigned 32-bit integer field. */
export function uint32Field(record: RecordOf, field: number): PathDefinition {
  return valuePath(
    (subject) => BigInt(readUint32(record, field, subject)),
    (subject, value) => putVarint(record(subject), field, BigInt.asUintN(32, expectInteger(value))),
    { number: (subject) => readUint32(record, field, subject) },
  );
}

/** Returns the path for an enumeration field. */
export function enumField(record: RecordOf, field: number): PathDefinition {
  return valuePath(
    (subject) => BigInt(readUint32(record, field, subject) | 0),
    (subject, value) => putVarint(record(subject), field, BigInt.asIntN(32, expectInteger(value))),
    { number: (subject) => readUint32(record, field, subject) | 0 },
  );
}

/** Reads the lower 32 bits of a varint field; a missing field is 0. */
export function readUint32(record: RecordOf, field: number, subject: Subject): number {
  const message = record(subject);
  const value = message.find(field);
  return value < 0 ? 0 : readVarintLow(message.source, value);
}

/** Reads a boolean field; a missing field is false. */
export function readBool(record: RecordOf, field: number, subject: Subject): boolean {
  const message = record(subject);
  const value = message.find(field);
  return value >= 0 && readVarintBool(message.source, value);
}

function putVarint(message: ReturnType<RecordOf>, field: number, value: bigint): void {
  message.put(field, value === 0n ? undefined : varintField(field, value));
}

/**
 * Returns the path for flags in a `fixed32` field. With `check`, values beyond 32 bits are rejected; without it, they
 * are truncated.
 */
export function fixed32Path(record: RecordOf, field: number, check: boolean): PathDefinition {
  return valuePath(
    (subject) => {
      const message = record(subject);
      const value = message.find(field);
      return value < 0 ? 0n : BigInt(readFixed32(message.source, value));
    },
    (subject, value) => {
      const flags = expectInteger(value);
      if (check && BigInt.asUintN(32, flags) !== flags)
        throw new EvaluationError(`expected an unsigned integer of 32 bits, got ${flags}`);
      record(subject).put(field, flags === 0n ? undefined : fixed32Field(field, flags));
    },
  );
}

/** Returns the two paths for a timestamp: `name` for the time and `name_unix_nano` for nanoseconds since the epoch. */
export function timePaths(name: string, record: RecordOf, field: number | ((subject: Subject) => number)): Paths {
  const fieldOf = typeof field === 'number' ? () => field : field;
  const read = (subject: Subject): bigint => {
    const message = record(subject);
    const value = message.find(fieldOf(subject));
    return value < 0 ? 0n : BigInt.asIntN(64, readFixed64(message.source, value));
  };
  const write = (subject: Subject, nanos: bigint): void => {
    const number = fieldOf(subject);
    record(subject).put(number, nanos === 0n ? undefined : fixed64Field(number, nanos));
  };
  return {
    [name]: valuePath(
      (subject) => new Time(read(subject)),
      (subject, value) =>
        write(subject, value instanceof Time ? BigInt.asIntN(64, value.nanos) : mismatch('time', value)),
    ),
    [`${name}_unix_nano`]: valuePath(read, (subject, value) => write(subject, expectInteger(value))),
  };
}

/** Returns the two paths for an ID: `name` for the ID and `name.string` for its hex digits. */
export function idPaths(name: string, kind: Identifier['kind'], record: RecordOf, field: number): Paths {
  const length = ID_BYTES[kind];
  const read = (subject: Subject): Uint8Array => {
    const message = record(subject);
    const value = message.find(field);
    const { source } = message;
    if (value < 0 || payloadEnd(source, value) - payloadStart(source, value) !== length) return new Uint8Array(length);
    return source.slice(payloadStart(source, value), payloadEnd(source, value));
  };
  const write = (subject: Subject, id: Uint8Array): void =>
    record(subject).put(field, id.every((byte) => byte === 0) ? undefined : bytesField(field, id));
  return {
    [name]: valuePath(
      (subject) => new Identifier(kind, read(subject)),
      (subject, value) =>
        write(
          subject,
          value instanceof Identifier && value.kind === kind ? value.bytes : mismatch(`${kind} ID`, value),
        ),
    ),
    [`${name}.string`]: valuePath(
      (subject) => encodeHex(read(subject)),
      (subject, value) => write(subject, parseId(kind, expectText(value))),
    ),
  };
}

/** ID lengths in bytes. */
export const ID_BYTES: Readonly<Record<Identifier['kind'], number>> = { trace: 16, span: 8, profile: 16 };

/** Parses the hex digits of an ID. */
export function parseId(kind: Identifier['kind'], text: string): Uint8Array {
  const bytes = text.length === 2 * ID_BYTES[kind] ? decodeHex(text) : undefined;
  if (bytes === undefined)
    throw new EvaluationError(`expected ${2 * ID_BYTES[kind]} hexadecimal digits, got "${text}"`);
  return bytes;
}

/** Returns the path for a repeated message field, which can be counted and assigned as a whole. */
export function repeatedMessages(
  kind: string,
  record: RecordOf,
  field: number | ((subject: Subject) => number),
): ReturnType<typeof valuePath> {
  const fieldOf = typeof field === 'number' ? () => field : field;
  return valuePath(
    (subject) => {
      const number = fieldOf(subject);
      if (number === 0) return undefined;
      const parts: Uint8Array[] = [];
      record(subject).forEach(number, (bytes, start, end) =>
        parts.push(bytesField(number, bytes.subarray(start, end))),
      );
      return new OpaqueValue(kind, concatenate(parts), parts.length);
    },
    (subject, value) => {
      const number = fieldOf(subject);
      if (number === 0) throw new EvaluationError(`expected telemetry with ${kind}`);
      record(subject).putAll(number, encodedOf(kind, value));
    },
  );
}

/** Returns the encoded messages of an assigned value; nil means none. */
export function encodedOf(kind: string, value: Value): Uint8Array {
  if (value === undefined) return new Uint8Array();
  return value instanceof OpaqueValue && value.kind === kind ? value.encoded : mismatch(kind, value);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
