import type { Matcher } from '../labels/matcher.ts';

/** Positions of an expression in the query text, in UTF-16 code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The type of an expression's value. */
export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

export type AggregateOperator =
  | ('avg' | 'bottomk' | 'count' | 'count_values' | 'group' | 'limit_ratio' | 'limitk' | 'max')
  | ('min' | 'quantile' | 'stddev' | 'stdvar' | 'sum' | 'topk');

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2';
export type ComparisonOperator = '==' | '!=' | '>' | '<' | '>=' | '<=';
export type TrimOperator = '</' | '>/';
export type SetOperator = 'and' | 'or' | 'unless';
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | TrimOperator | SetOperator;

/** A number in the query text. */
export interface NumberLiteral extends Span {
  readonly kind: 'number';
  readonly value: number;
  /** Whether it was written as a duration, such as `5m`; the value is in seconds. */
  readonly isDuration: boolean;
}

export interface StringLiteral extends Span {
  readonly kind: 'string';
  readonly value: string;
}

/** An arithmetic expression in the place of a duration; values are in seconds. */
export interface DurationExpr extends Span {
  readonly kind: 'duration';
  readonly operator: '+' | '-' | '*' | '/' | '%' | '^' | 'step' | 'range' | 'min_of' | 'max_of';
  readonly left: Duration | undefined;
  readonly right: Duration | undefined;
  /** Whether it is in parentheses. */
  readonly wrapped: boolean;
}

export type Duration = NumberLiteral | DurationExpr;

/** The `offset` and `@` modifiers of a selector or subquery. */
export interface TimeModifiers {
  readonly offset: Duration | undefined;
  /** The `@` time in milliseconds, or the end of the query's range that it refers to. */
  readonly at: number | 'start' | 'end' | undefined;
}

export interface VectorSelector extends Span, TimeModifiers {
  readonly kind: 'selector';
  /** The name before the braces, or `''`. */
  readonly name: string;
  /** All matchers, including the one for the name. */
  readonly matchers: readonly Matcher[];
  readonly extension: 'anchored' | 'smoothed' | undefined;
}

export interface MatrixSelector extends Span {
  readonly kind: 'matrix';
  readonly selector: VectorSelector;
  readonly range: Duration;
}

export interface SubqueryExpr extends Span, TimeModifiers {
  readonly kind: 'subquery';
  readonly expr: Expr;
  readonly range: Duration;
  readonly step: Duration | undefined;
}

export interface ParenExpr extends Span {
  readonly kind: 'paren';
  readonly expr: Expr;
}

export interface UnaryExpr extends Span {
  readonly kind: 'unary';
  readonly operator: '+' | '-';
  readonly expr: Expr;
}

/** How the series of both sides of a binary expression are matched. */
export interface VectorMatching {
  readonly cardinality: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';
  readonly on: boolean;
  readonly labels: readonly string[];
  /** Labels to copy from the side with one series. */
  readonly include: readonly string[];
  readonly fillLeft: number | undefined;
  readonly fillRight: number | undefined;
}

export interface BinaryExpr extends Span {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expr;
  readonly right: Expr;
  readonly returnBool: boolean;
  /** Positions of the operator and its modifiers. */
  readonly operatorSpan: Span;
  /** Present if both sides are vectors. */
  readonly matching: VectorMatching | undefined;
}

export interface AggregateExpr extends Span {
  readonly kind: 'aggregate';
  readonly operator: AggregateOperator;
  readonly expr: Expr;
  readonly parameter: Expr | undefined;
  readonly grouping: readonly string[];
  readonly without: boolean;
}

export interface CallExpr extends Span {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Expr[];
}

/** A PromQL expression. */
export type Expr =
  | (NumberLiteral | StringLiteral | VectorSelector | MatrixSelector | SubqueryExpr | ParenExpr)
  | (UnaryExpr | BinaryExpr | AggregateExpr | CallExpr);

/** Returns the direct subexpressions of an expression. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'selector':
      return [];
    case 'matrix':
      return [expr.selector];
    case 'paren':
    case 'unary':
    case 'subquery':
      return [expr.expr];
    case 'binary':
      return [expr.left, expr.right];
    case 'aggregate':
      return expr.parameter === undefined ? [expr.expr] : [expr.expr, expr.parameter];
    case 'call':
      return expr.args;
  }
}

/** Returns the expression without the parentheses around it. */
export function unwrapped(expr: Expr): Expr {
  return expr.kind === 'paren' ? unwrapped(expr.expr) : expr;
}

export function isSetOperator(operator: BinaryOperator): operator is SetOperator {
  return operator === 'and' || operator === 'or' || operator === 'unless';
}

export function isComparison(operator: BinaryOperator): operator is ComparisonOperator {
  return COMPARISONS.has(operator);
}

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '>', '<', '>=', '<=']);
