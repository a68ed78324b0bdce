import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Admission } from '@otelier/transport';
import type { ComponentContext } from '../../component/contract.ts';
import type { Entry } from '../../operators/entry/entry.ts';
import { ReceiveBuffer } from './receive-buffer.ts';

/** Thrown when a sender breaks the protocol. Its connection is closed. */
export class ProtocolError extends Error {
  override readonly name: string = 'ProtocolError';
}

/** Takes what a protocol reads from frames. */
export interface FrameSink {
  /** Adds a log record. Wait for the result before reading more. */
  add(entry: Entry): Promise<void> | undefined;
  /** Sends bytes to the sender. */
  write(bytes: Uint8Array): void;
  /** Reports that the sender has authenticated, if the protocol has a `hello`. */
  authenticated(): void;
  readonly observedNanos: bigint;
}

/** A protocol of log records in frames, with the state of one connection. */
export interface FrameProtocol {
  /** What the server sends first, to a sender that then has to authenticate. */
  readonly hello?: Uint8Array;
  /** Returns the size of the frame at the start of `bytes`, or `undefined` if it goes on. Throws a `ProtocolError`. */
  frameSize(bytes: Uint8Array): number | undefined;
  /** Reads a frame. Rejects with a `ProtocolError`. */
  receive(frame: Uint8Array, sink: FrameSink): Promise<void>;
  /** Returns the acknowledgment of all frames that were received, whose log records are delivered; `undefined` if none is due. */
  acknowledge(): Uint8Array | undefined;
  /** Tells the sender that log records are still being delivered. */
  readonly keepAlive?: Uint8Array;
}

/** Options for `FrameConnection`. */
export interface FrameConnectionOptions {
  /** Passes entries to the pipeline. Resolves with false if they could not be delivered before the shutdown. */
  deliver(entries: readonly Entry[]): Promise<boolean>;
}

/** Entries that are passed on at once. A large frame is delivered in several batches, between which others run. */
const MAX_BATCH_ENTRIES = 1000;
/** Bytes of an incomplete frame for which no memory is reserved. */
const FREE_BYTES = 64 * 1024;
const MEMORY_WAIT_MILLIS = 250;
/** Waits for memory before the connection is closed, so that connections that wait for each other end. */
const MAX_MEMORY_WAITS = 40;
const LOGIN_MILLIS = 10_000;
const KEEP_ALIVE_MILLIS = 3_000;

/** The connection of a sender. It reads no further while the pipeline is busy, so that the sender waits. */
export class FrameConnection {
  /** Whether entries are being delivered. */
  isBusy = false;
  servedMillis: number | undefined;
  readonly #socket: Socket;
  readonly #protocol: FrameProtocol;
  readonly #options: FrameConnectionOptions;
  readonly #context: ComponentContext;
  readonly #buffer = new ReceiveBuffer();
  #admission: Admission | undefined;
  #reserved = 0;
  #entries: Entry[] = [];
  #isEnding = false;

  constructor(socket: Socket, protocol: FrameProtocol, options: FrameConnectionOptions, context: ComponentContext) {
    this.#socket = socket;
    this.#protocol = protocol;
    this.#options = options;
    this.#context = context;
  }

  /** Receives frames until the connection ends. Rejects with a `ProtocolError` if they are invalid. */
  async run(): Promise<void> {
    const { hello } = this.#protocol;
    const { clock } = this.#context;
    const endLogin = hello && clock.setTimeout(() => this.#socket.destroy(), LOGIN_MILLIS);
    const sink: FrameSink = {
      add: (entry) => {
        this.#entries.push(entry);
        return this.#entries.length >= MAX_BATCH_ENTRIES ? this.#deliver() : undefined;
      },
      write: (bytes) => void this.#socket.write(bytes),
      authenticated: () => endLogin?.(),
      get observedNanos() {
        return BigInt(Math.floor(clock.now())) * 1_000_000n;
      },
    };
    try {
      if (hello !== undefined) this.#socket.write(hello);
      for await (const chunk of this.#socket as AsyncIterable<Buffer>) {
        await this.#append(chunk);
        for (let frame = this.#next(); frame !== undefined; frame = this.#next())
          await this.#protocol.receive(frame, sink);
        await this.#flush();
        if (this.#isEnding) break;
      }
    } catch (error) {
      // The sender has reset the connection. What it has sent completely is delivered.
      if (!isReset(error) && !(error instanceof StoppedError)) throw error;
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

  /** Returns the next complete frame. */
  #next(): Uint8Array | undefined {
    const { bytes } = this.#buffer;
    const size = bytes.length === 0 ? undefined : this.#protocol.frameSize(bytes);
    if (size === undefined) return undefined;
    this.#buffer.consume(size);
    return bytes.subarray(0, size);
  }

  /** Delivers the entries of all frames that were received, then acknowledges them. */
  async #flush(): Promise<void> {
    await this.#deliver();
    const acknowledgment = this.#protocol.acknowledge();
    if (acknowledgment === undefined) return;
    if (!this.#socket.write(acknowledgment) && !this.#socket.destroyed)
      await Promise.race([once(this.#socket, 'drain'), once(this.#socket, 'close')]);
  }

  async #deliver(): Promise<void> {
    const entries = this.#entries;
    if (entries.length === 0) return;
    this.#entries = [];
    this.isBusy = true;
    const stop = this.#keepAlive();
    try {
      if (!(await this.#options.deliver(entries))) throw new StoppedError();
    } finally {
      stop();
      this.isBusy = false;
      this.servedMillis = performance.now();
    }
  }

  /** Tells the sender from time to time that its entries are being delivered. Returns a function that ends this. */
  #keepAlive(): () => void {
    const { keepAlive } = this.#protocol;
    if (keepAlive === undefined) return () => {};
    const { clock } = this.#context;
    const again = () => {
      this.#socket.write(keepAlive);
      cancel = clock.setTimeout(again, KEEP_ALIVE_MILLIS);
    };
    let cancel = clock.setTimeout(again, KEEP_ALIVE_MILLIS);
    return () => cancel();
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
      if (waits === MAX_MEMORY_WAITS) throw new ProtocolError('no memory for a frame of this size');
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

/** Thrown when entries could not be delivered before the shutdown. */
class StoppedError extends Error {}

/** Reports whether an error is that of a socket. */
function isReset(error: unknown): boolean {
  return error instanceof Error && 'code' in error;
}
