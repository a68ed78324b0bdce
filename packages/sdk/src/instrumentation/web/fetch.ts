import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { HttpClientOptions } from './http/client-options.ts';
import type { ClientRequest } from './http/client-request.ts';
import { ClientTelemetry } from './http/client-telemetry.ts';

export type { HttpClientOptions, OutgoingRequest } from './http/client-options.ts';

/**
 * Instruments the requests that the program sends with `fetch` and with undici 5.12 or newer: each has a span, a
 * measurement, and the headers of its context (semantic conventions, "HTTP"). Each redirect is a request of its own.
 * Call the result to undo it. Throws an `OptionError` that names the invalid option.
 */
export function instrumentFetch(options?: HttpClientOptions): () => void {
  const telemetry = new ClientTelemetry('@otelier/sdk/fetch', options);
  const started = new WeakMap<UndiciRequest, ClientRequest>();
  const listeners: Readonly<Record<string, (message: unknown) => void>> = {
    'undici:request:create': (message) => {
      const { request } = message as Message;
      const { method, origin, path } = request;
      const clientRequest = telemetry.start({ method, url: `${origin}${path}` }, request, HEADERS);
      if (clientRequest !== undefined) started.set(request, clientRequest);
    },
    'undici:client:sendHeaders': (message) => {
      const { request, socket } = message as Message;
      started.get(request)?.connected(socket.remoteAddress, socket.remotePort);
    },
    'undici:request:headers': (message) => {
      const { request, response } = message as Message;
      started.get(request)?.respond({ statusCode: response.statusCode, headers: headersOf(response.headers) });
    },
    'undici:request:trailers': (message) => {
      started.get((message as Message).request)?.end();
    },
    'undici:request:error': (message) => {
      const { request, error } = message as Message;
      started.get(request)?.fail(error);
    },
  };
  for (const [channel, listener] of Object.entries(listeners)) subscribe(channel, listener);
  return () => {
    for (const [channel, listener] of Object.entries(listeners)) unsubscribe(channel, listener);
  };
}

interface Message {
  readonly request: UndiciRequest;
  readonly response: { readonly statusCode: number; readonly headers: readonly Uint8Array[] };
  readonly socket: Socket;
  readonly error: Error;
}

interface UndiciRequest {
  readonly method: string;
  readonly origin: string | URL;
  readonly path: string;
  addHeader(name: string, value: string): unknown;
}

const HEADERS = {
  set(request: UndiciRequest, name: string, value: string) {
    request.addHeader(name, value);
  },
};

/** Converts the list of names and values that undici received. */
function headersOf(list: readonly Uint8Array[]): Readonly<Record<string, readonly string[]>> {
  const headers: Record<string, string[]> = {};
  for (let i = 0; i + 1 < list.length; i += 2) {
    const name = String(list[i]).toLowerCase();
    headers[name] = [...(headers[name] ?? []), String(list[i + 1])];
  }
  return headers;
}
