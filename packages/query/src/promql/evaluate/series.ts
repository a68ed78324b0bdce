import { sameLabelsError } from '../errors.ts';
import type { FloatHistogram } from '../histogram/float-histogram.ts';
import type { Labels } from '../labels/labels.ts';

/** What a series has at a step. */
export const POINT = { none: 0, float: 1, histogram: 2 } as const;

/** A series with one optional sample per step, as columns. */
export interface StepSeries {
  readonly labels: Labels;
  /** Whether the metric name is dropped at the end of the evaluation. */
  readonly dropName: boolean;
  /** `POINT` of every step. */
  readonly kinds: Uint8Array;
  readonly values: Float64Array;
  readonly histograms: readonly (FloatHistogram | undefined)[] | undefined;
}

/** A sample, or `undefined` for none. */
export type Sample = number | FloatHistogram | undefined;

/** A series under construction. */
export class SeriesBuilder {
  readonly kinds: Uint8Array;
  readonly values: Float64Array;
  histograms: (FloatHistogram | undefined)[] | undefined;
  /** Number of steps with a sample. */
  points = 0;

  constructor(steps: number) {
    this.kinds = new Uint8Array(steps);
    this.values = new Float64Array(steps);
  }

  set(step: number, sample: Sample): void {
    if (sample === undefined) return;
    this.points += 1;
    if (typeof sample === 'number') {
      this.kinds[step] = POINT.float;
      this.values[step] = sample;
      return;
    }
    this.kinds[step] = POINT.histogram;
    this.histograms ??= new Array<FloatHistogram | undefined>(this.kinds.length);
    this.histograms[step] = sample;
  }

  build(labels: Labels, dropName: boolean): StepSeries {
    return { labels, dropName, kinds: this.kinds, values: this.values, histograms: this.histograms };
  }
}

/** Returns the sample of a series at a step. */
export function sampleAt(series: StepSeries, step: number): Sample {
  const kind = series.kinds[step];
  if (kind === POINT.float) return series.values[step];
  return kind === POINT.histogram ? series.histograms?.[step] : undefined;
}

/** Returns a series with every sample replaced; steps without a sample stay without. */
export function mapSamples(
  series: StepSeries,
  f: (sample: number | FloatHistogram, step: number) => Sample,
): SeriesBuilder {
  const builder = new SeriesBuilder(series.kinds.length);
  for (let step = 0; step < series.kinds.length; step++) {
    const sample = sampleAt(series, step);
    if (sample !== undefined) builder.set(step, f(sample, step));
  }
  return builder;
}

/**
 * Merges series with the same labels, as far as they have no samples at the same step. Throws a `PromqlExecutionError` if
 * they have.
 */
export function mergeSameLabels(series: readonly StepSeries[]): readonly StepSeries[] {
  const groups = new Map<string, StepSeries>();
  let hasRepeated = false;
  for (const next of series) {
    const before = groups.get(next.labels.key);
    hasRepeated ||= before !== undefined;
    groups.set(next.labels.key, before === undefined ? next : mergeTwo(before, next));
  }
  return hasRepeated ? [...groups.values()] : series;
}

function mergeTwo(a: StepSeries, b: StepSeries): StepSeries {
  const builder = new SeriesBuilder(a.kinds.length);
  for (let step = 0; step < a.kinds.length; step++) {
    if (a.kinds[step] !== POINT.none && b.kinds[step] !== POINT.none) throw sameLabelsError();
    builder.set(step, sampleAt(a, step) ?? sampleAt(b, step));
  }
  return builder.build(a.labels, a.dropName || b.dropName);
}
