import { NO_SERVICE_NAME } from '../../spans/service-name.ts';
import {
  type EventData,
  type LinkData,
  type ResourceSpansData,
  type ScopeSpansData,
  SPAN_KIND,
  type SpanAttributes,
  type SpanData,
  type SpanKind,
} from '../../spans/span-data.ts';
import { isEmptyId } from '../../spans/write-spans.ts';
import type { JaegerBatch, JaegerLog, JaegerProcess, JaegerSpan, JaegerTag } from './jaeger-batch.ts';
import { takeStatus } from './status.ts';

/** Converts a batch that was received in Thrift. As in the Collector, its spans have neither a scope nor a trace state. */
export function spansOfThrift({ process, spans }: JaegerBatch): ResourceSpansData[] {
  const converted = spans.filter((span) => !isBlank(span)).map((span) => spanOf(span, span.tags, false));
  return [{ attributes: resourceAttributes(process), scopes: [{ name: '', version: '', spans: converted }] }];
}

/** Converts a batch that was received in protobuf, in which spans can have processes of their own. */
export function spansOfProtobuf({ process, spans }: JaegerBatch): ResourceSpansData[] {
  const resources = new Map<
    string,
    { readonly resource: ResourceSpansData; readonly scopes: Map<string, ScopeSpansData> }
  >();
  for (const span of spans) {
    const owner = span.process ?? process;
    const key = processKey(owner);
    let group = resources.get(key);
    if (group === undefined) {
      const attributes = owner?.serviceName === NO_SERVICE_NAME ? new Map() : resourceAttributes(owner);
      group = { resource: { attributes, scopes: [] }, scopes: new Map() };
      resources.set(key, group);
    }
    const { name, version, tags } = takeScope(span.tags);
    const scopeKey = JSON.stringify([name, version]);
    let scope = group.scopes.get(scopeKey);
    if (scope === undefined) {
      scope = { name, version, spans: [] };
      group.scopes.set(scopeKey, scope);
      group.resource.scopes.push(scope);
    }
    scope.spans.push(spanOf(span, tags, true));
  }
  return [...resources.values()].map(({ resource }) => resource);
}

/** A span of which nothing is set is none. */
function isBlank(span: JaegerSpan): boolean {
  const { traceId, spanId, operationName, references, flags, start, end, tags, logs } = span;
  if (!isEmptyId(traceId) || !isEmptyId(spanId) || operationName !== '' || flags !== 0) return false;
  return (
    start === 0n && end === 0n && references.length + tags.length + logs.length === 0 && isEmptyId(span.parentSpanId)
  );
}

function processKey(process: JaegerProcess | undefined): string {
  if (process === undefined) return '';
  const tags = process.tags.map(({ key, value }) => [key, typeof value, String(value)]);
  return JSON.stringify([process.serviceName, tags]);
}

function resourceAttributes(process: JaegerProcess | undefined): SpanAttributes {
  const attributes: SpanAttributes = new Map();
  if (process === undefined) return attributes;
  if (process.serviceName !== '') attributes.set('service.name', process.serviceName);
  addTags(attributes, process.tags);
  const hostname = attributes.get('hostname');
  if (hostname !== undefined && !attributes.has('host.name')) {
    attributes.set('host.name', hostname);
    attributes.delete('hostname');
  }
  const version = attributes.get('jaeger.version');
  if (version !== undefined && !attributes.has(EXPORTER_VERSION)) {
    attributes.set(EXPORTER_VERSION, `Jaeger-${typeof version === 'string' ? version : ''}`);
    attributes.delete('jaeger.version');
  }
  return attributes;
}

const EXPORTER_VERSION = 'opencensus.exporterversion';

/** The last value of a repeated key wins. */
function addTags(attributes: SpanAttributes, tags: readonly JaegerTag[]): void {
  for (const { key, value } of tags) {
    attributes.set(key === 'http.response.status_code' ? 'http.status_code' : key, value);
  }
}

function takeScope(tags: readonly JaegerTag[]) {
  const name = tags.find(({ key }) => key === 'otel.scope.name');
  if (name === undefined) return { name: '', version: '', tags };
  const version = tags.find(({ key }) => key === 'otel.scope.version');
  return {
    name: name.text,
    version: version?.text ?? '',
    tags: tags.filter((tag) => tag !== name && tag !== version),
  };
}

function spanOf(span: JaegerSpan, tags: readonly JaegerTag[], hasTraceState: boolean): SpanData {
  const parentSpanId = parentOf(span);
  const attributes: SpanAttributes = new Map();
  addTags(attributes, tags);
  const kind = takeKind(attributes);
  const status = takeStatus(attributes, kind);
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId,
    traceState: hasTraceState ? takeTraceState(attributes) : '',
    flags: span.flags & SAMPLED,
    name: span.operationName,
    kind,
    start: span.start,
    end: span.end,
    attributes,
    events: span.logs.map(eventOf),
    links: linksOf(span, parentSpanId),
    status,
  };
}

const SAMPLED = 1;

/** Without an explicit parent, it is the first reference to a span of the trace, preferably as its child. */
function parentOf({ traceId, parentSpanId, references }: JaegerSpan): Uint8Array {
  if (!isEmptyId(parentSpanId)) return parentSpanId;
  const inTrace = references.filter((reference) => isSame(reference.traceId, traceId));
  return (inTrace.find(({ isChildOf }) => isChildOf) ?? inTrace[0])?.spanId ?? parentSpanId;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** All references but the one to the parent become links. */
function linksOf({ references }: JaegerSpan, parentSpanId: Uint8Array): LinkData[] {
  return references
    .filter(({ isChildOf, spanId }) => !(isChildOf && isSame(spanId, parentSpanId)))
    .map(({ isChildOf, traceId, spanId }) => ({
      ...{ traceId, spanId, traceState: '', droppedAttributesCount: 0 },
      attributes: new Map([['opentracing.ref_type', isChildOf ? 'child_of' : 'follows_from']]),
    }));
}

const KINDS: ReadonlyMap<unknown, SpanKind> = new Map<unknown, SpanKind>(Object.entries(SPAN_KIND));

function takeKind(attributes: SpanAttributes): SpanKind {
  const kind = attributes.get('span.kind');
  attributes.delete('span.kind');
  return KINDS.get(kind) ?? SPAN_KIND.unspecified;
}

function takeTraceState(attributes: SpanAttributes): string {
  const state = attributes.get('w3c.tracestate');
  attributes.delete('w3c.tracestate');
  return typeof state === 'string' ? state : '';
}

function eventOf({ time, fields }: JaegerLog): EventData {
  const attributes: SpanAttributes = new Map();
  addTags(attributes, fields);
  const name = attributes.get('event');
  attributes.delete('event');
  return { time, name: typeof name === 'string' ? name : '', attributes, droppedAttributesCount: 0 };
}
