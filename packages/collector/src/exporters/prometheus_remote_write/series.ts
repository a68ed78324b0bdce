import { formatDecimal } from '@otelier/query/prometheus-wire';
import { baseLabels, type LabelOptions, targetInfoLabels } from '../../prometheus/naming.ts';
import { type NativeForm, nativeForm } from '../../prometheus/native.ts';
import {
  type ExportedExemplar,
  type ExportedMetric,
  type ExportedOrigin,
  type ExportedPoint,
  forEachExportedPoint,
  type PointData,
  type TextAttributes,
} from '../../prometheus/points.ts';

/** A sample to write; the value `undefined` is a stale marker. */
export interface WriteSample {
  readonly timeMillis: number;
  readonly startMillis: number;
  readonly value: number | undefined;
}

/** A native histogram to write. Without a form, it is a stale marker. */
export interface WriteHistogram {
  readonly timeMillis: number;
  readonly startMillis: number;
  readonly form: NativeForm | undefined;
  /** The bounds of a histogram with custom buckets, whose schema is −53. */
  readonly customValues: readonly number[];
}

/** A series to write. */
export interface WriteSeries {
  /** Sorted by name. */
  readonly labels: TextAttributes;
  readonly metric: ExportedMetric;
  /** Name of the metric family. */
  readonly family: string;
  readonly samples: WriteSample[];
  readonly histograms: WriteHistogram[];
  readonly exemplars: ExportedExemplar[];
  /** Number of points that begin with this series. Those of a histogram have further series. */
  pointCount: number;
}

/** How points are converted. */
export interface SeriesOptions extends LabelOptions {
  readonly hasTargetInfo: boolean;
  /** Whether classic histograms are written as native ones with custom buckets, and as classic ones as well. */
  readonly customBuckets: boolean;
  readonly keepsClassic: boolean;
}

/** The series of a batch, and the points that have no equivalent. */
export interface ConvertedSeries {
  readonly series: readonly WriteSeries[];
  readonly rejectedPoints: number;
  readonly reason: string;
}

const CUMULATIVE = 2;
const CUSTOM_SCHEMA = -53;

/** Converts the points of requests to series. */
export function seriesOf(parts: readonly Uint8Array[], options: SeriesOptions): ConvertedSeries {
  const builder = new SeriesBuilder(options);
  for (const part of parts) forEachExportedPoint(part, (point) => builder.add(point));
  return builder.finish();
}

class SeriesBuilder {
  readonly #options: SeriesOptions;
  readonly #series = new Map<string, WriteSeries>();
  /** The last time of each resource. */
  readonly #resources = new Map<string, { readonly origin: ExportedOrigin; timeMillis: number }>();
  #rejectedPoints = 0;
  #reason = '';

  constructor(options: SeriesOptions) {
    this.#options = options;
  }

