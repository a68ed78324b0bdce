import { FieldReader, readVarint, readVarintUint64, WireFormatError } from '@otelier/otlp';
import { addressOfBytes } from '../../spans/ip-address.ts';
import { MalformedSpansError } from '../../spans/malformed-spans.ts';
import {
  bytesField,
  bytesOf,
  fixed64Field,
  fixed64Of,
  inside,
  type MessageFields,
  readFields,
  textOf,
  varintField,
} from '../../spans/message-fields.ts';
import type { ZipkinAnnotation, ZipkinEndpoint, ZipkinSpan } from './zipkin-span.ts';

/** Decodes a version 2 request in protobuf (`zipkin.proto3.ListOfSpans`). Throws a `MalformedSpansError`. */
export function decodeProtobuf(body: Uint8Array): ZipkinSpan[] {
  try {
    return readFields<ZipkinSpan[]>([], new FieldReader(body), LIST_FIELDS);
  } catch (error) {
    if (!(error instanceof WireFormatError)) throw error;
    throw new MalformedSpansError(`body: expected a list of spans: ${error.message}`, { cause: error });
  }
}

type Draft<T> = { -readonly [Key in keyof T]: T[Key] };

interface SpanDraft extends Omit<Draft<ZipkinSpan>, 'annotations' | 'tags'> {
  readonly annotations: ZipkinAnnotation[];
  readonly tags: Map<string, string>;
}

const LIST_FIELDS: MessageFields<ZipkinSpan[]> = { 1: bytesField((spans, field) => spans.push(spanOf(field))) };
const KINDS = ['', 'CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'];

const SPAN_FIELDS: MessageFields<SpanDraft> = {
  1: bytesField((span, field) => {
    span.traceId = bytesOf(field);
  }),
  2: bytesField((span, field) => {
    span.parentId = field.valueEnd > field.valueStart ? bytesOf(field) : undefined;
  }),
  3: bytesField((span, field) => {
    span.id = bytesOf(field);
  }),
  4: varintField((span, field) => {
    span.kind = KINDS[readVarint(field.bytes, field.valueStart)] ?? '';
  }),
  5: bytesField((span, field) => {
    span.name = textOf(field);
  }),
  6: fixed64Field((span, field) => {
    span.timestamp = fixed64Of(field);
  }),
  7: varintField((span, field) => {
    span.duration = readVarintUint64(field.bytes, field.valueStart);
  }),
  8: bytesField((span, field) => {
    span.localEndpoint = endpointOf(field);
  }),
  9: bytesField((span, field) => {
    span.remoteEndpoint = endpointOf(field);
  }),
  10: bytesField((span, field) =>
    span.annotations.push(readFields({ timestamp: 0n, value: '' }, inside(field), ANNOTATION_FIELDS)),
  ),
  11: bytesField((span, field) => {
    const { key, value } = readFields({ key: '', value: '' }, inside(field), TAG_FIELDS);
    span.tags.set(key, value);
  }),
};

function spanOf(field: FieldReader): ZipkinSpan {
  const draft: SpanDraft = {
    ...{ traceId: NO_ID, id: NO_ID, parentId: undefined, name: '', kind: '', timestamp: 0n, duration: 0n },
    ...{ localEndpoint: undefined, remoteEndpoint: undefined, annotations: [], tags: new Map() },
  };
  const span = readFields(draft, inside(field), SPAN_FIELDS);
  requireLength(span.traceId, 16, 'trace_id');
  requireLength(span.id, 8, 'id');
  if (span.parentId !== undefined) requireLength(span.parentId, 8, 'parent_id');
  return span;
}

const NO_ID = new Uint8Array();

function requireLength(id: Uint8Array, length: number, field: string): void {
  if (id.length === length) return;
  throw new MalformedSpansError(`spans.${field}: expected ${length} bytes, got ${id.length}`);
}

const ENDPOINT_FIELDS: MessageFields<Draft<ZipkinEndpoint>> = {
  1: bytesField((endpoint, field) => {
    endpoint.serviceName = textOf(field);
  }),
  2: bytesField((endpoint, field) => {
    endpoint.ipv4 = addressOfBytes(bytesOf(field));
  }),
  3: bytesField((endpoint, field) => {
    endpoint.ipv6 = addressOfBytes(bytesOf(field));
  }),
  4: varintField((endpoint, field) => {
    endpoint.port = readVarint(field.bytes, field.valueStart) % 65_536;
  }),
};

function endpointOf(field: FieldReader): ZipkinEndpoint {
  return readFields({ serviceName: '', ipv4: '', ipv6: '', port: 0 }, inside(field), ENDPOINT_FIELDS);
}

const ANNOTATION_FIELDS: MessageFields<Draft<ZipkinAnnotation>> = {
  1: fixed64Field((annotation, field) => {
    annotation.timestamp = fixed64Of(field);
  }),
  2: bytesField((annotation, field) => {
    annotation.value = textOf(field);
  }),
};

const TAG_FIELDS: MessageFields<{ key: string; value: string }> = {
  1: bytesField((tag, field) => {
    tag.key = textOf(field);
  }),
  2: bytesField((tag, field) => {
    tag.value = textOf(field);
  }),
};
