import type { Outcome } from '@otelier/otlp';
import { decompress } from '@otelier/transport/compression';
import type { IngestTarget } from '../../api/ingest.ts';
import type { PushRequest, PushResponse } from '../../request/push-request.ts';
import { decodeSeries, versionOf } from './decode.ts';
import { RemoteWriteError } from './series.ts';
import { type ConvertedWrite, convertWrite } from './to-otlp.ts';

/** An outcome of which nothing was accepted. */
type Rejected = Extract<Outcome, { kind: 'retry' | 'refused' }>;

/** Maximum sizes of a request, compressed and not. */
const MAX_BODY_BYTES = 16 << 20;
const MAX_DECOMPRESSED_BYTES = 64 << 20;
/** Memory that a request needs in relation to its decompressed size: decoded series, text and OTLP. */
const MEMORY_FACTOR = 8;

/** Receives a remote write request (1.0 or 2.0) and passes its metrics on. */
export async function receiveWrite(request: PushRequest, target: IngestTarget): Promise<PushResponse> {
  const version = versionOf(request.contentType);
  if (version === undefined) {
    return failure(
      415,
      'content-type: expected application/x-protobuf with proto=prometheus.WriteRequest or ' +
        `io.prometheus.write.v2.Request, got ${JSON.stringify(request.contentType)}`,
    );
  }
  if (request.contentEncoding.toLowerCase() !== 'snappy') {
    return failure(415, `content-encoding: expected snappy, got ${JSON.stringify(request.contentEncoding)}`);
  }
  const announced = request.contentLength ?? MAX_BODY_BYTES;
  if (announced > MAX_BODY_BYTES)
    return failure(413, `body: expected at most ${MAX_BODY_BYTES} bytes, got ${announced}`);
  const admission = target.admit(announced);
  if ('kind' in admission) return outcomeResponse(admission);
  try {
    const body = await request.readBody(announced);
    if (body === undefined) return failure(413, `body: expected at most ${announced} bytes, got more`);
    const decompressed = await decompress('snappy', body, {
      maxBytes: MAX_DECOMPRESSED_BYTES,
      grow: (bytes) => admission.grow(bytes * MEMORY_FACTOR),
    });
    switch (decompressed.kind) {
      case 'ok':
        return await forward(convertWrite(decodeSeries(decompressed.body, version)), target);
      case 'too_large':
        return failure(413, `body: expected at most ${MAX_DECOMPRESSED_BYTES} bytes after decompression, got more`);
      case 'no_memory':
        return failure(503, 'out of memory for requests in flight', { 'retry-after': '1' });
      case 'malformed':
        return failure(400, `body: expected snappy: ${decompressed.reason}`);
    }
  } catch (error) {
    if (!(error instanceof RemoteWriteError)) throw error;
    return failure(400, error.message);
  } finally {
    admission.release();
  }
}

async function forward(converted: ConvertedWrite, target: IngestTarget): Promise<PushResponse> {
  const { bytes, itemCount, problem, samples, histograms, exemplars } = converted;
  const outcome: Outcome = itemCount === 0 ? { kind: 'accepted' } : await target.consume(bytes, itemCount);
  if (outcome.kind === 'retry' || outcome.kind === 'refused') return outcomeResponse(outcome);
  const headers = {
    'x-prometheus-remote-write-samples-written': String(samples),
    'x-prometheus-remote-write-histograms-written': String(histograms),
    'x-prometheus-remote-write-exemplars-written': String(exemplars),
  };
  const reason = problem ?? (outcome.kind === 'partial' ? outcome.reason : undefined);
  // What could be stored is stored; a client does not send a request with this status again.
  return reason === undefined ? { status: 204, message: '', headers } : failure(400, reason, headers);
}

function outcomeResponse(outcome: Rejected): PushResponse {
  if (outcome.kind === 'refused') return failure(400, outcome.reason);
  const seconds = Math.max(1, Math.ceil((outcome.afterMillis ?? 1000) / 1000));
  return failure(503, outcome.reason, { 'retry-after': String(seconds) });
}

function failure(status: number, message: string, headers: PushResponse['headers'] = {}): PushResponse {
  return { status, message: `${message}\n`, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers } };
}
