import { WebSocket } from 'ws';
import { errorMessage } from '../../component/error-message.ts';
import { BackOff } from './back-off.ts';
import {
  MAX_MESSAGE_BYTES,
  type OpampTransport,
  retryAfterMillis,
  type TransportEvents,
  type TransportOptions,
} from './transport.ts';

/** How long the server has to respond to a handshake, and to a close frame. */
const HANDSHAKE_MILLIS = 30_000;
const CLOSE_MILLIS = 1_000;

/** A message begins with a header, a varint that is always 0 (OpAMP specification, "WebSocket Message Format"). */
const HEADER = new Uint8Array([0]);

/** Creates a transport that keeps a WebSocket open. */
export function createWebSocketTransport(options: TransportOptions, events: TransportEvents): OpampTransport {
  return new WebSocketTransport(options, events);
}

class WebSocketTransport implements OpampTransport {
  readonly #options: TransportOptions;
  readonly #events: TransportEvents;
  readonly #backOff: BackOff;
  readonly #closing = new AbortController();
  #socket: WebSocket | undefined;
  #cancelWait: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: TransportOptions, events: TransportEvents) {
    this.#options = options;
    this.#events = events;
    this.#backOff = new BackOff(options.random);
  }

  get isReady(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  start(): void {
    void this.#connect();
  }

  send(message: Uint8Array): void {
    this.#socket?.send(Buffer.concat([HEADER, message]), () => {});
  }

  pause(afterMillis: number | undefined): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(1000);
    this.#wait(afterMillis);
  }

  close(last: Uint8Array): Promise<void> {
    this.#closed ??= this.#close(last);
    return this.#closed;
  }

  async #close(last: Uint8Array): Promise<void> {
    const socket = this.#socket;
    if (this.isReady) this.send(last);
    this.#closing.abort();
    this.#cancelWait?.();
    this.#socket = undefined;
    if (socket === undefined) return;
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    if (socket.readyState === WebSocket.OPEN) socket.close(1000);
    else socket.terminate();
    await closed;
  }

  async #connect(): Promise<void> {
    const { url, headers, tls } = this.#options;
    const { signal } = this.#closing;
    try {
      const requestHeaders = await headers(signal);
      if (signal.aborted) return;
      const wsOptions = {
        ...tls(),
        headers: requestHeaders,
        perMessageDeflate: false,
        maxPayload: MAX_MESSAGE_BYTES,
        handshakeTimeout: HANDSHAKE_MILLIS,
        closeTimeout: CLOSE_MILLIS,
      };
      const socket = new WebSocket(url, wsOptions);
      this.#socket = socket;
      this.#listen(socket);
    } catch (error) {
      this.#failed(errorMessage(error));
      this.#wait(undefined);
    }
  }

  #listen(socket: WebSocket): void {
    let wasOpen = false;
    let failure: string | undefined;
    let isMalformed = false;
    let waitMillis: number | undefined;
    socket.on('open', () => {
      wasOpen = true;
      if (this.#socket === socket) this.#events.ready(true);
    });
    socket.on('message', (data, isBinary) => {
      if (this.#socket !== socket) return;
      if (!isBinary || !Buffer.isBuffer(data) || data[0] !== 0) {
        failure = 'expected a binary message with the header 0, got another one';
        isMalformed = true;
        socket.close(1002);
        return;
      }
      this.#backOff.reset();
      this.#events.message(data.subarray(1));
    });
    socket.on('unexpected-response', (request, response) => {
      failure = `expected status 101, got ${response.statusCode}`;
      waitMillis = retryAfterMillis(response.headers['retry-after'], this.#options.clock.now());
      request.destroy();
      socket.terminate();
    });
    socket.on('error', (error) => {
      failure ??= errorMessage(error);
    });
    socket.on('close', (code) => {
      // The transport has closed this connection itself.
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#failed(failure ?? `the connection was closed (code ${code})`);
      // The first attempt after a lost connection is immediate.
      if (wasOpen && !isMalformed && !this.#isRecent()) void this.#connect();
      else this.#wait(waitMillis);
    });
  }

  #connectedAt = Number.NEGATIVE_INFINITY;

  /** Whether the last immediate attempt is recent: a server that closes each connection must not cause a tight loop. */
  #isRecent(): boolean {
    const now = this.#options.clock.monotonic();
    const isRecent = now - this.#connectedAt < RECENT_MILLIS;
    this.#connectedAt = now;
    return isRecent;
  }

  #failed(reason: string): void {
    if (!this.#closing.signal.aborted) this.#events.failed(reason);
  }

  #wait(atLeastMillis: number | undefined): void {
    if (this.#closing.signal.aborted) return;
    this.#cancelWait?.();
    this.#cancelWait = this.#options.clock.setTimeout(() => void this.#connect(), this.#backOff.next(atLeastMillis));
  }
}

const RECENT_MILLIS = 5_000;
