import type { PushResponse } from '@otelier/query';
import { mediaTypeOf } from '../../component/http/media-type.ts';
import type { PathRequest } from '../../component/http/push-server.ts';
import { textResponse } from '../../component/http/text-response.ts';
import type { SpansProtocol } from '../../spans/receive-spans.ts';
import type { ResourceSpansData } from '../../spans/span-data.ts';
import { decodeJson } from './decode-json.ts';
import { decodeProtobuf } from './decode-protobuf.ts';
import { decodeV1Json } from './decode-v1-json.ts';
import { decodeV1Thrift } from './decode-v1-thrift.ts';
import { spansOfV1 } from './v1-to-spans.ts';
import { spansOfV2 } from './v2-to-spans.ts';

/** Options for `zipkinProtocol`. */
export interface ZipkinOptions {
  readonly maxBytes: number;
  readonly parseStringTags: boolean;
  /** Returns the time in milliseconds, which spans of version 1 get that have none. */
  nowMillis(): number;
}

/** Returns how a request of Zipkin is read: its path determines the version, its content type the encoding. */
export function zipkinProtocol({ path, contentType }: PathRequest, options: ZipkinOptions): SpansProtocol {
  const type = mediaTypeOf(contentType);
  const decode = path.includes('api/v1/spans') ? decoderV1(type, options) : decoderV2(type, options);
  return {
    maxBytes: options.maxBytes,
    decode,
    malformed: (message) => textResponse(400, message),
    respond: ({ kind }) => RESPONSES[kind],
  };
}

type Decoder = (body: Uint8Array) => ResourceSpansData[];

function decoderV1(type: string, { parseStringTags, nowMillis }: ZipkinOptions): Decoder {
  if (type === 'application/x-thrift') return (body) => spansOfV1(decodeV1Thrift(body), undefined);
  return (body) => spansOfV1(decodeV1Json(body, parseStringTags), BigInt(Math.trunc(nowMillis())) * 1_000_000n);
}

function decoderV2(type: string, { parseStringTags }: ZipkinOptions): Decoder {
  const decode = type === 'application/x-protobuf' ? decodeProtobuf : decodeJson;
  return (body) => spansOfV2(decode(body), parseStringTags);
}

/** The responses of the Collector. The protocol has none for spans that are partly rejected. */
const RESPONSES: Readonly<Record<'accepted' | 'partial' | 'retry' | 'refused', PushResponse>> = {
  accepted: { status: 202, message: '', headers: {} },
  partial: { status: 202, message: '', headers: {} },
  retry: { status: 500, message: '"Internal Server Error"', headers: {} },
  refused: { status: 400, message: '"Bad Request"', headers: {} },
};
