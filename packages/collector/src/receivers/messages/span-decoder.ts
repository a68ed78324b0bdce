import { WireWriter } from '@otelier/otlp';
import type { DecodeSpans } from '../../messages/decode.ts';
import { decodeSpanJson } from '../jaeger/decode-json.ts';
import { decodePostSpans } from '../jaeger/decode-protobuf.ts';
import { spansOfProtobuf } from '../jaeger/to-spans.ts';
import { decodeJson } from '../zipkin/decode-json.ts';
import { decodeProtobuf } from '../zipkin/decode-protobuf.ts';
import { decodeV1Thrift } from '../zipkin/decode-v1-thrift.ts';
import { spansOfV1 } from '../zipkin/v1-to-spans.ts';
import { spansOfV2 } from '../zipkin/v2-to-spans.ts';

/** Returns the decoder of an encoding of spans by its name. */
export function spanDecoder(encoding: string): DecodeSpans {
  switch (encoding) {
    case 'zipkin_proto':
      return (value) => spansOfV2(decodeProtobuf(value), false);
    case 'zipkin_json':
      return (value) => spansOfV2(decodeJson(value), false);
    case 'zipkin_thrift':
      return (value) => spansOfV1(decodeV1Thrift(value), undefined);
    case 'jaeger_proto':
      return (value) => spansOfProtobuf(decodePostSpans(nested(value, 2)));
    case 'jaeger_proto_batch':
      return (value) => spansOfProtobuf(decodePostSpans(nested(value, 1)));
    case 'jaeger_json':
      return (value) => spansOfProtobuf(decodeSpanJson(value));
    default:
      throw new Error(`${encoding} is not an encoding of spans`);
  }
}

/** The field of a `PostSpansRequest` that contains the batch, and that of a batch that contains a span. */
const FIRST_FIELD = 1;

/** Returns a `PostSpansRequest` with a batch (one level) or with a batch of one span (two levels). */
function nested(message: Uint8Array, levels: number): Uint8Array {
  const writer = new WireWriter(message.length + 16);
  for (let level = 0; level < levels; level++) writer.open(FIRST_FIELD);
  writer.raw(message);
  for (let level = 0; level < levels; level++) writer.close();
  return writer.finish();
}
