import { encodeHex } from '@otelier/otlp';
import { defineFunction, type FunctionDefinition } from '../compile/function.ts';
import {
  any,
  booleanLike,
  bytesLike,
  floatLike,
  integer,
  integerLike,
  listOf,
  text,
  textLike,
} from '../compile/parameters.ts';
import {
  Duration,
  EvaluationError,
  Identifier,
  isList,
  isMap,
  OpaqueValue,
  Time,
  typeName,
  type Value,
} from '../values/value.ts';

/** Converters between types, and converters that check types. */
export const TYPES: readonly FunctionDefinition[] = [
  defineFunction('Bool', { target: booleanLike() }, ({ target }) => target),
  defineFunction('Double', { target: floatLike() }, ({ target }) => target),
  defineFunction('Int', { target: integerLike() }, ({ target }) => target),
  defineFunction('String', { target: textLike() }, ({ target }) => target),
  check('IsBool', (value) => typeof value === 'boolean'),
  check('IsDouble', (value) => typeof value === 'number'),
  check('IsInt', (value) => typeof value === 'bigint'),
  check('IsString', (value) => typeof value === 'string'),
  check('IsMap', isMap),
  check('IsList', (value) => isList(value) || (value instanceof OpaqueValue && value.count !== undefined)),
  check('IsEmpty', isEmpty),
  defineFunction(
    'Len',
    { target: any() },
    ({ target }) =>
      (subject) =>
        BigInt(lengthOf(target(subject))),
  ),
  defineFunction('Coalesce', { values: listOf(any()) }, ({ values }) => {
    if (values.length === 0) throw new EvaluationError('expected at least one value');
    return (subject) => {
      for (const value of values) {
        const result = value(subject);
        if (result !== undefined) return result;
      }
      return undefined;
    };
  }),
  defineFunction(
    'Hex',
    { target: bytesLike() },
    ({ target }) =>
      (subject) =>
        encodeHex(target(subject) ?? new Uint8Array()),
  ),
  defineFunction('Log', { target: floatLike() }, ({ target }) => (subject) => {
    const value = target(subject);
    if (value === undefined || value <= 0)
      throw new EvaluationError(`expected a number above 0, got ${value ?? 'nil'}`);
    return Math.log(value);
  }),
  defineFunction(
    'ParseInt',
    { target: text(), base: integer() },
    ({ target, base }) =>
      (subject) =>
        parseWithBase(target(subject), base(subject)),
  ),
  defineFunction('IsValidLuhn', { target: textLike() }, ({ target }) => (subject) => {
    const value = target(subject);
    if (value === undefined) throw new EvaluationError('expected digits, got nil');
    return isValidLuhn(value);
  }),
];

function check(name: string, test: (value: Value) => boolean): FunctionDefinition {
  return defineFunction(
    name,
    { target: any() },
    ({ target }) =>
      (subject) =>
        test(target(subject)),
  );
}

function isEmpty(value: Value): boolean {
  switch (typeof value) {
    case 'undefined':
      return true;
    case 'string':
      return value === '';
    case 'bigint':
      return value === 0n;
    case 'number':
      return Object.is(value, 0);
    case 'boolean':
      return !value;
    default:
      return isEmptyObject(value);
  }
}

function isEmptyObject(value: Exclude<Value, undefined | string | bigint | number | boolean>): boolean {
  if (isMap(value)) return value.size === 0;
  if (isList(value)) return value.length === 0;
  if (value instanceof Uint8Array) return value.length === 0;
  if (value instanceof Identifier) return value.bytes.every((byte) => byte === 0);
  if (value instanceof Duration) return value.nanos === 0n;
  return value instanceof Time ? false : value.encoded.length === 0;
}

function lengthOf(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (isList(value) || value instanceof Uint8Array) return value.length;
  if (isMap(value)) return value.size;
  if (value instanceof OpaqueValue && value.count !== undefined) return value.count;
  throw new EvaluationError(`expected a string, list or map, got ${typeName(value)}`);
}

const PREFIXES: Readonly<Record<string, number>> = { b: 2, o: 8, x: 16 };

/** Parses an int64 as Go's `strconv.ParseInt` does. Base 0 determines the base from a prefix and allows underscores. */
function parseWithBase(text: string, base: bigint): bigint {
  if (text === '') throw new EvaluationError('expected an integer, got an empty string');
  if (base < 0n || base === 1n || base > 36n) throw new EvaluationError(`expected the base 0 or 2 to 36, got ${base}`);
  const [, sign = '', rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  const [digits, radix] = base === 0n ? withoutPrefix(rest) : [rest, Number(base)];
  const value = digitsOf(digits, radix);
  if (value === undefined) throw new EvaluationError(`expected an integer of base ${base}, got "${text}"`);
  const signed = sign === '-' ? -value : value;
  if (BigInt.asIntN(64, signed) !== signed) throw new EvaluationError(`expected an integer of 64 bits, got "${text}"`);
  return signed;
}

function withoutPrefix(text: string): [digits: string, radix: number] {
  const prefix = /^0([box])_?/i.exec(text);
  const radix = PREFIXES[prefix?.[1]?.toLowerCase() ?? ''];
  const digits = prefix === null ? text : text.slice(prefix[0].length);
  const isSeparated = /^[^_]+(?:_[^_]+)*$/.test(digits);
  const plain = isSeparated ? digits.replaceAll('_', '') : digits;
  if (radix !== undefined) return [plain, radix];
  return /^0[0-9_]/.test(text) ? [plain.slice(1), 8] : [plain, 10];
}

function digitsOf(digits: string, radix: number): bigint | undefined {
  if (digits === '') return undefined;
  let value = 0n;
  for (const character of digits) {
    const digit = /^[0-9a-z]$/i.test(character) ? Number.parseInt(character, 36) : radix;
    if (digit >= radix || value > 1n << 64n) return undefined;
    value = value * BigInt(radix) + BigInt(digit);
  }
  return value;
}

function isValidLuhn(text: string): boolean {
  const digits = text.replaceAll(' ', '');
  if (digits === '') return false;
  if (!/^\d+$/.test(digits)) throw new EvaluationError(`expected digits, got "${text}"`);
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
