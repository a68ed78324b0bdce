import {
  type Labels,
  type Matcher,
  METRIC_NAME,
  matches,
  SAMPLE,
  type SampleSeries,
  type SelectedColumns,
  SeriesTable,
} from '@otelier/query/promql';
import { RecentSeries } from './recent-series.ts';

/** What memory has of a metric: nothing yet, what is being read, everything since a time, or nothing until a time. */
type State =
  | { readonly kind: 'empty' }
  | { readonly kind: 'loading'; readonly promise: Promise<void> }
  | { readonly kind: 'ready'; readonly sinceMillis: number }
  | { readonly kind: 'unavailable'; readonly untilMillis: number };

/** A sample that arrived while the metric was read from the store. */
interface PendingSample {
  readonly labels: Labels;
  readonly time: number;
  readonly value: number;
  readonly isStale: boolean;
}

/** The recent samples of all series with the name of a metric. */
export class RecentMetric {
  readonly name: string;
  /** How far back samples are needed, in milliseconds. */
  reachMillis = 0;
  state: State = { kind: 'empty' };
  /** Samples for which there is memory. */
  capacity = 0;
  readonly #series = new Map<string, RecentSeries>();
  readonly #selections = new Map<string, SelectedColumns>();
  #pending: PendingSample[] = [];
  #prunedMillis = 0;

  constructor(name: string) {
    this.name = name;
  }

  get seriesCount(): number {
    return this.#series.size;
  }

  /** Returns the series with labels, and creates it if it is new. */
  seriesOf(labels: Labels): RecentSeries {
    const known = this.#series.get(labels.key);
    if (known !== undefined) return known;
    const created = new RecentSeries(labels);
    this.capacity += created.times.length;
    this.#series.set(labels.key, created);
    this.#selections.clear();
    return created;
  }

  /** Whether a series is still kept. */
  has(series: RecentSeries): boolean {
    return this.#series.get(series.labels.key) === series;
  }

  add(series: RecentSeries, time: number, value: number, isStale: boolean): void {
    this.capacity += series.add(time, value, isStale, time - this.reachMillis);
  }

  /** Keeps a sample until the metric has been read. */
  postpone(sample: PendingSample): void {
    this.#pending.push(sample);
  }

  /** Takes what was read from the store, and what arrived meanwhile. */
  load(all: readonly SampleSeries[], sinceMillis: number): void {
    this.clear();
    for (const { labels, times, values, kinds } of all) {
      const series = this.seriesOf(labels);
      for (let index = 0; index < times.length; index++) {
        this.add(series, times[index] ?? 0, values[index] ?? 0, kinds?.[index] === SAMPLE.stale);
      }
    }
    for (const { labels, time, value, isStale } of this.#pending) this.add(this.seriesOf(labels), time, value, isStale);
    this.#pending = [];
    this.state = { kind: 'ready', sinceMillis };
  }

  /** Forgets all samples. */
  clear(): void {
    this.#series.clear();
    this.#selections.clear();
    this.capacity = 0;
  }

  /** Makes the metric unavailable until a time, such as when its histograms have other bounds than before. */
  withdraw(untilMillis: number): void {
    this.clear();
    this.#pending = [];
    this.state = { kind: 'unavailable', untilMillis };
  }

  /** Returns the series that match. They are computed once, until there are other series. */
  select(matchers: readonly Matcher[]): SelectedColumns {
    const key = matchers.map(({ name, operator, value }) => `${name}${operator}${value}`).join('\xff');
    const known = this.#selections.get(key);
    if (known !== undefined) return known;
    const others = matchers.filter(({ name, operator }) => name !== METRIC_NAME || operator !== '=');
    const rows = [...this.#series.values()].filter(({ labels }) =>
      others.every((matcher) => matches(matcher, labels.get(matcher.name))),
    );
    const selected = { table: new SeriesTable(rows.map(({ labels }) => labels)), rows };
    this.#selections.set(key, selected);
    return selected;
  }

  /** Forgets series without a sample since a time. */
  prune(nowMillis: number): void {
    if (nowMillis - this.#prunedMillis < PRUNE_MILLIS) return;
    this.#prunedMillis = nowMillis;
    for (const [key, series] of this.#series) {
      if (series.lastTime >= nowMillis - this.reachMillis) continue;
      this.#series.delete(key);
      this.capacity -= series.times.length;
      this.#selections.clear();
    }
  }
}

/** How often series without samples are forgotten. */
const PRUNE_MILLIS = 60_000;
