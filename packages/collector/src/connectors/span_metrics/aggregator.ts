import {
  type Batch,
  ENUMS,
  findField,
  payloadEnd,
  payloadStart,
  readString,
  SCOPE_FIELDS,
  SIGNALS,
  SPAN_EVENT_FIELDS,
  TrustedReader,
} from '@otelier/otlp';
import { KeyBytes } from '../../component/state/byte-map.ts';
import { isId, Ranges, SpanScan } from '../../component/state/span-scan.ts';
import type { Aggregator, Moment, WrittenRequest } from '../../metrics/aggregating-connector.ts';
import type { StateBudget } from '../../metrics/state-budget.ts';
import { AdjustedCount } from './adjusted-count.ts';
import { Collection } from './collection.ts';
import { DimensionKey, type Dimensions, readAttributes } from './dimensions.ts';
import { attributeRanges, type KnownResource, KnownResources, type SpanSeries } from './known-resources.ts';
import { ResourceCache, type ResourceMetrics, tablesOf } from './resource-metrics.ts';
import type { Series } from './series.ts';
import type { SpanParts } from './series-identity.ts';
import { SeriesTable } from './series-table.ts';
import type { Settings } from './settings.ts';

/**
 * Aggregates one tenant's spans. The series of a span are looked up by the encoded bytes of the fields that identify
 * them, so only the first span with those bytes is decoded.
 */
export class SpanMetricsAggregator implements Aggregator {
  hasNews = false;
  readonly #settings: Settings;
  readonly #budget: StateBudget;
  readonly #resources: KnownResources;
  readonly #cache: ResourceCache;
  readonly #collection: Collection;
  readonly #adjusted: AdjustedCount;
  readonly #spanKey: DimensionKey;
  readonly #eventKey: DimensionKey;
  readonly #scan = new SpanScan();
  readonly #key = new KeyBytes();
  readonly #eventAttributes = new Ranges();
  /** Monotonic time of the current batch, for expiration. */
  #nowMillis = 0;
  #startTimeUnixNano = 0n;
  #scopeStart = 0;
  #scopeEnd = 0;
  /** Number of cached span keys. */
  #cachedKeys = 0;

  constructor(settings: Settings, budget: StateBudget, random: () => number) {
    const { config, common, calls, durations, events } = settings;
    this.#settings = settings;
    this.#budget = budget;
    this.#resources = new KnownResources(config.resourceMetricsKeyAttributes);
    this.#cache = new ResourceCache(config.resourceMetricsCacheSize);
    this.#collection = new Collection(settings, this.#cache);
    this.#adjusted = new AdjustedCount(random);
    this.#spanKey = new DimensionKey(common, calls, durations);
    this.#eventKey = new DimensionKey(common, events);
  }

  get isEmpty(): boolean {
    return this.#cache.isEmpty && this.#collection.isEmpty;
  }

  add({ parts }: Batch, { timeUnixNano, monotonicMillis }: Moment): void {
    this.hasNews = true;
    this.#nowMillis = monotonicMillis;
    this.#startTimeUnixNano = timeUnixNano;
    this.#adjusted.reset();
    this.#boundCaches();
    for (const part of parts) {
      const reader = new TrustedReader(part);
      while (reader.next())
        if (reader.field === SIGNALS.traces.resourceField) this.#addResource(part, reader.valueStart, reader.end);
    }
  }

  collect(moment: Moment, { isFinal }: { readonly isFinal: boolean }): readonly WrittenRequest[] {
    this.hasNews = false;
    return this.#collection.collect(moment, isFinal);
  }

