import type { Matcher } from '../../promql/labels/matcher.ts';

/** The operators of line filters. */
export type LineFilterOperator = '|=' | '!=' | '|~' | '!~' | '|>' | '!>';

/** What a line filter looks for: a string, regular expression or pattern, or an IP address. */
export interface LineFilterOperand {
  readonly value: string;
  readonly isIp: boolean;
}

/** A filter on the line. Its operands are alternatives. */
export interface LineFilter {
  readonly kind: 'line-filter';
  readonly operator: LineFilterOperator;
  readonly operands: readonly LineFilterOperand[];
}

/** A label that `json` or `logfmt` extracts, and the path of its value. */
export interface Extraction {
  readonly name: string;
  readonly path: string;
}

export type CompareOperator = '=' | '==' | '!=' | '>' | '>=' | '<' | '<=';

/** A condition on labels. */
export type LabelFilter =
  | { readonly kind: 'string'; readonly matcher: Matcher }
  | { readonly kind: 'ip'; readonly name: string; readonly operator: '=' | '!='; readonly value: string }
  /** Durations are in nanoseconds. */
  | {
      readonly kind: 'duration' | 'bytes' | 'number';
      readonly name: string;
      readonly operator: CompareOperator;
      readonly value: number;
      /** The value as written. */
      readonly text: string;
    }
  | { readonly kind: 'and' | 'or'; readonly left: LabelFilter; readonly right: LabelFilter };

/** A label that `drop` or `keep` names, with a condition on its value. */
export interface NamedLabel {
  readonly name: string;
  readonly matcher: Matcher | undefined;
}

/** A new label: another one renamed, or the result of a template. */
export interface LabelFormat {
  readonly name: string;
  readonly value: string;
  readonly isRename: boolean;
}

/** A stage of a log pipeline. */
export type Stage =
  | LineFilter
  | { readonly kind: 'json'; readonly expressions: readonly Extraction[] }
  | {
      readonly kind: 'logfmt';
      readonly strict: boolean;
      readonly keepEmpty: boolean;
      readonly expressions: readonly Extraction[];
    }
  | { readonly kind: 'regexp' | 'pattern' | 'line-format'; readonly text: string }
  | { readonly kind: 'unpack' | 'decolorize' }
  | { readonly kind: 'label-filter'; readonly filter: LabelFilter }
  | { readonly kind: 'label-format'; readonly formats: readonly LabelFormat[] }
  | { readonly kind: 'drop' | 'keep'; readonly labels: readonly NamedLabel[] };

/** A stream selector with its pipeline. */
export interface LogExpr {
  readonly kind: 'log';
  readonly matchers: readonly Matcher[];
  readonly stages: readonly Stage[];
}

/** `unwrap` with its conversion and the filters behind it. */
export interface Unwrap {
  readonly label: string;
  readonly conversion: 'bytes' | 'duration' | 'duration_seconds' | undefined;
  readonly filters: readonly LabelFilter[];
}

export interface Grouping {
  readonly without: boolean;
  readonly labels: readonly string[];
}

export const RANGE_OPERATORS = [
  ...['rate', 'rate_counter', 'count_over_time', 'bytes_rate', 'bytes_over_time', 'avg_over_time', 'sum_over_time'],
  ...['min_over_time', 'max_over_time', 'stdvar_over_time', 'stddev_over_time', 'quantile_over_time'],
  ...['first_over_time', 'last_over_time', 'absent_over_time'],
] as const;
export const VECTOR_OPERATORS = [
  ...['sum', 'avg', 'max', 'min', 'count', 'stddev', 'stdvar', 'bottomk', 'topk', 'sort', 'sort_desc', 'approx_topk'],
] as const;

/** An aggregation of a range of log entries. */
export interface RangeExpr {
  readonly kind: 'range';
  readonly operator: string;
  readonly parameter: number | undefined;
  readonly log: LogExpr;
  readonly unwrap: Unwrap | undefined;
  readonly rangeNanos: number;
  readonly offsetNanos: number;
  readonly grouping: Grouping | undefined;
}

export interface AggregateExpr {
  readonly kind: 'aggregate';
  readonly operator: string;
  readonly parameter: number | undefined;
  readonly grouping: Grouping | undefined;
  readonly expr: MetricExpr;
}

export interface Matching {
  readonly cardinality: 'one-to-one' | 'many-to-one' | 'one-to-many';
  readonly on: boolean;
  readonly labels: readonly string[];
  readonly include: readonly string[];
}

export type BinaryOperator =
  | ('+' | '-' | '*' | '/' | '%' | '^' | '==' | '!=' | '>' | '>=' | '<' | '<=')
  | ('and' | 'or' | 'unless');

export interface BinaryExpr {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: MetricExpr;
  readonly right: MetricExpr;
  readonly returnBool: boolean;
  readonly matching: Matching;
}

export interface LabelReplaceExpr {
  readonly kind: 'label-replace';
  readonly expr: MetricExpr;
  readonly target: string;
  readonly replacement: string;
  readonly source: string;
  readonly pattern: string;
}

/** An expression whose value is a number or a vector. */
export type MetricExpr =
  | (RangeExpr | AggregateExpr | BinaryExpr | LabelReplaceExpr)
  | { readonly kind: 'literal' | 'vector'; readonly value: number };

/** A LogQL query. */
export type Expr = LogExpr | MetricExpr;

/** Returns the range aggregations of an expression. */
export function rangesOf(expr: MetricExpr): readonly RangeExpr[] {
  switch (expr.kind) {
    case 'range':
      return [expr];
    case 'aggregate':
    case 'label-replace':
      return rangesOf(expr.expr);
    case 'binary':
      return [...rangesOf(expr.left), ...rangesOf(expr.right)];
    case 'literal':
    case 'vector':
      return [];
  }
}
