import { Annotations } from './annotations.ts';
import { PromqlExecutionError } from './errors.ts';
import { Context, type Control, type EvaluationOptions, gridOf, type Value } from './evaluate/context.ts';
import { evaluate, rangeSeries } from './evaluate/evaluate.ts';
import { extendMatrix } from './evaluate/matrix.ts';
import { preload } from './evaluate/preload.ts';
import { type QueryRange, resolveExpr } from './evaluate/resolve.ts';
import { mergeSameLabels, type Sample, type StepSeries, sampleAt } from './evaluate/series.ts';
import { compareLabels, Labels } from './labels/labels.ts';
import { type Expr, unwrapped } from './parse/ast.ts';
import { typeOf } from './parse/check.ts';
import type { Evaluated, QueryResult, ResultSeries } from './result.ts';
import type { SampleSource } from './source.ts';

/** The defaults of Prometheus. */
export const DEFAULT_OPTIONS: EvaluationOptions = {
  lookbackMillis: 300_000,
  subqueryStepMillis: 60_000,
  maxSamples: 50_000_000,
  delayedNameRemoval: false,
  useStartTimes: false,
};

/** A control that never stops or pauses. */
export const NO_CONTROL: Control = { check: () => undefined };

/** Evaluates an expression at one time. Throws a `PromqlExecutionError`. */
export async function evaluateInstant(
  expr: Expr,
  time: number,
  source: SampleSource,
  options: EvaluationOptions = DEFAULT_OPTIONS,
  control: Control = NO_CONTROL,
): Promise<Evaluated> {
  const range = { start: time, end: time, step: 0 };
  const { context, resolved } = await prepare(expr, range, source, options, control);
  const { annotations } = context;
  const plain = unwrapped(resolved);
  if (plain.kind === 'matrix' || plain.kind === 'subquery') {
    const series = extendMatrix(context, plain, await rangeSeries(context, plain));
    return { result: { kind: 'matrix', series: sorted(series) }, annotations };
  }
  const value = cleaned(context, await evaluate(context, resolved));
  return { result: instantResult(value, time), annotations };
}

/** Evaluates an expression at every step of a range. Throws a `PromqlExecutionError`. */
export async function evaluateRange(
  expr: Expr,
  range: QueryRange,
  source: SampleSource,
  options: EvaluationOptions = DEFAULT_OPTIONS,
  control: Control = NO_CONTROL,
): Promise<Evaluated> {
  const problem = rangeTypeProblem(expr);
  if (problem !== undefined) throw new PromqlExecutionError(problem);
  const { context, resolved } = await prepare(expr, range, source, options, control);
  const value = cleaned(context, await evaluate(context, resolved));
  return { result: { kind: 'matrix', series: sorted(matrixOf(context, value)) }, annotations: context.annotations };
}

/** Returns why an expression cannot be evaluated over a range, or `undefined`. */
export function rangeTypeProblem(expr: Expr): string | undefined {
  const type = typeOf(expr);
  if (type === 'scalar' || type === 'vector') return undefined;
  const name = type === 'matrix' ? 'range vector' : type;
  return `invalid expression type ${JSON.stringify(name)} for range query, must be Scalar or instant Vector`;
}

async function prepare(
  expr: Expr,
  range: QueryRange,
  source: SampleSource,
  options: EvaluationOptions,
  control: Control,
): Promise<{ readonly context: Context; readonly resolved: Expr }> {
  const resolved = resolveExpr(expr, range);
  const { selected, infoSeries } = await preload(resolved, range, source, options);
  const shared = { options, annotations: new Annotations(), selected, infoSeries, control, samples: 0 };
  const context = new Context(gridOf(range.start, range.end, range.step || 1), shared);
  let samples = 0;
  for (const series of selected.values()) for (const { times } of series) samples += times.length;
  context.count(samples);
  return { context, resolved };
}

/** Drops the names that were only marked, and merges series that then have the same labels. */
function cleaned(context: Context, value: Value): Value {
  if (value.kind !== 'vector' || !context.options.delayedNameRemoval) return value;
  const series = value.series.map((one) => (one.dropName ? { ...one, labels: one.labels.withoutMetadata } : one));
  return { kind: 'vector', series: mergeSameLabels(series) };
}

function instantResult(value: Value, time: number): QueryResult {
  if (value.kind === 'string') return { kind: 'string', time, value: value.value };
  if (value.kind === 'scalar') return { kind: 'scalar', time, value: value.values[0] ?? Number.NaN };
  const series = value.series.flatMap((one) => {
    const sample = sampleAt(one, 0);
    return sample === undefined ? [] : [{ labels: one.labels, times: [time], samples: [sample] }];
  });
  return { kind: 'vector', series };
}

function matrixOf(context: Context, value: Value): ResultSeries[] {
  if (value.kind === 'string') return [];
  const all: readonly StepSeries[] = value.kind === 'vector' ? value.series : [scalarSeries(value.values)];
  return all.flatMap((series) => {
    const times: number[] = [];
    const samples: NonNullable<Sample>[] = [];
    for (let step = 0; step < context.grid.count; step++) {
      const sample = sampleAt(series, step);
      if (sample === undefined) continue;
      times.push(context.time(step));
      samples.push(sample);
    }
    return times.length === 0 ? [] : [{ labels: series.labels, times, samples }];
  });
}

function scalarSeries(values: Float64Array): StepSeries {
  const kinds = new Uint8Array(values.length).fill(1);
  return { labels: Labels.EMPTY, dropName: false, kinds, values, histograms: undefined };
}

function sorted(series: readonly ResultSeries[]): readonly ResultSeries[] {
  return series.toSorted((a, b) => compareLabels(a.labels, b.labels));
}