  #addResource(bytes: Uint8Array, start: number, end: number): void {
    const owner = findField(bytes, start, end, OWNER_FIELD);
    const resource =
      owner < 0 ? undefined : this.#resources.find(bytes, payloadStart(bytes, owner), payloadEnd(bytes, owner));
    if (resource === undefined) return;
    const metrics = this.#metricsOf(resource);
    if (this.#settings.config.metricsExpiration > 0) metrics.lastSeenMillis = this.#nowMillis;
    const scopes = new TrustedReader(bytes, start, end);
    while (scopes.next()) {
      if (scopes.field !== SIGNALS.traces.scopeField) continue;
      const scope = findField(bytes, scopes.valueStart, scopes.end, OWNER_FIELD);
      this.#scopeStart = scope < 0 ? 0 : payloadStart(bytes, scope);
      this.#scopeEnd = scope < 0 ? 0 : payloadEnd(bytes, scope);
      const spans = new TrustedReader(bytes, scopes.valueStart, scopes.end);
      while (spans.next())
        if (spans.field === SIGNALS.traces.itemField) {
          this.#scan.read(bytes, spans.valueStart, spans.end);
          this.#addSpan(resource, metrics);
        }
    }
  }

  #addSpan(resource: KnownResource, metrics: ResourceMetrics): void {
    const scan = this.#scan;
    const adjusted = this.#adjusted;
    adjusted.read(scan.bytes, scan.traceStateStart, scan.traceStateEnd);
    const key = this.#keyOf(scan);
    if (!this.#spanKey.isEmpty) this.#spanKey.add(key, scan.bytes, scan.attributes);
    const series = resource.spans.get(key) ?? this.#findSeries(resource, metrics);
    const { calls, durations } = series;
    calls.lastSeenMillis = this.#nowMillis;
    calls.add(0, adjusted.count);
    const duration = scan.durationNanos / this.#settings.nanosPerUnit;
    if (durations !== undefined) {
      durations.lastSeenMillis = this.#nowMillis;
      durations.add(duration, adjusted.count);
    }
    const { maxExemplars } = this.#settings;
    if (maxExemplars > 0) {
      this.#addExemplar(calls, duration);
      if (durations !== undefined) this.#addExemplar(durations, duration);
    }
    if (metrics.events !== undefined)
      for (let i = 0; i < scan.events.count; i++) this.#addEvent(resource, metrics.events, i, duration);
  }

  /** Starts a key with the fields that identify every series of a span. */
  #keyOf({ bytes, kind, statusCode, nameStart, nameEnd }: SpanScan): KeyBytes {
    // All unknown values share the same, empty name.
    const kindIndex = kind >= 0 && kind < KINDS ? kind : KINDS;
    const statusIndex = statusCode >= 0 && statusCode < STATUS_CODES ? statusCode : STATUS_CODES;
    const first = (kindIndex * (STATUS_CODES + 1) + statusIndex) * 2 + (this.#adjusted.isAdjusted ? 1 : 0);
    return this.#key.clear().addByte(first).addRange(bytes, nameStart, nameEnd);
  }

  /** Finds the current span's series by its decoded fields, and caches them under the current key. */
  #findSeries(resource: KnownResource, metrics: ResourceMetrics): SpanSeries {
    const { calls, durations } = this.#settings;
    const span = this.#decode(resource);
    const series = {
      calls: this.#seriesOf(metrics.calls, span, calls),
      durations: metrics.durations && this.#seriesOf(metrics.durations, span, durations),
    };
    if (!series.calls.isOverflow && series.durations?.isOverflow !== true) {
      resource.spans.add(this.#key, series);
      this.#cachedKeys++;
    }
    return series;
  }

