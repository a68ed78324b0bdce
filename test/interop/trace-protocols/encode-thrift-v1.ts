import type { Random } from '@otelier/testkit';
import { addressBytes } from './encode-zipkin.ts';
import { BinaryWriter, type ThriftField, type ThriftValue } from './thrift-writer.ts';
import type { EndpointJson, ZipkinV1Json } from './zipkin-spans.ts';

/** Encodes spans of version 1 as a Thrift list. The tags have random types. */
export function encodeThriftSpans(spans: readonly ZipkinV1Json[], random: Random): Uint8Array {
  const writer = new BinaryWriter();
  writer.list(spans.map((span) => ({ struct: spanFields(span, random) })));
  return writer.bytes();
}

function spanFields(span: ZipkinV1Json, random: Random): ThriftField[] {
  const high = span.traceId.length === 32 ? span.traceId.slice(0, 16) : undefined;
  return [
    [1, id(span.traceId.slice(-16))],
    [3, { binary: span.name ?? '' }],
    [4, id(span.id)],
    [5, span.parentId === undefined ? undefined : id(span.parentId)],
    [
      6,
      {
        list: span.annotations.map(({ timestamp, value, endpoint }) => ({
          struct: [
            [1, { i64: BigInt(timestamp) }],
            [2, { binary: value }],
            [3, endpoint === undefined ? undefined : endpointValue(endpoint)],
          ],
        })),
      },
    ],
    [8, { list: span.binaryAnnotations.map((tag) => ({ struct: tagFields(tag, random) })) }],
    [9, { bool: true }],
    [10, span.timestamp === undefined ? undefined : { i64: BigInt(span.timestamp) }],
    [11, span.duration === undefined ? undefined : { i64: BigInt(span.duration) }],
    [12, high === undefined ? undefined : id(high)],
  ];
}

function tagFields({ key, value, endpoint }: ZipkinV1Json['binaryAnnotations'][number], random: Random): ThriftField[] {
  // Most tags are strings. The others have 0 to 8 bytes, so that some are too short for their type.
  const type = random(2) === 0 ? 6 : random(9);
  const bytes = type === 6 ? Buffer.from(value) : Buffer.from(Array.from({ length: random(9) }, () => random(256)));
  return [
    [1, { binary: key }],
    [2, { binary: type === 5 ? doubleBytes(random) : bytes }],
    [3, { i32: type }],
    [4, endpoint === undefined ? undefined : endpointValue(endpoint)],
  ];
}

function doubleBytes(random: Random): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(random(1000) / 8);
  return bytes;
}

function endpointValue({ serviceName = '', ipv4, ipv6, port = 0 }: EndpointJson): ThriftValue {
  return {
    struct: [
      [1, { i32: ipv4 === undefined ? 0 : Buffer.from(addressBytes(ipv4)).readInt32BE() }],
      [2, { i16: (port << 16) >> 16 }],
      [3, { binary: serviceName }],
      [4, ipv6 === undefined ? undefined : { binary: addressBytes(ipv6) }],
    ],
  };
}

function id(digits: string): ThriftValue {
  return { i64: BigInt.asIntN(64, BigInt(`0x${digits}`)) };
}