  finish(): ConvertedSeries {
    if (this.#options.hasTargetInfo) this.#addTargetInfo();
    for (const { samples, histograms } of this.#series.values()) {
      samples.sort((a, b) => a.timeMillis - b.timeMillis);
      histograms.sort((a, b) => a.timeMillis - b.timeMillis);
    }
    return { series: [...this.#series.values()], rejectedPoints: this.#rejectedPoints, reason: this.#reason };
  }

  add(point: ExportedPoint): void {
    const { metric, data, origin } = point;
    const hasTemporality = metric.kind !== 'gauge' && metric.kind !== 'summary';
    if (hasTemporality && metric.temporality !== CUMULATIVE) {
      this.#reject(`${metric.name}: expected cumulative points, got delta ones; add the processor delta_to_cumulative`);
      return;
    }
    const timeMillis = Number(point.timeUnixNano / 1_000_000n);
    this.#seen(origin, timeMillis);
    const labels = baseLabels(point.attributes, origin, this.#options);
    const name = this.#options.naming.metric(metric);
    const write = new PointWriter(this, point, name, labels, timeMillis);
    switch (data.kind) {
      case 'number':
        write.sample('', data.value, [], point.exemplars);
        break;
      case 'summary':
        write.summary(data);
        break;
      case 'histogram':
        if (this.#options.customBuckets) write.histogram(customForm(data), data.bounds);
        if (!this.#options.customBuckets || this.#options.keepsClassic) write.buckets(data);
        break;
      case 'exponential': {
        const form = nativeForm(data);
        if (form !== undefined || point.isStale) write.histogram(form, []);
        else this.#reject(`${metric.name}: expected a scale of at least -4 and a sum, got ${data.scale}`);
      }
    }
  }

  /** Returns the series with a name and labels. */
  series(family: string, metric: ExportedMetric, name: string, labels: ReadonlyMap<string, string>): WriteSeries {
    const sorted = [...labels, ['__name__', name] as const].sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify(sorted);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { labels: sorted, metric, family, samples: [], histograms: [], exemplars: [], pointCount: 0 };
      this.#series.set(key, series);
    }
    return series;
  }

  #reject(reason: string): void {
    this.#rejectedPoints += 1;
    this.#reason ||= reason;
  }

  #seen(origin: ExportedOrigin, timeMillis: number): void {
    const key = JSON.stringify(origin.resource);
    const before = this.#resources.get(key);
    if (before === undefined) this.#resources.set(key, { origin, timeMillis });
    else before.timeMillis = Math.max(before.timeMillis, timeMillis);
  }

  #addTargetInfo(): void {
    for (const { origin, timeMillis } of this.#resources.values()) {
      const labels = targetInfoLabels(origin, this.#options);
      if (labels === undefined || timeMillis === 0) continue;
      const name = this.#options.naming.targetInfo;
      const { samples } = this.series(name, TARGET_INFO, name, labels);
      samples.push({ timeMillis, startMillis: 0, value: 1 });
    }
  }
}

const TARGET_INFO: ExportedMetric = {
  name: 'target_info',
  description: 'Target metadata',
  unit: '',
  kind: 'gauge',
  isMonotonic: false,
  temporality: 0,
  originalType: 'info',
};

/** Adds the series of one point. */
class PointWriter {
  readonly #builder: SeriesBuilder;
  readonly #point: ExportedPoint;
  readonly #name: string;
  readonly #labels: ReadonlyMap<string, string>;
  readonly #timeMillis: number;
  readonly #startMillis: number;
  #isCounted = false;

  constructor(
    builder: SeriesBuilder,
    point: ExportedPoint,
    name: string,
    labels: ReadonlyMap<string, string>,
    timeMillis: number,
  ) {
    this.#builder = builder;
    this.#point = point;
    this.#name = name;
    this.#labels = labels;
    this.#timeMillis = timeMillis;
    this.#startMillis = point.metric.kind === 'gauge' ? 0 : Number(point.startTimeUnixNano / 1_000_000n);
  }

  sample(
    suffix: string,
    value: number,
    further: TextAttributes = [],
    exemplars: readonly ExportedExemplar[] = [],
  ): void {
    const series = this.#series(suffix, further);
    series.samples.push({
      timeMillis: this.#timeMillis,
      startMillis: this.#startMillis,
      value: this.#point.isStale ? undefined : value,
    });
    series.exemplars.push(...exemplars);
  }

  summary({ count, sum, quantiles }: Extract<PointData, { kind: 'summary' }>): void {
    this.sample('_sum', sum);
    this.sample('_count', count);
    for (const { quantile, value } of quantiles) this.sample('', value, [['quantile', formatDecimal(quantile)]]);
  }

  buckets({ count, sum, bounds, counts }: Extract<PointData, { kind: 'histogram' }>): void {
    if (sum !== undefined || this.#point.isStale) this.sample('_sum', sum ?? 0);
    this.sample('_count', count);
    let total = 0;
    let before = Number.NEGATIVE_INFINITY;
    for (const [index, bound] of [...bounds, Number.POSITIVE_INFINITY].entries()) {
      total += counts[index] ?? 0;
      const isLast = bound === Number.POSITIVE_INFINITY;
      const from = before;
      const exemplars = this.#point.exemplars.filter(({ value }) => value > from && value <= bound);
      this.sample('_bucket', isLast ? count : total, [['le', isLast ? '+Inf' : formatDecimal(bound)]], exemplars);
      before = bound;
    }
  }

  histogram(form: NativeForm | undefined, customValues: readonly number[]): void {
    const series = this.#series('', []);
    series.histograms.push({
      timeMillis: this.#timeMillis,
      startMillis: this.#startMillis,
      form: this.#point.isStale ? undefined : form,
      customValues,
    });
    series.exemplars.push(...this.#point.exemplars);
  }

  #series(suffix: string, further: TextAttributes): WriteSeries {
    const labels = further.length === 0 ? this.#labels : new Map([...this.#labels, ...further]);
    const series = this.#builder.series(this.#name, this.#point.metric, `${this.#name}${suffix}`, labels);
    if (!this.#isCounted) series.pointCount += 1;
    this.#isCounted = true;
    return series;
  }
}

/** Returns a classic histogram as a native one with custom buckets. */
function customForm({ count, sum, counts }: Extract<PointData, { kind: 'histogram' }>): NativeForm {
  const empty = { spans: [], counts: [] };
  const positive = counts.length === 0 ? empty : { spans: [{ offset: 0, length: counts.length }], counts };
  return { schema: CUSTOM_SCHEMA, count, sum: sum ?? 0, zeroCount: 0, zeroThreshold: 0, positive, negative: empty };
}
