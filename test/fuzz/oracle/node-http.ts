import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendRaw } from '../client/raw-connection.ts';

/** Node's own reader of HTTP/1.1, to hold another against: which bodies of export requests it finds in a stream. */
export class NodeHttp implements AsyncDisposable {
  readonly #server: Server;
  /** What the stream under way has held so far. */
  #found: Uint8Array[] = [];
  #isClear = true;
  /** Ends when no other stream is open. */
  #turn: Promise<void> = Promise.resolve();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async listen(): Promise<NodeHttp> {
    const server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        reader.#found.push(Buffer.concat(chunks));
        response.end();
      });
      request.on('error', () => {});
    });
    const reader = new NodeHttp(server);
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      // Any token is a method (RFC 9110, 9.1); Node's parser knows a list of them, and cannot say what follows.
      reader.#isClear &&= error.code !== 'HPE_INVALID_METHOD';
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return reader;
  }

  /** The bodies in a stream, up to where it is malformed, or Node stricter than the protocol: then that is not all. */
  async bodiesIn(stream: Uint8Array): Promise<{ readonly bodies: readonly Uint8Array[]; readonly isAll: boolean }> {
    const previous = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    await previous;
    this.#found = [];
    this.#isClear = true;
    await sendRaw((this.#server.address() as AddressInfo).port, stream, TIMEOUT_MILLIS);
    const found = { bodies: this.#found, isAll: this.#isClear };
    resolve();
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const TIMEOUT_MILLIS = 5_000;
