import type {
  SpanRow,
  TraceIdQuery,
  TraceOperation,
  TraceOutlinePart,
  TraceSpansQuery,
  TraceTextQuery,
} from '@otelier/store';
import { textMatcher, valueText } from './conditions.ts';

/** Yields the spans of a trace, oldest first, in a single part. */
export async function* trace(spans: readonly SpanRow[], query: TraceSpansQuery): AsyncGenerator<readonly SpanRow[]> {
  const found = ofTrace(spans, query).filter(({ spanId }) => query.spanId === undefined || spanId === query.spanId);
  if (found.length > 0) yield found;
}

/** Yields the outline of a trace. */
export async function* traceOutline(spans: readonly SpanRow[], query: TraceIdQuery): AsyncGenerator<TraceOutlinePart> {
  const found = ofTrace(spans, query);
  const [first] = found;
  if (first === undefined) return;
  const ends = found.map((span) => Number(span.start - first.start) + span.durationNanos);
  yield {
    kind: 'head',
    start: first.start,
    durationNanos: Math.max(...ends),
    spanCount: found.length,
    errorCount: found.filter(({ statusCode }) => statusCode === 'ERROR').length,
  };
  const operations = found.map(operationOf);
  const distinct = new Map(operations.map((operation) => [JSON.stringify(operation), operation]));
  const places = new Map([...distinct.keys()].map((key, place) => [key, place]));
  yield { kind: 'operations', operations: [...distinct.values()] };
  yield {
    kind: 'spans',
    spanIds: found.map(({ spanId }) => spanId),
    parentSpanIds: found.map(({ parentSpanId = '' }) => parentSpanId),
    operations: operations.map((operation) => places.get(JSON.stringify(operation)) ?? -1),
    offsets: found.map(({ start }) => Number(start - first.start)),
    durations: found.map(({ durationNanos }) => durationNanos),
    events: found.flatMap(({ start, events }, span) =>
      events.slice(0, MARKED_EVENTS).map(({ time, name }) => ({
        span,
        offset: Number(time - start),
        isException: name === 'exception',
      })),
    ),
  };
}

/** Returns the IDs of a trace's spans that contain a search string, in any order. */
export function findSpans(spans: readonly SpanRow[], query: TraceTextQuery): readonly string[] {
  const mentions = textMatcher(query.text);
  const wanted = query.text.toLowerCase();
  return ofTrace(spans, query)
    .filter(
      ({ name, service, statusMessage, attributes, spanId }) =>
        spanId === wanted ||
        mentions(name, service, statusMessage, ...Object.keys(attributes)) ||
        mentions(...Object.values(attributes).map(valueText)),
    )
    .map(({ spanId }) => spanId);
}

const MARKED_EVENTS = 100;
const PEER_KEYS = ['peer.service', 'db.system.name', 'db.system', 'messaging.system'];

function operationOf({ service, name, kind, statusCode, attributes }: SpanRow): TraceOperation {
  const texts = PEER_KEYS.map((key) => attributes[key]).filter((value) => typeof value === 'string');
  const peer = kind === 'CLIENT' || kind === 'PRODUCER' ? texts[0] : undefined;
  return { service, name, spanKind: kind, statusCode, peer: peer === '' ? undefined : peer };
}

function ofTrace(spans: readonly SpanRow[], { traceId }: TraceIdQuery): SpanRow[] {
  return spans.filter((span) => span.traceId === traceId).toSorted(bySpanOrder);
}

function bySpanOrder(a: SpanRow, b: SpanRow): number {
  if (a.start !== b.start) return a.start < b.start ? -1 : 1;
  return b.durationNanos - a.durationNanos || (a.spanId < b.spanId ? -1 : 1);
}
