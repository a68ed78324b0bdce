import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Admission } from '@otelier/transport';
import type { ComponentContext } from '../../component/contract.ts';
import { MessagePackError } from '../../fluent/message-pack-reader.ts';
import { MessagePackScanner } from '../../fluent/message-pack-scanner.ts';
import { MessagePackWriter } from '../../fluent/message-pack-writer.ts';
import type { Entry } from '../../operators/entry/entry.ts';
import { Login, type Security } from './login.ts';
import { openMessage } from './messages.ts';
import { ReceiveBuffer } from './receive-buffer.ts';

/** Options for `FluentConnection`. */
export interface FluentConnectionOptions {
  readonly maxMessageBytes: number;
  readonly tagAttribute: string;
  readonly security: Security | undefined;
  /** Passes entries to the pipeline. Resolves with false if they could not be delivered before the shutdown. */
  deliver(entries: readonly Entry[]): Promise<boolean>;
}

/** Entries that are passed on at once. A large message is delivered in several batches, between which others run. */
const MAX_BATCH_ENTRIES = 1000;
/** Bytes of an incomplete message for which no memory is reserved. */
const FREE_BYTES = 64 * 1024;
const MEMORY_WAIT_MILLIS = 250;
/** Waits for memory before the connection is closed, so that connections that wait for each other end. */
const MAX_MEMORY_WAITS = 40;
const LOGIN_MILLIS = 10_000;

/** The connection of a sender. It reads no further while the pipeline is busy, so that the sender waits. */
export class FluentConnection {
  /** Whether entries are being delivered. */
  isBusy = false;
  servedMillis: number | undefined;
  readonly #socket: Socket;
  readonly #options: FluentConnectionOptions;
  readonly #context: ComponentContext;
  readonly #buffer = new ReceiveBuffer();
  readonly #scanner: MessagePackScanner;
  #admission: Admission | undefined;
  #reserved = 0;
  #entries: Entry[] = [];
  #chunks: string[] = [];
  #isEnding = false;

  constructor(socket: Socket, options: FluentConnectionOptions, context: ComponentContext) {
    this.#socket = socket;
    this.#options = options;
    this.#context = context;
    this.#scanner = new MessagePackScanner(options.maxMessageBytes);
  }

  /** Receives messages until the connection ends. Rejects with a `MessagePackError` if they are invalid. */
  async run(): Promise<void> {
    const { security } = this.#options;
    let login = security && new Login(security);
    const endLogin = login && this.#context.clock.setTimeout(() => this.#socket.destroy(), LOGIN_MILLIS);
    try {
      if (login !== undefined) this.#socket.write(login.hello);
      for await (const chunk of this.#socket as AsyncIterable<Buffer>) {
        await this.#append(chunk);
        for (let message = this.#next(); message !== undefined; message = this.#next()) {
          if (login === undefined) {
            await this.#receive(message);
            continue;
          }
          const { pong, rejection } = login.check(message);
          this.#socket.write(pong);
          if (rejection !== undefined) throw new MessagePackError(`handshake: ${rejection}`);
          login = undefined;
          endLogin?.();
        }
        await this.#flush();
        if (this.#isEnding) break;
      }
    } catch (error) {
      if (error instanceof MessagePackError) throw error;
      // The sender has reset the connection. What it has sent completely is delivered.
    } finally {
      endLogin?.();
      this.#admission?.release();
      this.#admission = undefined;
      // The rejection of a login is sent before the connection ends.
      this.#socket.end(() => this.#socket.destroy());
    }
  }

  /** Ends the connection once the entries that it delivers are acknowledged. */
  end(): void {
    this.#isEnding = true;
    if (!this.isBusy) this.#socket.destroy();
  }

  /** Returns the next complete message. */
  #next(): Uint8Array | undefined {
    const { bytes } = this.#buffer;
    const size = this.#scanner.next(bytes);
    if (size === undefined) return undefined;
    this.#buffer.consume(size);
    return bytes.subarray(0, size);
  }

  async #receive(message: Uint8Array): Promise<void> {
    const { maxMessageBytes: maxBytes, tagAttribute } = this.#options;
    const observedNanos = BigInt(Math.floor(this.#context.clock.now())) * 1_000_000n;
    const { entries, chunk } = await openMessage(message, { maxBytes, tagAttribute, observedNanos });
    for (const entry of entries) {
      this.#entries.push(entry);
      if (this.#entries.length >= MAX_BATCH_ENTRIES) await this.#deliver();
    }
    const id = chunk();
    if (id !== undefined) this.#chunks.push(id);
  }

  /** Delivers the entries of all messages that were received, then acknowledges them. */
  async #flush(): Promise<void> {
    await this.#deliver();
    if (this.#chunks.length === 0) return;
    const writer = new MessagePackWriter();
    for (const chunk of this.#chunks.splice(0)) writer.map(1).text('ack').text(chunk);
    if (!this.#socket.write(writer.finish()) && !this.#socket.destroyed)
      await Promise.race([once(this.#socket, 'drain'), once(this.#socket, 'close')]);
  }

  async #deliver(): Promise<void> {
    const entries = this.#entries;
    if (entries.length === 0) return;
    this.#entries = [];
    this.isBusy = true;
    try {
      if (!(await this.#options.deliver(entries))) throw new Error('the receiver has stopped');
    } finally {
      this.isBusy = false;
      this.servedMillis = performance.now();
    }
  }

  async #append(chunk: Buffer): Promise<void> {
    this.#buffer.append(chunk);
    const wanted = this.#buffer.bytes.length > FREE_BYTES ? this.#buffer.capacity : 0;
    if (wanted < this.#reserved) {
      this.#admission?.release();
      this.#admission = undefined;
      this.#reserved = 0;
    }
    for (let waits = 0; wanted > this.#reserved && !this.#reserve(wanted); waits++) {
      if (waits === MAX_MEMORY_WAITS) throw new MessagePackError('no memory for a message of this size');
      await new Promise<void>((resolve) => this.#context.clock.setTimeout(resolve, MEMORY_WAIT_MILLIS));
    }
  }

  #reserve(wanted: number): boolean {
    if (this.#admission === undefined) {
      const admitted = this.#context.admission.admit(wanted);
      if ('kind' in admitted) return false;
      this.#admission = admitted;
    } else if (!this.#admission.grow(wanted - this.#reserved)) {
      return false;
    }
    this.#reserved = wanted;
    return true;
  }
}
