import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ClientRequest as NodeRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpClientOptions } from './http/client-options.ts';
import type { ClientRequest } from './http/client-request.ts';
import { ClientTelemetry } from './http/client-telemetry.ts';

/**
 * Instruments the requests that the program sends with `node:http` and `node:https`: each has a span, a measurement,
 * and the headers of its context (semantic conventions, "HTTP"). Call the result to undo it. Throws an `OptionError`
 * that names the invalid option.
 */
export function instrumentHttpRequests(options?: HttpClientOptions): () => void {
  const telemetry = new ClientTelemetry('@otelier/sdk/node-http', options);
  const started = new WeakMap<NodeRequest, ClientRequest>();
  const listeners: Readonly<Record<string, (message: unknown) => void>> = {
    'http.client.request.created': (message) => {
      const { request } = message as Message;
      const clientRequest = telemetry.start({ method: request.method, url: urlOf(request) }, request, HEADERS);
      if (clientRequest === undefined) return;
      started.set(request, clientRequest);
      request.once('socket', ({ remoteAddress, remotePort }: Socket) =>
        clientRequest.connected(remoteAddress, remotePort),
      );
      // Neither a response nor an error follows if the program destroys the request without one.
      request.once('close', () => clientRequest.end());
    },
    'http.client.request.error': (message) => {
      const { request, error } = message as Message;
      started.get(request)?.fail(error);
    },
    'http.client.response.finish': (message) => {
      const { request, response } = message as Message;
      const clientRequest = started.get(request);
      if (clientRequest === undefined) return;
      const { statusCode = 0, headers, httpVersion, socket } = response;
      clientRequest.connected(socket.remoteAddress, socket.remotePort);
      clientRequest.respond({ statusCode, headers, protocolVersion: httpVersion });
      response.once('error', (error) => clientRequest.fail(error));
      response.once('close', () => clientRequest.end());
    },
  };
  for (const [channel, listener] of Object.entries(listeners)) subscribe(channel, listener);
  return () => {
    for (const [channel, listener] of Object.entries(listeners)) unsubscribe(channel, listener);
  };
}

interface Message {
  readonly request: NodeRequest;
  readonly response: IncomingMessage;
  readonly error: Error;
}

const HEADERS = {
  set(request: NodeRequest, name: string, value: string) {
    // Headers that the program passed as a list have already been sent to the buffer.
    if (!request.headersSent) request.setHeader(name, value);
  },
};

function urlOf(request: NodeRequest): string {
  const host = request.getHeader('host') ?? request.host;
  // A proxy receives the whole URL.
  return request.path.startsWith('/') ? `${request.protocol}//${host}${request.path}` : request.path;
}
