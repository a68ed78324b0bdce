import type { Signal } from '@otelier/otlp';
import type { PushResponse } from '@otelier/query';
import { mediaTypeOf } from '../../component/http/media-type.ts';
import type { PathRequest } from '../../component/http/push-server.ts';
import { textResponse } from '../../component/http/text-response.ts';
import { encodeEntries } from '../../operators/encode-entries.ts';
import { writeSpans } from '../../spans/write-spans.ts';
import { metricsOfChecks } from './checks.ts';
import { decodeAgentPayload } from './decode-payload.ts';
import { decodeDictionaryTraces, decodeJsonTraces, decodeTracerPayload, decodeTraces } from './decode-traces.ts';
import { decodeLogs } from './logs.ts';
import { metricsOfSeries } from './metrics.ts';
import { decodeJsonSeries, decodeProtobufSeries, decodeSeriesV1 } from './series.ts';
import { decodeSketches, metricsOfSketches } from './sketches.ts';
import type { DatadogChunk, TracerPayload } from './span.ts';
import { metricsOfStats } from './stats.ts';
import { spansOfPayload } from './to-spans.ts';

/** Items of a request, encoded. */
export interface Encoded {
  readonly bytes: Uint8Array;
  readonly itemCount: number;
}

/** What decoders read of a request beside its body. */
export type RouteRequest = Pick<PathRequest, 'headers' | 'contentType'>;

/** A kind of request. */
export interface Route {
  readonly signal: Signal;
  /** Decodes a body; `undefined` if it has no items. Throws a `MalformedSpansError`. */
  decode(body: Uint8Array, request: RouteRequest, nowMillis: number): Encoded | undefined;
  /** The response to a request whose items were accepted. */
  readonly accepted: PushResponse;
}

const OK = json(200, '{"rate_by_service":{}}');
const ACCEPTED = json(202, '{"status":"ok"}');

/** The kinds of requests, by path. */
export const ROUTES: Readonly<Record<string, Route>> = {
  '/v0.3/traces': { signal: 'traces', decode: decodeChunks(decodeAnyTraces), accepted: textResponse(200, 'OK') },
  '/v0.4/traces': { signal: 'traces', decode: decodeChunks(decodeAnyTraces), accepted: OK },
  '/v0.5/traces': { signal: 'traces', decode: decodeChunks(decodeDictionaryTraces), accepted: OK },
  '/v0.7/traces': { signal: 'traces', decode: (body) => spans([decodeTracerPayload(body)]), accepted: OK },
  '/api/v0.2/traces': { signal: 'traces', decode: (body) => spans(decodeAgentPayload(body)), accepted: ACCEPTED },
  '/v0.6/stats': { signal: 'metrics', decode: metricsOfStats, accepted: OK },
  '/api/v1/series': {
    signal: 'metrics',
    decode: (body) => metricsOfSeries(decodeSeriesV1(body)),
    accepted: ACCEPTED,
  },
  '/api/v2/series': {
    signal: 'metrics',
    decode: (body, request) => metricsOfSeries(isJson(request) ? decodeJsonSeries(body) : decodeProtobufSeries(body)),
    accepted: json(202, '{"errors":[]}'),
  },
  '/api/v1/check_run': { signal: 'metrics', decode: metricsOfChecks, accepted: ACCEPTED },
  '/api/v1/sketches': {
    signal: 'metrics',
    decode: (body) => metricsOfSketches(decodeSketches(body)),
    accepted: ACCEPTED,
  },
  '/api/beta/sketches': {
    signal: 'metrics',
    decode: (body) => metricsOfSketches(decodeSketches(body)),
    accepted: ACCEPTED,
  },
  '/api/v2/logs': { signal: 'logs', decode: logs, accepted: json(202, '{}') },
  '/v1/input': { signal: 'logs', decode: logs, accepted: json(200, '{}') },
};

function isJson({ contentType }: RouteRequest): boolean {
  const mediaType = mediaTypeOf(contentType);
  return mediaType === 'application/json' || mediaType === 'text/json';
}

function decodeAnyTraces(body: Uint8Array, request: RouteRequest): readonly DatadogChunk[] {
  return isJson(request) ? decodeJsonTraces(body) : decodeTraces(body);
}

/** Returns a decoder of chunks, whose process is described by headers. */
function decodeChunks(decode: (body: Uint8Array, request: RouteRequest) => readonly DatadogChunk[]): Route['decode'] {
  return (body, request) => spans([{ ...processOf(request), chunks: decode(body, request) }]);
}

function processOf({ headers }: RouteRequest): Omit<TracerPayload, 'chunks'> {
  const header = (name: string): string => [headers[name]].flat()[0] ?? '';
  return {
    containerId: header('datadog-container-id'),
    languageName: header('datadog-meta-lang'),
    languageVersion: header('datadog-meta-lang-version'),
    tracerVersion: header('datadog-meta-tracer-version'),
    ...{ env: '', hostname: '', appVersion: '', tags: new Map() },
  };
}

function spans(payloads: readonly TracerPayload[]): Encoded {
  return writeSpans(payloads.flatMap(spansOfPayload));
}

function logs(body: Uint8Array, _: RouteRequest, nowMillis: number): Encoded | undefined {
  const entries = decodeLogs(body, BigInt(Math.floor(nowMillis)) * 1_000_000n);
  return entries.length === 0 ? undefined : { bytes: encodeEntries(entries), itemCount: entries.length };
}

/** Returns a response in JSON. */
export function json(status: number, message: string): PushResponse {
  return { status, message, headers: { 'content-type': 'application/json' } };
}
