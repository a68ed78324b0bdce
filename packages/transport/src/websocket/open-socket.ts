import type { ClientRequest, IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { createDestination, type Destination } from '../client/destination.ts';
import { outcomeOfHttp } from '../client/outcome-mapping.ts';
import type { Clock } from '../clock.ts';
import { errorMessage } from '../error-message.ts';
import type { ClientTlsOptions } from '../tls-options.ts';
import { CLOSE } from './close-codes.ts';
import { WEBSOCKET_PATH, WEBSOCKET_SUBPROTOCOL } from './envelope.ts';
import type { MessageSocket, OpenSocket, SocketEnd, SocketEvents } from './message-socket.ts';

/** Where sockets go, and with what. */
export interface SocketOptions {
  readonly endpoint: string;
  readonly tls: ClientTlsOptions | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly maxMessageBytes: number;
  /** Whether the process lives as long as the socket. */
  readonly keepsProcessAlive: boolean;
  readonly clock: Clock;
}

/** What a server that does not answer a close frame is given. */
const CLOSE_TIMEOUT_MILLIS = 1000;

/** More of a refused upgrade's answer is not read. */
const MAX_RESPONSE_BYTES = 4096;

/** Opens sockets with Node's `ws`. Throws `EndpointError`, or `FileError` for certificates. */
export function createSocketOpener(options: SocketOptions): OpenSocket {
  const endpoint = options.endpoint.replace(/^ws(?=s?:\/\/)/i, 'http');
  const destination = createDestination(endpoint, options.tls, options.clock);
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
  // TLS is the destination's matter.
  const ws = new WebSocket(`ws://${destination.authority}${path}`, WEBSOCKET_SUBPROTOCOL, wsOptions);
  let failure: SocketEnd['outcome'] | undefined;
  ws.on('open', () => events.opened());
  ws.on('message', (data, isBinary) => {
    if (isBinary && Buffer.isBuffer(data)) events.message(data);
    else ws.terminate();
  });
  ws.on('ping', () => events.heard());
  ws.on('unexpected-response', (request, response) => {
    readResponse(request, response, options.clock.now(), (outcome) => {
      failure = outcome;
      ws.terminate();
    });
  });
  ws.on('error', (error) => {
    failure ??= retry(`${options.endpoint}: ${errorMessage(error)}`);
  });
  ws.on('close', (code, reason) => {
    const words = reason.length > 0 ? reason.toString() : `without a reason (code ${code})`;
    const outcome = failure ?? retry(`${options.endpoint}: the connection was closed: ${words}`, code);
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

/** What a server says that does not open a WebSocket: that it is none, or why this client may not have one. */
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
    const answer = { status, contentType: headers['content-type'], retryAfter: headers['retry-after'], body };
    const outcome = outcomeOfHttp(answer, nowMillis);
    request.destroy();
    done('reason' in outcome && outcome.kind !== 'partial' ? outcome : retry(`the server responded ${status}`));
  });
}

function retry(reason: string, code?: number): SocketEnd['outcome'] {
  return { kind: 'retry', afterMillis: code === CLOSE.tryAgainLater ? BUSY_MILLIS : undefined, reason };
}

/** How long a server without memory wants to be left alone. */
const BUSY_MILLIS = 1000;
