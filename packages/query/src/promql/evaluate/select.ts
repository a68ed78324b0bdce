import { TEXTS } from '../annotations.ts';
import { interpolate, interpolateHistograms } from '../functions/interpolate.ts';
import { IncompatibleSchemaError } from '../histogram/arithmetic.ts';
import { isCustom, sampleSize } from '../histogram/float-histogram.ts';
import { METRIC_NAME } from '../labels/labels.ts';
import type { VectorSelector } from '../parse/ast.ts';
import { SAMPLE, type SampleSeries } from '../source.ts';
import { firstAfter, splitSeries } from './columns.ts';
import type { Context } from './context.ts';
import { millisOf } from './resolve.ts';
import { type Sample, SeriesBuilder, type StepSeries } from './series.ts';

/** The time that a selector refers to at a time of evaluation. */
export function referenceTime(selector: Pick<VectorSelector, 'at' | 'offset'>, time: number): number {
  return (typeof selector.at === 'number' ? selector.at : time) - millisOf(selector.offset);
}

/** What to return of the samples that a selector finds. */
export type SampleReader = (series: SampleSeries, index: number) => Sample;

/** Reads the value of a sample. */
export const readSample: SampleReader = ({ values, kinds, histograms }, index) =>
  kinds?.[index] === SAMPLE.histogram ? histograms?.[index] : values[index];

/** Reads the time of a sample in seconds. */
export const readTime: SampleReader = ({ times }, index) => (times[index] ?? 0) / 1000;

/** Reads the start time of a sample in seconds. */
export const readStartTime: SampleReader = ({ startTimes }, index) => (startTimes?.[index] ?? 0) / 1000;

/** Evaluates an instant selector: the last sample within the lookback of every step. */
export async function selectInstant(
  context: Context,
  selector: VectorSelector,
  all: readonly SampleSeries[],
  read: SampleReader = readSample,
): Promise<readonly StepSeries[]> {
  const result: StepSeries[] = [];
  for (const series of all) {
    const pause = context.shared.control.check();
    if (pause !== undefined) await pause;
    const builder = lookUp(context, selector, series, read);
    if (builder.points === 0) continue;
    context.count(context.grid.count + histogramSize(builder));
    result.push(builder.build(series.labels, false));
  }
  return result;
}

function histogramSize({ histograms }: SeriesBuilder): number {
  if (histograms === undefined) return 0;
  // All histograms of a series have about the same size.
  const one = histograms.find((histogram) => histogram !== undefined);
  return one === undefined ? 0 : sampleSize(one) * histograms.length;
}

function lookUp(context: Context, selector: VectorSelector, series: SampleSeries, read: SampleReader): SeriesBuilder {
  const { grid, options } = context;
  const builder = new SeriesBuilder(grid.count);
  const { times, kinds } = series;
  let next = 0;
  for (let step = 0; step < grid.count; step++) {
    const reference = referenceTime(selector, context.time(step));
    next = firstAfter(times, reference, next);
    const index = next - 1;
    if (index < 0 || (times[index] ?? 0) <= reference - options.lookbackMillis) continue;
    if (kinds?.[index] !== SAMPLE.stale) builder.set(step, read(series, index));
  }
  return builder;
}

/** Evaluates a smoothed selector: values interpolated between the samples before and after every step. */
export async function selectSmoothed(
  context: Context,
  selector: VectorSelector,
  all: readonly SampleSeries[],
): Promise<readonly StepSeries[]> {
  const result: StepSeries[] = [];
  for (const series of all) {
    const pause = context.shared.control.check();
    if (pause !== undefined) await pause;
    const builder = new SeriesBuilder(context.grid.count);
    const columns = splitSeries(series);
    for (let step = 0; step < context.grid.count; step++) {
      const time = referenceTime(selector, context.time(step));
      builder.set(step, smoothedAt(context, selector, series, columns, time));
    }
    context.count(context.grid.count);
    if (builder.points > 0) result.push(builder.build(series.labels, false));
  }
  return result;
}

type Columns = ReturnType<typeof splitSeries>;

function smoothedAt(
  context: Context,
  selector: VectorSelector,
  { labels }: SampleSeries,
  { floats, histograms }: Columns,
  time: number,
): Sample {
  const floatRange = smoothingRange(context, floats.times, time);
  const range = smoothingRange(context, histograms.times, time);
  if (floatRange.to > floatRange.from && range.to > range.from) {
    context.annotations.warn(TEXTS.mixedFloatsAndHistograms(labels.get(METRIC_NAME)), selector);
    return undefined;
  }
  if (range.to <= range.from) return smoothedFloat(floats, floatRange, time);
  return smoothedHistogram(context, selector, labels.get(METRIC_NAME), histograms, range, time);
}

/** The samples within the lookback of a time on both sides, and the first one that is not before it. */
interface SmoothingRange {
  readonly from: number;
  readonly next: number;
  readonly to: number;
}

function smoothingRange({ options }: Context, times: Float64Array, time: number): SmoothingRange {
  const from = firstAfter(times, time - options.lookbackMillis, 0);
  const to = firstAfter(times, time + options.lookbackMillis, 0);
  let next = from;
  while (next < to && times[next] < time) next += 1;
  return { from, next, to };
}

function smoothedFloat(floats: Columns['floats'], { from, next, to }: SmoothingRange, time: number): Sample {
  if (next < to && floats.times[next] === time) return floats.values[next];
  if (next <= from) return undefined;
  return next < to ? interpolate(floats, next - 1, next, time, false) : floats.values[next - 1];
}

function smoothedHistogram(
  { annotations }: Context,
  span: VectorSelector,
  name: string,
  { times, histograms }: Columns['histograms'],
  { from, next, to }: SmoothingRange,
  time: number,
): Sample {
  const [before, after] = [histograms[next - 1], histograms[next]];
  if (next < to && times[next] === time) return after;
  if (next <= from || before === undefined) return undefined;
  if (next >= to || after === undefined) return { ...before, hint: 'unknown' };
  try {
    if (isCustom(before) !== isCustom(after)) throw new IncompatibleSchemaError();
    const isCounter = before.hint !== 'gauge' || after.hint !== 'gauge';
    return interpolateHistograms([before, after], [times[next - 1], times[next]], time, isCounter, {
      annotations,
      span,
    });
  } catch (error) {
    if (!(error instanceof IncompatibleSchemaError)) throw error;
    annotations.warn(TEXTS.mixedSchemas(name), span);
    return undefined;
  }
}
