import { RANGE_FUNCTIONS } from '../functions/range-functions.ts';
import type { FloatHistogram } from '../histogram/float-histogram.ts';
import { multiply } from '../histogram/float-histogram.ts';
import { type CallExpr, type Expr, type MatrixSelector, type SubqueryExpr, unwrapped } from '../parse/ast.ts';
import { typeOf } from '../parse/check.ts';
import { SAMPLE } from '../source.ts';
import { evaluateAggregate } from './aggregate/aggregate.ts';
import { evaluateBinary } from './binary/binary.ts';
import { callInfo } from './calls/info.ts';
import { callInstantFunction } from './calls/instant.ts';
import { callLabelFunction, LABEL_FUNCTIONS } from './calls/labels.ts';
import { callRangeFunction, type RangeSeries } from './calls/range.ts';
import { type Context, type Grid, gridOf, type Value } from './context.ts';
import { isStepInvariant, repeatValue } from './invariant.ts';
import { millisOf } from './resolve.ts';
import { readStartTime, readTime, selectInstant, selectSmoothed } from './select.ts';
import { mapSamples, mergeSameLabels, POINT, type StepSeries } from './series.ts';

/** Evaluates a resolved expression that is not a range vector on every step of the context's grid. */
export async function evaluate(context: Context, expr: Expr): Promise<Value> {
  const pause = context.shared.control.check();
  if (pause !== undefined) await pause;
  const { grid } = context;
  if (grid.count > 1 && expr.kind !== 'number' && expr.kind !== 'string' && isStepInvariant(expr)) {
    const once = await evaluate(context.on({ ...grid, count: 1 }), expr);
    return repeatValue(context, once);
  }
  switch (expr.kind) {
    case 'number':
      return { kind: 'scalar', values: new Float64Array(grid.count).fill(expr.value) };
    case 'string':
      return { kind: 'string', value: expr.value };
    case 'paren':
      return evaluate(context, expr.expr);
    case 'unary':
      return evaluateUnary(context, expr.operator, await evaluate(context, expr.expr));
    case 'selector': {
      const all = context.shared.selected.get(expr) ?? [];
      const select = expr.extension === 'smoothed' ? selectSmoothed : selectInstant;
      return { kind: 'vector', series: await select(context, expr, all) };
    }
    case 'binary':
      return evaluateBinary(context, expr, await evaluate(context, expr.left), await evaluate(context, expr.right));
    case 'aggregate':
      return evaluateAggregate(context, expr, (child) => evaluate(context, child));
    case 'call':
      return evaluateCall(context, expr);
    case 'matrix':
    case 'subquery':
      throw new Error(`expected an instant value, got a ${expr.kind}`);
  }
}

function evaluateUnary(context: Context, operator: '+' | '-', value: Value): Value {
  if (operator === '+' || value.kind === 'string') return value;
  if (value.kind === 'scalar') return { kind: 'scalar', values: value.values.map((number) => -number) };
  const negated = value.series.map((series) => {
    const { labels, dropName } = context.dropName(series);
    return mapSamples(series, (sample) => (typeof sample === 'number' ? -sample : multiply(sample, -1))).build(
      labels,
      dropName,
    );
  });
  return { kind: 'vector', series: mergeSameLabels(negated) };
}

async function evaluateCall(context: Context, call: CallExpr): Promise<Value> {
  const args = call.args.map(unwrapped);
  const evaluateArg = (expr: Expr): Promise<Value> => evaluate(context, expr);
  if (call.name === 'info') return callInfo(context, call, evaluateArg);
  if (LABEL_FUNCTIONS.has(call.name)) return callLabelFunction(call, args, evaluateArg);
  const [first] = args;
  if ((call.name === 'timestamp' || call.name === 'start_timestamp') && first?.kind === 'selector') {
    const read = call.name === 'timestamp' ? readTime : readStartTime;
    if (call.name === 'start_timestamp' && !context.options.useStartTimes) return { kind: 'vector', series: [] };
    const series = await selectInstant(context, first, context.shared.selected.get(first) ?? [], read);
    return { kind: 'vector', series: mergeSameLabels(series.map((one) => context.dropName(one))) };
  }
  if (!RANGE_FUNCTIONS.has(call.name)) return callInstantFunction(context, { ...call, args }, evaluateArg);
  const range = args.find((arg) => arg.kind === 'matrix' || arg.kind === 'subquery');
  if (range === undefined) throw new Error(`expected a range in a call of ${call.name}`);
  const series = await rangeSeries(context, range);
  const scalars: Float64Array[] = [];
  for (const arg of args) {
    if (typeOf(arg) !== 'scalar') continue;
    const value = await evaluate(context, arg);
    if (value.kind === 'scalar') scalars.push(value.values);
  }
  return callRangeFunction(context, { call: { ...call, args }, range, series, scalars });
}

/** Returns the samples of a range selector, or those that a subquery computes for all steps together. */
export async function rangeSeries(
  context: Context,
  range: MatrixSelector | SubqueryExpr,
): Promise<readonly RangeSeries[]> {
  if (range.kind === 'matrix') return context.shared.selected.get(range.selector) ?? [];
  const inner = context.on(subqueryGrid(context, range));
  if (inner.grid.count === 0) return [];
  const value = await evaluate(inner, range.expr);
  return value.kind === 'vector' ? value.series.map((series) => toSamples(inner, series)) : [];
}

/** The times at which a subquery is evaluated: multiples of its step. */
function subqueryGrid({ grid, options }: Context, range: SubqueryExpr): Grid {
  const step = range.step === undefined ? options.subqueryStepMillis : millisOf(range.step);
  const [first, last] =
    typeof range.at === 'number' ? [range.at, range.at] : [grid.start, grid.start + (grid.count - 1) * grid.step];
  const before = first - millisOf(range.offset) - millisOf(range.range);
  let start = step * Math.trunc(before / step);
  if (start <= before) start += step;
  return gridOf(start, last - millisOf(range.offset), step);
}

function toSamples(context: Context, series: StepSeries): RangeSeries {
  const steps: number[] = [];
  for (const [step, kind] of series.kinds.entries()) if (kind !== POINT.none) steps.push(step);
  const times = Float64Array.from(steps, (step) => context.time(step));
  const values = Float64Array.from(steps, (step) => series.values[step] ?? 0);
  const { labels, dropName, histograms } = series;
  if (histograms === undefined) return { labels, dropName, times, values };
  const kinds = Uint8Array.from(steps, (step) =>
    series.kinds[step] === POINT.float ? SAMPLE.float : SAMPLE.histogram,
  );
  return { labels, dropName, times, values, kinds, histograms: steps.map((step) => withoutHint(histograms[step])) };
}

/** The steps of a subquery skip or repeat samples, so that what is known about resets does not hold between them. */
function withoutHint(histogram: FloatHistogram | undefined): FloatHistogram | undefined {
  if (histogram === undefined || histogram.hint === 'gauge' || histogram.hint === 'unknown') return histogram;
  return { ...histogram, hint: 'unknown' };
}
