import { MessagePackError, MessagePackReader } from '../../fluent/message-pack-reader.ts';
import { attributeText } from '../../ottl/values/text.ts';
import {
  type EventData,
  type LinkData,
  type ResourceSpansData,
  SPAN_KIND,
  type SpanAttribute,
  type SpanAttributes,
  type SpanData,
  type SpanKind,
  STATUS_CODE,
} from '../../spans/span-data.ts';
import { idOfHalves } from '../../spans/span-id.ts';
import type { DatadogChunk, DatadogLink, DatadogSpan, TracerPayload } from './span.ts';
import { eventsInMeta, linksInMeta } from './span-meta.ts';
import { attributeName } from './tags.ts';

const KINDS: Readonly<Record<string, SpanKind>> = {
  server: SPAN_KIND.server,
  client: SPAN_KIND.client,
  producer: SPAN_KIND.producer,
  consumer: SPAN_KIND.consumer,
  internal: SPAN_KIND.internal,
};
/** Kinds by the type of spans without a kind. */
const TYPES: Readonly<Record<string, SpanKind>> = { web: SPAN_KIND.server, http: SPAN_KIND.client };
/** Tags that become links, events, the trace ID or an exception. */
const CONVERTED = new Set(['span.kind', '_dd.p.tid', '_dd.span_links', 'events']);
const ERROR_TAGS = ['error.type', 'error.message', 'error.msg', 'error.stack'];
const HIGH_BITS = '_dd.p.tid';

/** Converts spans, grouped by their service, which is an attribute of resources. */
export function spansOfPayload(payload: TracerPayload): readonly ResourceSpansData[] {
  const groups = new Map<string, SpanData[]>();
  for (const chunk of payload.chunks) {
    const high = highBits(chunk);
    for (const span of chunk.spans) {
      const group = groups.get(span.service) ?? [];
      groups.set(span.service, group);
      group.push(convert(span, high));
    }
  }
  const shared = resourceOf(payload);
  const scope = { name: 'Datadog', version: payload.tracerVersion };
  return [...groups].map(([service, spans]) => ({
    attributes: service === '' ? shared : new Map([...shared, ['service.name', service]]),
    scopes: [{ ...scope, spans }],
  }));
}

function resourceOf(payload: TracerPayload): SpanAttributes {
  const language = payload.languageName === '.NET' ? 'dotnet' : payload.languageName;
  const known: readonly (readonly [string, string])[] = [
    ['container.id', payload.containerId],
    ['telemetry.sdk.language', language],
    ['process.runtime.version', payload.languageVersion],
    ['deployment.environment.name', payload.env],
    ['host.name', payload.hostname],
    ['service.version', payload.appVersion || versionIn(payload)],
    ['telemetry.sdk.name', 'Datadog'],
    ['telemetry.sdk.version', payload.tracerVersion === '' ? '' : `Datadog-${payload.tracerVersion}`],
  ];
  const tags = [...payload.tags].map(([key, value]) => [attributeName(key), value] as const);
  return new Map([...known, ...tags].filter(([, value]) => value !== ''));
}

function versionIn({ chunks }: TracerPayload): string {
  for (const { spans } of chunks)
    for (const { meta } of spans) {
      const version = meta.get('version');
      if (version !== undefined && version !== '') return version;
    }
  return '';
}

/** Returns the upper half of the trace ID, which one span of a chunk has as a tag. */
function highBits({ spans, tags }: DatadogChunk): bigint {
  const text = tags.get(HIGH_BITS) ?? spans.find(({ meta }) => meta.has(HIGH_BITS))?.meta.get(HIGH_BITS) ?? '';
  return /^[0-9a-f]{1,16}$/i.test(text) ? BigInt(`0x${text}`) : 0n;
}

function convert(span: DatadogSpan, high: bigint): SpanData {
  const { meta, spanId, parentId, traceId, start, duration } = span;
  const isError = span.error !== 0n;
  const links = [...span.links, ...linksInMeta(meta.get('_dd.span_links'))];
  return {
    traceId: idOfHalves(high, traceId),
    spanId: idOfHalves(spanId),
    parentSpanId: idOfHalves(parentId),
    traceState: '',
    flags: 0,
    name: span.name,
    kind: KINDS[meta.get('span.kind') ?? ''] ?? TYPES[span.type] ?? SPAN_KIND.unspecified,
    start: BigInt.asUintN(64, start),
    end: BigInt.asUintN(64, start + duration),
    attributes: attributesOf(span, isError),
    events: [
      ...[...span.events, ...eventsInMeta(meta.get('events'))].map((event) => ({
        ...event,
        attributes: new Map(event.attributes),
        droppedAttributesCount: 0,
      })),
      ...exceptionOf(span, isError),
    ],
    links: links.map(convertLink),
    status: isError ? { code: STATUS_CODE.error, message: messageIn(meta) } : { code: STATUS_CODE.unset, message: '' },
  };
}

function attributesOf(
  { meta, metrics, structs, resource, spanId, traceId, type }: DatadogSpan,
  isError: boolean,
): SpanAttributes {
  const attributes: SpanAttributes = new Map();
  attributes.set('dd.span.Resource', resource);
  if (type !== '') attributes.set('dd.span.type', type);
  const priority = metrics.get('_sampling_priority_v1');
  if (priority !== undefined) attributes.set('sampling.priority', priority.toFixed(6));
  attributes.set('datadog.span.id', String(spanId));
  attributes.set('datadog.trace.id', String(traceId));
  for (const [key, value] of meta) {
    if (CONVERTED.has(key) || (isError && ERROR_TAGS.includes(key))) continue;
    attributes.set(attributeName(key), value);
  }
  for (const [key, value] of metrics) attributes.set(attributeName(key), value);
  for (const [key, bytes] of structs) attributes.set(key, structText(bytes));
  return attributes;
}

/** Returns a structured tag as JSON; the bytes themselves if they are not MessagePack. */
function structText(bytes: Uint8Array): SpanAttribute {
  try {
    return attributeText(new MessagePackReader(bytes).value());
  } catch (error) {
    if (!(error instanceof MessagePackError)) throw error;
    return bytes;
  }
}

function messageIn(meta: ReadonlyMap<string, string>): string {
  return meta.get('error.message') ?? meta.get('error.msg') ?? '';
}

/** Returns the event of an exception, if the tags of a span describe one. */
function exceptionOf({ meta, start, duration }: DatadogSpan, isError: boolean): readonly EventData[] {
  if (!isError || !ERROR_TAGS.some((tag) => meta.has(tag))) return [];
  const attributes: SpanAttributes = new Map(
    [
      ['exception.type', meta.get('error.type') ?? ''] as const,
      ['exception.message', messageIn(meta)] as const,
      ['exception.stacktrace', meta.get('error.stack') ?? ''] as const,
    ].filter(([, value]) => value !== ''),
  );
  return [{ time: BigInt.asUintN(64, start + duration), name: 'exception', attributes, droppedAttributesCount: 0 }];
}

function convertLink({ traceId, traceIdHigh, spanId, traceState, attributes }: DatadogLink): LinkData {
  return {
    traceId: idOfHalves(traceIdHigh, traceId),
    spanId: idOfHalves(spanId),
    traceState,
    attributes: new Map(attributes),
    droppedAttributesCount: 0,
  };
}
