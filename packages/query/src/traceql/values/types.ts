import type { Attribute, BinaryOperator, FieldExpression, Intrinsic, ScalarExpression } from '../parse/ast.ts';
import type { Static } from './static.ts';

/** The type of an expression; `attribute` is any type, known only when the query runs. */
export type ValueType = Static['type'] | 'attribute';

const INTRINSIC_TYPES: Readonly<Record<Intrinsic, ValueType>> = {
  duration: 'duration',
  name: 'string',
  status: 'status',
  statusMessage: 'string',
  kind: 'kind',
  parent: 'nil',
  rootName: 'string',
  rootServiceName: 'string',
  traceDuration: 'duration',
  nestedSetLeft: 'int',
  nestedSetRight: 'int',
  nestedSetParent: 'int',
  'trace:id': 'string',
  'span:id': 'string',
  'span:parentID': 'string',
  'span:childCount': 'int',
  'event:name': 'string',
  'event:timeSinceStart': 'duration',
  'link:traceID': 'string',
  'link:spanID': 'string',
  'instrumentation:name': 'attribute',
  'instrumentation:version': 'attribute',
};

export function isNumericType(type: ValueType): boolean {
  return type === 'int' || type === 'float' || type === 'duration';
}

/** Returns the type of an attribute. */
export function attributeType({ intrinsic }: Attribute): ValueType {
  return intrinsic === undefined ? 'attribute' : INTRINSIC_TYPES[intrinsic];
}

const ARITHMETIC: ReadonlySet<BinaryOperator> = new Set(['+', '-', '*', '/', '%', '^']);

/** Returns the type of a field expression. */
export function fieldType(expression: FieldExpression): ValueType {
  switch (expression.kind) {
    case 'static':
      return expression.value.type;
    case 'attribute':
      return attributeType(expression);
    case 'unary':
      return expression.operator === '-' ? fieldType(expression.operand) : 'bool';
    case 'binary': {
      if (!ARITHMETIC.has(expression.operator)) return 'bool';
      const left = fieldType(expression.left);
      return left === 'attribute' ? fieldType(expression.right) : left;
    }
  }
}

/** Returns the type of an expression of aggregates. */
export function scalarType(expression: ScalarExpression): ValueType {
  switch (expression.kind) {
    case 'static':
      return expression.value.type;
    case 'aggregate':
      return expression.operand === undefined ? 'int' : fieldType(expression.operand);
    case 'arithmetic': {
      const left = scalarType(expression.left);
      return left === 'attribute' ? scalarType(expression.right) : left;
    }
    case 'scalar-pipeline':
      return scalarType(expression.aggregate);
  }
}

/** Reports whether values of two types can be operands of one operator. */
export function isMatching(left: ValueType, right: ValueType): boolean {
  if (left === 'attribute' || right === 'attribute' || left === right || left === 'nil' || right === 'nil') return true;
  return isNumericType(left) && isNumericType(right);
}

const VALID: Readonly<Record<Static['type'], ReadonlySet<BinaryOperator>>> = {
  nil: new Set(['=', '!=']),
  status: new Set(['=', '!=']),
  kind: new Set(['=', '!=']),
  bool: new Set(['&&', '||', '=', '!=']),
  int: new Set(['+', '-', '*', '/', '%', '^', '=', '!=', '>', '>=', '<', '<=']),
  float: new Set(['+', '-', '*', '/', '%', '^', '=', '!=', '>', '>=', '<', '<=']),
  duration: new Set(['+', '-', '*', '/', '%', '^', '=', '!=', '>', '>=', '<', '<=']),
  string: new Set(['=', '!=', '=~', '!~', '>', '>=', '<', '<=']),
  array: new Set(['=', '!=', '=~', '!~', '>', '>=', '<', '<=']),
};

/** Reports whether an operator accepts a value of a type. */
export function accepts(operator: BinaryOperator, type: ValueType): boolean {
  return type === 'attribute' || VALID[type].has(operator);
}

/** Reports whether an expression depends on the span. */
export function referencesSpan(expression: FieldExpression): boolean {
  switch (expression.kind) {
    case 'static':
      return false;
    case 'attribute':
      return true;
    case 'unary':
      return referencesSpan(expression.operand);
    case 'binary':
      return referencesSpan(expression.left) || referencesSpan(expression.right);
  }
}
