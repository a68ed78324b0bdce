import { VERSION } from '../../component/version.ts';
import { encodeAttributes } from '../../metrics/encoded-attributes.ts';
import { MetricsWriter } from '../../metrics/metrics-writer.ts';
import type { StateBudget } from '../../metrics/state-budget.ts';
import type { StatsdConfig } from './config.ts';
import { Observers } from './observers.ts';
import { parseLine, type StatsdLine } from './parse-line.ts';
import {
  CounterSeries,
  GaugeSeries,
  HistogramSeries,
  type Interval,
  type Series,
  SetSeries,
  SummarySeries,
  ValuesSeries,
} from './series.ts';

/** Options for `Aggregator`. */
export interface AggregatorOptions {
  readonly config: StatsdConfig;
  readonly budget: StateBudget;
  readonly random: () => number;
}

/** What became of a line. */
export type LineResult =
  | { readonly kind: 'added' }
  /** Its type is not mapped. */
  | { readonly kind: 'unmapped' }
  | { readonly kind: 'full' }
  | { readonly kind: 'malformed'; readonly reason: string };

/** A series with its identity. */
interface Entry {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly series: Series;
}

/** An encoded part of the metrics of an interval. */
export interface EncodedMetrics {
  readonly bytes: Uint8Array;
  readonly itemCount: number;
}

/** Bytes of memory of a series besides its texts. */
const SERIES_BYTES = 400;
/** Points in a batch, which take about 10 ms to encode. */
const MAX_BATCH_POINTS = 5000;

/** Aggregates lines by sender, name, type and tags. */
export class Aggregator {
  readonly #config: StatsdConfig;
  readonly #budget: StateBudget;
  readonly #random: () => number;
  readonly #observers: Observers;
  #senders = new Map<string, Map<string, Entry>>();

  constructor({ config, budget, random }: AggregatorOptions) {
    this.#config = config;
    this.#budget = budget;
    this.#random = random;
    this.#observers = new Observers(config.timerHistogramMapping);
  }

  /** Adds a line of a sender. */
  add(text: string, sender: string, receivedUnixNano: bigint): LineResult {
    const line = parseLine(text, this.#config);
    if (typeof line === 'string') return { kind: 'malformed', reason: line };
    if (this.#budget.isFull()) return { kind: 'full' };
    const series = this.#seriesOf(line, sender);
    if (series === undefined) return { kind: 'unmapped' };
    const before = series.sizeBytes;
    series.add(line, receivedUnixNano);
    this.#budget.usedBytes += series.sizeBytes - before;
    return { kind: 'added' };
  }

  /** Returns the metrics of the interval in parts, and begins a new one at once. */
  flush(interval: Interval): Generator<EncodedMetrics> {
    const senders = this.#senders;
    this.#senders = new Map();
    this.#budget.usedBytes = 0;
    return encode(senders, interval);
  }

  #seriesOf(line: StatsdLine, sender: string): Series | undefined {
    const attributes = sortedAttributes(line, this.#config.enableMetricType);
    const key = keyOf(line, attributes);
    let entries = this.#senders.get(sender);
    const known = entries?.get(key);
    if (known !== undefined) return known.series;
    const series = this.#createSeries(line);
    if (series === undefined) return undefined;
    if (entries === undefined) {
      entries = new Map();
      this.#senders.set(sender, entries);
    }
    entries.set(key, { name: line.name, attributes, series });
    this.#budget.usedBytes += SERIES_BYTES + 2 * key.length + series.sizeBytes;
    return series;
  }

  #createSeries({ type, name }: StatsdLine): Series | undefined {
    const { counterType, isMonotonicCounter: isMonotonic } = this.#config;
    if (type === 'counter')
      return new CounterSeries({ type: counterType === '' ? 'int' : counterType, isMonotonic, random: this.#random });
    if (type === 'gauge') return new GaugeSeries();
    if (type === 'set') return new SetSeries();
    const observer = this.#observers.find(type, name);
    if (observer === undefined) return undefined;
    if (observer.kind === 'gauge') return new ValuesSeries();
    return observer.kind === 'summary' ? new SummarySeries(observer.percentiles) : new HistogramSeries(observer);
  }
}

/** Returns the attributes in the order of their keys, as in the Collector. */
function sortedAttributes({ tags, type }: StatsdLine, hasType: boolean): ReadonlyMap<string, string> {
  if (tags.size === 0 && !hasType) return tags;
  const all = hasType ? new Map(tags).set('metric_type', type) : tags;
  return all.size < 2 ? all : new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function keyOf({ name, type }: StatsdLine, attributes: ReadonlyMap<string, string>): string {
  let key = `${type}\0${name}`;
  for (const [tag, value] of attributes) key += `\0${tag}\0${value}`;
  return key;
}

function* encode(
  senders: ReadonlyMap<string, ReadonlyMap<string, Entry>>,
  interval: Interval,
): Generator<EncodedMetrics> {
  const writer = new MetricsWriter();
  const begin = () => writer.resource(new Uint8Array()).namedScope('otelier', VERSION);
  for (const entries of senders.values()) {
    begin();
    for (const { name, attributes, series } of entries.values()) {
      series.write(writer, name, encodeAttributes(attributes), interval);
      if (writer.itemCount < MAX_BATCH_POINTS) continue;
      const full = writer.finish();
      if (full !== undefined) yield full;
      begin();
    }
  }
  const last = writer.finish();
  if (last !== undefined) yield last;
}
