import type { Outcome, Signal } from '@otelier/otlp';
import {
  type Compression,
  connectionOutcome,
  type ExportClient,
  type ExportOptions,
  httpOutcome,
} from '@otelier/transport/portable';
import { requestHeaders } from './auth.ts';
import { choiceOption, integerOption, MAX_MILLIS, optionError } from './option-error.ts';
import type { EndpointOptions } from './platform.ts';
import { protobufBody } from './response-body.ts';

/**
 * OTLP over HTTP by `fetch`, for browsers and the edge. While the page is hidden, and so may be about to go, requests that
 * are small enough outlive it.
 */
export function createFetchClient(options: EndpointOptions): ExportClient {
  const { endpoint = DEFAULT_ENDPOINT, protocol, compression = 'none', signalEndpoints } = options;
  const timeoutMillis = integerOption('timeoutMillis', options.timeoutMillis, 10_000, 1, MAX_MILLIS);
  const isJson = protocol === 'http/json';
  if (!isJson) choiceOption<string>('protocol', protocol, ['http/protobuf', 'http/json']);
  if (!URL.canParse(endpoint)) throw optionError('endpoint', 'a URL', endpoint);
  if (options.tls !== undefined) throw optionError('tls', 'nothing, for this runtime opens sockets itself', 'options');
  const coding = compression === 'none' ? undefined : codingOf(compression);
  const headers = new Headers(requestHeaders(options.headers, options.auth));
  headers.set('content-type', isJson ? 'application/json' : 'application/x-protobuf');
  if (coding !== undefined) headers.set('content-encoding', coding);
  const base = endpoint.replace(/\/+$/, '');
  const inFlight = new Set<Promise<unknown>>();

  async function send(
    signal: Signal,
    parts: readonly Uint8Array[],
    { signal: abort, headers: more }: ExportOptions,
  ): Promise<Outcome> {
    // Loaded when it is first needed: it brings the whole table of OTLP's messages.
    const json = isJson ? await import('./json.ts') : undefined;
    const request = json === undefined ? parts : [json.jsonRequest(signal, parts)];
    const body = await bodyOf(request, coding);
    const allHeaders = new Headers(headers);
    for (const name in more) allHeaders.set(name, more[name] as string);
    const limit = AbortSignal.timeout(timeoutMillis);
    try {
      const response = await fetch(signalEndpoints?.[signal] ?? `${base}/v1/${signal}`, {
        method: 'POST',
        headers: allHeaders,
        body,
        keepalive: body.size <= KEEPALIVE_BYTES && globalThis.document?.visibilityState === 'hidden',
        signal: abort === undefined ? limit : AbortSignal.any([abort, limit]),
      });
      return httpOutcome(
        {
          status: response.status,
          contentType: response.headers.get('content-type') ?? undefined,
          retryAfter: response.headers.get('retry-after') ?? undefined,
          body: new Uint8Array(await response.arrayBuffer()),
        },
        Date.now(),
        json?.jsonBody ?? protobufBody,
      );
    } catch (error) {
      return connectionOutcome(`${endpoint}: ${reasonOf(error)}`);
    }
  }

  return {
    async export(signal, parts, exportOptions = {}) {
      const sent = send(signal, parts, exportOptions);
      inFlight.add(sent);
      const outcome = await sent;
      inFlight.delete(sent);
      return outcome;
    },
    async shutdown() {
      await Promise.all(inFlight);
    },
  };
}

const DEFAULT_ENDPOINT = 'http://localhost:4318';
/** What a page may have on its way when it goes is 64 KiB in all (Fetch, "HTTP-network-or-cache fetch"). */
const KEEPALIVE_BYTES = 60_000;

function codingOf(compression: Compression): 'gzip' | 'deflate' {
  if (compression === 'gzip' || compression === 'deflate') return compression;
  throw optionError('compression', 'none, gzip or deflate in this runtime', compression);
}

function bodyOf(parts: readonly Uint8Array[], coding: 'gzip' | 'deflate' | undefined): Blob | Promise<Blob> {
  const blob = new Blob([...(parts as readonly Uint8Array<ArrayBuffer>[])]);
  return coding === undefined ? blob : new Response(blob.stream().pipeThrough(new CompressionStream(coding))).blob();
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
