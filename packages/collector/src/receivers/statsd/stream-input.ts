import type { Socket } from 'node:net';
import type { ComponentContext } from '../../component/contract.ts';
import type { LeasedListener } from '../../component/host.ts';
import type { StatsdConfig } from './config.ts';
import { addLines, type LineSink, type Sender } from './line-sink.ts';

/** Longest line or message, as in the Collector. A longer one ends its connection. */
const MAX_LINE_BYTES = 65_527;
const MAX_CONNECTIONS = 10_000;
const LENGTH_BYTES = 4;
const NEWLINE = 0x0a;

/** Receives lines over TCP connections and Unix sockets. */
export class StreamInput {
  readonly #config: StatsdConfig;
  readonly #sink: LineSink;
  readonly #context: ComponentContext;
  readonly #connections = new Map<Socket, Promise<void>>();
  #leased: LeasedListener | undefined;
  #stopAccepting: () => void = () => {};

  constructor(config: StatsdConfig, sink: LineSink, context: ComponentContext) {
    this.#config = config;
    this.#sink = sink;
    this.#context = context;
  }

  async start(): Promise<void> {
    const { host, id: component } = this.#context;
    this.#leased = await host.listen(this.#config.endpoint, { component, protocol: 'tcp' });
    this.#stopAccepting = this.#leased.listener.accept((socket) => this.#accept(socket));
  }

  /** Stops listening, and takes what connections have sent. */
  async stop(): Promise<void> {
    this.#stopAccepting();
    this.#stopAccepting = () => {};
    await this.#leased?.release();
    this.#leased = undefined;
    for (const socket of this.#connections.keys()) socket.destroy();
    await Promise.all(this.#connections.values());
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= MAX_CONNECTIONS) {
      socket.destroy();
      return;
    }
    socket.on('error', () => socket.destroy());
    this.#connections.set(
      socket,
      this.#read(socket).finally(() => this.#connections.delete(socket)),
    );
  }

  async #read(socket: Socket): Promise<void> {
    const sender = { ip: socket.remoteAddress ?? 'unix', port: socket.remotePort ?? 0 };
    let rest: Buffer = Buffer.alloc(0);
    let hasLengths: boolean | undefined;
    try {
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        if (rest.length < LENGTH_BYTES) continue;
        hasLengths ??= beginsWithLength(rest);
        rest = hasLengths ? this.#takeMessages(rest, sender) : this.#takeLines(rest, sender);
        if (rest.length <= MAX_LINE_BYTES + LENGTH_BYTES) continue;
        this.#context.dropped(1, 'too_long');
        socket.destroy();
        return;
      }
      // The sender has ended the connection without a newline after the last line.
      if (hasLengths === false) this.#addLines(rest, sender);
    } catch {
      // The sender has reset the connection. Its complete lines count.
    }
  }

  /** Passes on complete lines, and returns the rest. */
  #takeLines(bytes: Buffer, sender: Sender): Buffer {
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    this.#addLines(bytes.subarray(0, end), sender);
    return bytes.subarray(end);
  }

  /** Passes on complete messages with their lengths, and returns the rest. */
  #takeMessages(bytes: Buffer, sender: Sender): Buffer {
    let at = 0;
    while (at + LENGTH_BYTES <= bytes.length) {
      const end = at + LENGTH_BYTES + bytes.readUInt32LE(at);
      if (end > bytes.length) break;
      this.#addLines(bytes.subarray(at + LENGTH_BYTES, end), sender);
      at = end;
    }
    return bytes.subarray(at);
  }

  #addLines(bytes: Uint8Array, sender: Sender): void {
    const add = (line: string) => {
      const trimmed = line.trim();
      if (trimmed !== '') this.#sink.add(trimmed, sender);
    };
    addLines(bytes, sender, { add });
  }
}

/** Reports whether each message has its length before it, as with `unixstream` of DogStatsD. Lines have no zero bytes. */
function beginsWithLength(bytes: Buffer): boolean {
  return bytes[2] === 0 && bytes[3] === 0;
}
