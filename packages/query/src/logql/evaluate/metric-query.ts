import { evaluateAggregate } from '../../promql/evaluate/aggregate/aggregate.ts';
import { evaluateBinary } from '../../promql/evaluate/binary/binary.ts';
import { callLabelFunction } from '../../promql/evaluate/calls/labels.ts';
import { sortSeries } from '../../promql/evaluate/calls/sort.ts';
import type { Context, Value } from '../../promql/evaluate/context.ts';
import { SeriesBuilder } from '../../promql/evaluate/series.ts';
import { Labels } from '../../promql/labels/labels.ts';
import {
  type AggregateOperator,
  isSetOperator,
  type Expr as PromqlExpr,
  type StringLiteral,
} from '../../promql/parse/ast.ts';
import type { AggregateExpr, BinaryExpr, LabelReplaceExpr, MetricExpr } from '../parse/ast.ts';
import { isCount } from './count-windows.ts';
import type { NanoGrid } from './grid.ts';
import { evaluateRange } from './range-query.ts';
import type { Evaluation } from './read-entries.ts';

/** Positions have no meaning for expressions that are not from a PromQL query. */
const NOWHERE = { start: 0, end: 0 };
/** Stands for an operand whose value is already known. */
const OPERAND: PromqlExpr = {
  kind: 'selector',
  name: '',
  matchers: [],
  offset: undefined,
  at: undefined,
  extension: undefined,
  ...NOWHERE,
};

/** Evaluates a metric query. Vectors are combined and aggregated as in PromQL, whose operators LogQL shares. */
export async function evaluateMetric(
  expr: MetricExpr,
  grid: NanoGrid,
  context: Context,
  evaluation: Evaluation,
): Promise<Value> {
  const evaluate = (inner: MetricExpr): Promise<Value> => evaluateMetric(inner, grid, context, evaluation);
  switch (expr.kind) {
    case 'range':
      return { kind: 'vector', series: await evaluateRange(expr, grid, context, evaluation) };
    case 'literal':
      return { kind: 'scalar', values: new Float64Array(context.grid.count).fill(expr.value) };
    case 'vector': {
      const builder = new SeriesBuilder(context.grid.count);
      for (let step = 0; step < context.grid.count; step++) builder.set(step, expr.value);
      return { kind: 'vector', series: [builder.build(Labels.EMPTY, false)] };
    }
    case 'aggregate':
      return aggregate(expr, await evaluate(withGrouping(expr)), context);
    case 'label-replace':
      return replaceLabel(expr, await evaluate(expr.expr));
    case 'binary':
      return binary(expr, await evaluate(expr.left), await evaluate(expr.right), context);
  }
}

/** The sum of sums by the labels of the aggregation needs fewer series than that of all sums. */
function withGrouping({ operator, grouping, expr }: AggregateExpr): MetricExpr {
  const isSum = operator === 'sum' && expr.kind === 'range' && expr.unwrap === undefined && isCount(expr.operator);
  if (!isSum || expr.grouping !== undefined) return expr;
  return { ...expr, grouping: grouping ?? { without: false, labels: [] } };
}

function aggregate(expr: AggregateExpr, value: Value, context: Context): Promise<Value> | Value {
  const { operator, grouping, parameter } = expr;
  if (operator === 'sort' || operator === 'sort_desc') {
    const call = { kind: 'call', name: operator, args: [], ...NOWHERE } as const;
    const vectors = value.kind === 'vector' ? [value.series] : [];
    return { kind: 'vector', series: sortSeries(context, { call, vectors, scalars: [], strings: [] }) };
  }
  const number: PromqlExpr | undefined =
    parameter === undefined ? undefined : { kind: 'number', value: parameter, isDuration: false, ...NOWHERE };
  const promql = {
    kind: 'aggregate',
    operator: (operator === 'approx_topk' ? 'topk' : operator) as AggregateOperator,
    expr: OPERAND,
    parameter: number,
    grouping: grouping?.labels ?? [],
    without: grouping?.without ?? false,
    ...NOWHERE,
  } as const;
  return evaluateAggregate(context, promql, async (operand) =>
    operand.kind === 'number'
      ? { kind: 'scalar', values: new Float64Array(context.grid.count).fill(operand.value) }
      : value,
  );
}

function replaceLabel(expr: LabelReplaceExpr, value: Value): Promise<Value> {
  const texts = [expr.target, expr.replacement, expr.source, expr.pattern].map(
    (text): StringLiteral => ({ kind: 'string', value: text, ...NOWHERE }),
  );
  const args = [OPERAND, ...texts];
  return callLabelFunction({ kind: 'call', name: 'label_replace', args, ...NOWHERE }, args, async () => value);
}

function binary(expr: BinaryExpr, left: Value, right: Value, context: Context): Value {
  const { operator, returnBool, matching } = expr;
  const cardinality = isSetOperator(operator) ? 'many-to-many' : matching.cardinality;
  const promql = {
    kind: 'binary',
    operator,
    left: OPERAND,
    right: OPERAND,
    returnBool,
    operatorSpan: NOWHERE,
    matching: { ...matching, cardinality, fillLeft: undefined, fillRight: undefined },
    ...NOWHERE,
  } as const;
  return evaluateBinary(context, promql, left, right);
}
