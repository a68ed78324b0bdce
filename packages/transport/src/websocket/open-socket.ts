import type { ClientRequest, IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { createDestination, type Destination } from '../client/destination.ts';
import { outcomeOfHttp, unreachableOutcome } from '../client/outcome-mapping.ts';
import type { ProxySelector } from '../client/proxy.ts';
import type { Clock } from '../clock.ts';
import { errorMessage } from '../error-message.ts';
import type { ClientTlsOptions } from '../tls-options.ts';
import { CLOSE } from './close-codes.ts';
import { WEBSOCKET_PATH, WEBSOCKET_SUBPROTOCOL } from './envelope.ts';
import type { MessageSocket, OpenSocket, SocketEnd, SocketEvents } from './message-socket.ts';

/** Options for `createSocketOpener`. */
export interface SocketOptions {
  readonly endpoint: string;
  readonly tls: ClientTlsOptions | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly maxMessageBytes: number;
  /** Whether the socket keeps the process alive. */
  readonly keepsProcessAlive: boolean;
  readonly clock: Clock;
  /** Selects the proxy for the endpoint. */
  readonly proxyOf?: ProxySelector | undefined;
}

/** How long a server has to respond to a close frame. */
const CLOSE_TIMEOUT_MILLIS = 1000;

/** Maximum size of the response to a failed upgrade. */
const MAX_RESPONSE_BYTES = 4096;

/**
 * Creates a function that opens sockets with the `ws` package. Throws `EndpointError`, or `FileError` if a certificate
 * file cannot be used.
 */
export function createSocketOpener(options: SocketOptions): OpenSocket {
  const endpoint = options.endpoint.replace(/^ws(?=s?:\/\/)/i, 'http');
  const destination = createDestination(endpoint, options.tls, options.clock, options.proxyOf);
  return (events) => openSocket(options, destination, events);
}

function openSocket(options: SocketOptions, destination: Destination, events: SocketEvents): MessageSocket {
  const path = destination.path === '' || destination.path === '/' ? WEBSOCKET_PATH : destination.path;
  const wsOptions = {
    createConnection: () => {
      const socket = destination.connect(['http/1.1']);
      return options.keepsProcessAlive ? socket : socket.unref();
    },
    headers: options.headers,
    perMessageDeflate: false,
    maxPayload: options.maxMessageBytes,
    closeTimeout: CLOSE_TIMEOUT_MILLIS,
  };
  // The destination adds TLS.
  const ws = new WebSocket(`ws://${destination.authority}${path}`, WEBSOCKET_SUBPROTOCOL, wsOptions);
  let failure: SocketEnd['outcome'] | undefined;
  ws.on('open', () => events.opened());
  ws.on('message', (data, isBinary) => {
    if (isBinary && Buffer.isBuffer(data)) events.message(data);
    else ws.terminate();
  });
  ws.on('ping', () => events.onActivity());
  ws.on('unexpected-response', (request, response) => {
    readResponse(request, response, options.clock.now(), (outcome) => {
      failure = outcome;
      ws.terminate();
    });
  });
  ws.on('error', (error) => {
    const reason = `${options.endpoint}: ${errorMessage(error)}`;
    failure ??= destination.isUnreachable ? unreachableOutcome(reason) : retry(reason);
  });
  ws.on('close', (code, reason) => {
    const text = reason.length > 0 ? reason.toString() : `without a reason (code ${code})`;
    const outcome = failure ?? retry(`${options.endpoint}: the connection was closed: ${text}`, code);
    events.closed({ outcome, resume: code !== CLOSE.tryAgainLater });
  });
  return {
    send: (message) => {
      if (ws.readyState === ws.OPEN) ws.send(message, () => {});
    },
    close: () => ws.close(CLOSE.normal),
    terminate: () => ws.terminate(),
  };
}

/**
 * Reads the response of a server that did not open a WebSocket, because it speaks another protocol or rejects this
 * client.
 */
function readResponse(
  request: ClientRequest,
  response: IncomingMessage,
  nowMillis: number,
  done: (outcome: SocketEnd['outcome']) => void,
): void {
  const chunks: Buffer[] = [];
  let length = 0;
  response.on('data', (chunk: Buffer) => {
    length += chunk.length;
    chunks.push(chunk);
    if (length > MAX_RESPONSE_BYTES) response.destroy();
  });
  response.on('error', () => {});
  response.on('close', () => {
    const { statusCode: status = 0, headers } = response;
    const body = Buffer.concat(chunks);
    const result = { status, contentType: headers['content-type'], retryAfter: headers['retry-after'], body };
    const outcome = outcomeOfHttp(result, nowMillis);
    request.destroy();
    done('reason' in outcome && outcome.kind !== 'partial' ? outcome : retry(`the server responded ${status}`));
  });
}

function retry(reason: string, code?: number): SocketEnd['outcome'] {
  return { kind: 'retry', afterMillis: code === CLOSE.tryAgainLater ? BUSY_MILLIS : undefined, reason };
}

/** Retry delay if the server is out of memory. */
const BUSY_MILLIS = 1000;
