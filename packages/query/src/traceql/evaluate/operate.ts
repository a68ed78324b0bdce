import type { Pattern } from '../../patterns/pattern.ts';
import type { BinaryOperator, ComparisonOperator } from '../parse/ast.ts';
import { arithmetic } from '../values/arithmetic.ts';
import { boolOf, compare, equals, FALSE, isNumeric, type Scalar, type Static } from '../values/static.ts';
import { accepts, isMatching, isNumericType } from '../values/types.ts';

/** Applies an operator to two values. Values that the operator does not accept give `false`. */
export function operate(operator: BinaryOperator, left: Static, right: Static, pattern: Pattern | undefined): Static {
  if (left.type === 'array' || right.type === 'array') return boolOf(onElements(operator, left, right, pattern));
  if (!isMatching(left.type, right.type) || !accepts(operator, left.type) || !accepts(operator, right.type))
    return FALSE;
  switch (operator) {
    case '&&':
      return boolOf(left.type === 'bool' && left.value && right.type === 'bool' && right.value);
    case '||':
      return boolOf((left.type === 'bool' && left.value) || (right.type === 'bool' && right.value));
    case '=~':
    case '!~':
      return boolOf(
        left.type === 'string' && pattern !== undefined && pattern.test(left.value) === (operator === '=~'),
      );
    case '=':
    case '!=':
    case '>':
    case '>=':
    case '<':
    case '<=':
      return boolOf(holds(operator, left, right));
    default:
      return arithmetic(operator, left, right);
  }
}

/** Reports whether a comparison holds. */
export function holds(operator: ComparisonOperator, left: Static, right: Static): boolean {
  if (left.type === 'nil' || right.type === 'nil') return false;
  switch (operator) {
    case '=':
      return equals(left, right);
    case '!=':
      return !equals(left, right);
    default:
      return isOrdered(left, right) && ORDERS[operator](compare(left, right));
  }
}

function isOrdered(left: Static, right: Static): boolean {
  return isNumeric(left) && isNumeric(right)
    ? !(Number.isNaN(left.value) || Number.isNaN(right.value))
    : left.type === 'string' && right.type === 'string';
}

const ORDERS: Readonly<Record<'>' | '>=' | '<' | '<=', (order: number) => boolean>> = {
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
};

/** Applies a comparison to the elements of a list: `!=` and `!~` must hold for all, others for one. */
function onElements(operator: BinaryOperator, left: Static, right: Static, pattern: Pattern | undefined): boolean {
  if (operator === '&&' || operator === '||') return false;
  if (left.type === 'array' && right.type === 'array') return false;
  const list = left.type === 'array' ? left : right.type === 'array' ? right : undefined;
  const other = left.type === 'array' ? right : left;
  if (list === undefined || !matchesElements(list.of, other)) return false;
  const test = (element: Scalar): boolean => {
    const [l, r] = left.type === 'array' ? [element, other] : [other, element];
    const result = operate(operator, l, r, pattern);
    return result.type === 'bool' && result.value;
  };
  return operator === '!=' || operator === '!~' ? list.values.every(test) : list.values.some(test);
}

function matchesElements(of: Scalar['type'], { type }: Static): boolean {
  return type === of || (isNumericType(of) && isNumericType(type));
}
