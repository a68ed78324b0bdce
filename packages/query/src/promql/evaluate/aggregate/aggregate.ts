import { PromqlExecutionError } from '../../errors.ts';
import { type AggregateExpr, type Expr, unwrapped } from '../../parse/ast.ts';
import { quote } from '../../parse/literals.ts';
import { isLabelName } from '../calls/labels.ts';
import type { Context, Value } from '../context.ts';
import type { StepSeries } from '../series.ts';
import { countValues } from './count-values.ts';
import { type GroupFunction, groupSeries } from './group.ts';
import { limitRatio, selectK } from './select-k.ts';
import { simpleAggregate } from './simple.ts';
import { averageOf, quantileOfGroup, sumOf } from './sums.ts';

/** Evaluates an aggregation. */
export async function evaluateAggregate(
  context: Context,
  expr: AggregateExpr,
  evaluate: (expr: Expr) => Promise<Value>,
): Promise<Value> {
  const { operator, parameter } = expr;
  const parameterValue = parameter === undefined ? undefined : await evaluate(unwrapped(parameter));
  const value = await evaluate(unwrapped(expr.expr));
  const series = value.kind === 'vector' ? value.series : [];
  const numbers = parameterValue?.kind === 'scalar' ? parameterValue.values : new Float64Array();
  switch (operator) {
    case 'count_values': {
      const label = parameterValue?.kind === 'string' ? parameterValue.value : '';
      if (!isLabelName(label)) throw new PromqlExecutionError(`invalid label name ${quote(label)}`);
      return { kind: 'vector', series: countValues(context, expr, label, series) };
    }
    case 'topk':
    case 'bottomk':
    case 'limitk':
      return { kind: 'vector', series: selectK(context, expr, operator, groupSeries(series, expr), numbers) };
    case 'limit_ratio':
      return { kind: 'vector', series: limitRatio(context, expr, series, numbers) };
    case 'quantile':
      return aggregateGroups(context, expr, series, quantileOfGroup(numbers));
    case 'sum':
      return aggregateGroups(context, expr, series, sumOf);
    case 'avg':
      return aggregateGroups(context, expr, series, averageOf);
    default:
      return aggregateGroups(context, expr, series, simpleAggregate(operator));
  }
}

function aggregateGroups(
  context: Context,
  expr: AggregateExpr,
  series: readonly StepSeries[],
  f: GroupFunction,
): Value {
  const result: StepSeries[] = [];
  for (const group of groupSeries(series, expr)) {
    const builder = f(context, group, expr);
    if (builder.points === 0) continue;
    context.count(builder.points);
    const dropName = group.series.some((one) => one.dropName);
    result.push(builder.build(group.labels, dropName));
  }
  return { kind: 'vector', series: result };
}
