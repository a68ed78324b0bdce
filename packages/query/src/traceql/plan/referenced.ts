import type {
  Attribute,
  FieldExpression,
  Intrinsic,
  MetricsFunction,
  Pipeline,
  PipelineElement,
  ScalarExpression,
} from '../parse/ast.ts';

/** Returns the attributes that a pipeline mentions, without repetition. */
export function pipelineAttributes(pipeline: Pipeline): readonly Attribute[] {
  return distinct(pipeline.flatMap(elementAttributes));
}

/** Returns the attributes that a metrics function mentions. */
export function metricsAttributes(metrics: MetricsFunction): readonly Attribute[] {
  if (metrics.kind === 'compare') return fieldAttributes(metrics.filter);
  return 'attribute' in metrics ? [metrics.attribute, ...metrics.by] : metrics.by;
}

/** Returns attributes without repetition. */
export function distinct(attributes: readonly Attribute[]): readonly Attribute[] {
  return [
    ...new Map(attributes.map((one) => [`${one.parent}:${one.scope}:${one.intrinsic}:${one.name}`, one])).values(),
  ];
}

/** Returns the attributes that an expression mentions. */
export function fieldAttributes(expression: FieldExpression): readonly Attribute[] {
  switch (expression.kind) {
    case 'static':
      return [];
    case 'attribute':
      return [expression];
    case 'unary':
      return fieldAttributes(expression.operand);
    case 'binary':
      return [...fieldAttributes(expression.left), ...fieldAttributes(expression.right)];
  }
}

function elementAttributes(element: PipelineElement): readonly Attribute[] {
  switch (element.kind) {
    case 'filter':
      return fieldAttributes(element.condition);
    case 'both':
    case 'either':
    case 'structural':
      return [...elementAttributes(element.left), ...elementAttributes(element.right)];
    case 'pipeline':
      return pipelineAttributes(element.pipeline);
    case 'scalar-filter':
      return [...scalarAttributes(element.left), ...scalarAttributes(element.right)];
    case 'by':
      return fieldAttributes(element.expression);
    case 'select':
      return element.attributes;
    case 'coalesce':
      return [];
  }
}

function scalarAttributes(expression: ScalarExpression): readonly Attribute[] {
  switch (expression.kind) {
    case 'static':
      return [];
    case 'aggregate':
      return expression.operand === undefined ? [] : fieldAttributes(expression.operand);
    case 'arithmetic':
      return [...scalarAttributes(expression.left), ...scalarAttributes(expression.right)];
    case 'scalar-pipeline':
      return [...pipelineAttributes(expression.pipeline), ...scalarAttributes(expression.aggregate)];
  }
}

/** Intrinsics that depend on all spans of a trace. */
const OF_TRACE: ReadonlySet<Intrinsic> = new Set([
  ...(['rootName', 'rootServiceName', 'traceDuration'] as const),
  ...(['nestedSetLeft', 'nestedSetRight', 'nestedSetParent', 'span:childCount'] as const),
]);

/** Reports whether attributes depend on all spans of a trace. */
export function needTrace(attributes: readonly Attribute[]): boolean {
  return attributes.some(({ intrinsic }) => intrinsic !== undefined && OF_TRACE.has(intrinsic));
}

/** Reports whether a pipeline compares the positions of spans in their trace. */
export function isStructural(pipeline: Pipeline): boolean {
  return pipeline.some(isStructuralElement);
}

function isStructuralElement(element: PipelineElement): boolean {
  switch (element.kind) {
    case 'structural':
      return true;
    case 'both':
    case 'either':
      return isStructuralElement(element.left) || isStructuralElement(element.right);
    case 'pipeline':
      return isStructural(element.pipeline);
    default:
      return false;
  }
}
