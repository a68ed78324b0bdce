import type { SelectedEvent, SelectedLink, SelectedSpan } from '@otelier/store';
import { type Tag, tagsOf, textTag } from './tags.ts';

/** A trace of Jaeger's JSON model. */
export interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly object[];
  readonly processes: Readonly<Record<string, Process>>;
  readonly warnings: null;
}

interface Process {
  readonly serviceName: string;
  readonly tags: readonly Tag[];
}

/** The service of spans without one, as the Collector names it. */
const NO_SERVICE = 'OTLPResourceNoServiceName';

/** Converts the spans of a trace, oldest first. */
export function jaegerTrace(spans: readonly SelectedSpan[]): JaegerTrace {
  const ids = new Map<string, string>();
  const processes: Record<string, Process> = {};
  const processOf = (span: SelectedSpan): string => {
    const process = { serviceName: span.service || NO_SERVICE, tags: tagsOf(span.resourceAttributes, 'service.name') };
    const key = JSON.stringify(process);
    const id = ids.get(key) ?? `p${ids.size + 1}`;
    ids.set(key, id);
    processes[id] = process;
    return id;
  };
  const ordered = spans.toSorted((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  return {
    traceID: spans[0]?.traceId ?? '',
    spans: ordered.map((span) => jaegerSpan(span, processOf(span))),
    processes,
    warnings: null,
  };
}

function jaegerSpan(span: SelectedSpan, processID: string): object {
  return {
    traceID: span.traceId,
    spanID: span.spanId,
    operationName: span.name,
    references: referencesOf(span),
    startTime: micros(span.start),
    duration: span.durationNanos < 0n ? 0 : micros(span.durationNanos),
    tags: spanTags(span),
    logs: span.events.map(logOf),
    processID,
    warnings: null,
  };
}

function micros(nanos: bigint): number {
  return Number(nanos / 1000n);
}

function referencesOf({ traceId, parentSpanId, links }: SelectedSpan): readonly object[] {
  const parent = parentSpanId === '' ? [] : [{ refType: 'CHILD_OF', traceID: traceId, spanID: parentSpanId }];
  return [...parent, ...links.map(linkReference)];
}

function linkReference({ traceId, spanId, attributes }: SelectedLink): object {
  const isChild = attributes.get('opentracing.ref_type') === 'child_of';
  return { refType: isChild ? 'CHILD_OF' : 'FOLLOWS_FROM', traceID: traceId, spanID: spanId };
}

function spanTags(span: SelectedSpan): readonly Tag[] {
  const { scopeName, scopeVersion, kind, statusCode, statusMessage } = span;
  return [
    ...(scopeName === '' ? [] : [textTag('otel.scope.name', scopeName)]),
    ...(scopeVersion === '' ? [] : [textTag('otel.scope.version', scopeVersion)]),
    ...tagsOf(span.scopeAttributes),
    ...tagsOf(span.attributes),
    ...(kind === 'UNSPECIFIED' ? [] : [textTag('span.kind', kind.toLowerCase())]),
    ...(statusCode === 'UNSET' ? [] : [textTag('otel.status_code', statusCode)]),
    ...(statusCode === 'ERROR' ? [{ key: 'error', type: 'bool', value: true } as const] : []),
    ...(statusMessage === '' ? [] : [textTag('otel.status_description', statusMessage)]),
    ...(span.traceState === '' ? [] : [textTag('w3c.tracestate', span.traceState)]),
  ];
}

function logOf({ time, name, attributes }: SelectedEvent): object {
  return {
    timestamp: micros(time),
    fields: [...(name === '' ? [] : [textTag('event', name)]), ...tagsOf(attributes)],
  };
}
