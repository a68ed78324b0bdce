import { isSetOperator } from '../../promql/parse/ast.ts';
import type { AggregateExpr, BinaryOperator, Expr, Matching, MetricExpr, RangeExpr } from './ast.ts';
import { LogqlParseError } from './parse-error.ts';

const GROUPED: ReadonlySet<string> = new Set([
  ...['avg_over_time', 'stddev_over_time', 'stdvar_over_time', 'quantile_over_time', 'max_over_time', 'min_over_time'],
  ...['first_over_time', 'last_over_time'],
]);
const OF_UNWRAPPED: ReadonlySet<string> = new Set([
  ...GROUPED,
  ...['sum_over_time', 'rate', 'rate_counter', 'absent_over_time'],
]);
const OF_ENTRIES: ReadonlySet<string> = new Set([
  ...['bytes_over_time', 'bytes_rate', 'count_over_time', 'rate', 'absent_over_time'],
]);

/** Checks that a range aggregation fits its operator. Throws a `LogqlParseError`. */
export function checkRange(expr: RangeExpr): RangeExpr {
  const { operator, parameter, grouping, unwrap } = expr;
  if (parameter !== undefined && operator !== 'quantile_over_time') {
    throw new LogqlParseError(`parameter ${parameter} not supported for operation ${operator}`);
  }
  if (parameter === undefined && operator === 'quantile_over_time') {
    throw new LogqlParseError(`parameter required for operation ${operator}`);
  }
  if (grouping !== undefined && !GROUPED.has(operator)) {
    throw new LogqlParseError(`grouping not allowed for ${operator} aggregation`);
  }
  if (unwrap !== undefined && !OF_UNWRAPPED.has(operator)) {
    throw new LogqlParseError(`invalid aggregation ${operator} with unwrap`);
  }
  if (unwrap === undefined && !OF_ENTRIES.has(operator)) {
    throw new LogqlParseError(`invalid aggregation ${operator} without unwrap`);
  }
  return expr;
}

const WITH_PARAMETER: ReadonlySet<string> = new Set(['topk', 'bottomk', 'approx_topk']);

/** Checks an aggregation and its parameter. Throws a `LogqlParseError`. */
export function checkAggregate(expr: AggregateExpr, parameter: string | undefined): AggregateExpr {
  const { operator, grouping } = expr;
  if (!WITH_PARAMETER.has(operator)) {
    if (parameter !== undefined) {
      throw new LogqlParseError(`unsupported parameter for operation ${operator}(${parameter},`);
    }
    if (operator.startsWith('sort') && grouping !== undefined && grouping.labels.length > 0) {
      throw new LogqlParseError("sort and sort_desc doesn't allow grouping by ");
    }
    return expr;
  }
  if (parameter === undefined) throw new LogqlParseError(`parameter required for operation ${operator}`);
  if (!/^\d+$/.test(parameter)) throw new LogqlParseError(`invalid parameter ${operator}(${parameter},`);
  if (Number(parameter) <= 0) {
    throw new LogqlParseError(`invalid parameter (must be greater than 0) ${operator}(${parameter}`);
  }
  if (operator === 'approx_topk' && grouping !== undefined) {
    throw new LogqlParseError(`grouping not allowed for ${operator} aggregation`);
  }
  return { ...expr, parameter: Number(parameter) };
}

/** Creates a binary expression. Throws a `LogqlParseError` if its sides do not fit the operator. */
export function binaryOf(
  operator: BinaryOperator,
  left: Expr,
  right: Expr,
  modifiers: { readonly returnBool: boolean; readonly matching: Matching },
): MetricExpr {
  for (const [side, expr] of [['left', left] as const, ['right', right] as const]) {
    if (expr.kind === 'log') {
      throw new LogqlParseError(`unexpected type for ${side} leg of binary operation (${operator}): log query`);
    }
    if (expr.kind === 'literal' && isSetOperator(operator)) {
      throw new LogqlParseError(
        `unexpected literal for ${side} leg of logical/set binary operation (${operator}): ${expr.value.toFixed(6)}`,
      );
    }
  }
  return { kind: 'binary', operator, left: left as MetricExpr, right: right as MetricExpr, ...modifiers };
}
