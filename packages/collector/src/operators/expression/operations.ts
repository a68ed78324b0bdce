import { truncate } from '../../ottl/values/convert.ts';
import { Duration, EvaluationError, isList, isMap, Time, typeName, type Value } from '../../ottl/values/value.ts';
import { ExpressionError } from './syntax.ts';

type Operation = (left: Value, right: Value) => Value;

/** Returns the function of a binary operator. Throws an `ExpressionError` for an unknown one. */
export function binaryOperation(operator: string): Operation {
  const operation = Object.hasOwn(OPERATIONS, operator) ? OPERATIONS[operator] : undefined;
  if (operation === undefined) throw new ExpressionError(`expected an operator, got "${operator}"`);
  return operation;
}

/** Returns the negative of a number. */
export function negate(value: Value): Value {
  if (typeof value === 'bigint' || typeof value === 'number') return -value;
  throw new EvaluationError(`expected a number, got ${typeName(value)}`);
}

/** Reports whether two values are equal: numbers across types, lists and maps by their members. */
export function equal(left: Value, right: Value): boolean {
  if (left === right) return true;
  if (isNumber(left) && isNumber(right)) return Number(left) === Number(right);
  if (left instanceof Time && right instanceof Time) return left.nanos === right.nanos;
  if (left instanceof Duration && right instanceof Duration) return left.nanos === right.nanos;
  if (isList(left) && isList(right))
    return left.length === right.length && left.every((value, index) => equal(value, right[index]));
  if (isMap(left) && isMap(right))
    return (
      left.size === right.size && [...left].every(([key, value]) => right.has(key) && equal(value, right.get(key)))
    );
  return false;
}

/** Compares two numbers, strings, times or durations. Throws an `EvaluationError` for other values. */
export function order(left: Value, right: Value): number {
  if (isNumber(left) && isNumber(right)) return Number(left) - Number(right);
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  const isTime = left instanceof Time && right instanceof Time;
  const isDuration = left instanceof Duration && right instanceof Duration;
  if (isTime || isDuration) return left.nanos < right.nanos ? -1 : left.nanos > right.nanos ? 1 : 0;
  throw new EvaluationError(`cannot compare ${typeName(left)} with ${typeName(right)}`);
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  '==': equal,
  '!=': (left, right) => !equal(left, right),
  '<': (left, right) => order(left, right) < 0,
  '<=': (left, right) => order(left, right) <= 0,
  '>': (left, right) => order(left, right) > 0,
  '>=': (left, right) => order(left, right) >= 0,
  '+': add,
  '-': (left, right) => {
    if (left instanceof Time && right instanceof Time) return new Duration(left.nanos - right.nanos);
    if (left instanceof Time && right instanceof Duration) return new Time(left.nanos - right.nanos, left.zone);
    return arithmetic(
      left,
      right,
      (a, b) => a - b,
      (a, b) => a - b,
    );
  },
  '*': (left, right) =>
    arithmetic(
      left,
      right,
      (a, b) => a * b,
      (a, b) => a * b,
    ),
  '/': (left, right) => numberOf(left) / numberOf(right),
  '%': (left, right) => {
    const divisor = integerOf(right);
    if (divisor === 0n) throw new EvaluationError('expected a divisor other than 0');
    return integerOf(left) % divisor;
  },
  '**': (left, right) => numberOf(left) ** numberOf(right),
  '^': (left, right) => numberOf(left) ** numberOf(right),
  '..': (left, right) => {
    const from = Number(integerOf(left));
    const count = Math.max(0, Number(integerOf(right)) - from + 1);
    if (count > MAX_RANGE) throw new EvaluationError(`expected a range of at most ${MAX_RANGE} integers, got ${count}`);
    return Array.from({ length: count }, (_, index) => BigInt(from + index));
  },
  in: contains,
  contains: (left, right) => text(left, right, (a, b) => a.includes(b)),
  startsWith: (left, right) => text(left, right, (a, b) => a.startsWith(b)),
  endsWith: (left, right) => text(left, right, (a, b) => a.endsWith(b)),
};

const MAX_RANGE = 100_000;

function isNumber(value: Value): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

function add(left: Value, right: Value): Value {
  if (typeof left === 'string' && typeof right === 'string') return left + right;
  if (left instanceof Time && right instanceof Duration) return new Time(left.nanos + right.nanos, left.zone);
  return arithmetic(
    left,
    right,
    (a, b) => a + b,
    (a, b) => a + b,
  );
}

function arithmetic(
  left: Value,
  right: Value,
  integers: (a: bigint, b: bigint) => bigint,
  floats: (a: number, b: number) => number,
): Value {
  if (typeof left === 'bigint' && typeof right === 'bigint') return BigInt.asIntN(64, integers(left, right));
  if (isNumber(left) && isNumber(right)) return floats(Number(left), Number(right));
  throw new EvaluationError(`cannot compute with ${typeName(left)} and ${typeName(right)}`);
}

function numberOf(value: Value): number {
  if (isNumber(value)) return Number(value);
  throw new EvaluationError(`expected a number, got ${typeName(value)}`);
}

/** Returns an integer, of a float without its fraction. Throws an `EvaluationError` for other values. */
export function integerOf(value: Value): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return truncate(value);
  throw new EvaluationError(`expected an integer, got ${typeName(value)}`);
}

function contains(needle: Value, haystack: Value): boolean {
  if (haystack === undefined) return false;
  if (isList(haystack)) return haystack.some((value) => equal(value, needle));
  if (isMap(haystack)) return typeof needle === 'string' && haystack.has(needle);
  throw new EvaluationError(`expected a list or a map after "in", got ${typeName(haystack)}`);
}

function text(left: Value, right: Value, test: (left: string, right: string) => boolean): boolean {
  if (left === undefined || right === undefined) return false;
  if (typeof left === 'string' && typeof right === 'string') return test(left, right);
  throw new EvaluationError(`expected two strings, got ${typeName(left)} and ${typeName(right)}`);
}
