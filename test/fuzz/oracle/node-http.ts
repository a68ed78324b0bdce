import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendRaw } from '../client/raw-connection.ts';

/** Uses Node's HTTP/1.1 parser as an oracle that finds the bodies of export requests in a stream. */
export class NodeHttp implements AsyncDisposable {
  readonly #server: Server;
  /** The bodies found in the current stream. */
  #found: Uint8Array[] = [];
  #isClear = true;
  /** Resolves when no other stream is being parsed. */
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
      // Any token is a valid method (RFC 9110, 9.1), but Node's parser only knows a fixed list, and cannot parse what
      // follows an unknown method.
      reader.#isClear &&= error.code !== 'HPE_INVALID_METHOD';
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return reader;
  }

  /** Returns the bodies in a stream up to the first error. If Node is stricter than the protocol, there may be more. */
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
