import {
  type MessageView,
  SPAN_EVENT_FIELDS,
  SPAN_FIELDS,
  SPAN_LINK_FIELDS,
  type SpanEventView,
  type SpanLinkView,
  type SpanView,
} from '@otelier/otlp';
import { readMap } from '../../ottl/values/codec.ts';
import { jsonOf } from '../../ottl/values/text.ts';
import { EvaluationError } from '../../ottl/values/value.ts';
import { SPAN_KIND, STATUS_CODE } from '../../spans/span-data.ts';
import { isEmptyId } from '../../spans/write-spans.ts';
import { endpointOf, LOCAL, REMOTE } from './endpoint.ts';
import { type OutgoingAnnotation, type OutgoingSpan, UnsendableSpanError } from './outgoing-span.ts';
import { addTags } from './tags.ts';

const NANOS_PER_SECOND = 1_000_000_000n;

/** Converts a span with the tags of its resource and scope. Throws an `UnsendableSpanError`. */
export function convertSpan(span: SpanView, serviceName: string, groupTags: ReadonlyMap<string, string>): OutgoingSpan {
  const tags = new Map(groupTags);
  addTags(tags, span.bytes, span.start, span.end, SPAN_FIELDS.attributes);
  const statusCode = tags.get('http.response.status_code');
  if (statusCode !== undefined && !tags.has('http.status_code')) tags.set('http.status_code', statusCode);
  const { traceIdBytes, spanIdBytes, parentSpanIdBytes, traceState, kind } = span;
  if (isEmptyId(traceIdBytes)) throw new UnsendableSpanError('expected a trace ID, got none');
  if (isEmptyId(spanIdBytes)) throw new UnsendableSpanError('expected a span ID, got none');
  if (traceState !== '') tags.set('w3c.tracestate', traceState);
  if (kind === SPAN_KIND.internal) tags.set('span.kind', 'internal');
  const used = new Set<string>();
  const localEndpoint = endpointOf(tags, serviceName, LOCAL, used);
  const remoteEndpoint = endpointOf(tags, '', REMOTE, used);
  for (const name of used) tags.delete(name);
  addStatus(span, tags);
  const { startTimeUnixNano, endTimeUnixNano } = span;
  const start = BigInt.asIntN(64, startTimeUnixNano);
  const annotations = span.events.map((event) => annotationOf(event));
  for (const [index, link] of span.links.entries()) tags.set(`otlp.link.${index}`, linkText(link));
  return {
    traceId: traceIdBytes.slice(),
    id: spanIdBytes.slice(),
    parentId: isEmptyId(parentSpanIdBytes) ? undefined : parentSpanIdBytes.slice(),
    name: span.name,
    kind: KINDS.get(kind) ?? '',
    // Spans of Zipkin without a start time start within the first second of the epoch.
    start: start >= 0n && start < NANOS_PER_SECOND ? undefined : start,
    duration: endTimeUnixNano === 0n ? 0n : BigInt.asIntN(64, endTimeUnixNano - startTimeUnixNano),
    ...{ localEndpoint, remoteEndpoint, annotations, tags },
  };
}

const KINDS: ReadonlyMap<number, string> = new Map([
  [SPAN_KIND.client, 'CLIENT'],
  [SPAN_KIND.server, 'SERVER'],
  [SPAN_KIND.producer, 'PRODUCER'],
  [SPAN_KIND.consumer, 'CONSUMER'],
]);

function addStatus({ statusCode, statusMessage }: SpanView, tags: Map<string, string>): void {
  // To Zipkin, a span with the tag failed, whatever its value.
  if (statusCode === STATUS_CODE.error) tags.set('error', 'true');
  else tags.delete('error');
  if (statusCode === STATUS_CODE.unset) return;
  tags.set('otel.status_code', STATUS_NAMES.get(statusCode) ?? '');
  if (statusMessage !== '') tags.set('otel.status_description', statusMessage);
}

const STATUS_NAMES: ReadonlyMap<number, string> = new Map([
  [STATUS_CODE.ok, 'STATUS_CODE_OK'],
  [STATUS_CODE.error, 'STATUS_CODE_ERROR'],
]);

function annotationOf(event: SpanEventView): OutgoingAnnotation {
  const { name, droppedAttributesCount } = event;
  const time = BigInt.asIntN(64, event.timeUnixNano);
  if (event.attributes.size === 0 && droppedAttributesCount === 0) return { time, value: name };
  return { time, value: `${name}|${attributesJson(event, SPAN_EVENT_FIELDS.attributes)}|${droppedAttributesCount}` };
}

function linkText(link: SpanLinkView): string {
  const { traceId, spanId, traceState, droppedAttributesCount } = link;
  const json = attributesJson(link, SPAN_LINK_FIELDS.attributes);
  const idOf = (id: string): string => (/^0*$/.test(id) ? '' : id);
  return `${idOf(traceId)}|${idOf(spanId)}|${traceState}|${json}|${droppedAttributesCount}`;
}

function attributesJson({ bytes, start, end }: MessageView, field: number): string {
  try {
    return jsonOf(readMap(bytes, start, end, field));
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    throw new UnsendableSpanError(error.message, { cause: error });
  }
}
