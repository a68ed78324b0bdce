import { observePromise } from '../observe-promise.ts';
import { patch } from '../patch.ts';
import { carrierOf, isTraced } from './telemetry/carriers.ts';
import type { MessagingCall } from './telemetry/messaging-call.ts';
import type { MessagingOptions } from './telemetry/messaging-options.ts';
import { MessagingTelemetry } from './telemetry/messaging-telemetry.ts';

export type { MessagingOptions } from './telemetry/messaging-options.ts';

/** The module `kafkajs`, version 2. */
export interface Kafkajs {
  readonly Kafka: { readonly prototype: object };
}

/**
 * Instruments `kafkajs`: messages are sent and processed in spans, which are connected by headers (semantic conventions,
 * "Kafka"). A batch that is processed at once has links to its messages. It applies to producers and consumers that are
 * created from now on. Call the result to undo it. Throws an `OptionError` that names the invalid option.
 */
export function instrumentKafkajs({ Kafka }: Kafkajs, options?: MessagingOptions): () => void {
  const telemetry = new MessagingTelemetry('kafka', '@otelier/sdk/kafkajs', options);
  const undo = [
    patch(
      Kafka.prototype as Kafka,
      'producer',
      (create) =>
        function (this: Kafka, ...args) {
          const producer = create.apply(this, args);
          patchSender(producer, telemetry);
          patch(
            producer,
            'transaction',
            (begin) =>
              async function (this: Producer) {
                const transaction = await begin.call(this);
                patchSender(transaction, telemetry);
                return transaction;
              },
          );
          return producer;
        },
    ),
    patch(
      Kafka.prototype as Kafka,
      'consumer',
      (create) =>
        function (this: Kafka, ...args) {
          const consumer = create.apply(this, args);
          const [{ groupId } = {}] = args;
          patch(consumer, 'run', (run) => (config) => run.call(consumer, withSpans(config, groupId, telemetry)));
          return consumer;
        },
    ),
  ];
  return () => {
    for (const each of undo) each();
  };
}

function patchSender(sender: Sender, telemetry: MessagingTelemetry): void {
  patch(
    sender,
    'send',
    (send) =>
      function (this: Sender, record) {
        const { sent, calls } = withHeaders([record], telemetry);
        return observe(send.call(this, sent[0] as TopicMessages), calls);
      },
  );
  patch(
    sender,
    'sendBatch',
    (sendBatch) =>
      function (this: Sender, batch) {
        const { sent, calls } = withHeaders(batch.topicMessages ?? [], telemetry);
        return observe(sendBatch.call(this, { ...batch, topicMessages: sent }), calls);
      },
  );
}

/** Starts a span for each topic, and adds its context to the messages that have none. */
function withHeaders(topics: readonly TopicMessages[], telemetry: MessagingTelemetry) {
  const calls: MessagingCall[] = [];
  const sent = topics.map((topic) => {
    const { messages } = topic;
    if (!Array.isArray(messages)) return topic;
    const carriers = messages.map(({ headers }) => carrierOf(headers));
    const [message] = messages;
    const attributes = messages.length === 1 ? attributesOf(message) : {};
    const call = telemetry.send('send', { name: topic.topic }, messages.length, carriers.filter(isTraced), attributes);
    if (call === undefined) return topic;
    calls.push(call);
    const added = call.headers();
    const all = messages.map((each, i) =>
      isTraced(carriers[i]) ? each : { ...each, headers: { ...each.headers, ...added } },
    );
    return { ...topic, messages: all };
  });
  return { sent, calls };
}

function observe(result: Promise<unknown>, calls: readonly MessagingCall[]): Promise<unknown> {
  return observePromise(
    result,
    (metadata) => {
      const [sent] = Array.isArray(metadata) ? (metadata as readonly RecordMetadata[]) : [];
      const isSingle = calls.length === 1 && Array.isArray(metadata) && metadata.length === 1;
      const partition = isSingle && sent !== undefined ? { [PARTITION]: String(sent.partition) } : {};
      for (const call of calls) call.end(partition);
    },
    (error) => {
      for (const call of calls) call.fail(error);
    },
  );
}

function withSpans(config: RunConfig, group: string | undefined, telemetry: MessagingTelemetry): RunConfig {
  const { eachMessage, eachBatch } = config ?? {};
  return {
    ...config,
    ...(eachMessage !== undefined && {
      eachMessage(payload) {
        const { topic, partition, message } = payload;
        const destination = { name: topic, group, partition: String(partition) };
        const attributes = { ...attributesOf(message), 'messaging.kafka.offset': Number(message.offset) };
        const call = telemetry.process('process', destination, [carrierOf(message.headers)], false, attributes);
        return call === undefined ? eachMessage(payload) : call.run(() => eachMessage(payload));
      },
    }),
    ...(eachBatch !== undefined && {
      eachBatch(payload) {
        const { topic, partition, messages } = payload.batch;
        const destination = { name: topic, group, partition: String(partition) };
        const carriers = messages.map(({ headers }) => carrierOf(headers));
        const call = telemetry.process('process', destination, carriers, true);
        return call === undefined ? eachBatch(payload) : call.run(() => eachBatch(payload));
      },
    }),
  };
}

function attributesOf(message: Message | undefined): Record<string, string | boolean> {
  const { key, value } = message ?? {};
  return {
    ...(key !== undefined && key !== null && { 'messaging.kafka.message.key': String(key) }),
    ...(value === null && { 'messaging.kafka.message.tombstone': true }),
  };
}

const PARTITION = 'messaging.destination.partition.id';

interface Message {
  readonly key?: Buffer | string | null;
  readonly value?: Buffer | string | null;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly offset?: string;
}

interface TopicMessages {
  readonly topic: string;
  readonly messages: readonly Message[];
}

interface RecordMetadata {
  readonly partition: number;
}

interface Sender {
  send(record: TopicMessages): Promise<unknown>;
  sendBatch(batch: { readonly topicMessages?: readonly TopicMessages[] }): Promise<unknown>;
}

interface Producer extends Sender {
  transaction(): Promise<Sender>;
}

interface RunConfig {
  eachMessage?(payload: { readonly topic: string; readonly partition: number; readonly message: Message }): unknown;
  eachBatch?(payload: {
    readonly batch: { readonly topic: string; readonly partition: number; readonly messages: readonly Message[] };
  }): unknown;
}

interface Consumer {
  run(config: RunConfig): unknown;
}

interface Kafka {
  producer(...args: unknown[]): Producer;
  consumer(...args: [options?: { readonly groupId?: string }]): Consumer;
}
