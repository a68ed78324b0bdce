import { forName, TEXTS } from '../../annotations.ts';
import { formatG } from '../../format-number.ts';
import { bucketFraction, bucketQuantile, ClassicBuckets } from '../../histogram/classic.ts';
import { type Estimate, histogramFraction, histogramQuantile } from '../../histogram/quantile.ts';
import { type Labels, METRIC_NAME } from '../../labels/labels.ts';
import type { Expr, Span } from '../../parse/ast.ts';
import { parseNumber, quote } from '../../parse/literals.ts';
import type { Context } from '../context.ts';
import { mergeSameLabels, POINT, SeriesBuilder, type StepSeries, type sampleAt } from '../series.ts';
import type { InstantCall } from './instant-call.ts';

/** Evaluates `histogram_quantile`. */
export function histogramQuantileOf(context: Context, instantCall: InstantCall): readonly StepSeries[] {
  const {
    call,
    vectors: [series = []],
    scalars: [quantiles = new Float64Array()],
  } = instantCall;
  const [quantileArg = call, seriesArg = call] = call.args;
  warnInvalid(context, quantiles, quantileArg);
  return estimate(context, series, seriesArg, {
    native: (histogram, step) => histogramQuantile(quantiles[step] ?? Number.NaN, histogram),
    classic: quantileOfBuckets(context, quantiles, seriesArg),
  });
}

/** Evaluates `histogram_quantiles`: several quantiles, each with a label. */
export function histogramQuantilesOf(context: Context, instantCall: InstantCall): readonly StepSeries[] {
  const {
    call,
    vectors: [series = []],
    scalars,
    strings: [label = ''],
  } = instantCall;
  const seriesArg = call.args[0] ?? call;
  const result: StepSeries[] = [];
  for (const [index, quantiles] of scalars.entries()) {
    warnInvalid(context, quantiles, call.args[index + 2] ?? call);
    const found = estimate(context, series, seriesArg, {
      native: (histogram, step) => histogramQuantile(quantiles[step] ?? Number.NaN, histogram),
      classic: quantileOfBuckets(context, quantiles, seriesArg),
    });
    result.push(...found.flatMap((one) => labelledByQuantile(one, label, quantiles)));
  }
  return mergeSameLabels(result);
}

/** Splits a series into one for each quantile, which may change from step to step. */
function labelledByQuantile(series: StepSeries, label: string, quantiles: Float64Array): StepSeries[] {
  const builders = new Map<string, SeriesBuilder>();
  for (const [step, kind] of series.kinds.entries()) {
    if (kind === POINT.none) continue;
    const text = openMetricsNumber(quantiles[step] ?? Number.NaN);
    const builder = builders.get(text) ?? new SeriesBuilder(series.kinds.length);
    builders.set(text, builder);
    builder.set(step, series.values[step]);
  }
  return [...builders].map(([text, builder]) => builder.build(series.labels.with(label, text), series.dropName));
}

function openMetricsNumber(value: number): string {
  const text = formatG(value);
  return /[.eEnN]/.test(text) ? text : `${text}.0`;
}

/** Evaluates `histogram_fraction`. */
export function histogramFractionOf(context: Context, instantCall: InstantCall): readonly StepSeries[] {
  const {
    call,
    vectors: [series = []],
    scalars: [lower = new Float64Array(), upper = new Float64Array()],
  } = instantCall;
  return estimate(context, series, call.args[2] ?? call, {
    native: (histogram, step) => histogramFraction(lower[step] ?? Number.NaN, upper[step] ?? Number.NaN, histogram),
    classic: (buckets, step) => bucketFraction(lower[step] ?? Number.NaN, upper[step] ?? Number.NaN, buckets),
  });
}

function warnInvalid(context: Context, quantiles: Float64Array, span: Span): void {
  for (const q of quantiles) {
    if (!(q >= 0 && q <= 1)) context.annotations.warn(TEXTS.invalidQuantile(q), span);
  }
}

function quantileOfBuckets(context: Context, quantiles: Float64Array, span: Span): Estimators['classic'] {
  return (buckets, step, name) => {
    return bucketQuantile(quantiles[step] ?? Number.NaN, buckets, (forced) =>
      context.annotations.forcedMonotonicity(name, span, context.time(step), forced),
    );
  };
}

interface Estimators {
  native(histogram: Exclude<ReturnType<typeof sampleAt>, number | undefined>, step: number): Estimate;
  classic(buckets: ClassicBuckets, step: number, name: string): number;
}

