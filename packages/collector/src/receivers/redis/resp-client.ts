import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { connectSocket, type SocketTarget } from '../../component/sockets/connect-socket.ts';

/** Size of a reply. A larger one is an error. */
const MAX_REPLY_BYTES = 4 << 20;

/** A connection to a server of Redis, which runs commands one after the other. */
export class RespClient {
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Buffer>;
  #received: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  /** Connects. Rejects if that fails, and when `signal` aborts, which also ends the connection later. */
  static async open(target: SocketTarget, signal: AbortSignal): Promise<RespClient> {
    const socket = await connectSocket(target, signal);
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
    return new RespClient(socket);
  }

  /** Runs a command and returns its reply. Rejects with the error of the server. */
  async run(...args: readonly string[]): Promise<string> {
    const command = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`);
    this.#socket.write(`*${args.length}\r\n${command.join('')}`);
    const line = await this.#line();
    switch (line[0]) {
      case '+':
        return line.slice(1);
      case '-':
        throw new Error(`${args[0]}: ${line.slice(1, 200)}`);
      case '$':
      case '=':
        return this.#bulk(Number(line.slice(1)));
      default:
        throw new Error(`expected a reply of Redis, got ${JSON.stringify(line.slice(0, 40))}`);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#received.indexOf('\r\n');
      if (end >= 0) return this.#take(end + 2).toString('latin1', 0, end);
      await this.#receive();
    }
  }

  async #bulk(length: number): Promise<string> {
    if (!(length >= 0 && length <= MAX_REPLY_BYTES))
      throw new Error(`expected a reply of at most ${MAX_REPLY_BYTES} bytes, got a length of ${length}`);
    while (this.#received.length < length + 2) await this.#receive();
    return this.#take(length + 2).toString('utf8', 0, length);
  }

  #take(length: number): Buffer {
    const taken = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return taken;
  }

  async #receive(): Promise<void> {
    if (this.#received.length > MAX_REPLY_BYTES)
      throw new Error(`expected a reply of at most ${MAX_REPLY_BYTES} bytes, got more`);
    const { done, value } = await this.#chunks.next();
    if (done === true) throw new Error('the server closed the connection');
    this.#received = Buffer.concat([this.#received, value]);
  }
}
