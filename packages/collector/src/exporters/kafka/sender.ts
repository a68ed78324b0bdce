import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import type { Sender, SignalContext } from '../../component/contract.ts';
import { unreachableOutcome } from '../../component/sending/unreachable.ts';
import { kafkaClientOptions } from '../../kafka/client-options.ts';
import { errorCodes, errorReason } from '../../kafka/error-reason.ts';
import { loadEncoder } from '../../messages/encode.ts';
import type { KafkaExporterConfig } from './config.ts';
import { MessageBuilder } from './messages.ts';
import { createPartitioner } from './partitioner.ts';
import { ProducerQueue } from './producer-queue.ts';

const loadSpanEncoder = async () => (await import('../messages/span-encoder.ts')).spanEncoder;

const ALL_REPLICAS = -1;
/** Errors of brokers with which the same messages would fail again. */
const PERMANENT = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'INVALID_TOPIC_EXCEPTION'];

/** Sends batches to topics of Kafka. */
export class KafkaSender implements Sender {
  readonly #config: KafkaExporterConfig;
  readonly #context: SignalContext;
  #builder: MessageBuilder | undefined;
  /** Why the library repeats a request, which it does until the brokers respond. */
  #lastFailure = '';
  #queue: ProducerQueue | undefined;
  /** Batches whose messages are being sent although the attempt has ended: the next attempt waits for them. */
  readonly #pending = new Map<Batch, Promise<Outcome>>();

  constructor(config: KafkaExporterConfig, context: SignalContext) {
    this.#config = config;
    this.#context = context;
  }

  async start(): Promise<void> {
    const { signal, random } = this.#context;
    const { producer: options, recordPartitioner, metadata } = this.#config;
    const clientOptions = kafkaClientOptions(this.#config, this.#context);
    const clientBackoff = Math.max(metadata.retry.backoff, 1);
    const { Producer, murmur2 } = await import('@platformatic/kafka');
    const producer = new Producer({
      ...clientOptions,
      // The broker recognizes what is sent again only if it has acknowledged on all replicas.
      idempotent: options.requiredAcks === ALL_REPLICAS,
      retries: true,
      retryDelay: (_client, _operation, _attempt, _retries, error) => {
        this.#lastFailure = errorReason(error);
        return clientBackoff;
      },
      metadataMaxAge: metadata.refreshInterval,
    });
    this.#builder = new MessageBuilder(
      this.#config,
      signal,
      await loadEncoder(signal, this.#config[signal].encoding, loadSpanEncoder),
    );
    this.#queue = new ProducerQueue(
      {
        producer,
        partitioner: createPartitioner(recordPartitioner, random, (key) => murmur2(Buffer.from(key))),
        acks: options.requiredAcks,
        compression: options.compression,
        createsTopics: options.allowAutoTopicCreation,
        maxPartitionBytes: options.maxMessageBytes,
        maxMessages: options.flushMaxMessages,
        lingerMillis: options.linger,
        backoffMillis: clientBackoff,
      },
      this.#context,
    );
  }

  async send(batch: Batch, abort: AbortSignal, onUnused: () => void): Promise<Outcome> {
    const sending = this.#pending.get(batch) ?? this.#write(batch);
    onUnused();
    this.#pending.set(batch, sending);
    const forget = () => this.#pending.delete(batch);
    void sending.then(forget);
    const aborted = Promise.withResolvers<Outcome>();
    this.#lastFailure = '';
    const end = () => aborted.resolve(unreachable(abort, this.#lastFailure));
    if (abort.aborted) end();
    abort.addEventListener('abort', end, { once: true });
    const outcome = await Promise.race([sending, aborted.promise]);
    abort.removeEventListener('abort', end);
    return outcome;
  }

  async shutdown(): Promise<void> {
    const queue = this.#queue;
    this.#queue = undefined;
    await queue?.close();
  }

  /** Writes a batch. Never rejects. */
  async #write(batch: Batch): Promise<Outcome> {
    const [builder, queue] = [this.#builder, this.#queue];
    if (builder === undefined || queue === undefined)
      return { kind: 'retry', afterMillis: undefined, reason: 'the exporter is not running' };
    const { messages, rejectedItems, reason } = builder.build(batch);
    if (rejectedItems >= batch.itemCount && rejectedItems > 0) return { kind: 'refused', reason };
    try {
      await queue.write(messages);
    } catch (error) {
      return outcomeOf(error);
    }
    return rejectedItems > 0 ? { kind: 'partial', rejectedItems, reason } : ACCEPTED;
  }
}

function unreachable(abort: AbortSignal, failure: string): Outcome {
  const outcome = unreachableOutcome(abort.reason, abort);
  return failure === '' ? outcome : { ...outcome, reason: `${outcome.reason}: ${failure}` };
}

function outcomeOf(error: unknown): Outcome {
  const reason = errorReason(error);
  const isPermanent = errorCodes(error).some((code) => PERMANENT.includes(code));
  return isPermanent ? { kind: 'refused', reason } : { kind: 'retry', afterMillis: undefined, reason };
}
