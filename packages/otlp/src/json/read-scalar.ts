import { decodeBase64 } from '../views/base64.ts';
import type { ScalarField, ScalarKind } from '../wire/descriptors.ts';
import { ENUMS } from '../wire/enums.ts';
import type { WireWriter } from '../wire/writer.ts';
import { type Integer, parseInteger } from './integer.ts';
import { Char, isDigit, type JsonScanner } from './scanner.ts';

/** Thrown for a JSON value that does not fit its field. */
export class JsonValueError extends Error {
  /** The expected value, such as `a string`. */
  readonly expected: string;
  /** Offset of the value. */
  readonly offset: number;

  constructor(expected: string, offset: number) {
    super(`expected ${expected}`);
    this.name = 'JsonValueError';
    this.expected = expected;
    this.offset = offset;
  }
}

/**
 * Reads a scalar value and writes it: as a complete field, or without a tag for packed lists. Omits default values if
 * `keepDefault` is false. Throws a `JsonValueError` if the value does not fit.
 */
export function readScalar(scanner: JsonScanner, writer: WireWriter, field: ScalarField, keepDefault: boolean): void {
  READERS[field.kind](scanner, writer, field, keepDefault);
}

type ScalarReader = (scanner: JsonScanner, writer: WireWriter, field: ScalarField, keepDefault: boolean) => void;

function writeTag(writer: WireWriter, field: ScalarField): void {
  if (!field.packed) writer.tag(field.number, field.wireType);
}

function readBool(scanner: JsonScanner, writer: WireWriter, field: ScalarField, keepDefault: boolean): void {
  const char = scanner.peek();
  if (char !== Char.t && char !== Char.f) throw new JsonValueError('true or false', scanner.pos);
  scanner.literal(char === Char.t ? 'true' : 'false');
  if (char === Char.f && !keepDefault) return;
  writeTag(writer, field);
  writer.varint(char === Char.t ? 1 : 0);
}

function readText(scanner: JsonScanner, writer: WireWriter, field: ScalarField, keepDefault: boolean): void {
  expectString(scanner, 'a string');
  if (scanner.tokenEnd === scanner.tokenStart && !keepDefault) return;
  if (scanner.escaped) writer.stringField(field.number, scanner.text());
  else writer.bytesField(field.number, scanner.bytes, scanner.tokenStart, scanner.tokenEnd);
}

function readBytes(scanner: JsonScanner, writer: WireWriter, field: ScalarField, keepDefault: boolean): void {
  const offset = expectString(scanner, 'base64');
  const bytes = decodeBase64(scanner.text());
  if (bytes === undefined) throw new JsonValueError('base64', offset);
  if (bytes.length > 0 || keepDefault) writer.bytesField(field.number, bytes);
}

/**
 * IDs are hexadecimal, in upper or lower case (OTLP specification, "JSON Protobuf Encoding"). An empty ID is omitted.
 */
function readId(scanner: JsonScanner, writer: WireWriter, field: ScalarField, idBytes: number): void {
  const offset = expectString(scanner, `${2 * idBytes} hexadecimal digits`);
  const { bytes, tokenStart, tokenEnd } = scanner;
  if (tokenEnd === tokenStart) return;
  let valid = tokenEnd - tokenStart === 2 * idBytes;
  for (let i = 0; valid && i < idBytes; i++) {
    const value = hexDigit(bytes[tokenStart + 2 * i]) * 16 + hexDigit(bytes[tokenStart + 2 * i + 1]);
    valid = value >= 0;
    id[i] = value;
  }
  if (!valid) throw new JsonValueError(`${2 * idBytes} hexadecimal digits`, offset);
  writer.bytesField(field.number, id, 0, idBytes);
}

const id = new Uint8Array(16);

/**
 * Returns the value of a hexadecimal digit. For other bytes, returns a value so negative that any pair containing one
 * is negative as well.
 */
function hexDigit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1000;
}

function readDouble(scanner: JsonScanner, writer: WireWriter, field: ScalarField, keepDefault: boolean): void {
  const offset = numericToken(scanner, 'a number');
  const text = scanner.text();
  const value = NON_FINITE.get(text) ?? (NUMBER.test(text) ? Number(text) : Number.NaN);
  // A number outside the range of doubles would silently become infinite.
  if (!Number.isFinite(value) && !NON_FINITE.has(text)) throw new JsonValueError('a number', offset);
  if (value === 0 && !keepDefault && !Object.is(value, -0)) return;
  writeTag(writer, field);
  writer.double(value);
}