  #addEvent(resource: KnownResource, table: SeriesTable<Series>, index: number, duration: number): void {
    const scan = this.#scan;
    const ranges = this.#eventAttributes;
    ranges.clear();
    const { attributes } = SPAN_EVENT_FIELDS;
    attributeRanges(scan.bytes, scan.events.start(index), scan.events.end(index), attributes, ranges);
    const key = this.#keyOf(scan);
    this.#eventKey.add(key, scan.bytes, scan.attributes);
    this.#eventKey.add(key, scan.bytes, ranges);
    let series = resource.events.get(key);
    if (series === undefined) {
      const others = readAttributes(scan.bytes, ranges, resource.attributes);
      series = this.#seriesOf(table, { ...this.#decode(resource), others }, this.#settings.events);
      if (!series.isOverflow) {
        resource.events.add(key, series);
        this.#cachedKeys++;
      }
    }
    series.lastSeenMillis = this.#nowMillis;
    series.add(0, this.#adjusted.count);
    if (this.#settings.maxExemplars > 0) this.#addExemplar(series, duration);
  }

  #seriesOf(table: SeriesTable<Series>, span: SpanParts, further: Dimensions): Series {
    const { identity } = this.#settings;
    const key = identity.keyOf(span, further);
    const attributes = () => identity.attributesOf(span, further);
    return table.getOrCreate(key, attributes, this.#startTimeUnixNano, this.#nowMillis);
  }

  #addExemplar(series: Series, value: number): void {
    const { bytes, traceIdStart, traceIdEnd, spanIdStart, spanIdEnd } = this.#scan;
    if (!series.acceptsExemplar(this.#settings.maxExemplars) || !isId(bytes, traceIdStart, traceIdEnd, 16)) return;
    const hasSpanId = isId(bytes, spanIdStart, spanIdEnd, 8);
    series.addExemplar({
      traceId: bytes.slice(traceIdStart, traceIdEnd),
      spanId: bytes.slice(spanIdStart, hasSpanId ? spanIdEnd : spanIdStart),
      value,
    });
  }

  #decode({ serviceName, attributes }: KnownResource): SpanParts {
    const { bytes, nameStart, nameEnd, kind, statusCode, attributes: ranges } = this.#scan;
    return {
      serviceName,
      name: readString(bytes, nameStart, nameEnd),
      kind,
      statusCode,
      isAdjusted: this.#adjusted.isAdjusted,
      attributes: readAttributes(bytes, ranges),
      others: attributes,
      scopeName: this.#scopeText(bytes, SCOPE_FIELDS.name),
      scopeVersion: this.#scopeText(bytes, SCOPE_FIELDS.version),
    };
  }

  #scopeText(bytes: Uint8Array, field: number): string {
    const value = findField(bytes, this.#scopeStart, this.#scopeEnd, field);
    return value < 0 ? '' : readString(bytes, payloadStart(bytes, value), payloadEnd(bytes, value));
  }

  #metricsOf(resource: KnownResource): ResourceMetrics {
    let { metrics } = resource;
    if (metrics === undefined || !this.#cache.use(metrics)) {
      metrics = this.#cache.get(resource.key) ?? this.#createMetrics(resource);
      this.#cache.use(metrics);
    } else if (metrics.generation === resource.generation) return metrics;
    resource.metrics = metrics;
    resource.generation = metrics.generation;
    this.#cachedKeys -= resource.spans.size + resource.events.size;
    resource.spans.clear();
    resource.events.clear();
    return metrics;
  }

  #createMetrics({ key, encodedAttributes }: KnownResource): ResourceMetrics {
    const { config, createSum, createDuration } = this.#settings;
    const table = (create: Settings['createSum']) =>
      new SeriesTable(create, config.aggregationCardinalityLimit, this.#budget);
    const metrics: ResourceMetrics = {
      key,
      attributes: encodedAttributes,
      calls: table(createSum),
      durations: createDuration && table(createDuration),
      events: config.events.enabled ? table(createSum) : undefined,
      lastSeenMillis: this.#nowMillis,
      generation: 0,
      place: 'cached',
    };
    this.#cache.add(metrics);
    return metrics;
  }

  /** Prevents different encodings of the same resources and spans from filling the memory. */
  #boundCaches(): void {
    let series = 0;
    if (this.#cachedKeys > MIN_CACHED_KEYS)
      for (const metrics of this.#cache.all()) for (const { size } of tablesOf(metrics)) series += size;
    if (this.#cachedKeys <= Math.max(MIN_CACHED_KEYS, 4 * series) && this.#resources.size < MAX_RESOURCES) return;
    this.#resources.clear();
    this.#cachedKeys = 0;
  }
}

/** The field of a group that contains its resource or scope. */
const OWNER_FIELD = 1;
const KINDS: number = ENUMS.SpanKind.length;
const STATUS_CODES: number = ENUMS.StatusCode.length;
const MIN_CACHED_KEYS = 10_000;
const MAX_RESOURCES = 10_000;
