import { decodeHex } from '@otelier/otlp';
import { MalformedSpansError, quoted } from '../../spans/malformed-spans.ts';
import { NO_SERVICE_NAME, SERVICE_NAME_SOURCE } from '../../spans/service-name.ts';
import {
  type EventData,
  type LinkData,
  type ResourceSpansData,
  type ScopeSpansData,
  SPAN_KIND,
  type SpanAttributes,
  type SpanData,
  type SpanKind,
  STATUS_CODE,
  type StatusData,
} from '../../spans/span-data.ts';
import { unpackAttributes } from './packed-attributes.ts';
import { RESOURCE_TAGS, SCOPE_TAGS } from './resource-tags.ts';
import { parseStringTag } from './string-tags.ts';
import { START_TIME_ABSENT, type ZipkinEndpoint, type ZipkinSpan } from './zipkin-span.ts';

/**
 * Converts the spans of a version 2 request, grouped by service and scope. As in the Collector, the resource has the tags
 * of one span of its service, which is the last one. Throws a `MalformedSpansError`.
 */
export function spansOfV2(spans: readonly ZipkinSpan[], parseStringTags: boolean): ResourceSpansData[] {
  const resources: ResourceSpansData[] = [];
  let service: string | undefined;
  let scopeName = '';
  let scope: ScopeSpansData | undefined;
  for (const span of inGroups(spans)) {
    const serviceName = serviceNameOf(span);
    if (serviceName !== service) {
      service = serviceName;
      resources.push({ attributes: resourceAttributes(span, serviceName), scopes: [] });
      scope = undefined;
    }
    const name = scopeNameOf(span);
    if (scope === undefined || name !== scopeName) {
      scopeName = name;
      scope = newScope(span, name);
      resources.at(-1)?.scopes.push(scope);
    }
    scope.spans.push(spanOf(span, parseStringTags));
  }
  return resources;
}

