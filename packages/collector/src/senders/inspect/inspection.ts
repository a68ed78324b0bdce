import {
  countItems,
  forEachDataPoint,
  forEachLogRecord,
  forEachSpan,
  type MessageView,
  type Signal,
  type SpanView,
} from '@otelier/otlp';
import { AttributeCheck } from './attribute-check.ts';
import { ContextLoss, type ContextSpan } from './context-loss.ts';
import { MetricCheck } from './metric-check.ts';
import { type LinkedSpan, WatchedParents } from './watched-parents.ts';

/** Maximum number of items and of their bytes that are read of a request. */
const MAX_ITEMS = 100;
const MAX_BYTES = 262_144;
/** Number of requests whose times are kept. */
const MAX_OFFSETS = 8;

/** Field numbers of the attributes of items. */
const SPAN_ATTRIBUTES = 9;
const LOG_ATTRIBUTES = 6;

/** What the inspected requests of a sender contained. */
export class Inspection {
  requests = 0;
  items = 0;
  readonly attributes = new AttributeCheck();
  readonly metrics = new MetricCheck();
  readonly context = new ContextLoss();
  readonly parents = new WatchedParents();
  /** Time of the newest item minus arrival, of the latest requests. */
  readonly offsets: number[] = [];
  /** Number of attributes, events and links that the limits of the SDK removed. */
  droppedAttributes = 0;
  droppedEvents = 0;
  droppedLinks = 0;
  /** Number of spans without an ID, or with one of zeros. */
  invalidIds = 0;
  /** Number of items that end before they start, or without a time. */
  invalidTimes = 0;
  #newestNanos = 0n;
  #items = 0;
  #bytes = 0;

  /** Reads the first items of a request, which has one resource. `nowMillis` is of the monotonic clock. */
  read(
    signal: Signal,
    request: Uint8Array,
    { nowMillis, arrivalMillis }: { readonly nowMillis: number; readonly arrivalMillis: number },
    receivedOf: (signal: Signal) => number,
  ): void {
    this.#newestNanos = 0n;
    this.#items = 0;
    this.#bytes = 0;
    this.requests += 1;
    if (signal === 'traces') this.#spans(request, nowMillis);
    else if (signal === 'logs') this.#logs(request);
    else if (signal === 'metrics') this.#points(request, receivedOf);
    this.items += Math.min(this.#items, MAX_ITEMS);
    if (this.#newestNanos === 0n) return;
    this.offsets.push(Number(this.#newestNanos / 1000n) / 1000 - arrivalMillis);
    if (this.offsets.length > MAX_OFFSETS) this.offsets.shift();
  }

  /** Reads only the identities of all spans, for the watch of parents. */
  link(request: Uint8Array, nowMillis: number): void {
    const linked: LinkedSpan[] = [];
    forEachSpan(request, (span) => linked.push(linkedOf(span)));
    this.parents.add(linked, nowMillis);
  }

  #spans(request: Uint8Array, nowMillis: number): void {
    const spans: ContextSpan[] = [];
    forEachSpan(request, (span) => {
      if (!this.#takes(span)) return;
      const { startTimeUnixNano: start, endTimeUnixNano: end } = span;
      const { traceId, spanId, parentSpanId, kind } = span;
      this.attributes.check(span.bytes, span.start, span.end, SPAN_ATTRIBUTES);
      this.droppedAttributes += span.droppedAttributesCount;
      this.droppedEvents += span.droppedEventsCount;
      this.droppedLinks += span.droppedLinksCount;
      if (isInvalid(traceId, 32) || isInvalid(spanId, 16)) this.invalidIds += 1;
      if (start === 0n || end < start) this.invalidTimes += 1;
      this.#time(end);
      const times = { start: Number(start) / 1e6, end: Number(end) / 1e6 };
      spans.push({ traceId, spanId, parentSpanId, kind, scope: span.scope.name, ...times });
    });
    this.context.add(spans);
    // A request whose spans were not all read says nothing about parents.
    if (countItems('traces', request) <= MAX_LINKED) this.link(request, nowMillis);
  }

  #logs(request: Uint8Array): void {
    forEachLogRecord(request, (record) => {
      if (!this.#takes(record)) return;
      this.attributes.check(record.bytes, record.start, record.end, LOG_ATTRIBUTES);
      this.droppedAttributes += record.droppedAttributesCount;
      const time = record.observedTimeUnixNano || record.timeUnixNano;
      if (time === 0n) this.invalidTimes += 1;
      this.#time(time);
    });
  }

  #points(request: Uint8Array, receivedOf: (signal: Signal) => number): void {
    this.metrics.begin();
    forEachDataPoint(request, (point, metric) => {
      if (!this.#takes(point)) return;
      this.metrics.add(point, metric, receivedOf);
      for (const [key] of point.attributes) this.attributes.name(key);
      if (point.timeUnixNano === 0n) this.invalidTimes += 1;
      this.#time(point.timeUnixNano);
    });
  }

  #takes({ start, end }: MessageView): boolean {
    this.#items += 1;
    this.#bytes += end - start;
    return this.#items <= MAX_ITEMS && this.#bytes <= MAX_BYTES;
  }

  #time(nanos: bigint): void {
    if (nanos > this.#newestNanos) this.#newestNanos = nanos;
  }
}

/** Maximum number of spans of a request whose identities are read. */
const MAX_LINKED = 5000;

function linkedOf({ traceId, spanId, parentSpanId, flags }: SpanView): LinkedSpan {
  return { traceId, spanId, parentSpanId, flags };
}

function isInvalid(id: string, length: number): boolean {
  return id.length !== length || /^0*$/.test(id);
}
