import { ACCEPTED, type Outcome } from '@otelier/otlp';
import type { IngestTarget, PushRequest, PushResponse } from '@otelier/query';
import { compressionOfName, type Decompressed, decompress } from '@otelier/transport';
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

/** Memory that a request needs in relation to its size: decoded spans, text and OTLP. */
const MEMORY_FACTOR = 8;

/** Reads a request of another protocol, converts its spans to OTLP and passes them on. */
export async function receiveSpans(
  request: PushRequest,
  target: IngestTarget,
  protocol: SpansProtocol,
): Promise<PushResponse> {
  const { maxBytes } = protocol;
  const compression = compressionOfName(request.contentEncoding);
  if (compression === undefined) {
    return protocol.malformed(`content-encoding: expected gzip, got ${JSON.stringify(request.contentEncoding)}`);
  }
  const announced = request.contentLength ?? maxBytes;
  if (announced > maxBytes) return textResponse(413, `body: expected at most ${maxBytes} bytes, got ${announced}`);
  const admission = target.admit(announced);
  if ('kind' in admission) return unavailable(admission.reason);
  try {
    const body = await request.readBody(announced);
    if (body === undefined) return textResponse(413, `body: expected at most ${announced} bytes, got more`);
    const grow = (bytes: number): boolean => admission.grow(bytes * MEMORY_FACTOR);
    const read: Decompressed =
      compression === 'none'
        ? grow(body.length)
          ? { kind: 'ok', body }
          : { kind: 'no_memory' }
        : await decompress(compression, body, { maxBytes, grow });
    switch (read.kind) {
      case 'ok': {
        const { bytes, itemCount } = writeSpans(protocol.decode(read.body));
        return protocol.respond(itemCount === 0 ? ACCEPTED : await target.consume(bytes, itemCount));
      }
      case 'too_large':
        return textResponse(413, `body: expected at most ${maxBytes} bytes after decompression, got more`);
      case 'no_memory':
        return unavailable('out of memory for requests in flight');
      case 'malformed':
        return protocol.malformed(`body: expected ${compression}: ${read.reason}`);
    }
  } catch (error) {
    if (!(error instanceof MalformedSpansError)) throw error;
    return protocol.malformed(error.message);
  } finally {
    admission.release();
  }
}

/** Returns a response with a text of one line. */
export function textResponse(status: number, message: string, headers: PushResponse['headers'] = {}): PushResponse {
  return { status, message: `${message}\n`, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers } };
}

function unavailable(reason: string): PushResponse {
  return textResponse(503, reason, { 'retry-after': '1' });
}
