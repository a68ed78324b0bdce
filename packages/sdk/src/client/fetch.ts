import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { type BodyReader, connectionOutcome, type ExportClient, encodingOutcome } from '@otelier/transport/portable';
import { requestHeaders } from './auth.ts';
import { compressed } from './compress.ts';
import { choiceOption, integerOption, MAX_MILLIS, optionError } from './option-error.ts';
import type { EndpointOptions } from './platform.ts';

/**
 * Creates an OTLP/HTTP client that uses `fetch`, for browsers and edge runtimes. Requests of pages outlive the page
 * (`keepalive`), as far as browsers allow.
 */
export function createFetchClient(options: EndpointOptions): ExportClient {
  const { endpoint = 'http://localhost:4318', signalEndpoints, headers: given } = options;
  const timeoutMillis = integerOption('timeoutMillis', options.timeoutMillis, 10_000, 1, MAX_MILLIS);
  const isJson = choiceOption('protocol', options.protocol, ['http/protobuf', 'http/json']) === 'http/json';
  const compression = choiceOption('compression', options.compression, ['none', 'gzip', 'deflate']);
  if (!URL.canParse(endpoint)) throw optionError('endpoint', 'a URL', endpoint);
  if (options.proxy) throw optionError('proxy', 'undefined in this runtime', 'a proxy');
  if (options.tls) throw optionError('tls', 'undefined in this runtime', 'options');
  const headers = new Headers(requestHeaders(given, options.auth));
  headers.set('content-type', isJson ? 'application/json' : 'application/x-protobuf');
  if (compression !== 'none') headers.set('content-encoding', compression);
  const keepAlive = keepaliveBudget();

  return {
    async export(signal, parts, { signal: abort, headers: more } = {}) {
      // Loaded on demand, because it includes the table of all OTLP messages.
      const json = isJson ? await import('./json.ts') : undefined;
      let content: readonly Uint8Array[];
      try {
        const request = json ? [json.jsonRequest(signal, parts)] : parts;
        content = compression === 'none' ? request : [await compressed(compression, request)];
      } catch (error) {
        return encodingOutcome(signal, error);
      }
      const body = new Blob(content as Uint8Array<ArrayBuffer>[]);
      const limit = AbortSignal.timeout(timeoutMillis);
      const end = AbortSignal.any([abort ?? limit, limit]);
      const { keepalive, release } = keepAlive(body.size);
      try {
        const send = (fetch as Instrumented).__original ?? fetch;
        const response = await send(signalEndpoints?.[signal] ?? `${endpoint.replace(/\/+$/, '')}/v1/${signal}`, {
          method: 'POST',
          headers:
            more || typeof given === 'function'
              ? await (await import('./with-headers.ts')).headersOf(headers, given, end, more)
              : headers,
          body,
          keepalive,
          signal: end,
        });
        return await outcomeOf(response, json?.jsonBody);
      } catch (error) {
        // Some runtimes describe the error only in its `cause`.
        const { cause } = error as Error;
        return connectionOutcome(`${endpoint}: ${error}${cause ? ` (${cause})` : ''}`);
      } finally {
        release();
      }
    },
    // Callers await their requests, and the runtime owns the connections.
    async shutdown() {},
  };
}

/**
 * `fetch` as patched by an instrumentation. The original is called, because exports must not be traced, and most page
 * context managers do not follow promises.
 */
type Instrumented = typeof fetch & { readonly __original?: typeof fetch };

/** Decides for each request of a page whether it outlives the page, until `release` is called. */
function keepaliveBudget(): (bytes: number) => { readonly keepalive: boolean; release(): void } {
  let used = 0;
  return (bytes) => {
    const keepalive = !!globalThis.document && used + bytes <= KEEPALIVE_BYTES;
    const counted = keepalive ? bytes : 0;
    used += counted;
    return {
      keepalive,
      release() {
        used -= counted;
      },
    };
  };
}

/** The total size of a page's requests that outlive it is limited to 64 KiB (Fetch, "HTTP-network-or-cache fetch"). */
const KEEPALIVE_BYTES = 60_000;

/** Converts the response to an outcome. Most responses are empty, so the code that reads bodies is loaded on demand. */
async function outcomeOf(response: Response, reader: BodyReader | undefined): Promise<Outcome> {
  const body = new Uint8Array(await response.arrayBuffer());
  if (response.ok && body.length === 0) return ACCEPTED;
  const reading = await import('./response.ts').catch(() => undefined);
  if (reading) return reading.readResponse(response, body, reader);
  // An accepted request must not be sent again.
  return response.ok ? ACCEPTED : connectionOutcome(`HTTP status ${response.status}`);
}