/** The buckets of a classic histogram: series with the same labels except the bound. */
interface Classic {
  readonly labels: Labels;
  readonly series: StepSeries;
  readonly buckets: { readonly upperBound: number; readonly series: StepSeries }[];
}

const BOUND = 'le';

function estimate(
  context: Context,
  series: readonly StepSeries[],
  arg: Expr,
  estimators: Estimators,
): readonly StepSeries[] {
  const nameOf = (labels: Labels): string => (context.options.delayedNameRemoval ? labels.get(METRIC_NAME) : '');
  const classics = groupClassics(context, series, arg, nameOf);
  const result: StepSeries[] = [];
  const conflicts = new Map<string, Uint8Array>();
  for (const one of series) {
    if (one.histograms === undefined) continue;
    const builder = new SeriesBuilder(context.grid.count);
    const classic = classics.get(one.labels.key);
    for (const [step, kind] of one.kinds.entries()) {
      const histogram = kind === POINT.histogram ? one.histograms[step] : undefined;
      if (histogram === undefined) continue;
      if (classic?.buckets.some((bucket) => bucket.series.kinds[step] === POINT.float)) {
        const text = `vector contains a mix of classic and native histograms${forName(nameOf(one.labels))}`;
        context.annotations.warn(text, arg);
        const steps = conflicts.get(one.labels.key) ?? new Uint8Array(context.grid.count);
        conflicts.set(one.labels.key, steps);
        steps[step] = 1;
        continue;
      }
      const found = estimators.native(histogram, step);
      noteNaN(context, found, nameOf(one.labels), arg);
      builder.set(step, found.value);
    }
    if (builder.points > 0) result.push(build(context, builder, one, one.labels));
  }
  for (const [key, classic] of classics) {
    const builder = estimateClassic(context, classic, conflicts.get(key), estimators, nameOf(classic.labels));
    if (builder.points > 0) result.push(build(context, builder, classic.series, classic.labels));
  }
  return mergeSameLabels(result);
}

function build(context: Context, builder: SeriesBuilder, series: StepSeries, labels: Labels): StepSeries {
  const dropped = context.dropName({ ...series, labels });
  return builder.build(dropped.labels, dropped.dropName);
}

function estimateClassic(
  context: Context,
  { buckets }: Classic,
  conflicts: Uint8Array | undefined,
  { classic }: Estimators,
  name: string,
): SeriesBuilder {
  const builder = new SeriesBuilder(context.grid.count);
  const ascending = buckets.toSorted(({ upperBound: a }, { upperBound: b }) => (a < b ? -1 : a > b ? 1 : 0));
  const present = new ClassicBuckets(buckets.length);
  for (let step = 0; step < context.grid.count; step++) {
    if (conflicts?.[step] === 1) continue;
    present.length = 0;
    for (const { upperBound, series } of ascending) {
      if (series.kinds[step] === POINT.float) present.add(upperBound, series.values[step]);
    }
    if (present.length > 0) builder.set(step, classic(present, step, name));
  }
  return builder;
}

function groupClassics(
  context: Context,
  series: readonly StepSeries[],
  arg: Expr,
  nameOf: (labels: Labels) => string,
): ReadonlyMap<string, Classic> {
  const groups = new Map<string, Classic>();
  for (const one of series) {
    if (!one.kinds.includes(POINT.float)) continue;
    const bound = one.labels.get(BOUND);
    const upperBound = parseBound(bound);
    if (upperBound === undefined) {
      const text = `bucket label "le" is missing or has a malformed value of ${quote(bound)}${forName(nameOf(one.labels))}`;
      context.annotations.warn(text, arg);
      continue;
    }
    const labels = one.labels.drop([BOUND]);
    const group = groups.get(labels.key) ?? { labels, series: one, buckets: [] };
    groups.set(labels.key, group);
    group.buckets.push({ upperBound, series: one });
  }
  return groups;
}

function parseBound(text: string): number | undefined {
  return /^[+-]?(\d|\.\d|inf|nan)/i.test(text) ? parseNumber(text) : undefined;
}

const NAN_TEXTS: Readonly<Record<NonNullable<Estimate['nan']>, string>> = {
  result: 'input to histogram_quantile has NaN observations, result is NaN',
  skew: 'input to histogram_quantile has NaN observations, result is skewed higher',
  excluded: 'input to histogram_fraction has NaN observations, which are excluded from all fractions',
};

function noteNaN(context: Context, { nan }: Estimate, name: string, span: Span): void {
  if (nan !== undefined) context.annotations.info(`${NAN_TEXTS[nan]}${forName(name)}`, span);
}
