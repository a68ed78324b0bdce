import {
  type ColumnSource,
  equals,
  type Labels,
  type Matcher,
  METRIC_NAME,
  SAMPLE,
  type SampleSeries,
  type SampleSource,
  type SelectedColumns,
  type Selection,
} from '@otelier/query/promql';
import type { WrittenSample } from '../rules/evaluate-group.ts';
import { RecentMetric } from './recent-metric.ts';
import { StreamDecoder } from './stream-decoder.ts';

/** Selectors that reach further back are read from the store. */
export const MAX_REACH_MILLIS = 75 * 60_000;
/** Samples for which there may be memory, 17 bytes each. */
const MAX_SAMPLES = 6_000_000;
/** How much longer samples are kept than selectors need them: evaluations may be late. */
const SLACK_MILLIS = 60_000;

/** Options for `RecentSamples`. */
export interface RecentSamplesOptions {
  /** Reads what memory does not have. */
  readonly source: () => SampleSource;
  readonly now: () => number;
  /** Whether all telemetry of the store passes `receive`. Otherwise, every evaluation reads the store. */
  readonly isComplete: boolean;
  /** Called when a metric has too many samples for memory. */
  readonly onTooLarge: (name: string) => void;
}

/**
 * The recent samples of the metrics that rules read. They are read from the store once, and then taken from the requests
 * that the store receives, so that evaluations read only memory. Selectors that reach further back, that have no name, and
 * metrics with native histograms or too many samples are read from the store.
 */
export class RecentSamples implements SampleSource, ColumnSource {
  readonly #options: RecentSamplesOptions;
  readonly #metrics = new Map<string, RecentMetric>();
  readonly #decoder: StreamDecoder;
  /** Increases when samples change. */
  version = 0;

