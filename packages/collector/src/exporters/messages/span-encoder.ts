import type { LoadSpanEncoder, MessageEncoder } from '../../messages/encode.ts';
import { NO_SERVICE_NAME } from '../../spans/service-name.ts';
import { convertRequests } from '../zipkin/convert-requests.ts';
import { checkJson, encodeJson } from '../zipkin/encode-json.ts';
import { encodeProtobuf } from '../zipkin/encode-protobuf.ts';

/** Returns the encoder of an encoding of spans by its name. */
export const spanEncoder: Awaited<ReturnType<LoadSpanEncoder>> = (encoding): MessageEncoder => {
  const isJson = encoding === 'zipkin_json';
  const encode = isJson ? encodeJson : encodeProtobuf;
  const check = isJson ? checkJson : () => {};
  return (request) => {
    const { spans, rejectedSpans, reason } = convertRequests([request], NO_SERVICE_NAME, check);
    const messages = spans.length === 0 ? [] : [{ value: Buffer.from(encode(spans)), itemCount: spans.length }];
    return { messages, rejectedItems: rejectedSpans, reason };
  };
};
