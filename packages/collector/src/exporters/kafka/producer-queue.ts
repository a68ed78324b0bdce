import type { Producer } from '@platformatic/kafka';
import type { ComponentContext } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';
import { pause } from '../../messages/wait.ts';
import type { KafkaMessage } from './messages.ts';
import type { Partitioner } from './partitioner.ts';

/** Options for `ProducerQueue`. */
export interface ProducerQueueOptions {
  readonly producer: Producer;
  readonly partitioner: Partitioner;
  readonly acks: number;
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
  readonly createsTopics: boolean;
  /** Maximum size of the messages of a partition in a request, which brokers limit. */
  readonly maxPartitionBytes: number;
  readonly maxMessages: number;
  readonly lingerMillis: number;
  readonly backoffMillis: number;
}

/** The messages of a batch, of which some are not acknowledged yet. */
interface Write {
  pending: number;
  readonly settled: PromiseWithResolvers<void>;
  hasFailed: boolean;
}

interface QueuedMessage {
  readonly message: KafkaMessage;
  readonly partition: number;
  readonly write: Write;
}

/** How often a topic is looked for after it was created, before its batch fails. */
const TOPIC_ATTEMPTS = 20;

/**
 * Sends messages with one request at a time, which contains everything that has been written meanwhile. So an interrupted
 * request doubles no more than its own messages.
 */
export class ProducerQueue {
  readonly #options: ProducerQueueOptions;
  readonly #context: ComponentContext;
  /** Messages by topic and partition, in order. */
  readonly #queues = new Map<string, QueuedMessage[]>();
  /** Number of messages in flight, by topic and partition. */
  readonly #inFlight = new Map<string, number>();
  readonly #end = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: ProducerQueueOptions, context: ComponentContext) {
    this.#options = options;
    this.#context = context;
  }

  /** Sends messages. Resolves when brokers have acknowledged all of them, and rejects if they do not take one of them. */
  async write(messages: readonly KafkaMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const counts = await this.#partitionCounts(new Set(messages.map(({ topic }) => topic)));
    const write: Write = { pending: messages.length, settled: Promise.withResolvers(), hasFailed: false };
    const { partitioner } = this.#options;
    partitioner.nextBatch();
    for (const message of messages) {
      const { topic, key } = message;
      const partition = partitioner.partitionOf(key, counts.get(topic) ?? 1, (index) =>
        this.#backlogOf(`${topic}:${index}`),
      );
      const place = `${topic}:${partition}`;
      const queue = this.#queues.get(place);
      if (queue === undefined) this.#queues.set(place, [{ message, partition, write }]);
      else queue.push({ message, partition, write });
    }
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return write.settled.promise;
  }

  /** Fails what is not sent yet. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#options.producer.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    await pause(this.#context, this.#options.lingerMillis, this.#end.signal);
    for (let request = this.#take(); request.length > 0; request = this.#take()) {
      await this.#send(request);
    }
  }

  /** Takes the messages of the next request out of the queues. */
  #take(): QueuedMessage[] {
    const { maxMessages, maxPartitionBytes } = this.#options;
    const request: QueuedMessage[] = [];
    for (const [place, queue] of this.#queues) {
      let size = 0;
      let count = 0;
      for (const { message } of queue) {
        if (request.length + count >= maxMessages || (count > 0 && size + message.sizeBytes > maxPartitionBytes)) break;
        size += message.sizeBytes;
        count += 1;
      }
      request.push(...queue.splice(0, count));
      this.#inFlight.set(place, count);
      if (queue.length === 0) this.#queues.delete(place);
    }
    return request;
  }

  async #send(request: readonly QueuedMessage[]): Promise<void> {
    try {
      await this.#produce(request);
      for (const { write } of request) this.#settle(write, undefined);
    } catch (error) {
      const writes = new Set(request.map(({ write }) => write));
      // The messages of other batches are sent without those that the broker does not take.
      if (writes.size === 1) for (const { write } of request) this.#settle(write, error);
      else for (const one of writes) await this.#send(request.filter(({ write }) => write === one));
    } finally {
      this.#inFlight.clear();
    }
  }

  async #produce(request: readonly QueuedMessage[]): Promise<void> {
    if (this.#end.signal.aborted) throw new Error('the exporter is shutting down');
    const { producer, acks, compression, createsTopics } = this.#options;
    const messages = request.map(({ message: { topic, key, value, headers }, partition }) => {
      return { topic, partition, value, headers: new Map(headers), ...(key && { key }) };
    });
    const { unwritableNodes = [] } = await producer.send({
      messages,
      acks,
      compression,
      autocreateTopics: createsTopics,
    });
    if (unwritableNodes.length > 0) throw new Error(`brokers are unreachable: ${unwritableNodes.join(', ')}`);
  }

  #settle(write: Write, error: unknown): void {
    write.pending -= 1;
    if (error !== undefined && !write.hasFailed) {
      write.hasFailed = true;
      write.settled.reject(error);
    } else if (write.pending === 0 && !write.hasFailed) write.settled.resolve();
  }

  #backlogOf(place: string): number {
    return (this.#queues.get(place)?.length ?? 0) + (this.#inFlight.get(place) ?? 0);
  }

  /** Returns the number of partitions of topics, and creates them if they are missing. */
  async #partitionCounts(topics: ReadonlySet<string>): Promise<ReadonlyMap<string, number>> {
    const { producer, createsTopics, backoffMillis } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        const metadata = await producer.metadata({ topics: [...topics], autocreateTopics: createsTopics });
        return new Map([...metadata.topics].map(([topic, { partitionsCount }]) => [topic, partitionsCount]));
      } catch (error) {
        const isMissing = /unknown topic/i.test(errorMessage(error));
        if (!isMissing || !createsTopics || attempt >= TOPIC_ATTEMPTS || this.#end.signal.aborted) throw error;
        await pause(this.#context, backoffMillis, this.#end.signal);
      }
    }
  }
}
