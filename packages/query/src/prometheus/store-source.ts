import type { MetricIdentity, MetricSamples, MetricStream, NearestData, Store } from '@otelier/store';
import { type Labels, METRIC_NAME } from '../promql/labels/labels.ts';
import { type Matcher, matches } from '../promql/labels/matcher.ts';
import type { SampleSeries, SampleSource, Selection } from '../promql/source.ts';
import { findNearest } from '../request/nearest.ts';
import { lastPoints } from './last-points.ts';
import { mergeSeries } from './merge-series.ts';
import { hasSplitSeries, wholeLabels } from './series-labels.ts';
import { streamLabels, targetLabels } from './translate/labels.ts';
import { isPlainMetricName, metricName, type NameStyle } from './translate/names.ts';
import { translateSamples } from './translate/samples.ts';

/** Limits of a query on a store. */
export const SOURCE_LIMITS = {
  /** Maximum number of streams that a selector reads. */
  streams: 20_000,
  /** Maximum number of points that a selector reads. */
  points: 5_000_000,
  /** Maximum number of metrics whose names are compared with a selector. */
  metrics: 5_000,
} as const;

/** Times between the synthetic samples of `target_info`. */
const INFO_STEP_MILLIS = 60_000;
const NANOS_PER_MILLI = 1_000_000n;

/** Reads the metrics of a store as Prometheus series. */
export class StoreSource implements SampleSource {
  readonly #store: Store;
  readonly #tenant: string;
  /** From the first to the last time that a selector has read. */
  #read: Pick<Selection, 'start' | 'end'> | undefined;

  constructor(store: Store, tenant: string) {
    this.#store = store;
    this.#tenant = tenant;
  }

  async select(selection: Selection): Promise<readonly SampleSeries[]> {
    const { start, end } = selection;
    this.#read = {
      start: Math.min(start, this.#read?.start ?? start),
      end: Math.max(end, this.#read?.end ?? end),
    };
    const style = styleOf(selection.matchers);
    const streams = await this.selectStreams(selection, style);
    const range = this.#range(selection);
    const samples = await this.#store.metricSamples({
      ...range,
      ...{ streams, limit: SOURCE_LIMITS.points, withoutStartTimes: true },
    });
    const series = samples
      .flatMap((one) => translateSamples(one, style))
      .filter((one) => isMatch(one.labels, selection));
    const infos = await this.#targetInfo(selection, style);
    return mergeSeries([...series, ...infos]);
  }

  /** Returns the streams whose series can match, by name and attributes. */
  async selectStreams(
    selection: Selection,
    style: NameStyle = styleOf(selection.matchers),
  ): Promise<readonly MetricStream[]> {
    const range = this.#range(selection);
    const metrics = await this.#store.metricIdentities(range);
    const byName = selection.matchers.filter(({ name }) => name === METRIC_NAME);
    const names = metrics.filter((metric) => canHaveName(metric, byName, style)).map(({ name }) => name);
    if (names.length === 0) return [];
    const streams = await this.#store.metricStreams({
      ...range,
      names: [...new Set(names)],
      limit: SOURCE_LIMITS.streams,
    });
    const others = selection.matchers.filter(({ name }) => !PER_SERIES.has(name));
    return streams.filter((stream) => {
      const labels = streamLabels(stream, style);
      return others.every((matcher) => matches(matcher, labels.get(matcher.name)));
    });
  }

  /** Returns the labels of matching series. Those of histograms and summaries are those of their last points. */
  async selectLabels(selection: Selection): Promise<readonly Labels[]> {
    const style = styleOf(selection.matchers);
    const streams = await this.selectStreams(selection, style);
    const byName = selection.matchers.filter(({ name }) => name === METRIC_NAME);
    const isSplit = (stream: MetricStream): boolean => hasSplitSeries(stream, style, byName);
    const last = await lastPoints(streams.filter(isSplit), async (range, wanted) =>
      this.#store.metricSamples({ ...this.#range(range), streams: wanted, limit: SOURCE_LIMITS.points }),
    );
    const found = [
      ...streams.flatMap((stream) => (isSplit(stream) ? [] : wholeLabels(stream, style))),
      ...last.flatMap((samples) => translateSamples(samples, style)).map(({ labels }) => labels),
    ].filter((labels) => isMatch(labels, selection));
    const infos = await this.#targetInfo(selection, style);
    const unique = new Map([...found, ...infos.map(({ labels }) => labels)].map((labels) => [labels.key, labels]));
    return [...unique.values()];
  }

  /** Returns the exemplars of the metrics whose series match, with the labels that their series have in common. */
  async selectExemplars(
    selection: Selection,
  ): Promise<readonly { readonly labels: Labels; readonly samples: MetricSamples }[]> {
    const style = styleOf(selection.matchers);
    const streams = await this.selectStreams(selection, style);
    const query = { ...this.#range(selection), streams, limit: SOURCE_LIMITS.points, exemplars: true };
    const samples = (await this.#store.metricSamples(query)).filter(({ exemplars }) => exemplars.length > 0);
    return samples.map((one) => {
      const suffix = one.stream.kind === 'histogram' ? '_bucket' : '';
      const name = metricName(one.stream, style) + suffix;
      return { labels: streamLabels(one.stream, style).with(METRIC_NAME, name), samples: one };
    });
  }

  /** Returns where metrics are in relation to the times that selectors have read; `undefined` before. */
  async nearestData(): Promise<NearestData | undefined> {
    return this.#read && findNearest(this.#store, this.#range(this.#read), 'metrics');
  }

  #range({ start, end }: Pick<Selection, 'start' | 'end'>): { tenant: string; start: bigint; end: bigint } {
    const [from, to] = [start, end].map((millis) =>
      BigInt(Math.trunc(Math.min(MAX_MILLIS, Math.max(-MAX_MILLIS, millis)))),
    );
    return { tenant: this.#tenant, start: from * NANOS_PER_MILLI, end: (to + 1n) * NANOS_PER_MILLI };
  }

  /** Returns `target_info` for the resources of all metrics, while they have points. */
  async #targetInfo(selection: Selection, style: NameStyle): Promise<readonly SampleSeries[]> {
    const byName = selection.matchers.filter(({ name }) => name === METRIC_NAME);
    if (byName.length === 0 || !byName.every((matcher) => matches(matcher, 'target_info'))) return [];
    const streams = await this.#store.metricStreams({ ...this.#range(selection), limit: SOURCE_LIMITS.streams });
    if (streams.some(({ name }) => name === 'target_info')) return [];
    const targets = new Map<string, { labels: Labels; first: number; last: number }>();
    for (const { resourceAttributes, first, last } of streams) {
      const labels = targetLabels(resourceAttributes, style);
      if (labels === undefined || !isMatch(labels, selection)) continue;
      const before = targets.get(labels.key);
      targets.set(labels.key, {
        labels,
        first: Math.min(first, before?.first ?? first),
        last: Math.max(last, before?.last ?? last),
      });
    }
    return [...targets.values()].map(({ labels, first, last }) => infoSeries(labels, first, last));
  }
}

