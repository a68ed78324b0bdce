import { queryText } from '../values/format.ts';
import type {
  Attribute,
  FieldExpression,
  MetricsFunction,
  Pipeline,
  PipelineElement,
  ScalarExpression,
} from './ast.ts';

const PLAIN_NAME = /^[^\s"\\{}()=~!<>&|^,]+$/;

/** Formats an attribute as Tempo does: `span.http.method`, `.foo`, `name`. */
export function attributeText({ scope, name, parent, intrinsic }: Attribute): string {
  if (intrinsic !== undefined) return intrinsic;
  const text = PLAIN_NAME.test(name) ? name : `"${name.replaceAll(/["\\]/g, '\\$&')}"`;
  const scoped = scope === 'none' ? text : `${scope}.${text}`;
  if (parent) return `parent.${scoped}`;
  return scope === 'none' ? `.${text}` : scoped;
}

/** Formats an expression over the fields of a span as Tempo does, with parentheses around operands. */
export function fieldText(expression: FieldExpression): string {
  switch (expression.kind) {
    case 'static':
      return queryText(expression.value);
    case 'attribute':
      return attributeText(expression);
    case 'unary':
      return unaryText(expression.operator, fieldOperand(expression.operand));
    case 'binary':
      return `${fieldOperand(expression.left)} ${expression.operator} ${fieldOperand(expression.right)}`;
  }
}

function unaryText(operator: '-' | '!' | 'exists' | 'missing', operand: string): string {
  if (operator === 'exists') return `${operand} != nil`;
  return operator === 'missing' ? `${operand} = nil` : `${operator}${operand}`;
}

function fieldOperand(expression: FieldExpression): string {
  const text = fieldText(expression);
  return expression.kind === 'binary' || expression.kind === 'unary' ? `(${text})` : text;
}

/** Formats an aggregate or an expression of aggregates. */
export function scalarText(expression: ScalarExpression): string {
  switch (expression.kind) {
    case 'static':
      return queryText(expression.value);
    case 'aggregate':
      return `${expression.name}(${expression.operand === undefined ? '' : fieldText(expression.operand)})`;
    case 'arithmetic':
      return `(${scalarText(expression.left)}) ${expression.operator} (${scalarText(expression.right)})`;
    case 'scalar-pipeline':
      return `(${pipelineText(expression.pipeline)} | ${scalarText(expression.aggregate)})`;
  }
}

/** Formats a pipeline. */
export function pipelineText(pipeline: Pipeline): string {
  return pipeline.map(elementText).join(' | ');
}

function elementText(element: PipelineElement): string {
  switch (element.kind) {
    case 'filter':
      return `{ ${fieldText(element.condition)} }`;
    case 'both':
      return `(${elementText(element.left)}) && (${elementText(element.right)})`;
    case 'either':
      return `(${elementText(element.left)}) || (${elementText(element.right)})`;
    case 'structural':
      return `(${elementText(element.left)}) ${element.mode}${element.relation} (${elementText(element.right)})`;
    case 'pipeline':
      return `(${pipelineText(element.pipeline)})`;
    case 'scalar-filter':
      return `(${scalarText(element.left)}) ${element.operator} (${scalarText(element.right)})`;
    case 'by':
      return `by(${fieldText(element.expression)})`;
    case 'coalesce':
      return 'coalesce()';
    case 'select':
      return `select(${element.attributes.map(attributeText).join(', ')})`;
  }
}
/** Formats a metrics function. */
export function metricsText(metrics: MetricsFunction): string {
  if (metrics.kind === 'compare') return `compare({ ${fieldText(metrics.filter)} }, ${metrics.top})`;
  const by = metrics.by.length === 0 ? '' : ` by (${metrics.by.map(attributeText).join(', ')})`;
  const attribute = 'attribute' in metrics ? attributeText(metrics.attribute) : '';
  const quantiles = metrics.kind === 'quantile_over_time' ? `, ${metrics.quantiles.join(', ')}` : '';
  return `${metrics.kind}(${attribute}${quantiles})${by}`;
}
