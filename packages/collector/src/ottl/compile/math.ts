import type { Getter } from '../contexts/access.ts';
import type { MathOperator } from '../grammar/syntax.ts';
import { Duration, EvaluationError, Time, typeName, type Value } from '../values/value.ts';

/** Compiles an arithmetic operation. Integers wrap around like Go's int64. */
export function mathGetter(operator: MathOperator, left: Getter, right: Getter): Getter {
  return (subject) => calculate(operator, left(subject), right(subject));
}

/** Compiles a negation. */
export function negationGetter(operand: Getter): Getter {
  return (subject) => {
    const value = operand(subject);
    if (typeof value === 'bigint') return BigInt.asIntN(64, -value);
    if (typeof value === 'number') return -value;
    throw new EvaluationError(`expected a number to negate, got ${typeName(value)}`);
  };
}

function calculate(operator: MathOperator, left: Value, right: Value): Value {
  if (typeof left === 'bigint' && typeof right === 'bigint') return calculateIntegers(operator, left, right);
  if (isNumber(left) && isNumber(right)) return calculateFloats(operator, Number(left), Number(right));
  if (left instanceof Time) return calculateTime(operator, left, right);
  if (left instanceof Duration) return calculateDuration(operator, left, right);
  const wrong = isNumber(left) ? right : left;
  throw new EvaluationError(`expected numbers, times or durations for ${operator}, got ${typeName(wrong)}`);
}

function isNumber(value: Value): value is bigint | number {
  return typeof value === 'bigint' || typeof value === 'number';
}

function calculateIntegers(operator: MathOperator, left: bigint, right: bigint): bigint {
  switch (operator) {
    case '+':
      return BigInt.asIntN(64, left + right);
    case '-':
      return BigInt.asIntN(64, left - right);
    case '*':
      return BigInt.asIntN(64, left * right);
    case '/':
      if (right === 0n) throw new EvaluationError('expected a divisor other than 0');
      return BigInt.asIntN(64, left / right);
  }
}

function calculateFloats(operator: MathOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      if (right === 0) throw new EvaluationError('expected a divisor other than 0');
      return left / right;
  }
}

function calculateTime(operator: MathOperator, left: Time, right: Value): Value {
  if (operator === '+' && right instanceof Duration) return new Time(left.nanos + right.nanos, left.zone);
  if (operator === '-' && right instanceof Duration) return new Time(left.nanos - right.nanos, left.zone);
  if (operator === '-' && right instanceof Time) return new Duration(saturate(left.nanos - right.nanos));
  throw new EvaluationError(`expected a duration or time for time ${operator}, got ${typeName(right)}`);
}

function calculateDuration(operator: MathOperator, left: Duration, right: Value): Value {
  if (operator === '+' && right instanceof Time) return new Time(right.nanos + left.nanos, right.zone);
  if (operator === '+' && right instanceof Duration) return new Duration(left.nanos + right.nanos);
  if (operator === '-' && right instanceof Duration) return new Duration(left.nanos - right.nanos);
  throw new EvaluationError(`expected a duration or time for duration ${operator}, got ${typeName(right)}`);
}

const MAX_INT64 = (1n << 63n) - 1n;

/** Go's `Time.Sub` saturates if the difference does not fit into a duration. */
function saturate(nanos: bigint): bigint {
  if (nanos > MAX_INT64) return MAX_INT64;
  return nanos < -MAX_INT64 - 1n ? -MAX_INT64 - 1n : nanos;
}
