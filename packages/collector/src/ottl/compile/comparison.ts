import {
  ANY_VALUE_FIELDS,
  anyValueKind,
  encodeKey,
  FoundAttribute,
  findAttribute,
  payloadEnd,
  payloadStart,
  readDouble,
  readVarintHigh,
  readVarintLow,
  sameBytes,
  WireType,
} from '@otelier/otlp';
import type { Access, AttributePath, Getter } from '../contexts/access.ts';
import type { LiteralValue } from '../grammar/syntax.ts';
import type { Subject } from '../record/subject.ts';
import { encodeValue } from '../values/codec.ts';
import { areEqual, type Comparison, compareValues } from '../values/compare.ts';

/** A compiled condition. Throws an `EvaluationError` if it cannot be evaluated. */
export type Predicate = (subject: Subject) => boolean;

/** Combines predicates with `or`. */
export function anyOf(operands: readonly Predicate[]): Predicate {
  const [first, second] = operands;
  if (operands.length === 1 && first !== undefined) return first;
  if (operands.length === 2 && first !== undefined && second !== undefined)
    return (subject) => first(subject) || second(subject);
  return (subject) => operands.some((operand) => operand(subject));
}

/** Combines predicates with `and`. */
export function allOf(operands: readonly Predicate[]): Predicate {
  const [first, second] = operands;
  if (operands.length === 1 && first !== undefined) return first;
  if (operands.length === 2 && first !== undefined && second !== undefined)
    return (subject) => first(subject) && second(subject);
  return (subject) => operands.every((operand) => operand(subject));
}

/** Compiles a comparison between two values. */
export function comparePredicate(operator: Comparison, left: Getter, right: Getter): Predicate {
  if (operator === '==') return (subject) => areEqual(left(subject), right(subject));
  if (operator === '!=') return (subject) => !areEqual(left(subject), right(subject));
  return (subject) => compareValues(left(subject), operator, right(subject));
}

/**
 * Compiles a comparison between a path and a literal to one on encoded bytes, if both are equivalent; most conditions
 * have this form. Returns `undefined` for other comparisons.
 */
export function compareEncoded(access: Access, operator: Comparison, literal: LiteralValue): Predicate | undefined {
  if (access.attribute !== undefined) return compareAttribute(access, access.attribute, operator, literal);
  if (access.number !== undefined && typeof literal === 'bigint' && Number.isSafeInteger(Number(literal))) {
    const { number } = access;
    const test = numberTest(operator, Number(literal));
    return (subject) => test(number(subject));
  }
  if (access.text !== undefined && typeof literal === 'string' && (operator === '==' || operator === '!='))
    return compareText(access.text, operator, literal);
  return undefined;
}

function compareText(
  { record, field }: NonNullable<Access['text']>,
  operator: Comparison,
  literal: string,
): Predicate | undefined {
  if (!literal.isWellFormed() || literal.includes('\ufffd')) return undefined;
  const expected = encodeKey(literal);
  const whenEqual = operator === '==';
  return (subject) => {
    const message = record(subject);
    const value = message.find(field);
    if (value < 0) return (expected.length === 0) === whenEqual;
    const start = payloadStart(message.source, value);
    const equal =
      payloadEnd(message.source, value) - start === expected.length && sameBytes(message.source, start, expected);
    return equal === whenEqual;
  };
}

function compareAttribute(
  access: Access,
  path: AttributePath,
  operator: Comparison,
  literal: LiteralValue,
): Predicate | undefined {
  if (typeof literal === 'string' && literal.includes('\ufffd')) return undefined;
  if (operator === '==' || operator === '!=') return attributeEquals(access, path, operator === '==', literal);
  if (typeof literal !== 'bigint' && typeof literal !== 'number') return undefined;
  const bound = Number(literal);
  if (typeof literal === 'bigint' && !Number.isSafeInteger(bound)) return undefined;
  const test = numberTest(operator, bound);
  const { record, field, key } = path;
  return (subject) => {
    const message = record(subject);
    if (!message.attributes.isEncoded) return compareValues(access.get(subject), operator, literal);
    const { bytes, start, end } = message;
    if (!findAttribute(bytes, start, end, field(subject), key, found)) return false;
    const number = readNumber(bytes, found.valueStart, found.valueEnd);
    return number === undefined ? compareValues(access.get(subject), operator, literal) : test(number);
  };
}

function attributeEquals(
  access: Access,
  { record, field, key }: AttributePath,
  whenEqual: boolean,
  literal: LiteralValue,
): Predicate {
  const expected = encodeValue(literal);
  const isNumeric = typeof literal === 'bigint' || typeof literal === 'number';
  const bound = isNumeric ? Number(literal) : 0;
  const isExact = typeof literal === 'number' || Number.isSafeInteger(bound);
  return (subject) => {
    const message = record(subject);
    if (!message.attributes.isEncoded) return areEqual(access.get(subject), literal) === whenEqual;
    const { bytes, start, end } = message;
    if (!findAttribute(bytes, start, end, field(subject), key, found)) return (literal === undefined) === whenEqual;
    const { valueStart, valueEnd } = found;
    if (literal === undefined) return (anyValueKind(bytes, valueStart, valueEnd) === 'empty') === whenEqual;
    const isSame = valueEnd - valueStart === expected.length && sameBytes(bytes, valueStart, expected);
    // A number can equal one of the other numeric type, and NaN does not equal itself.
    if (isNumeric && (!isSame || Number.isNaN(literal))) {
      const number = isExact ? readNumber(bytes, valueStart, valueEnd) : undefined;
      return (number === undefined ? areEqual(access.get(subject), literal) : number === bound) === whenEqual;
    }
    return isSame === whenEqual;
  };
}

/**
 * Reads a number without allocating. Returns `undefined` for other values and for integers that cannot be represented
 * as a number.
 */
function readNumber(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (start >= end) return undefined;
  if (bytes[start] === DOUBLE_TAG) return readDouble(bytes, start + 1);
  if (bytes[start] !== INT_TAG) return undefined;
  const high = readVarintHigh(bytes, start + 1) | 0;
  return high >= -0x10_0000 && high < 0x10_0000 ? high * 0x1_0000_0000 + readVarintLow(bytes, start + 1) : undefined;
}

const INT_TAG = ANY_VALUE_FIELDS.int * 8 + WireType.varint;
const DOUBLE_TAG = ANY_VALUE_FIELDS.double * 8 + WireType.fixed64;

function numberTest(operator: Comparison, bound: number): (value: number) => boolean {
  switch (operator) {
    case '==':
      return (value) => value === bound;
    case '!=':
      return (value) => value !== bound;
    case '<':
      return (value) => value < bound;
    case '<=':
      return (value) => value <= bound;
    case '>':
      return (value) => value > bound;
    case '>=':
      return (value) => value >= bound;
  }
}

const found = new FoundAttribute();
