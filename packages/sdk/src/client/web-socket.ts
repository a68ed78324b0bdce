import type { ExportClient, OpenSocket, SocketEnd } from '@otelier/transport/portable';
import { ExportSession, systemClock, WEBSOCKET_PATH, WEBSOCKET_SUBPROTOCOL } from '@otelier/transport/portable';
import { base64, requestHeaders } from './auth.ts';
import { compressed } from './compress.ts';
import { choiceOption, integerOption, MAX_MILLIS, optionError } from './option-error.ts';
import type { TransportOptions } from './options.ts';
import type { HeaderRecord } from './with-headers.ts';

/** Options for a WebSocket transport. */
export type WebSocketTransportOptions = Pick<TransportOptions, 'compression' | 'auth' | 'timeoutMillis'> & {
  /** Headers to send with every request. */
  readonly headers?: HeaderRecord;
  /** URL of the server. Default `ws://localhost:4320`. The default path is `/v1/otlp`. */
  readonly endpoint?: string;
};

/**
 * Creates a client that sends OTLP over a single WebSocket. It opens the socket on the first request and reopens it
 * after errors. For browsers and edge runtimes.
 */
export function createWebSocketClient(options: WebSocketTransportOptions): ExportClient {
  const { endpoint = 'ws://localhost:4320' } = options;
  const timeoutMillis = integerOption('timeoutMillis', options.timeoutMillis, 10_000, 1, MAX_MILLIS);
  const compression = choiceOption('compression', options.compression, ['none', 'gzip', 'deflate']);
  if (!/^wss?:/i.test(endpoint) || !URL.canParse(endpoint))
    throw optionError('endpoint', 'a URL with ws or wss', endpoint);
  const clock = systemClock;
  const url = new URL(endpoint);
  if (url.pathname === '/') url.pathname = WEBSOCKET_PATH;
  if (typeof options.headers === 'function') throw optionError('headers', 'a record', 'a function');
  const { authorization, ...headers } = requestHeaders(options.headers, options.auth);
  const session = new ExportSession({
    open: openerOf(url, authorization),
    connectTimeoutMillis: 10_000,
    initialIntervalMillis: 200,
    maxIntervalMillis: 30_000,
    maxInFlightBytes: MAX_IN_FLIGHT_BYTES,
    clock,
    random: Math.random,
  });
  return {
    async export(signal, parts, exportOptions = {}) {
      const body = compression === 'none' ? parts : [await compressed(compression, parts)];
      const head = {
        signal,
        encoding: 'protobuf',
        compression: compression === 'none' ? '' : compression,
        headers: { ...headers, ...exportOptions.headers },
      } as const;
      return session.export(parts, { head, body }, { timeoutMillis, signal: exportOptions.signal, clock });
    },
    shutdown: () => session.close(),
  };
}

const MAX_IN_FLIGHT_BYTES = 16 * 1024 * 1024;

/**
 * Returns a function that opens sockets. Pages cannot set WebSocket headers, so credentials are sent as the name of an
 * additional subprotocol.
 */
function openerOf(url: URL, authorization: string | undefined): OpenSocket {
  const protocols = [WEBSOCKET_SUBPROTOCOL];
  if (authorization !== undefined) {
    const base64Url = base64(authorization).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
    protocols.push(`authorization.${base64Url}`);
  }
  return (events) => {
    const socket = new WebSocket(url, protocols);
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => events.opened());
    socket.addEventListener('message', ({ data }) => {
      if (data instanceof ArrayBuffer) events.message(new Uint8Array(data));
      else socket.close();
    });
    socket.addEventListener('close', ({ code, reason }) => {
      const detail = reason === '' ? `without a reason (code ${code})` : reason;
      events.closed(endOf(code, `${url}: the connection was closed: ${detail}`));
    });
    return {
      send(message) {
        if (socket.readyState === WebSocket.OPEN) socket.send(message as Uint8Array<ArrayBuffer>);
      },
      close: () => socket.close(),
      terminate: () => socket.close(),
    };
  };
}

/** Returns how the socket ended. A busy server (close code 1013, RFC 6455 registry) has no session to resume. */
function endOf(code: number, reason: string): SocketEnd {
  const isBusy = code === 1013;
  return { outcome: { kind: 'retry', afterMillis: isBusy ? 1_000 : undefined, reason }, resume: !isBusy };
}
