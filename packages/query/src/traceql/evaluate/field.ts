import type { Pattern } from '../../patterns/pattern.ts';
import type { Attribute, BinaryExpression, FieldExpression } from '../parse/ast.ts';
import { negate } from '../parse/field.ts';
import { compileWhole } from '../values/pattern.ts';
import { boolOf, FALSE, isNumeric, NIL, type Static, stringOf, TRUE } from '../values/static.ts';
import { attributeReader, firstOf, isSeveral, type ReadValues, type Values } from './attributes.ts';
import { operate } from './operate.ts';
import type { QuerySpan } from './span.ts';

/** Compiles an expression to a function of a span. An attribute of several events or links gives its first value. */
export function compileField(expression: FieldExpression): (span: QuerySpan) => Static {
  const read = compileValues(expression);
  return (span) => firstOf(read(span));
}

/** Compiles the condition of a filter. Only `true` satisfies it. */
export function compileCondition(expression: FieldExpression): (span: QuerySpan) => boolean {
  const read = compileValues(expression);
  return (span) => {
    const value = read(span);
    return isSeveral(value) ? value.some(isTrue) : isTrue(value);
  };
}

function isTrue(value: Static): boolean {
  return value.type === 'bool' && value.value;
}

function compileValues(expression: FieldExpression): ReadValues {
  switch (expression.kind) {
    case 'static': {
      const { value } = expression;
      return () => value;
    }
    case 'attribute':
      return attributeReader(expression);
    case 'unary':
      return compileUnary(expression.operator, compileValues(expression.operand));
    case 'binary':
      return compileBinary(expression);
  }
}

function compileUnary(operator: '-' | '!' | 'exists' | 'missing', read: ReadValues): ReadValues {
  switch (operator) {
    case 'exists':
      return (span) => boolOf(firstOf(read(span)).type !== 'nil');
    case 'missing':
      return (span) => boolOf(firstOf(read(span)).type === 'nil');
    case '!':
      return (span) => {
        const value = firstOf(read(span));
        return value.type === 'bool' ? boolOf(!value.value) : NIL;
      };
    case '-':
      return (span) => {
        const value = firstOf(read(span));
        return isNumeric(value) ? negate(value) : NIL;
      };
  }
}

function compileBinary({ operator, left, right }: BinaryExpression): ReadValues {
  const [readLeft, readRight] = [compileOperand(left, right), compileOperand(right, left)];
  if (operator === '&&' || operator === '||') {
    // The right side is not evaluated if the left one decides.
    const decisive = operator === '||';
    return (span) => {
      const value = firstOf(readLeft(span));
      if (value.type === 'bool' && value.value === decisive) return decisive ? TRUE : FALSE;
      return operate(operator, value, firstOf(readRight(span)), undefined);
    };
  }
  const pattern = patternOf(operator, right);
  return (span) => {
    const [a, b] = [readLeft(span), readRight(span)];
    return isSeveral(a) || isSeveral(b)
      ? onSeveral(a, b, (l, r) => operate(operator, l, r, pattern))
      : operate(operator, a, b, pattern);
  };
}

/** A comparison with several values holds if it holds for one of them. Other operations use the first value. */
function onSeveral(a: Values, b: Values, apply: (a: Static, b: Static) => Static): Static {
  const [left, right] = [isSeveral(a) ? a : [a], isSeveral(b) ? b : [b]];
  const results = left.flatMap((l) => right.map((r) => apply(l, r)));
  return results.find(isTrue) ?? results[0] ?? FALSE;
}

function patternOf(operator: string, right: FieldExpression): Pattern | undefined {
  if (operator !== '=~' && operator !== '!~') return undefined;
  return right.kind === 'static' && right.value.type === 'string' ? compileWhole(right.value.value) : undefined;
}

/** Compiles an operand. An ID that is compared with an intrinsic can be written without leading zeros. */
function compileOperand(expression: FieldExpression, other: FieldExpression): ReadValues {
  const digits = other.kind === 'attribute' ? idDigits(other) : undefined;
  if (digits === undefined || expression.kind !== 'static' || expression.value.type !== 'string') {
    return compileValues(expression);
  }
  const padded = stringOf(fullId(expression.value.value, digits));
  return () => padded;
}

/** Returns an ID in lowercase with leading zeros; other texts unchanged. */
export function fullId(text: string, digits: number): string {
  return /^[\da-f]+$/i.test(text) ? text.toLowerCase().padStart(digits, '0') : text;
}

function idDigits({ intrinsic }: Attribute): number | undefined {
  switch (intrinsic) {
    case 'trace:id':
    case 'link:traceID':
      return 32;
    case 'span:id':
    case 'span:parentID':
    case 'link:spanID':
      return 16;
    default:
      return undefined;
  }
}