const NON_FINITE: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** Enums are numbers in OTLP/JSON. Like the Collector, the reader also accepts their names. */
function readEnum(scanner: JsonScanner, writer: WireWriter, field: ScalarField, keepDefault: boolean): void {
  if (scanner.peek() !== Char.quote) {
    readEnumNumber(scanner, writer, field, keepDefault);
    return;
  }
  const offset = expectString(scanner, 'a name');
  const names: readonly string[] = field.enumName === undefined ? [] : ENUMS[field.enumName];
  const value = names.indexOf(scanner.text());
  if (value < 0) throw new JsonValueError(`the number or name of a ${field.enumName}`, offset);
  if (value === 0 && !keepDefault) return;
  writeTag(writer, field);
  writer.varint(value);
}

const readEnumNumber = integerReader(32, 'signed', (writer, low, high) => writer.varintHalves(low, high));

type WriteHalves = (writer: WireWriter, low: number, high: number) => void;

/** Creates a reader for one kind of integer. It accepts numbers and decimal strings, exact to 64 bits. */
function integerReader(bits: 32 | 64, sign: 'signed' | 'unsigned', write: WriteHalves): ScalarReader {
  const expected = `an ${sign === 'signed' ? '' : 'unsigned '}integer of ${bits} bits`;
  const fits = sign === 'signed' ? fitsSigned : fitsUnsigned;
  return (scanner, writer, field, keepDefault) => {
    const offset = numericToken(scanner, expected);
    const isInteger = !scanner.escaped && parseInteger(scanner.bytes, scanner.tokenStart, scanner.tokenEnd, integer);
    if (!isInteger || !fits(integer, bits)) throw new JsonValueError(expected, offset);
    if (integer.low === 0 && integer.high === 0 && !keepDefault) return;
    if (integer.negative) negate(integer);
    writeTag(writer, field);
    write(writer, integer.low, integer.high);
  };
}

function fitsUnsigned({ negative, low, high }: Integer, bits: 32 | 64): boolean {
  return (!negative || (low === 0 && high === 0)) && (bits === 64 || high === 0);
}

function fitsSigned({ negative, low, high }: Integer, bits: 32 | 64): boolean {
  const [top, rest] = bits === 64 ? [high, low] : [low, 0];
  if (bits === 32 && high !== 0) return false;
  return top < 0x8000_0000 || (negative && top === 0x8000_0000 && rest === 0);
}

/** Converts a magnitude to two's complement. */
function negate(value: Integer): void {
  value.low = -value.low >>> 0;
  value.high = (~value.high + (value.low === 0 ? 1 : 0)) >>> 0;
}

const integer: Integer = { negative: false, low: 0, high: 0 };

const READERS: Readonly<Record<ScalarKind, ScalarReader>> = {
  bool: readBool,
  bytes: (scanner, writer, field, keepDefault) =>
    field.idBytes === undefined
      ? readBytes(scanner, writer, field, keepDefault)
      : readId(scanner, writer, field, field.idBytes),
  double: readDouble,
  enum: readEnum,
  string: readText,
  fixed32: integerReader(32, 'unsigned', (writer, low) => writer.fixed32(low)),
  fixed64: integerReader(64, 'unsigned', (writer, low, high) => writer.fixed64Halves(low, high)),
  uint32: integerReader(32, 'unsigned', (writer, low) => writer.varint(low)),
  uint64: integerReader(64, 'unsigned', (writer, low, high) => writer.varintHalves(low, high)),
  int32: integerReader(32, 'signed', (writer, low, high) => writer.varintHalves(low, high)),
  sint32: integerReader(32, 'signed', (writer, low) => writer.varintSint32(low | 0)),
  int64: integerReader(64, 'signed', (writer, low, high) => writer.varintHalves(low, high)),
  sfixed64: integerReader(64, 'signed', (writer, low, high) => writer.fixed64Halves(low, high)),
};

/**
 * Reads a string and returns the offset of the value. Throws a `JsonValueError` with `expected` for any other value.
 */
function expectString(scanner: JsonScanner, expected: string): number {
  if (scanner.peek() !== Char.quote) throw new JsonValueError(expected, scanner.pos);
  const offset = scanner.pos;
  scanner.string();
  return offset;
}

/** Reads a number, or a string that is expected to contain one, and returns the offset of the value. */
function numericToken(scanner: JsonScanner, expected: string): number {
  const char = scanner.peek();
  const offset = scanner.pos;
  if (char === Char.quote) scanner.string();
  else if (char === Char.minus || isDigit(char)) scanner.number();
  else throw new JsonValueError(expected, offset);
  return offset;
}
