import { SPAN_EVENT_FIELDS, SPAN_FIELDS, SPAN_LINK_FIELDS, type SpanEventView, type SpanView } from '@otelier/otlp';
import { attributeText } from '../../../ottl/values/text.ts';
import type { ValueMap } from '../../../ottl/values/value.ts';
import { NO_SERVICE_NAME } from '../../../spans/service-name.ts';
import { SPAN_KIND, type SpanAttribute, STATUS_CODE } from '../../../spans/span-data.ts';
import { isEmptyId } from '../../../spans/write-spans.ts';
import { attributesIn, type Origin, type Resource, type Scope } from '../../elasticsearch/origin.ts';

/** A span as `jaeger.api_v2.Span`, with its process. Times are nanoseconds since the Unix epoch. */
export interface OutgoingSpan {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly operationName: string;
  readonly references: readonly OutgoingReference[];
  readonly flags: number;
  readonly startNanos: bigint;
  readonly durationNanos: bigint;
  readonly tags: readonly OutgoingTag[];
  readonly logs: readonly OutgoingLog[];
  readonly process: OutgoingProcess;
}

/** A tag, whose value has the type of the tag. */
export type OutgoingTag = readonly [key: string, value: SpanAttribute];

/** A reference to the parent or to a linked span. */
export interface OutgoingReference {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly isChildOf: boolean;
}

/** An event of a span. */
export interface OutgoingLog {
  readonly timeNanos: bigint;
  readonly fields: readonly OutgoingTag[];
}

/** The resource of a span. */
export interface OutgoingProcess {
  readonly serviceName: string;
  readonly tags: readonly OutgoingTag[];
}

/** Converts a span as the Collector's translator does. */
export function outgoingSpan(span: SpanView, { resource, scope }: Origin): OutgoingSpan {
  const startNanos = signed(span.startTimeUnixNano);
  return {
    traceId: fixed(span.traceIdBytes, TRACE_ID_BYTES),
    spanId: fixed(span.spanIdBytes, SPAN_ID_BYTES),
    operationName: span.name,
    references: referencesOf(span),
    flags: span.flags & SAMPLED,
    startNanos,
    durationNanos: clamp(signed(span.endTimeUnixNano) - startNanos),
    tags: tagsOf(span, scope),
    logs: span.events.map(logOf),
    process: processOf(resource),
  };
}

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;
const SAMPLED = 1;

function signed(nanos: bigint): bigint {
  return BigInt.asIntN(64, nanos);
}

const MAX = 2n ** 63n - 1n;

function clamp(nanos: bigint): bigint {
  if (nanos > MAX) return MAX;
  return nanos < -MAX - 1n ? -MAX - 1n : nanos;
}

/** Returns a copy of an ID, with zeros if there is none. */
function fixed(id: Uint8Array, length: number): Uint8Array {
  return id.length === length ? id.slice() : new Uint8Array(length);
}

const processes = new WeakMap<Resource, OutgoingProcess>();

function processOf(resource: Resource): OutgoingProcess {
  const known = processes.get(resource);
  if (known !== undefined) return known;
  const { attributes } = resource;
  const name = attributes.get(SERVICE_NAME);
  const process = {
    serviceName: attributes.size === 0 ? NO_SERVICE_NAME : typeof name === 'string' ? name : '',
    tags: [...attributes].flatMap(([key, value]) => (key === SERVICE_NAME ? [] : [tagOf(key, value)])),
  };
  processes.set(resource, process);
  return process;
}

const SERVICE_NAME = 'service.name';

function tagOf(key: string, value: ValueMap extends Map<string, infer V> ? V : never): OutgoingTag {
  const isPlain = typeof value !== 'object' || value instanceof Uint8Array;
  return [key, value === undefined ? '' : isPlain ? value : attributeText(value)];
}

/** Returns tags, with the name of the status code of HTTP that Jaeger knows. */
function attributeTags(attributes: ValueMap): readonly OutgoingTag[] {
  return [...attributes].map(([key, value]) =>
    tagOf(key === 'http.response.status_code' ? 'http.status_code' : key, value),
  );
}

function tagsOf(span: SpanView, scope: Scope): readonly OutgoingTag[] {
  const kind = KINDS.get(span.kind);
  const { statusCode, statusMessage, traceState } = span;
  const status = STATUSES.get(statusCode);
  return [
    ...textTag('otel.scope.name', scope.name),
    ...textTag('otel.scope.version', scope.version),
    ...attributeTags(attributesIn(span, SPAN_FIELDS.attributes)),
    ...textTag('span.kind', kind ?? ''),
    ...textTag('otel.status_code', status ?? ''),
    ...(statusCode === STATUS_CODE.error ? [['error', true] as const] : []),
    ...textTag('otel.status_description', statusMessage),
    ...textTag('w3c.tracestate', traceState),
  ];
}

function textTag(key: string, value: string): readonly OutgoingTag[] {
  return value === '' ? [] : [[key, value]];
}

const KINDS: ReadonlyMap<number, string> = new Map(
  Object.entries(SPAN_KIND).flatMap(([name, kind]) => (kind === SPAN_KIND.unspecified ? [] : [[kind, name] as const])),
);

const STATUSES: ReadonlyMap<number, string> = new Map([
  [STATUS_CODE.ok, 'OK'],
  [STATUS_CODE.error, 'ERROR'],
]);

/** The parent comes first. A link to the parent tells only how it is referred to. */
function referencesOf({ traceIdBytes, parentSpanIdBytes, links }: SpanView): readonly OutgoingReference[] {
  const traceId = fixed(traceIdBytes, TRACE_ID_BYTES);
  const parentId = fixed(parentSpanIdBytes, SPAN_ID_BYTES);
  const hasParent = !isEmptyId(parentId);
  let isChildOfParent = true;
  const linked: OutgoingReference[] = [];
  for (const link of links) {
    const reference = {
      traceId: fixed(link.traceIdBytes, TRACE_ID_BYTES),
      spanId: fixed(link.spanIdBytes, SPAN_ID_BYTES),
      isChildOf: attributesIn(link, SPAN_LINK_FIELDS.attributes).get('opentracing.ref_type') === 'child_of',
    };
    const isParent = hasParent && isSame(reference.traceId, traceId) && isSame(reference.spanId, parentId);
    if (isParent) isChildOfParent = reference.isChildOf;
    else linked.push(reference);
  }
  return hasParent ? [{ traceId, spanId: parentId, isChildOf: isChildOfParent }, ...linked] : linked;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function logOf(event: SpanEventView): OutgoingLog {
  const attributes = attributesIn(event, SPAN_EVENT_FIELDS.attributes);
  const name = attributes.has('event') ? [] : textTag('event', event.name);
  return { timeNanos: signed(event.timeUnixNano), fields: [...name, ...attributeTags(attributes)] };
}
