import { randomBytes } from 'node:crypto';
import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import { compress } from '@otelier/transport';
import type { Sender } from '../../component/contract.ts';
import { unreachableOutcome } from '../../component/sending/unreachable.ts';
import { MessagePackWriter } from '../../fluent/message-pack-writer.ts';
import { type Destination, FluentClient } from './connection.ts';
import { type RecordOptions, writeEntries } from './records.ts';

/** Options for `FluentSender`. */
export interface FluentSenderOptions {
  readonly tag: string;
  readonly isCompressed: boolean;
  readonly requireAck: boolean;
  readonly records: RecordOptions;
  /** Reads the TLS settings at start. */
  createDestination(): Destination;
}

/** Sends batches by the forward protocol. Each connection carries one batch at a time. */
export class FluentSender implements Sender {
  readonly #options: FluentSenderOptions;
  readonly #idle: FluentClient[] = [];
  readonly #clients = new Set<FluentClient>();
  #destination: Destination | undefined;

  constructor(options: FluentSenderOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#destination = this.#options.createDestination();
  }

  async send({ parts }: Batch, abort: AbortSignal, onUnused: () => void): Promise<Outcome> {
    const chunk = this.#options.requireAck ? randomBytes(16).toString('base64') : undefined;
    const message = await this.#encode(parts, chunk);
    onUnused();
    try {
      await this.#transmit(message, chunk, abort);
      return ACCEPTED;
    } catch (error) {
      return unreachableOutcome(error, abort);
    }
  }

  async shutdown(): Promise<void> {
    for (const client of this.#clients) client.destroy();
  }

  async #encode(parts: readonly Uint8Array[], chunk: string | undefined): Promise<Buffer> {
    const { tag, isCompressed, records } = this.#options;
    const entries = new MessagePackWriter();
    const count = writeEntries(entries, parts, records);
    const message = new MessagePackWriter().array(3).text(tag);
    if (isCompressed) message.binary(await compress('gzip', [entries.finish()]));
    else message.array(count).raw(entries.finish());
    message
      .map(1 + (isCompressed ? 1 : 0) + (chunk === undefined ? 0 : 1))
      .text('size')
      .integer(count);
    if (isCompressed) message.text('compressed').text('gzip');
    if (chunk !== undefined) message.text('chunk').text(chunk);
    return message.finish();
  }

  /** Sends a message on an idle connection or on a new one. An idle connection may turn out to be closed. */
  async #transmit(message: Buffer, chunk: string | undefined, abort: AbortSignal): Promise<void> {
    for (let client = this.#idle.pop(); client !== undefined; client = this.#idle.pop()) {
      if (client.isOpen) {
        try {
          return await this.#sendOn(client, message, chunk, abort);
        } catch (error) {
          if (abort.aborted) throw error;
        }
      }
    }
    const destination = this.#destination ?? this.#options.createDestination();
    const client = await FluentClient.open(destination, abort);
    this.#clients.add(client);
    await this.#sendOn(client, message, chunk, abort);
  }

  async #sendOn(client: FluentClient, message: Buffer, chunk: string | undefined, abort: AbortSignal): Promise<void> {
    try {
      await client.send(message, chunk, abort);
      this.#idle.push(client);
    } catch (error) {
      client.destroy();
      this.#clients.delete(client);
      throw error;
    }
  }
}
