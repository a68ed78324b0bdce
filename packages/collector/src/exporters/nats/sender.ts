import { randomUUID } from 'node:crypto';
import type { JetStreamClient } from '@nats-io/jetstream';
import type { MsgHdrs, NatsConnection } from '@nats-io/nats-core';
import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import type { Sender, SignalContext } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';
import { unreachableOutcome } from '../../component/sending/unreachable.ts';
import { hasMessagePerItem, loadEncoder, type MessageEncoder } from '../../messages/encode.ts';
import { encodePiece, joinMessages, type SizedMessages } from '../../messages/encode-piece.ts';
import { concatParts } from '../../messages/split-batch.ts';
import { connectToNats } from '../../nats/connect.ts';
import type { NatsExporterConfig } from './config.ts';
import { ensureStream } from './stream.ts';

const loadSpanEncoder = async () => (await import('../messages/span-encoder.ts')).spanEncoder;

/** A batch as messages. Their IDs stay the same when they are sent again, so that the server recognizes them. */
interface OutgoingBatch extends SizedMessages {
  readonly id: string;
  /** Number of messages, from the first, that the server has stored. */
  stored: number;
}

/** Bytes of a message that its headers may need. */
const HEADER_BYTES = 4_096;

/** Sends batches to a stream of NATS JetStream. */
export class NatsSender implements Sender {
  readonly #config: NatsExporterConfig;
  readonly #context: SignalContext;
  readonly #batches = new WeakMap<Batch, OutgoingBatch>();
  #encode: MessageEncoder | undefined;
  #connecting: Promise<void> | undefined;
  #connection: NatsConnection | undefined;
  #client: JetStreamClient | undefined;
  #createHeaders: (() => MsgHdrs) | undefined;
  #isClosed = false;

  constructor(config: NatsExporterConfig, context: SignalContext) {
    this.#config = config;
    this.#context = context;
  }

  async start(): Promise<void> {
    const { signal } = this.#context;
    this.#encode = await loadEncoder(signal, this.#config[signal].encoding, loadSpanEncoder);
  }

  async send(batch: Batch, abort: AbortSignal, onUnused: () => void): Promise<Outcome> {
    if (this.#encode === undefined || this.#isClosed)
      return { kind: 'retry', afterMillis: undefined, reason: 'the exporter is not running' };
    try {
      await within(this.#connect(), abort);
      const outgoing = this.#batches.get(batch) ?? this.#createBatch(batch, this.#encode);
      this.#batches.set(batch, outgoing);
      onUnused();
      const { rejectedItems, reason } = outgoing;
      if (rejectedItems > 0 && rejectedItems >= batch.itemCount) return { kind: 'refused', reason };
      await within(this.#publish(outgoing, batch), abort);
      return rejectedItems > 0 ? { kind: 'partial', rejectedItems, reason } : ACCEPTED;
    } catch (error) {
      return unreachableOutcome(error, abort);
    }
  }

  async shutdown(): Promise<void> {
    this.#isClosed = true;
    await this.#connecting?.catch(() => {});
    await this.#connection?.close();
    this.#connection = undefined;
  }

  /** Connects and creates the stream, unless this was done. */
  #connect(): Promise<void> {
    this.#connecting ??= this.#open().catch((error: unknown) => {
      this.#connecting = undefined;
      throw error;
    });
    return this.#connecting;
  }

  async #open(): Promise<void> {
    const [{ jetstream, jetstreamManager }, { headers }] = await Promise.all([
      import('@nats-io/jetstream'),
      import('@nats-io/nats-core'),
    ]);
    const { signal } = this.#context;
    const connection = await connectToNats(this.#config, this.#context);
    try {
      await ensureStream(await jetstreamManager(connection), this.#config.stream, this.#config[signal].subject);
    } catch (error) {
      await connection.close();
      throw new Error(`stream ${this.#config.stream.name}: ${errorMessage(error)}`, { cause: error });
    }
    this.#connection = connection;
    this.#client = jetstream(connection);
    this.#createHeaders = () => headers();
  }

  #createBatch(batch: Batch, encode: MessageEncoder): OutgoingBatch {
    const limit = (this.#connection?.info?.max_payload ?? 2 ** 20) - HEADER_BYTES;
    const maxBytes = Math.min(this.#config.maxMessageBytes ?? limit, limit);
    const { signal, parts } = batch;
    const isPerItem = hasMessagePerItem(this.#config[signal].encoding);
    const options = { ...{ signal, encode, isPerItem, maxBytes }, limitedBy: 'max_message_bytes' };
    const encoded = concatParts(signal, parts, maxBytes).map((piece) => encodePiece(piece, options));
    return { ...joinMessages(encoded), id: randomUUID(), stored: 0 };
  }

  async #publish(outgoing: OutgoingBatch, batch: Batch): Promise<void> {
    const { subject } = this.#config[this.#context.signal];
    const { messages, id } = outgoing;
    const client = this.#client;
    if (client === undefined) throw new Error('expected a connection');
    for (let index = outgoing.stored; index < messages.length; index++) {
      const message = messages[index];
      if (message === undefined) break;
      const headers = this.#headers(batch);
      await client.publish(subject, message.value, { msgID: `${id}-${index}`, ...(headers && { headers }) });
      outgoing.stored = index + 1;
    }
  }

  #headers({ context }: Batch): MsgHdrs | undefined {
    const { includeMetadataKeys } = this.#config;
    const headers = includeMetadataKeys.length === 0 ? undefined : this.#createHeaders?.();
    if (headers === undefined) return undefined;
    for (const key of includeMetadataKeys)
      for (const value of context.metadata[key.toLowerCase()] ?? []) headers.append(key, value);
    return headers;
  }
}

/** Waits for work until `abort`, and then rejects; the work goes on. */
async function within<T>(work: Promise<T>, abort: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const end = () => aborted.reject(abort.reason);
  if (abort.aborted) end();
  abort.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    abort.removeEventListener('abort', end);
    work.catch(() => {});
  }
}
