import net from 'node:net';
import type { ExportHandler, ExportServer } from '../../contract.ts';
import type { HttpServerOptions } from '../http/options.ts';
import { createHttpServer } from './server.ts';

/** A response as received. */
export interface RawResponse {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** An HTTP/1.1 client that sends raw bytes and parses responses with a content length. */
export class RawClient {
  readonly socket: net.Socket;
  readonly #closed: Promise<void>;
  #text = '';
  #wake: () => void = () => {};
  #isClosed = false;

  constructor(port: number, allowHalfOpen = false) {
    this.socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen, noDelay: true });
    this.socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1');
      this.#wake();
    });
    this.socket.on('error', () => {});
    this.#closed = new Promise((resolve) => {
      this.socket.on('close', () => {
        this.#isClosed = true;
        this.#wake();
        resolve();
      });
    });
  }

  send(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Returns the next response, or `undefined` if the connection ends before it is complete. */
  async response(isHead = false): Promise<RawResponse | undefined> {
    for (;;) {
      const response = this.#parse(isHead);
      if (response !== undefined || this.#isClosed) return response;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Returns the unparsed rest of the input once the connection has ended. */
  async rest(): Promise<string> {
    await this.#closed;
    return this.#text;
  }

  #parse(isHead: boolean): RawResponse | undefined {
    const end = this.#text.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const [line = '', ...fields] = this.#text.slice(0, end).split('\r\n');
    const headers = new Map(fields.map((field) => [field.slice(0, field.indexOf(':')), field.split(': ')[1] ?? '']));
    const bodyEnd = end + 4 + (isHead ? 0 : Number(headers.get('content-length') ?? 0));
    if (this.#text.length < bodyEnd) return undefined;
    const body = this.#text.slice(end + 4, bodyEnd);
    this.#text = this.#text.slice(bodyEnd);
    return { status: Number(line.split(' ')[1]), headers, body };
  }
}

/** Runs `body` with a server and closes all connections at the end. */
export async function withHttp1(
  handler: ExportHandler,
  body: (bench: Http1Bench) => Promise<void>,
  options: Partial<HttpServerOptions> = {},
): Promise<void> {
  const server = await createHttpServer({ endpoint: '127.0.0.1:0', ...options }, handler);
  const port = Number(server.address.split(':').at(-1));
  const clients: RawClient[] = [];
  const connect = (allowHalfOpen = false) => {
    const client = new RawClient(port, allowHalfOpen);
    clients.push(client);
    return client;
  };
  try {
    await body({ server, port, connect });
  } finally {
    for (const { socket } of clients) socket.destroy();
    await server.shutdown(0);
  }
}

/** A server and connections to it. */
export interface Http1Bench {
  readonly server: ExportServer;
  readonly port: number;
  connect(allowHalfOpen?: boolean): RawClient;
}

/** Returns a request that exports `body`, with additional header lines. */
export function post(body: string, ...lines: readonly string[]): string {
  const own = [...lines, `content-length: ${body.length}`].map((line) => `${line}\r\n`).join('');
  return `POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${own}\r\n${body}`;
}

/** Returns a request that exports a chunked body, with additional header lines. */
export function postChunked(chunks: string, ...lines: readonly string[]): string {
  const own = [...lines, 'transfer-encoding: chunked'].map((line) => `${line}\r\n`).join('');
  return `POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${own}\r\n${chunks}`;
}

/** Yields to the event loop, so that written bytes are read. */
export async function turns(count = 2): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
