import { durationOf, FALSE, floatOf, intOf, isNumeric, type Static, stringOf, TRUE } from '../values/static.ts';
import type { BinaryOperator, FieldExpression } from './ast.ts';
import { parseAttribute } from './attributes.ts';
import type { Cursor } from './cursor.ts';

/**
 * Precedence of operators: a larger number binds tighter. As in Tempo, `&&` and `||` have the same precedence and are
 * applied from left to right.
 */
const PRECEDENCE: Readonly<Record<BinaryOperator, number>> = {
  ...{ '&&': 1, '||': 1 },
  ...{ '=': 2, '!=': 2, '<': 2, '<=': 2, '>': 2, '>=': 2, '=~': 2, '!~': 2 },
  ...{ '+': 3, '-': 3 },
  ...{ '*': 4, '/': 4, '%': 4 },
  '^': 5,
};
/** The operand of a sign or `!` includes multiplications. */
const UNARY_OPERAND = 4;

/** Parses an expression over the fields of a span. */
export function parseField(cursor: Cursor, min = 1): FieldExpression {
  return cursor.nested(() => {
    let left: FieldExpression | undefined = cursor.is('nil') ? undefined : parseOperand(cursor);
    if (left === undefined) left = parseNil(cursor);
    for (;;) {
      const operator = operatorOf(cursor);
      if (operator === undefined || PRECEDENCE[operator] < min) return left;
      cursor.take();
      if ((operator === '=' || operator === '!=') && cursor.skip('nil')) {
        left = presence(operator, left);
        continue;
      }
      const precedence = PRECEDENCE[operator];
      const right = parseField(cursor, operator === '^' ? precedence : precedence + 1);
      left = { kind: 'binary', operator, left, right };
    }
  });
}

/** Parses `nil = x` and `nil != x`. */
function parseNil(cursor: Cursor): FieldExpression {
  cursor.expect('nil');
  const operator = operatorOf(cursor);
  if (operator !== '=' && operator !== '!=') throw cursor.unexpected('= or !=');
  cursor.take();
  if (cursor.skip('nil')) return { kind: 'static', value: FALSE };
  return presence(operator, parseField(cursor, PRECEDENCE[operator] + 1));
}

function presence(operator: '=' | '!=', operand: FieldExpression): FieldExpression {
  return { kind: 'unary', operator: operator === '=' ? 'missing' : 'exists', operand };
}

function operatorOf({ token }: Cursor): BinaryOperator | undefined {
  return token.kind === 'symbol' && Object.hasOwn(PRECEDENCE, token.text) ? (token.text as BinaryOperator) : undefined;
}

function parseOperand(cursor: Cursor): FieldExpression {
  if (cursor.skip('(')) {
    const inner = parseField(cursor);
    cursor.expect(')');
    return inner;
  }
  if (cursor.skip('!')) return { kind: 'unary', operator: '!', operand: parseField(cursor, UNARY_OPERAND) };
  if (cursor.skip('-')) return negated(parseField(cursor, UNARY_OPERAND));
  const attribute = parseAttribute(cursor);
  if (attribute !== undefined) return attribute;
  return { kind: 'static', value: parseStatic(cursor) };
}

function negated(operand: FieldExpression): FieldExpression {
  if (operand.kind === 'static' && isNumeric(operand.value)) return { kind: 'static', value: negate(operand.value) };
  return { kind: 'unary', operator: '-', operand };
}

/** Returns the value with the opposite sign. */
export function negate(value: Extract<Static, { type: 'int' | 'float' | 'duration' }>): Static {
  switch (value.type) {
    case 'int':
      return intOf(-value.value);
    case 'float':
      return floatOf(-value.value);
    case 'duration':
      return durationOf(-value.value);
  }
}

const MIN_INT = -(2n ** 63n);
const CONSTANTS: Readonly<Record<string, Static>> = {
  true: TRUE,
  false: FALSE,
  ok: { type: 'status', value: 'ok' },
  error: { type: 'status', value: 'error' },
  unset: { type: 'status', value: 'unset' },
  unspecified: { type: 'kind', value: 'unspecified' },
  internal: { type: 'kind', value: 'internal' },
  server: { type: 'kind', value: 'server' },
  client: { type: 'kind', value: 'client' },
  producer: { type: 'kind', value: 'producer' },
  consumer: { type: 'kind', value: 'consumer' },
};

/** Parses a constant. */
export function parseStatic(cursor: Cursor): Static {
  const { token } = cursor;
  const constant = token.kind === 'keyword' && Object.hasOwn(CONSTANTS, token.text) ? CONSTANTS[token.text] : undefined;
  const value = constant ?? literalOf(cursor);
  if (value === undefined) throw cursor.unexpected();
  cursor.take();
  return value;
}

function literalOf(cursor: Cursor): Static | undefined {
  const { token } = cursor;
  switch (token.kind) {
    case 'string':
      return stringOf(token.text);
    case 'integer':
      return intOf(token.value);
    case 'float':
      return floatOf(token.value);
    case 'duration':
      return durationOf(token.value);
    case 'identifier':
      if (token.text === 'minInt') return intOf(MIN_INT);
      if (token.text === 'maxInt') return intOf(-MIN_INT - 1n);
      throw cursor.error(`unknown identifier: ${token.text}`);
    default:
      return undefined;
  }
}
