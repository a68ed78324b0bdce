import { type Batch, type ItemCursor, RESOURCE_FIELDS, type Signal } from '@otelier/otlp';
import { hasMessagePerItem, type MessageEncoder } from '../../messages/encode.ts';
import { encodePiece, joinMessages, type SizedMessages } from '../../messages/encode-piece.ts';
import { concatParts, type KeyOf, type Piece, splitByKey, traceIdKey } from '../../messages/split-batch.ts';
import { readMap } from '../../ottl/values/codec.ts';
import { hashAttributes } from '../load_balancing/identity.ts';
import { perResource } from '../load_balancing/per-group.ts';
import type { KafkaExporterConfig } from './config.ts';

/** A message to send. */
export interface KafkaMessage {
  readonly topic: string;
  readonly key: Buffer | undefined;
  readonly value: Buffer;
  readonly headers: ReadonlyMap<Buffer, Buffer>;
  readonly sizeBytes: number;
}

/** The messages of a batch, and what cannot be sent. */
export interface BatchMessages {
  readonly messages: readonly KafkaMessage[];
  readonly rejectedItems: number;
  readonly reason: string;
}

type Target = Pick<KafkaMessage, 'topic' | 'key' | 'headers'>;

/** Where an item goes. */
interface Destination {
  readonly topic: string | undefined;
  /** Latin-1 text. */
  readonly key: string | undefined;
}

const SIGNAL_HEADER = 'otelcol.signal';
/** Bytes that a message needs in addition to its key, value and headers. */
const MESSAGE_OVERHEAD = 70;
const HEADER_OVERHEAD = 6;

/** Returns the keys of messages of a signal, if its items have them. */
function keyOfItems(config: KafkaExporterConfig, signal: Signal): KeyOf | undefined {
  const byTrace = traceIdKey(signal);
  const byResource = perResource((item: ItemCursor) => Buffer.from(resourceHash(item)).toString('latin1'));
  const keys: Readonly<Record<Signal, KeyOf | undefined>> = {
    traces: config.partitionTracesById ? byTrace : undefined,
    metrics: config.partitionMetricsByResourceAttributes ? byResource : undefined,
    logs: config.partitionLogsByTraceId ? byTrace : config.partitionLogsByResourceAttributes ? byResource : undefined,
    profiles: undefined,
  };
  return keys[signal];
}

function resourceHash({ bytes, resourceStart, resourceEnd }: ItemCursor): Uint8Array {
  return hashAttributes(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes);
}

/** Creates the messages of batches of a signal. */
export class MessageBuilder {
  readonly #config: KafkaExporterConfig;
  readonly #signal: Signal;
  readonly #encode: MessageEncoder;
  readonly #keyOf: KeyOf | undefined;

  constructor(config: KafkaExporterConfig, signal: Signal, encode: MessageEncoder) {
    this.#config = config;
    this.#signal = signal;
    this.#encode = encode;
    this.#keyOf = keyOfItems(config, signal);
  }

  /** Encodes a batch. Its messages share no memory with it. */
  build({ parts, context }: Batch): BatchMessages {
    const { topic: defaultTopic, topicFromMetadataKey, messageKeyFromMetadataKey } = this.#config[this.#signal];
    const metadata = (name: string) => (name === '' ? undefined : context.metadata[name.toLowerCase()]?.[0]);
    const topic = metadata(topicFromMetadataKey);
    const key = metadata(messageKeyFromMetadataKey);
    const keyBytes = key === undefined || key === '' ? undefined : Buffer.from(key);
    const headers = this.#headers(context.metadata);
    const messages: KafkaMessage[] = [];
    const encoded: SizedMessages[] = [];
    for (const piece of concatParts(this.#signal, parts, this.#config.producer.maxMessageBytes)) {
      for (const { destination, ...rest } of this.#split(piece, topic === undefined)) {
        const ownKey = destination.key === undefined ? undefined : Buffer.from(destination.key, 'latin1');
        const target: Target = { topic: topic ?? destination.topic ?? defaultTopic, key: keyBytes ?? ownKey, headers };
        const sized = this.#encodePiece(rest, target);
        encoded.push(sized);
        for (const { key: encodedKey, value } of sized.messages) {
          const keyed = { ...target, key: target.key ?? encodedKey };
          messages.push({ ...keyed, value, sizeBytes: value.length + overheadOf(keyed) });
        }
      }
    }
    const { rejectedItems, reason } = joinMessages(encoded);
    return { messages, rejectedItems, reason };
  }

  /** Splits a request by destination. `byAttribute` says whether an attribute may tell the topic. */
  #split(piece: Piece, byAttribute: boolean): readonly (Piece & { readonly destination: Destination })[] {
    const { topicFromAttribute } = this.#config;
    const keyOf = this.#keyOf;
    const topicOf =
      byAttribute && topicFromAttribute !== '' ? perResource((item) => topicIn(item, topicFromAttribute)) : undefined;
    if (keyOf === undefined && topicOf === undefined)
      return [{ ...piece, destination: { topic: undefined, key: undefined } }];
    const destinations = new Map<string, Destination>();
    const split = splitByKey(this.#signal, piece.request, (item) => {
      const destination: Destination = { topic: topicOf?.(item), key: keyOf?.(item) };
      const id = JSON.stringify([destination.topic, destination.key]);
      if (!destinations.has(id)) destinations.set(id, destination);
      return id;
    });
    return split.map(({ key: id = '', request, itemCount }) => {
      const destination = destinations.get(id) ?? { topic: undefined, key: undefined };
      return { request, itemCount, destination };
    });
  }

  /** Encodes a request as messages to one destination. */
  #encodePiece(piece: Piece, target: Target): SizedMessages {
    const isPerItem = hasMessagePerItem(this.#config[this.#signal].encoding);
    const maxBytes = this.#config.producer.maxMessageBytes - overheadOf(target);
    const options = {
      ...{ signal: this.#signal, encode: this.#encode, isPerItem, maxBytes },
      limitedBy: 'producer.max_message_bytes',
    };
    return encodePiece(piece, options);
  }

  #headers(metadata: Batch['context']['metadata']): ReadonlyMap<Buffer, Buffer> {
    const { includeMetadataKeys, recordHeaders, signalHeader } = this.#config;
    // Buffers are different keys even if they have equal bytes, so that a header can be repeated.
    const headers = new Map<Buffer, Buffer>();
    const add = (name: string, value: string) => headers.set(Buffer.from(name), Buffer.from(value));
    for (const key of includeMetadataKeys) for (const value of metadata[key.toLowerCase()] ?? []) add(key, value);
    for (const [name, value] of Object.entries(recordHeaders)) add(name, value);
    if (signalHeader) add(SIGNAL_HEADER, this.#signal);
    return headers;
  }
}

function topicIn({ bytes, resourceStart, resourceEnd }: ItemCursor, attribute: string): string | undefined {
  const value = readMap(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes).get(attribute);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Returns the bytes of a message in addition to its value. */
function overheadOf({ key, headers }: Target): number {
  let size = (key?.length ?? 0) + MESSAGE_OVERHEAD;
  for (const [name, text] of headers) size += name.length + text.length + HEADER_OVERHEAD;
  return size;
}
