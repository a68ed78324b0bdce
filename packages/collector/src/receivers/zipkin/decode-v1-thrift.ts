import { encodeBase64 } from '@otelier/otlp';
import { decodeThrift } from '../../spans/decode-thrift.ts';
import { addressOfBytes } from '../../spans/ip-address.ts';
import type { SpanAttribute } from '../../spans/span-data.ts';
import { idOfHalves } from '../../spans/span-id.ts';
import { BinaryReader } from '../../thrift/binary-reader.ts';
import {
  i16Field,
  i32Field,
  i64Field,
  listField,
  readStruct,
  type StructFields,
  stringField,
  structField,
} from '../../thrift/struct-fields.ts';
import type { ThriftReader } from '../../thrift/thrift-reader.ts';
import type { AnnotationV1, BinaryAnnotation, EndpointV1, ZipkinSpanV1 } from './v1-span.ts';

/** Decodes a version 1 request in Thrift: a list of spans in the binary protocol. Throws a `MalformedSpansError`. */
export function decodeV1Thrift(body: Uint8Array): ZipkinSpanV1[] {
  return decodeThrift('a Thrift list of spans', () => {
    const spans: ZipkinSpanV1[] = [];
    const reader = new BinaryReader(body);
    reader.list(() => spans.push(spanOf(reader)));
    return spans;
  });
}

interface SpanDraft {
  traceIdLow: bigint;
  traceIdHigh: bigint;
  id: bigint;
  parentId: bigint;
  name: string;
  timestamp: bigint | undefined;
  duration: bigint;
  readonly annotations: AnnotationV1[];
  readonly binaryAnnotations: BinaryAnnotation[];
}

const SPAN_FIELDS: StructFields<SpanDraft> = {
  1: i64Field((span, reader) => {
    span.traceIdLow = reader.i64();
  }),
  3: stringField((span, reader) => {
    span.name = reader.text();
  }),
  4: i64Field((span, reader) => {
    span.id = reader.i64();
  }),
  5: i64Field((span, reader) => {
    span.parentId = reader.i64();
  }),
  6: listField((span, reader) => span.annotations.push(annotationOf(reader))),
  8: listField((span, reader) => span.binaryAnnotations.push(tagOf(reader))),
  10: i64Field((span, reader) => {
    span.timestamp = reader.i64();
  }),
  11: i64Field((span, reader) => {
    span.duration = reader.i64();
  }),
  12: i64Field((span, reader) => {
    span.traceIdHigh = reader.i64();
  }),
};

function spanOf(reader: ThriftReader): ZipkinSpanV1 {
  const draft: SpanDraft = {
    ...{ traceIdLow: 0n, traceIdHigh: 0n, id: 0n, parentId: 0n, name: '', timestamp: undefined, duration: 0n },
    ...{ annotations: [], binaryAnnotations: [] },
  };
  const { traceIdLow, traceIdHigh, id, parentId, ...rest } = readStruct(draft, reader, SPAN_FIELDS);
  return {
    traceId: idOfHalves(traceIdHigh, traceIdLow),
    id: idOfHalves(id),
    parentId: idOfHalves(parentId),
    ...rest,
  };
}

type Draft<T> = { -readonly [Key in keyof T]: T[Key] };

const ANNOTATION_FIELDS: StructFields<Draft<AnnotationV1>> = {
  1: i64Field((annotation, reader) => {
    annotation.timestamp = reader.i64();
  }),
  2: stringField((annotation, reader) => {
    annotation.value = reader.text();
  }),
  3: structField((annotation, reader) => {
    annotation.endpoint = endpointOf(reader);
  }),
};

function annotationOf(reader: ThriftReader): AnnotationV1 {
  return readStruct({ timestamp: 0n, value: '', endpoint: undefined }, reader, ANNOTATION_FIELDS);
}

interface TagDraft {
  key: string;
  bytes: Uint8Array;
  kind: number;
  endpoint: EndpointV1 | undefined;
}

const TAG_FIELDS: StructFields<TagDraft> = {
  1: stringField((tag, reader) => {
    tag.key = reader.text();
  }),
  2: stringField((tag, reader) => {
    tag.bytes = reader.binary();
  }),
  3: i32Field((tag, reader) => {
    tag.kind = reader.i32();
  }),
  4: structField((tag, reader) => {
    tag.endpoint = endpointOf(reader);
  }),
};

function tagOf(reader: ThriftReader): BinaryAnnotation {
  const draft: TagDraft = { key: '', bytes: new Uint8Array(), kind: 0, endpoint: undefined };
  const { key, bytes, kind, endpoint } = readStruct(draft, reader, TAG_FIELDS);
  const text = Buffer.from(bytes).toString('utf8');
  return { key, value: tagValue(kind, bytes, text), text, serviceName: endpoint?.serviceName };
}

/** As in the Collector, integers of 16 and 32 bits are unsigned. */
function tagValue(kind: number, bytes: Uint8Array, text: string): SpanAttribute {
  const size = VALUE_SIZES.get(kind);
  if (size !== undefined && bytes.length < size) return '<not enough bytes representing the number>';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (kind) {
    case KIND.bool:
      return bytes.length === 1 && bytes[0] === 1;
    case KIND.bytes:
      return encodeBase64(bytes);
    case KIND.i16:
      return BigInt(view.getUint16(0));
    case KIND.i32:
      return BigInt(view.getUint32(0));
    case KIND.i64:
      return view.getBigInt64(0);
    case KIND.double:
      return view.getFloat64(0);
    case KIND.string:
      return text;
    default:
      return `<unknown zipkin v1 binary annotation type (${kind})>`;
  }
}

const KIND = { bool: 0, bytes: 1, i16: 2, i32: 3, i64: 4, double: 5, string: 6 } as const;
const VALUE_SIZES: ReadonlyMap<number, number> = new Map([
  [KIND.i16, 2],
  [KIND.i32, 4],
  [KIND.i64, 8],
  [KIND.double, 8],
]);

interface EndpointDraft {
  serviceName: string;
  ipv4: number;
  ipv6: Uint8Array;
  port: number;
}

const ENDPOINT_FIELDS: StructFields<EndpointDraft> = {
  1: i32Field((endpoint, reader) => {
    endpoint.ipv4 = reader.i32();
  }),
  2: i16Field((endpoint, reader) => {
    endpoint.port = reader.i16();
  }),
  3: stringField((endpoint, reader) => {
    endpoint.serviceName = reader.text();
  }),
  4: stringField((endpoint, reader) => {
    endpoint.ipv6 = reader.binary();
  }),
};

function endpointOf(reader: ThriftReader): EndpointV1 {
  const draft: EndpointDraft = { serviceName: '', ipv4: 0, ipv6: new Uint8Array(), port: 0 };
  const { serviceName, ipv4, ipv6, port } = readStruct(draft, reader, ENDPOINT_FIELDS);
  const address = ipv4 === 0 ? '' : [ipv4 >>> 24, (ipv4 >> 16) & 255, (ipv4 >> 8) & 255, ipv4 & 255].join('.');
  return { serviceName, ipv4: address, ipv6: addressOfBytes(ipv6), port };
}
