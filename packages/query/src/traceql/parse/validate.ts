import { PatternError } from '../../patterns/pattern.ts';
import { compileWhole } from '../values/pattern.ts';
import {
  accepts,
  fieldType,
  isMatching,
  isNumericType,
  referencesSpan,
  scalarType,
  type ValueType,
} from '../values/types.ts';
import type {
  Attribute,
  BinaryOperator,
  FieldExpression,
  MetricsExpression,
  PipelineElement,
  Query,
  ScalarExpression,
} from './ast.ts';
import { TraceqlError } from './parse-error.ts';
import { attributeText, fieldText, scalarText } from './print.ts';

/** Checks the types of a query. Throws `TraceqlError`. */
export function validate(query: Query): void {
  if (query.kind === 'search') query.pipeline.forEach(validateElement);
  else validateMetrics(query.expression, false);
}

function validateMetrics(expression: MetricsExpression, inMath: boolean): void {
  for (const stage of expression.stages) {
    if ((stage.kind === 'topk' || stage.kind === 'bottomk') && stage.limit <= 0) {
      throw new TraceqlError(`${stage.kind} must have a value greater than 0, got ${stage.limit}`);
    }
  }
  if (expression.kind === 'math') {
    validateMetrics(expression.left, true);
    validateMetrics(expression.right, true);
    return;
  }
  expression.pipeline.forEach(validateElement);
  const { metrics, stages } = expression;
  if (metrics.kind === 'compare') {
    if (inMath || stages.length > 0) throw new TraceqlError('`compare()` cannot be used with second stage functions');
    validateCondition(metrics.filter);
    if (metrics.top <= 0) throw new TraceqlError(`compare() top number of values must be integer greater than 0`);
    if (metrics.end < metrics.start) throw new TraceqlError('compare() end timestamp must be after start timestamp');
    return;
  }
  metrics.by.forEach(validateAttribute);
  if ('attribute' in metrics) validateMeasured(metrics.attribute);
  if (metrics.kind === 'quantile_over_time') metrics.quantiles.forEach(validateQuantile);
}

function validateMeasured(attribute: Attribute): void {
  validateAttribute(attribute);
  const type = fieldType(attribute);
  if (type === 'attribute' || isNumericType(type)) return;
  throw new TraceqlError(`metrics functions need a numeric attribute, got ${attributeText(attribute)}`);
}

function validateQuantile(quantile: number): void {
  if (quantile < 0 || quantile > 1) throw new TraceqlError(`quantile must be between 0 and 1: ${quantile}`);
}

function validateElement(element: PipelineElement): void {
  switch (element.kind) {
    case 'filter':
      validateCondition(element.condition);
      return;
    case 'both':
    case 'either':
    case 'structural':
      validateElement(element.left);
      validateElement(element.right);
      return;
    case 'pipeline':
      element.pipeline.forEach(validateElement);
      return;
    case 'scalar-filter':
      validateScalarFilter(element.operator, element.left, element.right);
      return;
    case 'by':
      if (!referencesSpan(element.expression)) {
        throw new TraceqlError(
          `grouping field expressions must reference the span: by(${fieldText(element.expression)})`,
        );
      }
      validateField(element.expression);
      return;
    case 'select':
      element.attributes.forEach(validateAttribute);
      return;
    case 'coalesce':
  }
}

function validateCondition(condition: FieldExpression): void {
  validateField(condition);
  const type = fieldType(condition);
  if (type === 'attribute' || type === 'bool') return;
  throw new TraceqlError(`span filter field expressions must resolve to a boolean: { ${fieldText(condition)} }`);
}

function validateScalarFilter(operator: BinaryOperator, left: ScalarExpression, right: ScalarExpression): void {
  validateScalar(left);
  validateScalar(right);
  checkOperands(
    operator,
    scalarType(left),
    scalarType(right),
    () => `(${scalarText(left)}) ${operator} (${scalarText(right)})`,
  );
  if (left.kind !== 'aggregate')
    throw new TraceqlError(`scalar filter lhs of type (${scalarText(left)}) not yet supported`);
  if (right.kind !== 'static')
    throw new TraceqlError(`scalar filter rhs of type (${scalarText(right)}) not yet supported`);
}

function validateScalar(expression: ScalarExpression): void {
  switch (expression.kind) {
    case 'static':
      return;
    case 'scalar-pipeline':
      expression.pipeline.forEach(validateElement);
      validateScalar(expression.aggregate);
      return;
    case 'arithmetic':
      validateScalar(expression.left);
      validateScalar(expression.right);
      checkOperands(expression.operator, scalarType(expression.left), scalarType(expression.right), () =>
        scalarText(expression),
      );
      return;
    case 'aggregate':
      if (expression.operand !== undefined) validateAggregated(expression.operand, scalarText(expression));
  }
}

function validateAggregated(operand: FieldExpression, text: string): void {
  validateField(operand);
  const type = fieldType(operand);
  if (type !== 'attribute' && !isNumericType(type)) {
    throw new TraceqlError(`aggregate field expressions must resolve to a number type: ${text}`);
  }
  if (!referencesSpan(operand)) throw new TraceqlError(`aggregate field expressions must reference the span: ${text}`);
}

function validateField(expression: FieldExpression): void {
  switch (expression.kind) {
    case 'static':
      return;
    case 'attribute':
      validateAttribute(expression);
      return;
    case 'unary':
      validateField(expression.operand);
      validateUnary(expression);
      return;
    case 'binary': {
      const { operator, left, right } = expression;
      validateField(left);
      validateField(right);
      checkOperands(operator, fieldType(left), fieldType(right), () => fieldText(expression));
      if (operator === '=~' || operator === '!~') validatePattern(right);
    }
  }
}

function validateUnary(expression: Extract<FieldExpression, { kind: 'unary' }>): void {
  const { operator, operand } = expression;
  if (operator === 'missing' && operand.kind === 'attribute') {
    const isService = operand.scope === 'resource' && !operand.parent && operand.name === 'service.name';
    if (operand.intrinsic !== undefined || isService) {
      const reason = isService ? 'resource.service.name cannot be nil' : 'intrinsics cannot be nil';
      throw new TraceqlError(`${attributeText(operand)}=nil is not valid because ${reason}`);
    }
  }
  const type = fieldType(operand);
  const isValid =
    type === 'attribute' || (operator === '-' ? isNumericType(type) : operator === '!' ? type === 'bool' : true);
  if (!isValid) throw new TraceqlError(`illegal operation for the given type: ${fieldText(expression)}`);
}

function validateAttribute({ parent, intrinsic }: Attribute): void {
  if (parent) throw new TraceqlError('parent not yet supported');
  if (intrinsic === 'parent') throw new TraceqlError('intrinsic (parent) not yet supported');
}

function validatePattern(pattern: FieldExpression): void {
  if (pattern.kind !== 'static' || pattern.value.type !== 'string') {
    throw new TraceqlError(`invalid type for =~ or !~: ${fieldText(pattern)}`);
  }
  try {
    compileWhole(pattern.value.value);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new TraceqlError(`invalid regex: ${fieldText(pattern)}: ${error.message}`, { cause: error });
  }
}

function checkOperands(operator: BinaryOperator, left: ValueType, right: ValueType, text: () => string): void {
  if (!isMatching(left, right)) throw new TraceqlError(`binary operations must operate on the same type: ${text()}`);
  if (!accepts(operator, left) || !accepts(operator, right)) {
    throw new TraceqlError(`illegal operation for the given types: ${text()}`);
  }
}
