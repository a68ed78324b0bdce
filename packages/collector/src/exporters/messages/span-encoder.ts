import { encodeHex, forEachSpan } from '@otelier/otlp';
import type { LoadSpanEncoder, MessageEncoder } from '../../messages/encode.ts';
import type { EncodedMessage } from '../../messages/encoded-messages.ts';
import { EvaluationError } from '../../ottl/values/value.ts';
import { NO_SERVICE_NAME } from '../../spans/service-name.ts';
import { OriginReader } from '../elasticsearch/origin.ts';
import { type ConvertedSpans, convertRequests } from '../zipkin/convert-requests.ts';
import { checkJson, encodeJson } from '../zipkin/encode-json.ts';
import { encodeProtobuf } from '../zipkin/encode-protobuf.ts';
import { encodeSpanJson } from './jaeger/encode-json.ts';
import { encodeSpan } from './jaeger/encode-protobuf.ts';
import { type OutgoingSpan, outgoingSpan } from './jaeger/outgoing-span.ts';

/** Returns the encoder of an encoding of spans by its name. */
export const spanEncoder: Awaited<ReturnType<LoadSpanEncoder>> = (encoding): MessageEncoder => {
  switch (encoding) {
    case 'zipkin_json':
      return zipkinEncoder(encodeJson, checkJson);
    case 'zipkin_proto':
      return zipkinEncoder(encodeProtobuf, () => {});
    case 'jaeger_proto':
      return jaegerEncoder(encodeSpan);
    case 'jaeger_json':
      return jaegerEncoder(encodeSpanJson);
    default:
      throw new Error(`${encoding} is not an encoding of spans`);
  }
};

type ZipkinSpans = ConvertedSpans['spans'];

function zipkinEncoder(encode: (spans: ZipkinSpans) => Uint8Array | string, check: typeof checkJson): MessageEncoder {
  return (request) => {
    const { spans, rejectedSpans, reason } = convertRequests([request], NO_SERVICE_NAME, check);
    const messages = spans.length === 0 ? [] : [{ value: Buffer.from(encode(spans)), itemCount: spans.length }];
    return { messages, rejectedItems: rejectedSpans, reason };
  };
}

/** Returns an encoder to a message for each span, whose key is the trace ID. */
function jaegerEncoder(encode: (span: OutgoingSpan) => Uint8Array | string): MessageEncoder {
  return (request) => {
    const messages: EncodedMessage[] = [];
    const origins = new OriginReader();
    let rejectedItems = 0;
    let reason = '';
    forEachSpan(request, (view) => {
      try {
        const span = outgoingSpan(view, origins.read(view.resource, view.scope));
        messages.push({ key: traceKey(span.traceId), value: Buffer.from(encode(span)), itemCount: 1 });
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
        rejectedItems += 1;
        reason ||= error.message;
      }
    });
    return { messages, rejectedItems, reason };
  };
}

/** Returns a trace ID as Jaeger shows it: 16 digits if the first half is zero. */
function traceKey(traceId: Uint8Array): Buffer {
  const digits = encodeHex(traceId);
  return Buffer.from(/^0{16}/.test(digits) ? digits.slice(16) : digits);
}
