import {
  findField,
  forEachPayload,
  payloadEnd,
  payloadStart,
  RESOURCE_FIELDS,
  SCOPE_FIELDS,
  ScopeView,
  SpanView,
} from '@otelier/otlp';
import { SERVICE_NAME_SOURCE } from '../../spans/service-name.ts';
import { convertSpan } from './convert-span.ts';
import { type OutgoingSpan, UnsendableSpanError } from './outgoing-span.ts';
import { addTags } from './tags.ts';

/** The spans of requests for Zipkin. */
export interface ConvertedSpans {
  readonly spans: readonly OutgoingSpan[];
  readonly rejectedSpans: number;
  /** Why the first rejected span was rejected. */
  readonly reason: string;
}

/** Field numbers of `ExportTraceServiceRequest`, `ResourceSpans` and `ScopeSpans`. */
const RESOURCE_SPANS = 1;
const RESOURCE = 1;
const SCOPE_SPANS = 2;
const SCOPE = 1;
const SPANS = 2;

/**
 * Converts normalized requests to spans of Zipkin, as the Collector does. Spans that it cannot represent are left out and
 * counted; `check` throws an `UnsendableSpanError` for further ones.
 */
export function convertRequests(
  requests: readonly Uint8Array[],
  defaultServiceName: string,
  check: (span: OutgoingSpan) => void,
): ConvertedSpans {
  const spans: OutgoingSpan[] = [];
  const view = new SpanView();
  let rejectedSpans = 0;
  let reason = '';
  const convert = (bytes: Uint8Array, from: number, to: number, serviceName: string, tags: Map<string, string>) => {
    try {
      const span = convertSpan(view.reset(bytes, from, to), serviceName, tags);
      check(span);
      spans.push(span);
    } catch (error) {
      if (!(error instanceof UnsendableSpanError)) throw error;
      rejectedSpans += 1;
      reason ||= error.message;
    }
  };
  for (const bytes of requests) {
    forEachPayload(bytes, 0, bytes.length, RESOURCE_SPANS, (start, end) => {
      const { serviceName, tags } = readResource(bytes, start, end, defaultServiceName);
      forEachPayload(bytes, start, end, SCOPE_SPANS, (scopeStart, scopeEnd) => {
        // As in the Collector, the tags of a scope stay for the scopes after it.
        readScope(bytes, scopeStart, scopeEnd, tags);
        forEachPayload(bytes, scopeStart, scopeEnd, SPANS, (from, to) => convert(bytes, from, to, serviceName, tags));
      });
    });
  }
  return { spans, rejectedSpans, reason };
}

function readResource(bytes: Uint8Array, start: number, end: number, defaultServiceName: string) {
  const tags = new Map<string, string>();
  const resource = findField(bytes, start, end, RESOURCE);
  if (resource >= 0) {
    addTags(tags, bytes, payloadStart(bytes, resource), payloadEnd(bytes, resource), RESOURCE_FIELDS.attributes);
  }
  const resourceId = tags.get('cloud.resource_id');
  if (resourceId !== undefined) {
    if (!tags.has('faas.id')) tags.set('faas.id', resourceId);
    tags.delete('cloud.resource_id');
  }
  return { serviceName: takeServiceName(tags) ?? defaultServiceName, tags };
}

/** The attributes that can name a service, in order of preference. */
const SERVICE_NAMES = ['service.name', 'faas.name', 'k8s.deployment.name', 'process.executable.name'];

function takeServiceName(tags: Map<string, string>): string | undefined {
  const source = SERVICE_NAMES.find((name) => tags.has(name));
  if (source === undefined) return undefined;
  const serviceName = tags.get(source);
  tags.delete(source);
  // The receiver of the Collector makes it the same attribute again.
  if (source !== SERVICE_NAMES[0]) tags.set(SERVICE_NAME_SOURCE, source);
  return serviceName;
}

const scopeView = new ScopeView();

function readScope(bytes: Uint8Array, start: number, end: number, tags: Map<string, string>): void {
  const scope = findField(bytes, start, end, SCOPE);
  if (scope < 0) return;
  const [from, to] = [payloadStart(bytes, scope), payloadEnd(bytes, scope)];
  addTags(tags, bytes, from, to, SCOPE_FIELDS.attributes);
  const { name, version } = scopeView.reset(bytes, from, to);
  if (name !== '') tags.set('otel.library.name', name);
  if (version !== '') tags.set('otel.library.version', version);
}
