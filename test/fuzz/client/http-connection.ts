import { connect, type Socket } from 'node:net';

/** The relevant parts of a response. */
export interface HttpResponse {
  readonly status: number;
  readonly body: Uint8Array;
}

/** Response timeout after which the server is considered hung. */
const TIMEOUT_MILLIS = 30_000;

/**
 * A persistent HTTP/1.1 connection that sends raw bytes and reads one response per request. Optimized for speed,
 * because long runs spend most of their time here.
 */
export class HttpConnection {
  readonly #port: number;
  #socket: Socket | undefined;
  #received: Buffer = NOTHING;
  #waiting: ((response: HttpResponse | Error) => void) | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /** Sends a whole request. Returns an error if the connection fails. */
  async send(request: Uint8Array): Promise<HttpResponse | Error> {
    const { promise, resolve } = Promise.withResolvers<HttpResponse | Error>();
    this.#waiting = resolve;
    this.#socket ??= this.#connect();
    this.#socket.write(request);
    const patience = setTimeout(() => {
      this.#settle(new Error(`no response within ${TIMEOUT_MILLIS} ms`));
      this.close();
    }, TIMEOUT_MILLIS);
    const response = await promise;
    clearTimeout(patience);
    return response;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#received = NOTHING;
  }

  #connect(): Socket {
    const socket = connect(this.#port, '127.0.0.1').setNoDelay(true);
    const isCurrent = () => this.#socket === socket;
    socket.on('data', (chunk) => isCurrent() && this.#read(chunk as Buffer));
    socket.on('error', () => {});
    socket.on('close', () => {
      if (!isCurrent()) return;
      this.close();
      this.#settle(new Error('the server closed the connection without a response'));
    });
    return socket;
  }

  #read(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#received.toString('latin1', 0, end);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#received.length < end + 4 + length) return;
    const body = this.#received.subarray(end + 4, end + 4 + length);
    const status = Number(head.slice(9, 12));
    this.#received = this.#received.subarray(end + 4 + length);
    if (/\r\nconnection: *close/i.test(head)) this.close();
    this.#settle({ status, body });
  }

  #settle(response: HttpResponse | Error): void {
    this.#waiting?.(response);
    this.#waiting = undefined;
  }
}

const NOTHING = Buffer.alloc(0);
