import { ACCEPTED, type Outcome } from '@otelier/otlp';
import type { BodyReader, ExportClient } from '@otelier/transport/portable';
import { requestHeaders } from './auth.ts';
import { compressed } from './compress.ts';
import { choiceOption, integerOption, MAX_MILLIS, optionError } from './option-error.ts';
import type { EndpointOptions } from './platform.ts';

/**
 * OTLP over HTTP by `fetch`, for browsers and the edge. While the page is hidden, and so may be about to go, requests that
 * are small enough outlive it.
 */
export function createFetchClient(options: EndpointOptions): ExportClient {
  const { endpoint = 'http://localhost:4318', signalEndpoints } = options;
  const timeoutMillis = integerOption('timeoutMillis', options.timeoutMillis, 10_000, 1, MAX_MILLIS);
  const protocol = choiceOption('protocol', options.protocol, ['http/protobuf', 'http/json']);
  const compression = choiceOption('compression', options.compression, ['none', 'gzip', 'deflate']);
  if (!URL.canParse(endpoint)) throw optionError('endpoint', 'a URL', endpoint);
  if (options.tls !== undefined) throw optionError('tls', 'none where the runtime opens sockets', 'options');
  const isJson = protocol === 'http/json';
  const headers = new Headers(requestHeaders(options.headers, options.auth));
  headers.set('content-type', isJson ? 'application/json' : 'application/x-protobuf');
  if (compression !== 'none') headers.set('content-encoding', compression);

  return {
    async export(signal, parts, { signal: abort, headers: more } = {}) {
      // Loaded when it is first needed: it brings the whole table of OTLP's messages.
      const json = isJson ? await import('./json.ts') : undefined;
      const request = json === undefined ? parts : [json.jsonRequest(signal, parts)];
      const content = compression === 'none' ? request : [await compressed(compression, request)];
      const body = new Blob(content as Uint8Array<ArrayBuffer>[]);
      const allHeaders = new Headers(headers);
      for (const name in more) allHeaders.set(name, more[name] as string);
      const limit = AbortSignal.timeout(timeoutMillis);
      try {
        const response = await fetch(signalEndpoints?.[signal] ?? `${endpoint.replace(/\/+$/, '')}/v1/${signal}`, {
          method: 'POST',
          headers: allHeaders,
          body,
          keepalive: body.size <= KEEPALIVE_BYTES && globalThis.document?.visibilityState === 'hidden',
          signal: abort === undefined ? limit : AbortSignal.any([abort, limit]),
        });
        return await outcomeOf(response, json?.jsonBody);
      } catch (error) {
        // Some runtimes say what has happened in the cause only.
        const { cause } = error as Error;
        return failed(`${endpoint}: ${error}${cause ? ` (${cause})` : ''}`);
      }
    },
    // Whoever sends waits for what is on its way, and connections are the runtime's.
    async shutdown() {},
  };
}

/** What a page may have on its way when it goes is 64 KiB in all (Fetch, "HTTP-network-or-cache fetch"). */
const KEEPALIVE_BYTES = 60_000;

/** What is needed to read a response is loaded when there is something in one, for most of them are empty. */
async function outcomeOf(response: Response, reader: BodyReader | undefined): Promise<Outcome> {
  const body = new Uint8Array(await response.arrayBuffer());
  if (response.ok && body.length === 0) return ACCEPTED;
  const reading = await import('./response.ts').catch(() => undefined);
  if (reading !== undefined) return reading.readResponse(response, body, reader);
  // What has been taken must not be sent again.
  return response.ok ? ACCEPTED : failed(`the server answered ${response.status}`);
}

/** The request may or may not have arrived. */
function failed(reason: string): Outcome {
  return { kind: 'retry', afterMillis: undefined, reason };
}
