import type { SpanIdentity } from '@otelier/otlp';
import { type AnyJson, attributes, nanos, type RequestJson } from '../../json/otlp-json.ts';
import type { SpanData } from './span.ts';

const INTERNAL = 1;
const ERROR = 2;

/** Encodes spans as an OTLP/JSON export request. */
export function encodeSpans(
  resource: Readonly<Record<string, string>>,
  scope: { readonly name: string; readonly version: string },
  spans: readonly SpanData[],
): RequestJson {
  return {
    resourceSpans: [
      { resource: { attributes: attributes(resource) }, scopeSpans: [{ scope, spans: spans.map(encodeSpan) }] },
    ],
  };
}

function encodeSpan({ identity, parentSpanId, links, error, ...span }: SpanData): AnyJson {
  return {
    ...encodeIdentity(identity),
    ...(parentSpanId !== undefined && { parentSpanId }),
    name: span.name,
    kind: INTERNAL,
    startTimeUnixNano: nanos(span.startMillis),
    endTimeUnixNano: nanos(span.endMillis),
    attributes: attributes(span.attributes),
    events: span.events.map((event) => ({
      timeUnixNano: nanos(event.timeMillis),
      name: event.name,
      attributes: attributes(event.attributes),
    })),
    links: links.map(encodeIdentity),
    ...(error !== undefined && { status: { code: ERROR, message: error } }),
  };
}

function encodeIdentity({ traceId, spanId, isSampled, traceState }: SpanIdentity): { readonly [key: string]: AnyJson } {
  return { traceId, spanId, flags: isSampled ? 1 : 0, ...(traceState !== undefined && { traceState }) };
}