/** The last millisecond whose nanoseconds fit in 64 bits. */
const MAX_MILLIS = 9_223_372_036_000;
/** Labels that differ between the series of a stream. */
const PER_SERIES: ReadonlySet<string> = new Set([METRIC_NAME, 'le', 'quantile']);

function infoSeries(labels: Labels, first: number, last: number): SampleSeries {
  const count = Math.floor((last - first) / INFO_STEP_MILLIS) + 1;
  const regular = Array.from({ length: count }, (_, index) => first + index * INFO_STEP_MILLIS);
  const times = regular.at(-1) === last ? regular : [...regular, last];
  return { labels, times: Float64Array.from(times), values: new Float64Array(times.length).fill(1) };
}

function isMatch(labels: Labels, { matchers }: Selection): boolean {
  return matchers.every((matcher) => matches(matcher, labels.get(matcher.name)));
}

/** Names are as OpenTelemetry has them if a matcher has a name that Prometheus could not have had. */
export function styleOf(matchers: readonly Matcher[]): NameStyle {
  const isUtf8 = matchers.some(
    ({ name, operator, value }) =>
      (name === METRIC_NAME && operator === '=' && value !== '' && !isPlainMetricName(value)) ||
      (name !== METRIC_NAME && !isPlainMetricName(name)),
  );
  return isUtf8 ? 'utf8' : 'plain';
}

const SUFFIXES = ['', '_bucket', '_count', '_sum'];

function canHaveName(metric: MetricIdentity, byName: readonly Matcher[], style: NameStyle): boolean {
  const name = metricName(metric, style);
  return SUFFIXES.some((suffix) => byName.every((matcher) => matches(matcher, name + suffix)));
}
