import type { Static } from '../values/static.ts';
import type { MetricsExpression, Pipeline, PipelineElement, ScalarExpression, SpansetExpression } from './ast.ts';

/** What a part of a query is. Operators and positions accept only some of them. */
export type Operand =
  | { readonly type: 'spanset'; readonly value: SpansetExpression }
  /** A number. */
  | { readonly type: 'constant'; readonly value: Static }
  /** An expression with at least one aggregate. */
  | { readonly type: 'scalar'; readonly value: ScalarExpression }
  /** A pipeline in parentheses that ends in an aggregate. */
  | { readonly type: 'scalar-pipeline'; readonly value: ScalarExpression }
  | { readonly type: 'element'; readonly value: PipelineElement }
  | { readonly type: 'pipeline'; readonly value: Pipeline }
  | { readonly type: 'metrics'; readonly value: MetricsExpression };
