import { Annotations } from '../promql/annotations.ts';
import { DEFAULT_OPTIONS } from '../promql/engine.ts';
import { Context, type Value } from '../promql/evaluate/context.ts';
import { type StepSeries, sampleAt } from '../promql/evaluate/series.ts';
import { compareLabels, Labels } from '../promql/labels/labels.ts';
import type { QueryResult, ResultSeries } from '../promql/result.ts';
import type { NanoGrid } from './evaluate/grid.ts';
import { EVALUATION_LIMITS } from './evaluate/limits.ts';
import { evaluateMetric } from './evaluate/metric-query.ts';
import type { Evaluation } from './evaluate/read-entries.ts';
import type { MetricExpr } from './parse/ast.ts';

const NANOS_PER_MILLI = 1_000_000;

/** Evaluates a metric query at one time, in nanoseconds. Throws a `LogqlExecutionError`. */
export async function evaluateInstant(expr: MetricExpr, time: bigint, evaluation: Evaluation): Promise<QueryResult> {
  const { context, value } = await evaluateOn({ start: time, step: 1n, count: 1 }, expr, evaluation);
  const millis = context.grid.start;
  if (value.kind === 'scalar') return { kind: 'scalar', time: millis, value: value.values[0] ?? Number.NaN };
  const series = value.kind === 'vector' ? value.series : [];
  return { kind: 'vector', series: series.flatMap((one) => resultSeries(context, one)) };
}

/** Evaluates a metric query at every step of a range. Throws a `LogqlExecutionError`. */
export async function evaluateSteps(expr: MetricExpr, grid: NanoGrid, evaluation: Evaluation): Promise<QueryResult> {
  const { context, value } = await evaluateOn(grid, expr, evaluation);
  const series = value.kind === 'vector' ? value.series : value.kind === 'scalar' ? [scalarSeries(value.values)] : [];
  const result = series.flatMap((one) => resultSeries(context, one));
  return { kind: 'matrix', series: result.toSorted((a, b) => compareLabels(a.labels, b.labels)) };
}

async function evaluateOn(
  grid: NanoGrid,
  expr: MetricExpr,
  evaluation: Evaluation,
): Promise<{ readonly context: Context; readonly value: Value }> {
  const shared = {
    options: { ...DEFAULT_OPTIONS, maxSamples: EVALUATION_LIMITS.samples },
    annotations: new Annotations(),
    selected: new Map(),
    infoSeries: new Map(),
    control: evaluation.control,
    samples: 0,
  };
  // Times of results are milliseconds; windows are computed in nanoseconds.
  const start = Number(grid.start / BigInt(NANOS_PER_MILLI));
  const context = new Context({ start, step: Number(grid.step) / NANOS_PER_MILLI, count: grid.count }, shared);
  return { context, value: await evaluateMetric(expr, grid, context, evaluation) };
}

function resultSeries(context: Context, series: StepSeries): readonly ResultSeries[] {
  const times: number[] = [];
  const samples: number[] = [];
  for (let step = 0; step < context.grid.count; step++) {
    const sample = sampleAt(series, step);
    if (typeof sample !== 'number') continue;
    times.push(Math.trunc(context.time(step)));
    samples.push(sample);
  }
  return times.length === 0 ? [] : [{ labels: series.labels, times, samples }];
}

function scalarSeries(values: Float64Array): StepSeries {
  const kinds = new Uint8Array(values.length).fill(1);
  return { labels: Labels.EMPTY, dropName: false, kinds, values, histograms: undefined };
}
