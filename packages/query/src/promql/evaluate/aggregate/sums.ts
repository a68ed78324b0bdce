import { TEXTS } from '../../annotations.ts';
import { HistogramSum } from '../../functions/histogram-sums.ts';
import { Mean, quantileOf } from '../../functions/numbers.ts';
import { IncompatibleSchemaError } from '../../histogram/arithmetic.ts';
import { compact, type FloatHistogram } from '../../histogram/float-histogram.ts';
import { METRIC_NAME } from '../../labels/labels.ts';
import type { AggregateExpr } from '../../parse/ast.ts';
import type { Context } from '../context.ts';
import { POINT, SeriesBuilder, type StepSeries } from '../series.ts';
import type { Group, GroupFunction } from './group.ts';

/** Sums the series of a group. */
export const sumOf: GroupFunction = (context, group, expr) => {
  const { count } = context.grid;
  const [sums, errors, kinds] = [new Float64Array(count), new Float64Array(count), new Uint8Array(count)];
  for (const series of group.series) addFloats(series, sums, errors, kinds);
  for (let step = 0; step < count; step++) {
    const [sum = 0, error = 0] = [sums[step], errors[step]];
    sums[step] = sum + error;
  }
  return withHistograms(context, group, expr, 'sum', (step) => (kinds[step] === POINT.float ? sums[step] : undefined));
};

/** Adds a series to compensated sums (`increase` inlined, because this runs for every sample). */
function addFloats(series: StepSeries, sums: Float64Array, errors: Float64Array, kinds: Uint8Array): void {
  for (let step = 0; step < sums.length; step++) {
    if (series.kinds[step] !== POINT.float) continue;
    const value = series.values[step] ?? 0;
    if (kinds[step] !== POINT.float) {
      kinds[step] = POINT.float;
      sums[step] = value;
      continue;
    }
    const before = sums[step] ?? 0;
    const total = before + value;
    const error = errors[step] ?? 0;
    if (total === Number.POSITIVE_INFINITY || total === Number.NEGATIVE_INFINITY) errors[step] = 0;
    else if (Math.abs(before) >= Math.abs(value)) errors[step] = error + (before - total + value);
    else errors[step] = error + (value - total + before);
    sums[step] = total;
  }
}

/** Computes the mean of the series of a group. */
export const averageOf: GroupFunction = (context, group, expr) => {
  const means = new Array<Mean | undefined>(context.grid.count);
  for (const { kinds, values } of group.series) {
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] !== POINT.float) continue;
      means[step] ??= new Mean();
      means[step]?.add(values[step] ?? 0);
    }
  }
  return withHistograms(context, group, expr, 'mean', (step) => means[step]?.value);
};

/** Combines the results of floats and histograms; a step with both has none. */
function withHistograms(
  context: Context,
  group: Group,
  expr: AggregateExpr,
  kind: 'sum' | 'mean',
  floatAt: (step: number) => number | undefined,
): SeriesBuilder {
  const builder = new SeriesBuilder(context.grid.count);
  const hasHistograms = group.series.some(({ histograms }) => histograms !== undefined);
  for (let step = 0; step < context.grid.count; step++) {
    const float = floatAt(step);
    const histograms = hasHistograms ? histogramsAt(group, step) : [];
    if (histograms.length === 0) builder.set(step, float);
    else if (float === undefined) builder.set(step, combine(context, expr, kind, histograms));
    else context.annotations.warn(TEXTS.mixedInAggregation, expr.expr);
  }
  return builder;
}

interface Named {
  readonly name: string;
  readonly histogram: FloatHistogram;
}

function histogramsAt({ series }: Group, step: number): Named[] {
  return series.flatMap(({ kinds, histograms, labels }) => {
    const histogram = kinds[step] === POINT.histogram ? histograms?.[step] : undefined;
    return histogram === undefined ? [] : [{ name: labels.get(METRIC_NAME), histogram }];
  });
}

function combine(
  { annotations }: Context,
  { expr }: AggregateExpr,
  kind: 'sum' | 'mean',
  all: readonly Named[],
): FloatHistogram | undefined {
  const sum = new HistogramSum(kind);
  for (const { name, histogram } of all) {
    try {
      sum.add(histogram);
    } catch (error) {
      if (!(error instanceof IncompatibleSchemaError)) throw error;
      annotations.warn(TEXTS.mixedSchemas(name), expr);
      return undefined;
    }
  }
  if (sum.boundsReconciled) annotations.info(TEXTS.boundsReconciled('aggregation'), expr);
  if (sum.resetsCollide) annotations.warn(TEXTS.resetsCollide('aggregation'), expr);
  return sum.value === undefined ? undefined : compact(sum.value);
}

/** Creates the function of `quantile`, whose parameter may change from step to step. */
export function quantileOfGroup(quantiles: Float64Array): GroupFunction {
  return (context, { series }, { parameter, expr }) => {
    for (const q of quantiles) {
      if (!(q >= 0 && q <= 1)) context.annotations.warn(TEXTS.invalidQuantile(q), parameter ?? expr);
    }
    const builder = new SeriesBuilder(context.grid.count);
    for (let step = 0; step < context.grid.count; step++) {
      const values = series.flatMap(({ kinds, values: column }) =>
        kinds[step] === POINT.float ? [column[step] ?? 0] : [],
      );
      if (series.some(({ kinds }) => kinds[step] === POINT.histogram)) {
        context.annotations.info(TEXTS.ignoredInAggregation('quantile'), expr);
      }
      if (values.length > 0) builder.set(step, quantileOf(quantiles[step] ?? Number.NaN, Float64Array.from(values)));
    }
    return builder;
  };
}
