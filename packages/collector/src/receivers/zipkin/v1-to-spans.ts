import {
  type EventData,
  type ResourceSpansData,
  SPAN_KIND,
  type SpanAttributes,
  type SpanData,
  type SpanKind,
  STATUS_CODE,
} from '../../spans/span-data.ts';
import type { AnnotationV1, BinaryAnnotation, EndpointV1, ZipkinSpanV1 } from './v1-span.ts';
import { StatusOfTags } from './v1-status.ts';
import { START_TIME_ABSENT } from './zipkin-span.ts';

/**
 * Converts the spans of a version 1 request, grouped by endpoint. `nowNanos` is the time of spans without one; without it,
 * they have the time 0.
 */
export function spansOfV1(spans: readonly ZipkinSpanV1[], nowNanos: bigint | undefined): ResourceSpansData[] {
  const resources = new Map<string, { readonly resource: ResourceSpansData; readonly spans: SpanData[] }>();
  for (const span of spans) {
    const { converted, endpoint } = convert(span, nowNanos);
    const key = JSON.stringify([endpoint.serviceName, endpoint.ipv4, endpoint.ipv6, endpoint.port]);
    let group = resources.get(key);
    if (group === undefined) {
      const grouped: SpanData[] = [];
      const scopes = [{ name: '', version: '', spans: grouped }];
      group = { resource: { attributes: resourceAttributes(endpoint), scopes }, spans: grouped };
      resources.set(key, group);
    }
    group.spans.push(converted);
  }
  return [...resources.values()].map(({ resource }) => resource);
}

const UNKNOWN_SERVICE = 'unknown-service';

function resourceAttributes({ serviceName, ipv4, ipv6, port }: EndpointV1): SpanAttributes {
  const attributes: SpanAttributes = new Map([['service.name', serviceName]]);
  if (ipv4 !== '') attributes.set('ipv4', ipv4);
  if (ipv6 !== '') attributes.set('ipv6', ipv6);
  if (port !== 0) attributes.set('port', String(port));
  return attributes;
}

function convert(span: ZipkinSpanV1, nowNanos: bigint | undefined) {
  const annotated = readAnnotations(span.annotations);
  const tagged = readTags(span.binaryAnnotations);
  const endpoint = annotated.endpoint ?? {
    ...{ serviceName: tagged.serviceName || UNKNOWN_SERVICE, ipv4: '', ipv6: '', port: 0 },
  };
  let { start, end } = annotated;
  if (span.timestamp !== undefined) {
    start = nanosOf(span.timestamp);
    end = nanosOf(span.timestamp + span.duration);
  }
  if (start === 0n && nowNanos !== undefined) {
    start = nowNanos;
    end = nowNanos;
    tagged.attributes.set(START_TIME_ABSENT, true);
  }
  const converted: SpanData = {
    traceId: span.traceId,
    spanId: span.id,
    parentSpanId: span.parentId,
    ...{ traceState: '', flags: 0, name: span.name, kind: annotated.kind, start, end },
    ...{ attributes: tagged.attributes, events: annotated.events, links: [], status: tagged.status },
  };
  return { converted, endpoint };
}

const KINDS: ReadonlyMap<string, SpanKind> = new Map<string, SpanKind>([
  ['cs', SPAN_KIND.client],
  ['cr', SPAN_KIND.client],
  ['ms', SPAN_KIND.producer],
  ['mr', SPAN_KIND.consumer],
  ['ss', SPAN_KIND.server],
  ['sr', SPAN_KIND.server],
]);

/** The first annotation of a kind determines the kind, and the first one that names a service the endpoint. */
function readAnnotations(annotations: readonly AnnotationV1[]) {
  let kind: SpanKind | undefined;
  let endpoint: EndpointV1 | undefined;
  let first: bigint | undefined;
  let last: bigint | undefined;
  const events: EventData[] = [];
  for (const { timestamp, value, endpoint: at } of annotations) {
    if (value === '') continue;
    if (first === undefined || timestamp < first) first = timestamp;
    if (last === undefined || timestamp > last) last = timestamp;
    const known = KINDS.get(value);
    if (known === undefined) {
      events.push({ time: nanosOf(timestamp), name: value, attributes: new Map(), droppedAttributesCount: 0 });
      continue;
    }
    kind ??= known;
    if (at !== undefined && at.serviceName !== '' && at.serviceName !== UNKNOWN_SERVICE) endpoint ??= at;
  }
  return {
    ...{ kind: kind ?? SPAN_KIND.unspecified, endpoint, events },
    start: nanosOf(first ?? 0n),
    end: nanosOf(last ?? 0n),
  };
}

function readTags(tags: readonly BinaryAnnotation[]) {
  const attributes: SpanAttributes = new Map();
  const status = new StatusOfTags();
  let serviceName = '';
  let component = '';
  for (const { key, value, text, serviceName: named } of tags) {
    serviceName = named ?? serviceName;
    const isComponent = key === LOCAL_COMPONENT;
    if (isComponent) component = text;
    const name = isComponent ? 'component' : key;
    if (!status.add(name, value)) attributes.set(name, value);
  }
  const found = tags.length === 0 ? { code: STATUS_CODE.unset, message: '' } : status.status();
  return { attributes, status: found, serviceName: serviceName || component };
}

const LOCAL_COMPONENT = 'lc';

/** Times before the epoch become the epoch. */
function nanosOf(micros: bigint): bigint {
  return micros <= 0n ? 0n : micros * 1000n;
}
