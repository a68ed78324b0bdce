import {
  type AttributeValue,
  DATA_POINT_FIELDS,
  DataPointView,
  forEachItem,
  type ItemCursor,
  MetricView,
  pointAtDataPoint,
  pointAtMetric,
} from '@otelier/otlp';
import { metricName, translateSamples } from '@otelier/query/prometheus-source';
import { METRIC_NAME } from '@otelier/query/promql';
import type { Attributes, Distribution, MetricKind, MetricStream } from '@otelier/store';
import type { RecentMetric } from './recent-metric.ts';
import type { RecentSeries } from './recent-series.ts';

/** Where decoded samples go. */
export interface StreamTarget {
  /** Returns the metric with a name that rules read. */
  find(name: string): RecentMetric | undefined;
  /** Called with a metric whose samples cannot be taken from requests. */
  withdraw(metric: RecentMetric): void;
}

/** A metric of a request, as far as its names depend on it. */
interface KnownMetric {
  readonly kind: MetricKind;
  readonly monotonic: boolean;
  readonly temporality: MetricStream['temporality'];
  readonly name: string;
  readonly unit: string;
  /** The metrics that its series belong to. Empty if no rule reads them. */
  readonly targets: readonly RecentMetric[];
  readonly streams: Map<string, KnownStream>;
}

/** A stream of data points, and the series that its points belong to, in the order of `valuesOf`. */
interface KnownStream {
  readonly series: readonly (SeriesTarget | undefined)[];
  /** Bounds of a histogram. */
  readonly bounds: readonly number[];
}

interface SeriesTarget {
  readonly metric: RecentMetric;
  readonly labels: RecentSeries['labels'];
  series: RecentSeries | undefined;
}

/** Maximum number of streams and metrics that are remembered. Beyond, they are looked up anew. */
const MAX_KNOWN = 500_000;

/**
 * Decodes the data points of the metrics that rules read, as series of Prometheus. A known stream costs a lookup by the
 * bytes of its attributes; names and labels are translated once for each stream.
 */
export class StreamDecoder {
  readonly #target: StreamTarget;
  readonly #metrics = new Map<string, KnownMetric>();
  readonly #point = new DataPointView();
  readonly #metric = new MetricView();
  #knownStreams = 0;
  #found = false;
  /** The metric and resource at the cursor. */
  #metricStart = -1;
  #current: KnownMetric | undefined;
  #resourceStart = -1;
  #resource = '';

  constructor(target: StreamTarget) {
    this.#target = target;
  }

  /** Forgets what it knows, after other metrics are read. */
  reset(): void {
    this.#metrics.clear();
    this.#knownStreams = 0;
  }