  constructor(options: RecentSamplesOptions) {
    this.#options = options;
    this.#decoder = new StreamDecoder({
      find: (name) => this.#metrics.get(name),
      withdraw: (metric) => metric.withdraw(this.#options.now() + metric.reachMillis),
    });
  }

  /** Sets which metrics rules read, and how far back, in milliseconds. */
  watch(selectors: Iterable<{ readonly matchers: readonly Matcher[]; readonly reachMillis: number }>): void {
    const wanted = new Map<string, number>();
    for (const { matchers, reachMillis } of selectors) {
      const name = nameOf(matchers);
      if (name === undefined || reachMillis > MAX_REACH_MILLIS || !this.#options.isComplete) continue;
      wanted.set(name, Math.max(wanted.get(name) ?? 0, reachMillis + SLACK_MILLIS));
    }
    for (const name of this.#metrics.keys()) if (!wanted.has(name)) this.#metrics.delete(name);
    for (const [name, reachMillis] of wanted) {
      const metric = this.#metrics.get(name) ?? new RecentMetric(name);
      this.#metrics.set(name, metric);
      if (reachMillis > metric.reachMillis && metric.state.kind === 'ready') metric.state = { kind: 'empty' };
      metric.reachMillis = Math.max(reachMillis, metric.reachMillis);
    }
    this.#decoder.reset();
  }

  /** Takes the metrics of a request that goes to the store. */
  receive(request: Uint8Array): void {
    if (this.#metrics.size === 0) return;
    if (this.#decoder.decode(request)) this.version += 1;
  }

  /** Takes samples that rules have written. */
  write(samples: readonly WrittenSample[], timeMillis: number): void {
    for (const { labels, value } of samples) {
      const metric = this.#metrics.get(labels.get(METRIC_NAME));
      if (metric === undefined || typeof value === 'object') continue;
      const isStale = value === 'stale';
      addTo(metric, labels, { time: timeMillis, value: isStale ? Number.NaN : value, isStale });
      this.version += 1;
    }
  }

  /** Reads the metrics that are not in memory yet. */
  async prepare(selectors: Iterable<{ readonly matchers: readonly Matcher[] }>): Promise<void> {
    for (const { matchers } of selectors) {
      const metric = this.#metrics.get(nameOf(matchers) ?? '');
      if (metric === undefined) continue;
      const { state } = metric;
      if (state.kind === 'loading') await state.promise;
      else if (state.kind === 'empty' || (state.kind === 'unavailable' && state.untilMillis <= this.#options.now())) {
        await this.#load(metric);
      }
    }
  }

  /** Whether all selectors are in memory, so that there is nothing to prepare. */
  isPrepared(selectors: Iterable<{ readonly matchers: readonly Matcher[] }>): boolean {
    for (const { matchers } of selectors) {
      const metric = this.#metrics.get(nameOf(matchers) ?? '');
      if (metric !== undefined && metric.state.kind !== 'ready') return false;
    }
    return true;
  }

  columns(matchers: readonly Matcher[], fromMillis: number): SelectedColumns | undefined {
    const metric = this.#ready(matchers, fromMillis);
    metric?.prune(this.#options.now());
    return metric?.select(matchers);
  }

  async select(selection: Selection): Promise<readonly SampleSeries[]> {
    const { matchers, start, end } = selection;
    const selected = this.#ready(matchers, start)?.select(matchers);
    if (selected === undefined) return this.#options.source().select(selection);
    return selected.rows.flatMap(({ times, values, stale, from, to }, row) => {
      let [first, last] = [from, to];
      while (first < last && (times[first] ?? 0) < start) first += 1;
      while (last > first && (times[last - 1] ?? 0) > end) last -= 1;
      if (first === last) return [];
      const kinds = stale?.subarray(first, last).map((flag) => (flag === 1 ? SAMPLE.stale : SAMPLE.float));
      return [
        {
          labels: selected.table.labels[row] as Labels,
          times: times.subarray(first, last),
          values: values.subarray(first, last),
          kinds,
        },
      ];
    });
  }

  /** The numbers of metrics, series and samples in memory. */
  get size(): { readonly metrics: number; readonly series: number; readonly samples: number } {
    let [series, samples] = [0, 0];
    for (const metric of this.#metrics.values()) {
      series += metric.seriesCount;
      samples += metric.capacity;
    }
    return { metrics: this.#metrics.size, series, samples };
  }

  #ready(matchers: readonly Matcher[], fromMillis: number): RecentMetric | undefined {
    const metric = this.#metrics.get(nameOf(matchers) ?? '');
    if (metric?.state.kind !== 'ready') return undefined;
    const isKept = fromMillis >= metric.state.sinceMillis && fromMillis >= this.#options.now() - metric.reachMillis;
    return isKept ? metric : undefined;
  }

  async #load(metric: RecentMetric): Promise<void> {
    const { source, now, onTooLarge } = this.#options;
    const end = now();
    const start = end - metric.reachMillis;
    const load = async (): Promise<void> => {
      try {
        // Points may have times after now.
        const series = await source().select({
          matchers: [equals(METRIC_NAME, metric.name)],
          start,
          end: end + SLACK_MILLIS,
        });
        if (series.some(({ histograms }) => histograms?.some((histogram) => histogram !== undefined))) {
          metric.withdraw(end + metric.reachMillis);
          return;
        }
        metric.load(series, start);
        if (this.size.samples <= MAX_SAMPLES) return;
        metric.withdraw(Number.POSITIVE_INFINITY);
        onTooLarge(metric.name);
      } catch (error) {
        // The evaluation reads the store itself, and has the error. It is tried again then.
        metric.withdraw(end);
        throw error;
      }
    };
    const promise = load();
    metric.state = { kind: 'loading', promise };
    await promise;
  }
}

/** Returns the name of the metric that matchers select, if there is one and it is plain. */
export function nameOf(matchers: readonly Matcher[]): string | undefined {
  let found: string | undefined;
  for (const { name, operator, value } of matchers) {
    if (name !== METRIC_NAME) {
      if (!PLAIN_LABEL.test(name)) return undefined;
    } else if (operator === '=' && PLAIN_NAME.test(value)) found = value;
  }
  // `target_info` is made from resources.
  return found === 'target_info' ? undefined : found;
}

const PLAIN_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const PLAIN_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Adds a sample of a metric, or keeps it until the metric has been read. */
export function addTo(
  metric: RecentMetric,
  labels: Labels,
  { time, value, isStale }: { readonly time: number; readonly value: number; readonly isStale: boolean },
): void {
  if (metric.state.kind === 'loading') metric.postpone({ labels, time, value, isStale });
  else if (metric.state.kind === 'ready') metric.add(metric.seriesOf(labels), time, value, isStale);
}
