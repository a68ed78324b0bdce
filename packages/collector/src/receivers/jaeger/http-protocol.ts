import type { PushResponse } from '@otelier/query';
import { mediaTypeOf } from '../../component/http/media-type.ts';
import type { PathRequest } from '../../component/http/push-server.ts';
import { textResponse } from '../../component/http/text-response.ts';
import { MalformedSpansError } from '../../spans/malformed-spans.ts';
import type { SpansProtocol } from '../../spans/receive-spans.ts';
import { BinaryReader } from '../../thrift/binary-reader.ts';
import { decodeThriftBatch } from './decode-thrift.ts';
import { spansOfThrift } from './to-spans.ts';

const CONTENT_TYPES = new Set(['application/x-thrift', 'application/vnd.apache.thrift.binary']);
const ACCEPTED: PushResponse = { status: 202, message: '', headers: {} };

/** Returns how a Thrift request over HTTP is read, with the responses of the Collector. */
export function httpProtocol({ contentType }: PathRequest, maxBytes: number): SpansProtocol {
  const type = mediaTypeOf(contentType);
  return {
    maxBytes,
    decode(body) {
      if (!CONTENT_TYPES.has(type)) throw new MalformedSpansError(`Unsupported content type: ${type}`);
      return spansOfThrift(decodeThriftBatch(new BinaryReader(body)));
    },
    malformed: (message) => textResponse(400, message),
    respond: (outcome) =>
      outcome.kind === 'retry' || outcome.kind === 'refused'
        ? textResponse(500, `Cannot submit Jaeger batch: ${outcome.reason}`)
        : ACCEPTED,
  };
}