  /** Takes the points of a request. Returns whether rules read some of them. */
  decode(request: Uint8Array): boolean {
    this.#metricStart = -1;
    this.#resourceStart = -1;
    this.#found = false;
    if (this.#knownStreams > MAX_KNOWN || this.#metrics.size > MAX_KNOWN) this.reset();
    forEachItem('metrics', request, (cursor) => this.#visit(cursor));
    return this.#found;
  }

  #visit(cursor: ItemCursor): void {
    if (cursor.metricStart !== this.#metricStart) {
      this.#metricStart = cursor.metricStart;
      this.#current = this.#knownMetric(cursor);
    }
    const known = this.#current;
    if (known === undefined || known.targets.length === 0) return;
    this.#found = true;
    if (!canDecode(known)) {
      for (const metric of known.targets) this.#target.withdraw(metric);
      return;
    }
    const point = pointAtDataPoint(this.#point, cursor);
    const time = Number(point.timeUnixNano / 1_000_000n);
    const isStale = (point.flags & 1) === 1;
    const key = this.#streamKey(cursor);
    let stream = known.streams.get(key);
    if (stream === undefined) {
      // A stale marker has no bounds.
      if (isStale && known.kind === 'histogram') return;
      stream = this.#newStream(known, cursor, point);
      if (stream === undefined) return;
      known.streams.set(key, stream);
      this.#knownStreams += 1;
    } else if (known.kind === 'histogram' && !isStale && !areEqual(stream.bounds, point.explicitBounds ?? [])) {
      // The series of other bounds depend on all points of the stream.
      for (const metric of known.targets) this.#target.withdraw(metric);
      known.streams.delete(key);
      return;
    }
    this.#add(known, stream, point, time, isStale);
  }

  #add({ kind }: KnownMetric, stream: KnownStream, point: DataPointView, time: number, isStale: boolean): void {
    const buckets = kind === 'histogram' ? bucketCounts(point) : undefined;
    for (const [index, target] of stream.series.entries()) {
      const state = target?.metric.state.kind;
      if (target === undefined || (state !== 'ready' && state !== 'loading')) continue;
      const { metric, labels } = target;
      const value = isStale ? Number.NaN : seriesValue(point, buckets, index);
      if (state === 'loading') {
        metric.postpone({ labels, time, value, isStale });
        continue;
      }
      if (target.series === undefined || !metric.has(target.series)) target.series = metric.seriesOf(labels);
      metric.add(target.series, time, value, isStale);
    }
  }

  #knownMetric(cursor: ItemCursor): KnownMetric | undefined {
    const view = pointAtMetric(this.#metric, cursor);
    const { name, unit } = view;
    const viewKind = view.kind;
    if (viewKind === undefined) return undefined;
    const kind = KINDS[viewKind];
    const monotonic = view.isMonotonic;
    const temporality = TEMPORALITIES[view.aggregationTemporality] ?? 'unspecified';
    const key = `${name}\0${unit}\0${kind}\0${monotonic}\0${temporality}`;
    const known = this.#metrics.get(key);
    if (known !== undefined) return known;
    const translated = metricName({ name, unit, kind, monotonic }, 'plain');
    const suffixes = SUFFIXES[kind];
    const targets = suffixes.flatMap((suffix) => this.#target.find(translated + suffix) ?? []);
    const created = { kind, monotonic, temporality, name, unit, targets, streams: new Map() };
    this.#metrics.set(key, created);
    return created;
  }

  /** The bytes of the resource and of the attributes of the point. */
  #streamKey(cursor: ItemCursor): string {
    const { bytes } = cursor;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (cursor.resourceStart !== this.#resourceStart) {
      this.#resourceStart = cursor.resourceStart;
      this.#resource = buffer.toString('latin1', cursor.resourceStart, cursor.resourceEnd);
    }
    const field =
      this.#current?.kind === 'histogram' ? DATA_POINT_FIELDS.histogram.attributes : DATA_POINT_FIELDS.gauge.attributes;
    return `${this.#resource}\0${attributeBytes(buffer, cursor.start, cursor.end, field)}`;
  }

  #newStream(known: KnownMetric, cursor: ItemCursor, point: DataPointView): KnownStream | undefined {
    const attributes = attributesOf(point.attributes);
    const resourceAttributes = attributesOf(pointAtMetric(this.#metric, cursor).resource.attributes);
    if (attributes === undefined || resourceAttributes === undefined) {
      for (const metric of known.targets) this.#target.withdraw(metric);
      return undefined;
    }
    const bounds = point.explicitBounds ?? [];
    const series = translateSamples(oneSample(known, attributes, resourceAttributes, bounds), 'plain').map(
      ({ labels }): SeriesTarget | undefined => {
        const metric = this.#target.find(labels.get(METRIC_NAME));
        return metric && { metric, labels, series: undefined };
      },
    );
    return { series, bounds };
  }
}

const KINDS = {
  gauge: 'gauge',
  sum: 'sum',
  histogram: 'histogram',
  exponentialHistogram: 'exponential_histogram',
  summary: 'summary',
} as const;
const TEMPORALITIES: Readonly<Record<number, MetricStream['temporality']>> = { 1: 'delta', 2: 'cumulative' };
/** Endings of the names of a metric's series. */
const SUFFIXES: Readonly<Record<MetricKind, readonly string[]>> = {
  gauge: [''],
  sum: [''],
  histogram: ['_count', '_sum', '_bucket'],
  exponential_histogram: [''],
  summary: ['', '_count', '_sum'],
};

/**
 * Whether series of a metric can be taken from single points. Sums of delta points depend on the range that is read, and
 * native histograms are no floats.
 */
function canDecode({ kind, temporality }: KnownMetric): boolean {
  return kind === 'gauge' || ((kind === 'sum' || kind === 'histogram') && temporality !== 'delta');
}

/** Returns the bytes of all attributes of a point, as text for a key. */
function attributeBytes(buffer: Buffer, start: number, end: number, field: number): string {
  const tag = field * 8 + 2;
  let text = '';
  let runStart = -1;
  let position = start;
  while (position < end) {
    const first = buffer[position] ?? 0;
    const type = first & 7;
    if (first === tag && runStart < 0) runStart = position;
    else if (first !== tag && runStart >= 0) {
      text += buffer.toString('latin1', runStart, position);
      runStart = -1;
    }
    position = afterField(buffer, position + 1, type);
  }
  return runStart < 0 ? text : text + buffer.toString('latin1', runStart, end);
}

/** Returns the offset after the value of a field, whose tag has one byte. */
function afterField(buffer: Buffer, start: number, type: number): number {
  if (type === 1) return start + 8;
  if (type === 5) return start + 4;
  let position = start;
  let value = 0;
  let shift = 1;
  for (;;) {
    const byte = buffer[position++] ?? 0;
    value += (byte & 127) * shift;
    shift *= 128;
    if (byte < 128) break;
  }
  return type === 2 ? position + value : position;
}

/** Returns attributes; `undefined` if the store represents a value differently. */
function attributesOf(view: Iterable<readonly [string, AttributeValue]>): Attributes | undefined {
  const attributes: Record<string, AttributeValue> = {};
  for (const [key, value] of view) {
    if (value instanceof Uint8Array) return undefined;
    if (!Object.hasOwn(attributes, key)) attributes[key] = value;
  }
  return attributes as Attributes;
}

/** A point without a value, to get the labels of a stream's series. */
function oneSample(
  { kind, monotonic, temporality, name, unit }: KnownMetric,
  attributes: Attributes,
  resourceAttributes: Attributes,
  bounds: readonly number[],
): Parameters<typeof translateSamples>[0] {
  const stream: MetricStream = {
    ...{ id: '', name, description: '', unit, kind, monotonic, temporality },
    ...{ scopeName: '', attributes, resourceAttributes, first: 0, last: 0 },
  };
  const none = Float64Array.of(0);
  const distribution = { count: 0, sum: 0, bounds, bucketCounts: [], quantiles: [] } as unknown as Distribution;
  return {
    stream,
    ...{ times: none, startTimes: none, values: none, stale: Uint8Array.of(0) },
    ...{ distributions: [distribution], exemplars: [] },
  };
}

function bucketCounts(point: DataPointView): readonly number[] {
  let total = 0;
  return (point.bucketCounts ?? []).map((count) => (total += Number(count)));
}

function seriesValue(point: DataPointView, buckets: readonly number[] | undefined, index: number): number {
  return buckets === undefined ? Number(point.value ?? Number.NaN) : histogramValue(point, buckets, index);
}

/** The value of a histogram's series: the count, the sum, the buckets up to each bound, and all. */
function histogramValue(point: DataPointView, cumulative: readonly number[], index: number): number {
  if (index === 0) return Number(point.count ?? 0n);
  if (index === 1) return point.sum ?? 0;
  const bound = index - 2;
  return bound < (point.explicitBounds?.length ?? 0) ? (cumulative[bound] ?? 0) : Number(point.count ?? 0n);
}

function areEqual(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
