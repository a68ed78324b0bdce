import { MessagePackError } from '../../fluent/message-pack-reader.ts';
import { MessagePackScanner } from '../../fluent/message-pack-scanner.ts';
import { MessagePackWriter } from '../../fluent/message-pack-writer.ts';
import { type FrameProtocol, type FrameSink, ProtocolError } from '../framed_logs/connection.ts';
import { Login, type Security } from './login.ts';
import { openMessage } from './messages.ts';

/** Options for `ForwardProtocol`. */
export interface ForwardProtocolOptions {
  readonly maxMessageBytes: number;
  readonly tagAttribute: string;
  readonly security: Security | undefined;
}

/** The forward protocol of Fluentd: messages of MessagePack, acknowledged by the IDs of their chunks. */
export class ForwardProtocol implements FrameProtocol {
  readonly hello?: Uint8Array;
  readonly #options: ForwardProtocolOptions;
  readonly #scanner: MessagePackScanner;
  #login: Login | undefined;
  #chunks: string[] = [];

  constructor(options: ForwardProtocolOptions) {
    const { security, maxMessageBytes } = options;
    this.#options = options;
    this.#scanner = new MessagePackScanner(maxMessageBytes);
    if (security === undefined) return;
    this.#login = new Login(security);
    this.hello = this.#login.hello;
  }

  frameSize(bytes: Uint8Array): number | undefined {
    return checked(() => this.#scanner.next(bytes));
  }

  async receive(message: Uint8Array, sink: FrameSink): Promise<void> {
    if (this.#login !== undefined) return this.#logIn(this.#login, message, sink);
    const { maxMessageBytes: maxBytes, tagAttribute } = this.#options;
    try {
      const { entries, chunk } = await openMessage(message, {
        maxBytes,
        tagAttribute,
        observedNanos: sink.observedNanos,
      });
      for (const entry of entries) await sink.add(entry);
      const id = chunk();
      if (id !== undefined) this.#chunks.push(id);
    } catch (error) {
      throw asProtocolError(error);
    }
  }

  acknowledge(): Uint8Array | undefined {
    if (this.#chunks.length === 0) return undefined;
    const writer = new MessagePackWriter();
    for (const chunk of this.#chunks.splice(0)) writer.map(1).text('ack').text(chunk);
    return writer.finish();
  }

  #logIn(login: Login, message: Uint8Array, sink: FrameSink): void {
    const { pong, rejection } = checked(() => login.check(message));
    sink.write(pong);
    if (rejection !== undefined) throw new ProtocolError(`handshake: ${rejection}`);
    this.#login = undefined;
    sink.authenticated();
  }
}

function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw asProtocolError(error);
  }
}

function asProtocolError(error: unknown): unknown {
  return error instanceof MessagePackError ? new ProtocolError(error.message, { cause: error }) : error;
}
