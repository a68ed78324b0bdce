import { textOf } from './text.ts';
import { EvaluationError, typeName, type Value } from './value.ts';

/** Converts a value to a string as OTTL's `StringLikeGetter` does. Nil stays nil. */
export function toText(value: Value): string | undefined {
  return value === undefined ? undefined : textOf(value);
}

/** Converts a value to an int64. Nil stays nil. */
export function toInteger(value: Value): bigint | undefined {
  switch (typeof value) {
    case 'undefined':
    case 'bigint':
      return value;
    case 'string':
      return parseInteger(value);
    case 'number':
      return truncate(value);
    case 'boolean':
      return value ? 1n : 0n;
    default:
      throw new EvaluationError(`expected a value that converts to an integer, got ${typeName(value)}`);
  }
}

/** Converts a value to a float64. Nil stays nil. */
export function toFloat(value: Value): number | undefined {
  switch (typeof value) {
    case 'undefined':
    case 'number':
      return value;
    case 'bigint':
      return Number(value);
    case 'string':
      return parseFloat64(value);
    case 'boolean':
      return value ? 1 : 0;
    default:
      throw new EvaluationError(`expected a value that converts to a float, got ${typeName(value)}`);
  }
}

const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/** Converts a value to a boolean. Nil stays nil. */
export function toBoolean(value: Value): boolean | undefined {
  switch (typeof value) {
    case 'undefined':
    case 'boolean':
      return value;
    case 'bigint':
      return value !== 0n;
    case 'number':
      return value !== 0;
    case 'string':
      if (TRUE.has(value)) return true;
      if (FALSE.has(value)) return false;
      throw new EvaluationError(`expected a boolean such as "true" or "0", got "${value}"`);
    default:
      throw new EvaluationError(`expected a value that converts to a boolean, got ${typeName(value)}`);
  }
}

const encoder = new TextEncoder();

/** Converts a value to bytes: strings to UTF-8, numbers and booleans to big-endian order. Nil stays nil. */
export function toBytes(value: Value): Uint8Array | undefined {
  switch (typeof value) {
    case 'undefined':
      return undefined;
    case 'string':
      return encoder.encode(value);
    case 'boolean':
      return Uint8Array.of(value ? 1 : 0);
    case 'bigint':
      return eightBytes((view) => view.setBigInt64(0, value));
    case 'number':
      return eightBytes((view) => view.setFloat64(0, value));
    default:
      if (value instanceof Uint8Array) return value;
      throw new EvaluationError(`expected a value that converts to bytes, got ${typeName(value)}`);
  }
}

function eightBytes(write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(8);
  write(new DataView(bytes.buffer));
  return bytes;
}

/** Parses a decimal int64 as Go's `strconv.ParseInt` does. */
export function parseInteger(text: string): bigint {
  if (!/^[+-]?\d+$/.test(text)) throw new EvaluationError(`expected an integer, got "${text}"`);
  const value = BigInt(text.replace(/^\+/, ''));
  if (BigInt.asIntN(64, value) !== value) throw new EvaluationError(`expected an integer of 64 bits, got "${text}"`);
  return value;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const SPECIAL = /^([+-]?)(?:inf(?:inity)?|(nan))$/i;
const HEXADECIMAL = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)$/;

/** Parses a float64 as Go's `strconv.ParseFloat` does. */
export function parseFloat64(text: string): number {
  const value = DECIMAL.test(text) ? Number(text) : parseSpecial(text);
  if (value === undefined) throw new EvaluationError(`expected a number, got "${text}"`);
  if (!Number.isFinite(value) && !SPECIAL.test(text))
    throw new EvaluationError(`expected a number in the range of a float64, got "${text}"`);
  return value;
}

function parseSpecial(text: string): number | undefined {
  const special = SPECIAL.exec(text);
  if (special !== null) {
    if (special[2] !== undefined) return special[1] === '' ? Number.NaN : undefined;
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  const hex = HEXADECIMAL.exec(text);
  if (hex === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent] = hex;
  if (whole === '' && fraction === '') return undefined;
  const mantissa = Number(BigInt(`0x${whole}${fraction}`));
  return (sign === '-' ? -1 : 1) * mantissa * 2 ** (Number(exponent) - 4 * fraction.length);
}

const MIN_INT64 = -(1n << 63n);

/** Truncates a float64 to an int64. As in Go on common platforms, values out of range become the smallest int64. */
export function truncate(value: number): bigint {
  if (!(value >= -(2 ** 63) && value < 2 ** 63)) return MIN_INT64;
  return BigInt(Math.trunc(value));
}
