import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import { connectSocket, type SocketTarget } from '../../component/sockets/connect-socket.ts';
import { equalDigests, passwordDigest, sharedKeyDigest } from '../../fluent/handshake.ts';
import { MessagePackReader } from '../../fluent/message-pack-reader.ts';
import { MessagePackScanner } from '../../fluent/message-pack-scanner.ts';
import { MessagePackWriter } from '../../fluent/message-pack-writer.ts';

/** The server and how to authenticate. */
export interface Destination extends SocketTarget {
  readonly sharedKey: string;
  readonly username: string;
  readonly password: string;
}

/** Thrown when the server rejects the credentials. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
}

const MAX_RESPONSE_BYTES = 64 * 1024;

/** A connection to a server of the forward protocol, which carries one message at a time. */
export class FluentClient {
  readonly #socket: Socket;
  readonly #responses: AsyncIterator<Buffer>;
  readonly #scanner = new MessagePackScanner(MAX_RESPONSE_BYTES);
  #received: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#responses = socket[Symbol.asyncIterator]();
  }

  /** Connects and authenticates. Rejects with a `HandshakeError` if the server does not accept the credentials. */
  static async open(destination: Destination, signal: AbortSignal): Promise<FluentClient> {
    const socket = await connectSocket(destination, signal);
    const client = new FluentClient(socket);
    if (destination.sharedKey === '') return client;
    try {
      await client.#during(signal, () => client.#logIn(destination));
      return client;
    } catch (error) {
      client.destroy();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#socket.writable && !this.#socket.destroyed;
  }

  /** Sends a message. With a chunk, waits for its acknowledgment, else until the system has taken the bytes. */
  send(message: Uint8Array, chunk: string | undefined, signal: AbortSignal): Promise<void> {
    return this.#during(signal, async () => {
      await new Promise<void>((resolve, reject) => {
        this.#socket.write(message, (error) => (error ? reject(error) : resolve()));
      });
      if (chunk === undefined) return;
      const reader = new MessagePackReader(await this.#next());
      for (let left = reader.map('response'); left > 0; left--) {
        const key = reader.text('key');
        const value = reader.value();
        if (key === 'ack' && value === chunk) return;
      }
      throw new Error('expected an acknowledgment of the chunk, got another response');
    });
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #logIn({ sharedKey, username, password }: Destination): Promise<void> {
    const hello = new MessagePackReader(await this.#next());
    let nonce: Buffer = Buffer.alloc(0);
    let auth: Buffer = Buffer.alloc(0);
    if (hello.array('HELO') !== 2 || hello.text('HELO') !== 'HELO') throw new HandshakeError('expected HELO');
    for (let left = hello.map('HELO'); left > 0; left--) {
      const key = hello.text('key');
      if (key === 'nonce') nonce = hello.data('nonce');
      else if (key === 'auth') auth = hello.data('auth');
      else hello.value();
    }
    const salt = randomBytes(16);
    const ping = new MessagePackWriter().array(6).text('PING').text(hostname()).binary(salt);
    ping.text(sharedKeyDigest({ salt, hostname: hostname(), nonce, sharedKey })).text(username);
    ping.text(auth.length === 0 ? '' : passwordDigest(auth, username, password));
    this.#socket.write(ping.finish());
    const pong = new MessagePackReader(await this.#next());
    if (pong.array('PONG') !== 5 || pong.text('PONG') !== 'PONG') throw new HandshakeError('expected PONG');
    const isAccepted = pong.value() === true;
    const reason = pong.text('reason');
    if (!isAccepted) throw new HandshakeError(`the server rejected the handshake: ${reason}`);
    const server = pong.data('hostname');
    const digest = pong.text('digest');
    if (!equalDigests(digest, sharedKeyDigest({ salt, hostname: server, nonce, sharedKey })))
      throw new HandshakeError('the server does not know the shared key');
  }

  async #next(): Promise<Uint8Array> {
    for (;;) {
      const size = this.#received.length === 0 ? undefined : this.#scanner.next(this.#received);
      if (size !== undefined) {
        const value = this.#received.subarray(0, size);
        this.#received = this.#received.subarray(size);
        return value;
      }
      const { value, done } = await this.#responses.next();
      if (done === true) throw new Error('the server closed the connection');
      this.#received = Buffer.concat([this.#received, value]);
    }
  }

  /** Destroys the connection if the signal aborts during `work`, which then rejects. */
  async #during<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const abort = () => this.#socket.destroy(signal.reason instanceof Error ? signal.reason : undefined);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await work();
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}
