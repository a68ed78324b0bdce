import { ACCEPTED, type Outcome } from '@otelier/otlp';
import type { IngestTarget, PushRequest, PushResponse } from '@otelier/query';
import { withPushBody } from '../component/http/push-body.ts';
import { textResponse } from '../component/http/text-response.ts';
import { MalformedSpansError } from './malformed-spans.ts';
import type { ResourceSpansData } from './span-data.ts';
import { writeSpans } from './write-spans.ts';

/** How a protocol reads its requests, and how it responds. */
export interface SpansProtocol {
  /** Maximum size of a body before and after decompression. */
  readonly maxBytes: number;
  /** Decodes a body. Throws a `MalformedSpansError`. */
  decode(body: Uint8Array): Iterable<ResourceSpansData>;
  /** Responds to a request whose spans were decoded. */
  respond(outcome: Outcome): PushResponse;
  /** Responds to a request that cannot be decoded. */
  malformed(message: string): PushResponse;
}

/** Reads a request of another protocol, converts its spans to OTLP and passes them on. */
export function receiveSpans(
  request: PushRequest,
  target: IngestTarget,
  protocol: SpansProtocol,
): Promise<PushResponse> {
  return withPushBody(request, target, protocol.maxBytes, async (read) => {
    switch (read.kind) {
      case 'ok':
        return passOn(read.body, target, protocol);
      case 'too_large':
        return textResponse(413, read.reason);
      case 'no_memory':
        return textResponse(503, read.reason, { 'retry-after': '1' });
      case 'malformed':
        return protocol.malformed(read.reason);
    }
  });
}

async function passOn(body: Uint8Array, target: IngestTarget, protocol: SpansProtocol): Promise<PushResponse> {
  try {
    const { bytes, itemCount } = writeSpans(protocol.decode(body));
    return protocol.respond(itemCount === 0 ? ACCEPTED : await target.consume(bytes, itemCount));
  } catch (error) {
    if (!(error instanceof MalformedSpansError)) throw error;
    return protocol.malformed(error.message);
  }
}
