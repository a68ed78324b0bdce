import type { Static } from '../values/static.ts';

/** The fields that every span has, by their names in results. */
export type Intrinsic =
  | 'duration'
  | 'name'
  | 'status'
  | 'statusMessage'
  | 'kind'
  | 'parent'
  | 'rootName'
  | 'rootServiceName'
  | 'traceDuration'
  | 'nestedSetLeft'
  | 'nestedSetRight'
  | 'nestedSetParent'
  | 'trace:id'
  | 'span:id'
  | 'span:parentID'
  | 'span:childCount'
  | 'event:name'
  | 'event:timeSinceStart'
  | 'link:traceID'
  | 'link:spanID'
  | 'instrumentation:name'
  | 'instrumentation:version';

export type AttributeScope = 'none' | 'span' | 'resource' | 'event' | 'link' | 'instrumentation';

/** An attribute or intrinsic of a span. */
export interface Attribute {
  readonly kind: 'attribute';
  readonly scope: AttributeScope;
  /** Whether it is an attribute of the parent span. */
  readonly parent: boolean;
  readonly name: string;
  readonly intrinsic: Intrinsic | undefined;
}

export type ComparisonOperator = '=' | '!=' | '>' | '>=' | '<' | '<=';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^';
export type BinaryOperator = ComparisonOperator | ArithmeticOperator | '=~' | '!~' | '&&' | '||';

/** An expression over the fields of one span. */
export type FieldExpression =
  | { readonly kind: 'static'; readonly value: Static }
  | Attribute
  | { readonly kind: 'unary'; readonly operator: '-' | '!' | 'exists' | 'missing'; readonly operand: FieldExpression }
  | BinaryExpression;

export interface BinaryExpression {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: FieldExpression;
  readonly right: FieldExpression;
}

export type StructuralRelation = '>' | '<' | '>>' | '<<' | '~';
/** `''` selects related spans, `!` unrelated ones, and `&` both sides of the relation. */
export type StructuralMode = '' | '!' | '&';

/** An expression that selects spans of a trace. */
export type SpansetExpression =
  | { readonly kind: 'filter'; readonly condition: FieldExpression }
  | { readonly kind: 'both' | 'either'; readonly left: SpansetExpression; readonly right: SpansetExpression }
  | {
      readonly kind: 'structural';
      readonly relation: StructuralRelation;
      readonly mode: StructuralMode;
      readonly left: SpansetExpression;
      readonly right: SpansetExpression;
    }
  | { readonly kind: 'pipeline'; readonly pipeline: Pipeline };

export type AggregateName = 'count' | 'max' | 'min' | 'sum' | 'avg';

/** An expression with one value for a set of spans. */
export type ScalarExpression =
  | { readonly kind: 'static'; readonly value: Static }
  | { readonly kind: 'aggregate'; readonly name: AggregateName; readonly operand: FieldExpression | undefined }
  | {
      readonly kind: 'arithmetic';
      readonly operator: ArithmeticOperator;
      readonly left: ScalarExpression;
      readonly right: ScalarExpression;
    }
  | { readonly kind: 'scalar-pipeline'; readonly pipeline: Pipeline; readonly aggregate: ScalarExpression };

export type PipelineElement =
  | SpansetExpression
  | {
      readonly kind: 'scalar-filter';
      readonly operator: ComparisonOperator;
      readonly left: ScalarExpression;
      readonly right: ScalarExpression;
    }
  | { readonly kind: 'by'; readonly expression: FieldExpression }
  | { readonly kind: 'coalesce' }
  | { readonly kind: 'select'; readonly attributes: readonly Attribute[] };

/** Elements that are applied one after another. */
export type Pipeline = readonly PipelineElement[];

export type OverTimeName = 'min_over_time' | 'max_over_time' | 'sum_over_time' | 'avg_over_time';

/** The function that converts spans to series. */
export type MetricsFunction =
  | { readonly kind: 'rate' | 'count_over_time'; readonly by: readonly Attribute[] }
  | {
      readonly kind: OverTimeName | 'histogram_over_time';
      readonly attribute: Attribute;
      readonly by: readonly Attribute[];
    }
  | {
      readonly kind: 'quantile_over_time';
      readonly attribute: Attribute;
      readonly quantiles: readonly number[];
      readonly by: readonly Attribute[];
    }
  | {
      readonly kind: 'compare';
      readonly filter: FieldExpression;
      readonly top: number;
      /** Nanoseconds since the epoch; 0 for the whole range. */
      readonly start: bigint;
      readonly end: bigint;
    };

/** A step that is applied to the resulting series. */
export type SecondStage =
  | { readonly kind: 'topk' | 'bottomk'; readonly limit: number }
  | { readonly kind: 'filter'; readonly operator: ComparisonOperator; readonly value: number }
  | {
      readonly kind: 'scalar';
      readonly operator: MathOperator;
      readonly value: number;
      readonly scalarOnLeft: boolean;
    };
export type MathOperator = '+' | '-' | '*' | '/';

/** An expression with series as its result. */
export type MetricsExpression =
  | {
      readonly kind: 'query';
      readonly pipeline: Pipeline;
      readonly metrics: MetricsFunction;
      readonly stages: readonly SecondStage[];
    }
  | {
      readonly kind: 'math';
      readonly operator: MathOperator;
      readonly left: MetricsExpression;
      readonly right: MetricsExpression;
      readonly stages: readonly SecondStage[];
    };

export type Hints = ReadonlyMap<string, Static>;

/** A parsed query. */
export type Query =
  | { readonly kind: 'search'; readonly pipeline: Pipeline; readonly hints: Hints }
  | { readonly kind: 'metrics'; readonly expression: MetricsExpression; readonly hints: Hints };
