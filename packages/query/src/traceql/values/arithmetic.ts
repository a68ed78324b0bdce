import type { ArithmeticOperator } from '../parse/ast.ts';
import { floatOf, intOf, NIL, numberOf, type Static } from './static.ts';

/**
 * Calculates with two numbers. Integers stay integers, and other combinations become floats. An integer division by
 * zero has no result.
 */
export function arithmetic(operator: ArithmeticOperator, left: Static, right: Static): Static {
  if (left.type === 'int' && right.type === 'int') return integers(operator, left.value, right.value);
  return floatOf(floats(operator, numberOf(left), numberOf(right)));
}

function integers(operator: ArithmeticOperator, left: bigint, right: bigint): Static {
  switch (operator) {
    case '+':
      return intOf(left + right);
    case '-':
      return intOf(left - right);
    case '*':
      return intOf(left * right);
    case '/':
      return right === 0n ? NIL : intOf(left / right);
    case '%':
      return right === 0n ? NIL : intOf(left % right);
    case '^':
      return power(left, right);
  }
}

/** Tempo raises integers as floats, and swaps base and exponent for two integers; the swap is not repeated here. */
function power(base: bigint, exponent: bigint): Static {
  const value = Number(base) ** Number(exponent);
  return Number.isFinite(value) ? intOf(BigInt(Math.trunc(value))) : NIL;
}

function floats(operator: ArithmeticOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    case '^':
      return left ** right;
  }
}
