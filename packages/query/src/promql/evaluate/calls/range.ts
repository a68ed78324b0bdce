import { PromqlExecutionError, sameLabelsError } from '../../errors.ts';
import { CHANGES, fillChanges } from '../../functions/float-changes.ts';
import { EXTENDED, KEEPS_NAME, RANGE_FUNCTIONS } from '../../functions/range-functions.ts';
import type { Window } from '../../functions/window.ts';
import { type Labels, METRIC_NAME } from '../../labels/labels.ts';
import type { CallExpr, Expr, MatrixSelector, Span, SubqueryExpr, VectorSelector } from '../../parse/ast.ts';
import { quote } from '../../parse/literals.ts';
import type { SampleSeries } from '../../source.ts';
import { absentLabels, absentSeries } from '../absent.ts';
import { firstAfter, splitSeries } from '../columns.ts';
import type { Context, Value } from '../context.ts';
import { millisOf } from '../resolve.ts';
import { referenceTime } from '../select.ts';
import { SeriesBuilder, type StepSeries } from '../series.ts';

/** The series of a range argument. Those of a subquery may already have lost their names. */
export interface RangeSeries extends SampleSeries {
  readonly dropName?: boolean;
}

/** What a call of a range function works on. */
export interface RangeCall {
  readonly call: CallExpr;
  readonly range: MatrixSelector | SubqueryExpr;
  readonly series: readonly RangeSeries[];
  /** The values of the other arguments on every step. */
  readonly scalars: readonly Float64Array[];
}

/** Evaluates a function of a range vector: each series in one pass over all steps. */
export async function callRangeFunction(context: Context, rangeCall: RangeCall): Promise<Value> {
  const { call, range, series } = rangeCall;
  checkExtension(call, range);
  const keepsName = KEEPS_NAME.has(call.name);
  const result: StepSeries[] = [];
  for (const one of series) {
    const pause = context.shared.control.check();
    if (pause !== undefined) await pause;
    const builder = evaluateSeries(context, rangeCall, one);
    if (builder.points === 0) continue;
    context.count(context.grid.count);
    const dropped = !keepsName || one.dropName === true;
    const labels = dropped && !context.options.delayedNameRemoval ? one.labels.withoutMetadata : one.labels;
    result.push(builder.build(labels, dropped));
    if (call.name === 'rate' || call.name === 'increase') noteNonCounter(context, call, one.labels, builder);
  }
  if (call.name === 'absent_over_time') {
    return { kind: 'vector', series: absentSeries(context, absentLabels(rangeSelector(range)), result) };
  }
  const keys = new Set(result.map(({ labels }) => labels.key));
  if (!context.options.delayedNameRemoval && keys.size < result.length) throw sameLabelsError();
  return { kind: 'vector', series: result };
}

function rangeSelector(range: MatrixSelector | SubqueryExpr): VectorSelector | SubqueryExpr {
  return range.kind === 'matrix' ? range.selector : range;
}

function checkExtension(call: CallExpr, range: MatrixSelector | SubqueryExpr): void {
  const extension = range.kind === 'matrix' ? range.selector.extension : undefined;
  if (extension === undefined || EXTENDED[extension].includes(call.name)) return;
  throw new PromqlExecutionError(
    `${extension} modifier can only be used with: ${EXTENDED[extension].join(', ')} - not with ${call.name}`,
  );
}

function evaluateSeries(context: Context, { call, range, scalars }: RangeCall, series: RangeSeries): SeriesBuilder {
  const { grid } = context;
  const evaluate = RANGE_FUNCTIONS.get(call.name);
  if (evaluate === undefined) throw new Error(`expected a range function, got ${call.name}`);
  const window = windowOf(context, call, range, series);
  const builder = new SeriesBuilder(grid.count);
  const change = CHANGES.get(call.name);
  const { floats, histograms, extension, useStartTimes, rangeMillis } = window;
  if (change !== undefined && histograms.times.length === 0 && extension === undefined && !useStartTimes) {
    const firstEnd = referenceTime(rangeSelector(range), grid.start);
    fillChanges(floats, change, { firstEnd, step: grid.step, millis: rangeMillis }, builder);
    return builder;
  }
  const values = new Array<number>(scalars.length);
  for (let step = 0; step < grid.count; step++) {
    moveWindow(context, range, window, step);
    if (window.floatTo === window.floatFrom && window.histogramTo === window.histogramFrom) continue;
    for (const [index, column] of scalars.entries()) values[index] = column[step] ?? Number.NaN;
    builder.set(step, evaluate(window, values));
  }
  return builder;
}

/** Moves a window to a later step. */
function moveWindow(context: Context, range: MatrixSelector | SubqueryExpr, window: Window, step: number): void {
  const { floats, histograms, extension, rangeMillis } = window;
  const { lookbackMillis } = context.options;
  const reference = referenceTime(rangeSelector(range), context.time(step));
  const start = reference - rangeMillis - (extension === undefined ? 0 : lookbackMillis);
  const end = reference + (extension === 'smoothed' ? lookbackMillis : 0);
  window.time = context.time(step);
  window.rangeStart = reference - rangeMillis;
  window.rangeEnd = reference;
  window.floatFrom = firstAfter(floats.times, start, window.floatFrom);
  window.floatTo = firstAfter(floats.times, end, Math.max(window.floatTo, window.floatFrom));
  window.histogramFrom = firstAfter(histograms.times, start, window.histogramFrom);
  window.histogramTo = firstAfter(histograms.times, end, Math.max(window.histogramTo, window.histogramFrom));
}

/** Returns the window of a range selector at a step. */
export function windowAt(context: Context, range: MatrixSelector, series: RangeSeries, step: number): Window {
  const call: CallExpr = { kind: 'call', name: '', args: [range], start: range.start, end: range.end };
  const window = windowOf(context, call, range, series);
  moveWindow(context, range, window, step);
  return window;
}

function windowOf(context: Context, call: CallExpr, range: MatrixSelector | SubqueryExpr, series: RangeSeries): Window {
  const first = call.args[0] ?? call;
  const last = call.args.at(-1) ?? call;
  return {
    ...splitSeries(series),
    floatFrom: 0,
    floatTo: 0,
    histogramFrom: 0,
    histogramTo: 0,
    time: 0,
    rangeStart: 0,
    rangeEnd: 0,
    rangeMillis: millisOf(range.range),
    extension: range.kind === 'matrix' ? range.selector.extension : undefined,
    useStartTimes: context.options.useStartTimes && USES_START_TIMES.has(call.name),
    name: series.labels.get(METRIC_NAME),
    span: spanOf(range),
    argumentsSpan: { start: spanOf(first).start, end: spanOf(last).end },
    scalarSpan: first,
    annotations: context.annotations,
  };
}

const USES_START_TIMES: ReadonlySet<string> = new Set(['rate', 'irate', 'increase', 'resets']);

function noteNonCounter(context: Context, call: CallExpr, labels: Labels, { kinds }: SeriesBuilder): void {
  const name = labels.get(METRIC_NAME);
  if (name === '' || /_(total|sum|count|bucket)$/.test(name) || !kinds.includes(1)) return;
  const text = `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${quote(name)}`;
  context.annotations.info(text, spanOf(call.args[0] ?? call));
}

/** Returns the position for annotations. Like in Prometheus, a subquery has none. */
function spanOf(expr: Expr): Span {
  return expr.kind === 'subquery' ? NO_SPAN : expr;
}

const NO_SPAN: Span = { start: 0, end: 0 };