function inGroups(spans: readonly ZipkinSpan[]): ZipkinSpan[] {
  return spans
    .toReversed()
    .sort((a, b) => order(serviceNameOf(a), serviceNameOf(b)) || order(scopeNameOf(a), scopeNameOf(b)));
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function serviceNameOf({ localEndpoint }: ZipkinSpan): string {
  return localEndpoint?.serviceName || NO_SERVICE_NAME;
}

function scopeNameOf({ tags }: ZipkinSpan): string {
  return tags.get(SCOPE_TAGS.name[0]) ?? tags.get(SCOPE_TAGS.name[1]) ?? '';
}

function newScope({ tags }: ZipkinSpan, name: string): ScopeSpansData {
  if (name === '') return { name: '', version: '', spans: [] };
  const [current, former] = SCOPE_TAGS.version;
  return { name, version: tags.get(current) ?? tags.get(former) ?? '', spans: [] };
}

function resourceAttributes({ tags }: ZipkinSpan, serviceName: string): SpanAttributes {
  const attributes: SpanAttributes = new Map();
  if (serviceName === NO_SERVICE_NAME) return attributes;
  attributes.set(tags.get(SERVICE_NAME_SOURCE) || 'service.name', serviceName);
  for (const [key, value] of tags) if (RESOURCE_TAGS.has(key)) attributes.set(key, value);
  return attributes;
}

const SPECIAL_TAGS: ReadonlySet<string> = new Set([...SCOPE_TAGS.name, ...SCOPE_TAGS.version, SERVICE_NAME_SOURCE]);

function spanOf(span: ZipkinSpan, parseStringTags: boolean): SpanData {
  const tags = new Map(span.tags);
  const traceState = tags.get(TRACE_STATE) ?? '';
  tags.delete(TRACE_STATE);
  const kind = kindOf(span.kind, tags);
  const status = statusOf(tags);
  const links = linksOf(tags);
  const attributes: SpanAttributes = new Map();
  for (const [key, value] of tags) {
    if (RESOURCE_TAGS.has(key) || SPECIAL_TAGS.has(key)) continue;
    attributes.set(key, parseStringTags ? parseStringTag(value) : value);
  }
  addEndpoint(attributes, span.localEndpoint, LOCAL);
  addEndpoint(attributes, span.remoteEndpoint, REMOTE);
  if (span.timestamp === undefined) attributes.set(START_TIME_ABSENT, true);
  const start = (span.timestamp ?? 0n) * 1000n;
  const isOwnParent = span.parentId !== undefined && Buffer.compare(span.parentId, span.id) === 0;
  return {
    traceId: span.traceId,
    spanId: span.id,
    parentSpanId: span.parentId === undefined || isOwnParent ? NO_ID : span.parentId,
    traceState,
    flags: 0,
    name: span.name,
    kind,
    attributes,
    links,
    status,
    start,
    end: start + span.duration * 1000n,
    events: span.annotations.map(({ timestamp, value }) => eventOf(timestamp, value)),
  };
}

const TRACE_STATE = 'w3c.tracestate';
const NO_ID = new Uint8Array();

const KINDS: ReadonlyMap<string, SpanKind> = new Map<string, SpanKind>([
  ['CLIENT', SPAN_KIND.client],
  ['SERVER', SPAN_KIND.server],
  ['PRODUCER', SPAN_KIND.producer],
  ['CONSUMER', SPAN_KIND.consumer],
]);

function kindOf(kind: string, tags: Map<string, string>): SpanKind {
  const known = KINDS.get(kind);
  if (known !== undefined) return known;
  const tagged = tags.get('span.kind');
  tags.delete('span.kind');
  return tagged === 'internal' ? SPAN_KIND.internal : SPAN_KIND.unspecified;
}

/** The codes by the names of OTLP, and by those that an early exporter wrote. */
const STATUS_CODES: ReadonlyMap<string, number> = new Map([
  ['STATUS_CODE_OK', STATUS_CODE.ok],
  ['STATUS_CODE_ERROR', STATUS_CODE.error],
  ['Ok', STATUS_CODE.ok],
  ['Error', STATUS_CODE.error],
]);

function statusOf(tags: Map<string, string>): StatusData {
  let code: number = STATUS_CODE.unset;
  let message = '';
  const codeTag = tags.get('otel.status_code');
  if (codeTag !== undefined) {
    code = STATUS_CODES.get(codeTag) ?? STATUS_CODE.unset;
    message = tags.get('otel.status_description') ?? '';
    tags.delete('otel.status_code');
    tags.delete('otel.status_description');
  }
  const error = tags.get('error');
  if (error === undefined) return { code, message };
  // Other texts say what failed.
  if (error === 'true') tags.delete('error');
  return { code: STATUS_CODE.error, message };
}

const MAX_LINKS = 128;

/** The Collector's exporter writes a link as `traceId|spanId|traceState|attributes|N`. */
function linksOf(tags: Map<string, string>): LinkData[] {
  const links: LinkData[] = [];
  for (let index = 0; index < MAX_LINKS; index++) {
    const key = `otlp.link.${index}`;
    const text = tags.get(key);
    if (text === undefined) break;
    tags.delete(key);
    const [traceId = '', spanId = '', traceState = '', ...packed] = text.split('|');
    if (packed.length < 2) continue;
    links.push({
      traceId: linkId(traceId, 16, key),
      spanId: linkId(spanId, 8, key),
      traceState,
      ...unpackAttributes(packed, `tags[${quoted(key)}]`),
    });
  }
  return links;
}

function linkId(text: string, length: number, key: string): Uint8Array {
  const digits = /^"(.*)"$/s.exec(text)?.[1] ?? text;
  const id = decodeHex(digits);
  if (id !== undefined && (id.length === length || id.length === 0)) return id;
  throw new MalformedSpansError(
    `tags[${quoted(key)}]: expected an ID of ${2 * length} hexadecimal digits, got ${quoted(text)}`,
  );
}

function eventOf(timestamp: bigint, value: string): EventData {
  const time = timestamp * 1000n;
  const [name = '', ...packed] = value.split('|');
  if (packed.length < 2) return { time, name, attributes: new Map(), droppedAttributesCount: 0 };
  return { time, name, ...unpackAttributes(packed, 'annotations') };
}

interface EndpointAttributes {
  readonly service: string | undefined;
  readonly address: string;
  readonly port: string;
}

const LOCAL: EndpointAttributes = { service: undefined, address: 'network.local.address', port: 'net.host.port' };
const REMOTE: EndpointAttributes = {
  service: 'service.peer.name',
  address: 'network.peer.address',
  port: 'net.peer.port',
};

function addEndpoint(
  attributes: SpanAttributes,
  endpoint: ZipkinEndpoint | undefined,
  names: EndpointAttributes,
): void {
  if (endpoint === undefined) return;
  if (names.service !== undefined && endpoint.serviceName !== '') attributes.set(names.service, endpoint.serviceName);
  if (endpoint.ipv4 !== '') attributes.set(names.address, endpoint.ipv4);
  if (endpoint.ipv6 !== '') attributes.set(names.address, endpoint.ipv6);
  if (endpoint.port > 0) attributes.set(names.port, BigInt(endpoint.port));
}
