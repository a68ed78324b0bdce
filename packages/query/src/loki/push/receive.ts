import type { Outcome } from '@otelier/otlp';
import { decompress } from '@otelier/transport/compression';
import type { IngestTarget } from '../../api/ingest.ts';
import type { PushRequest, PushResponse } from '../../request/push-request.ts';
import { decodeJsonPush } from './decode-json.ts';
import { decodeProtobufPush } from './decode-protobuf.ts';
import { PushError, type PushedStream } from './stream.ts';
import { convertPush, type LabelTarget } from './to-otlp.ts';

/** Where pushed entries go, and how they become log records. */
export interface PushOptions {
  readonly target: IngestTarget;
  readonly labels: LabelTarget;
  readonly keepTimestamps?: boolean;
  nowMillis(): number;
}

type Rejected = Extract<Outcome, { kind: 'retry' | 'refused' }>;
type Encoding = 'gzip' | 'deflate' | 'snappy' | undefined;

/** Maximum sizes of a request, compressed and not. */
const MAX_BODY_BYTES = 16 << 20;
const MAX_DECOMPRESSED_BYTES = 64 << 20;
/** Memory that a request needs in relation to its decompressed size: decoded entries, text and OTLP. */
const MEMORY_FACTOR = 8;

/** Receives a push request, in JSON or protobuf, and passes its entries on. */
export async function receivePush(request: PushRequest, options: PushOptions): Promise<PushResponse> {
  const [mediaType = ''] = request.contentType.toLowerCase().split(';');
  const isJson = mediaType.trim() === 'application/json';
  const encoding = encodingOf(request.contentEncoding.toLowerCase(), isJson);
  if (encoding === 'unsupported') {
    return failure(400, `Content-Encoding ${JSON.stringify(request.contentEncoding)} not supported`);
  }
  const announced = request.contentLength ?? MAX_BODY_BYTES;
  if (announced > MAX_BODY_BYTES) {
    return failure(413, `body: expected at most ${MAX_BODY_BYTES} bytes, got ${announced}`);
  }
  const admission = options.target.admit(announced);
  if ('kind' in admission) return outcomeResponse(admission);
  try {
    const body = await request.readBody(announced);
    if (body === undefined) return failure(413, `body: expected at most ${announced} bytes, got more`);
    const grow = (bytes: number): boolean => admission.grow(bytes * MEMORY_FACTOR);
    const decode = isJson ? decodeJsonPush : decodeProtobufPush;
    if (encoding === undefined) {
      return grow(body.length) ? await forward(decode(body), options) : noMemory();
    }
    const decompressed = await decompress(encoding, body, { maxBytes: MAX_DECOMPRESSED_BYTES, grow });
    switch (decompressed.kind) {
      case 'ok':
        return await forward(decode(decompressed.body), options);
      case 'too_large':
        return failure(413, `body: expected at most ${MAX_DECOMPRESSED_BYTES} bytes after decompression, got more`);
      case 'no_memory':
        return noMemory();
      case 'malformed':
        return failure(400, `body: expected ${encoding}: ${decompressed.reason}`);
    }
  } catch (error) {
    if (!(error instanceof PushError)) throw error;
    return failure(400, error.message);
  } finally {
    admission.release();
  }
}

/** Protobuf is always compressed with snappy, whether a header says so or not. */
function encodingOf(contentEncoding: string, isJson: boolean): Encoding | 'unsupported' {
  if (contentEncoding === 'gzip' || contentEncoding === 'deflate') return contentEncoding;
  if (contentEncoding !== '' && contentEncoding !== 'snappy' && contentEncoding !== 'identity') return 'unsupported';
  return isJson ? undefined : 'snappy';
}

/** Decodes the push request of a gRPC call and passes its entries on. */
export async function receiveGrpcPush(body: Uint8Array, options: PushOptions): Promise<Outcome> {
  try {
    const { labels, keepTimestamps = true } = options;
    const converted = convertPush(decodeProtobufPush(body), { labels, keepTimestamps, nowMillis: options.nowMillis() });
    if (converted.itemCount === 0) return { kind: 'accepted' };
    return await options.target.consume(converted.bytes, converted.itemCount);
  } catch (error) {
    if (!(error instanceof PushError)) throw error;
    return { kind: 'refused', reason: error.message };
  }
}

async function forward(streams: readonly PushedStream[], options: PushOptions): Promise<PushResponse> {
  const { target, labels, keepTimestamps = true } = options;
  const { bytes, itemCount } = convertPush(streams, { labels, keepTimestamps, nowMillis: options.nowMillis() });
  const outcome: Outcome = itemCount === 0 ? { kind: 'accepted' } : await target.consume(bytes, itemCount);
  if (outcome.kind === 'retry' || outcome.kind === 'refused') return outcomeResponse(outcome);
  if (outcome.kind === 'partial') return failure(400, outcome.reason ?? 'some entries were rejected');
  return { status: 204, message: '', headers: {} };
}

function outcomeResponse(outcome: Rejected): PushResponse {
  if (outcome.kind === 'refused') return failure(400, outcome.reason);
  const seconds = Math.max(1, Math.ceil((outcome.afterMillis ?? 1000) / 1000));
  return failure(503, outcome.reason, { 'retry-after': String(seconds) });
}

function noMemory(): PushResponse {
  return failure(503, 'out of memory for requests in flight', { 'retry-after': '1' });
}

function failure(status: number, message: string, headers: PushResponse['headers'] = {}): PushResponse {
  return { status, message: `${message}\n`, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers } };
}
