import { ACCEPTED, normalizeRequest, requestFromJson, type Signal } from '@otelier/otlp';
import {
  HttpRequestHandler,
  type HttpResponse,
  httpResponseForOutcome,
  httpResponseForRejection,
  NO_MEMORY,
  type Rejection,
  rejection,
  rejectionForAdmission,
  tooLarge,
} from '@otelier/transport';
import { type Decompressed, decompress } from '@otelier/transport/compression';
import type { FindIngestTarget } from '../api/ingest.ts';
import { readBytes } from '../request/request-body.ts';

/** Maximum size of a request, compressed or not. It is decoded on the event loop. */
const MAX_BYTES = 4 << 20;
/** Memory that a request needs in relation to its decompressed size: text, decoded items and OTLP. */
const MEMORY_FACTOR = 4;

const requests = new HttpRequestHandler({
  routes: new Map<string, Signal>([
    ['/otlp/v1/traces', 'traces'],
    ['/otlp/v1/metrics', 'metrics'],
    ['/otlp/v1/logs', 'logs'],
    ['/loki/otlp/v1/logs', 'logs'],
  ]),
  maxBodyBytes: MAX_BYTES,
  maxDecompressedBytes: MAX_BYTES,
  cors: undefined,
  auth: undefined,
});

/** Receives an OTLP/HTTP request into the pipeline that ends in the store. */
export async function receiveOtlp(request: Request, ingest: FindIngestTarget): Promise<Response> {
  const { pathname } = new URL(request.url);
  const headers = Object.fromEntries(request.headers);
  const verdict = requests.check({ method: request.method, target: pathname, headers });
  if (verdict.kind === 'response') return responseOf(verdict.response);
  const { signal, encoding, compression } = verdict;
  const reject = (reason: Rejection): Response => responseOf(httpResponseForRejection(reason, encoding));
  const length = request.headers.get('content-length');
  const announced = length === null ? MAX_BYTES : Number(length);
  const tooLong = requests.checkLength(announced);
  if (tooLong !== undefined) return reject(tooLong);
  const target = ingest(signal);
  if (target === undefined) {
    const reason = `no pipeline for ${signal} of this thread ends in the store; with service.workers, use the receiver otlp`;
    return reject(rejection('unavailable', reason));
  }
  const admission = target.admit(announced);
  if ('kind' in admission) return reject(rejectionForAdmission(admission));
  try {
    const body = await readBytes(request, announced);
    if (body === undefined) return reject(tooLarge('a body', announced));
    const grow = (bytes: number): boolean => admission.grow(bytes * MEMORY_FACTOR);
    const read = await decompressed(body, compression, grow);
    if (read.kind !== 'ok') return reject(rejectionOf(read));
    const normalized = encoding === 'json' ? requestFromJson(signal, read.body) : normalizeRequest(signal, read.body);
    if (!normalized.ok) return reject(rejection('malformed', normalized.reason));
    const { bytes, itemCount } = normalized;
    // An empty request is valid but has nothing to forward.
    const outcome = itemCount === 0 ? ACCEPTED : await target.consume(bytes, itemCount);
    return responseOf(httpResponseForOutcome(outcome, encoding, signal));
  } finally {
    admission.release();
  }
}

function decompressed(
  body: Uint8Array,
  compression: Parameters<typeof decompress>[0] | 'none',
  grow: (bytes: number) => boolean,
): Decompressed | Promise<Decompressed> {
  if (compression !== 'none') return decompress(compression, body, { maxBytes: MAX_BYTES, grow });
  return grow(body.length) ? { kind: 'ok', body } : { kind: 'no_memory' };
}

function rejectionOf(failure: Exclude<Decompressed, { kind: 'ok' }>): Rejection {
  switch (failure.kind) {
    case 'too_large':
      return tooLarge('a decompressed body', MAX_BYTES);
    case 'no_memory':
      return NO_MEMORY;
    case 'malformed':
      return rejection('malformed', failure.reason);
  }
}

function responseOf({ status, headers, body }: HttpResponse): Response {
  const result = new Headers();
  for (let index = 0; index + 1 < headers.length; index += 2) {
    result.append(headers[index] ?? '', headers[index + 1] ?? '');
  }
  return new Response(Buffer.from(body), { status, headers: result });
}
