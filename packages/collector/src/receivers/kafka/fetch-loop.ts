import type { Signal } from '@otelier/otlp';
import type { Consumer } from '@platformatic/kafka';
import type { ComponentContext } from '../../component/contract.ts';
import { errorReason } from '../../kafka/error-reason.ts';
import type { AssignedPartition } from './assigned-partition.ts';
import type { FetchedPartition, FetchedTopic } from './fetch-response.ts';
import { type ReadLimits, readPartition } from './read-response.ts';

/** Options for `FetchLoop`. */
export interface FetchOptions {
  readonly consumer: Consumer;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly maxPartitionBytes: number;
  /** Maximum size of a batch of records after decompression. */
  readonly maxBatchBytes: number;
  readonly maxWaitMillis: number;
  readonly backoffMillis: number;
  readonly startsAtEarliest: boolean;
  signalOf(topic: string): Signal | undefined;
}

/** What is fetched from a broker. */
interface NodeRequest {
  readonly topics: FetchRequestTopic[];
  readonly partitions: AssignedPartition[];
  /** Names of topics by their IDs. */
  readonly ids: Map<string, string>;
}

type FetchRequestTopic = Parameters<Consumer['fetch']>[0]['topics'][number];

const READ_UNCOMMITTED = 0;
const OFFSET_OUT_OF_RANGE = 1;
const EARLIEST = -2n;
const LATEST = -1n;

/** Fetches the messages of partitions from the brokers that lead them: one request a broker at a time. */
export class FetchLoop {
  readonly #options: FetchOptions;
  readonly #context: ComponentContext;
  readonly #inFlight = new Map<number, Promise<void>>();
  #partitions: readonly AssignedPartition[] = [];
  #isFailing = false;
  #isRunning = true;
  #cancelRetry = () => {};
  #scheduled: Promise<void> | undefined;

  constructor(options: FetchOptions, context: ComponentContext) {
    this.#options = options;
    this.#context = context;
  }

  /** Replaces the partitions to fetch. */
  assign(partitions: readonly AssignedPartition[]): void {
    this.#partitions = partitions;
    this.wake();
  }

  /** Fetches if a partition is ready and its broker is not being asked. */
  wake(): void {
    if (!this.#isRunning || this.#scheduled !== undefined) return;
    this.#scheduled = this.#schedule().finally(() => {
      this.#scheduled = undefined;
    });
  }

  /** Ends fetching. Responses that arrive later are ignored. */
  stop(): void {
    this.#isRunning = false;
    this.#cancelRetry();
    this.#partitions = [];
  }

  async #schedule(): Promise<void> {
    const { consumer } = this.#options;
    // Events of one turn lead to one request.
    await new Promise(setImmediate);
    const ready = this.#partitions.filter(({ isReady }) => isReady);
    if (ready.length === 0) return;
    try {
      const metadata = await consumer.metadata({ topics: [...new Set(ready.map(({ topic }) => topic))] });
      const requests = new Map<number, NodeRequest>();
      for (const partition of ready) {
        const topic = metadata.topics.get(partition.topic);
        const leader = topic?.partitions[partition.index]?.leader;
        if (topic === undefined || leader === undefined || this.#inFlight.has(leader)) continue;
        const request: NodeRequest = requests.get(leader) ?? { topics: [], partitions: [], ids: new Map() };
        requests.set(leader, request);
        request.ids.set(topic.id, partition.topic);
        request.partitions.push(partition);
        request.topics.push(this.#requestOf(topic.id, partition));
      }
      for (const [node, request] of requests) this.#inFlight.set(node, this.#fetch(node, request));
    } catch (error) {
      this.#retryLater(error);
    }
  }

  #requestOf(topicId: string, { index, position }: AssignedPartition): FetchRequestTopic {
    return {
      topicId,
      partitions: [
        {
          partition: index,
          fetchOffset: position,
          partitionMaxBytes: this.#options.maxPartitionBytes,
          currentLeaderEpoch: -1,
          // With an epoch, a broker can respond with where logs differ instead of messages.
          lastFetchedEpoch: -1,
        },
      ],
    };
  }

  async #fetch(node: number, { topics, partitions, ids }: NodeRequest): Promise<void> {
    const { consumer, minBytes, maxBytes, maxWaitMillis, maxBatchBytes } = this.#options;
    const asked = new Map(
      partitions.map((one) => [`${one.topic}:${one.index}`, { partition: one, from: one.position }]),
    );
    const read = async (fetched: readonly FetchedTopic[]) => {
      const limits: ReadLimits = { maxBatchBytes, leftBytes: maxBatchBytes };
      for (const { topicId, partitions: responses } of fetched) {
        for (const response of responses) {
          const target = asked.get(`${ids.get(topicId)}:${response.partitionIndex}`);
          if (target !== undefined) await this.#read(response, target.partition, target.from, limits);
        }
      }
    };
    const options = { node, topics, minBytes, maxBytes, maxWaitTime: maxWaitMillis, isolationLevel: READ_UNCOMMITTED };
    try {
      const { responses } = await consumer.fetch(options);
      // With `keepRecords`, the records of a response are bytes.
      await read(responses as unknown as readonly FetchedTopic[]);
      this.#succeed();
    } catch (error) {
      await this.#fail(error, read);
    } finally {
      this.#inFlight.delete(node);
      if (!this.#isFailing) this.wake();
    }
  }

  async #read(
    response: FetchedPartition,
    partition: AssignedPartition,
    from: bigint,
    limits: ReadLimits,
  ): Promise<void> {
    const isCurrent = () => this.#isRunning && !partition.hasEnded && partition.position === from;
    if (!isCurrent()) return;
    if (response.errorCode === OFFSET_OUT_OF_RANGE) {
      void this.#reset(partition, from);
      return;
    }
    const signal = this.#options.signalOf(partition.topic);
    if (response.errorCode !== 0 || signal === undefined) return;
    const target = { topic: partition.topic, partition: partition.index, signal, from };
    const fetched = await readPartition(response, target, limits);
    if (fetched !== undefined && isCurrent()) partition.add(fetched);
  }

  /** Continues at the first or last offset, because messages were deleted before they were read. */
  async #reset(partition: AssignedPartition, from: bigint): Promise<void> {
    const { topic, index } = partition;
    const { consumer, startsAtEarliest } = this.#options;
    try {
      const timestamp = startsAtEarliest ? EARLIEST : LATEST;
      const offsets = await consumer.listOffsets({ topics: [topic], partitions: { [topic]: [index] }, timestamp });
      const next = offsets.get(topic)?.[index];
      if (next === undefined || !this.#isRunning || partition.hasEnded || partition.position !== from) return;
      const fields = { topic, partition: index, offset: String(from), next: String(next) };
      this.#context.logger.warn(fields, 'offset does not exist any more, continuing at another');
      partition.reset(next);
      this.wake();
    } catch (error) {
      this.#retryLater(error);
    }
  }

  /** A response with the error of one partition can have the messages of others. */
  async #fail(error: unknown, read: (fetched: readonly FetchedTopic[]) => Promise<void>): Promise<void> {
    if (!this.#isRunning) return;
    const { response } = error as { readonly response?: { readonly responses?: readonly FetchedTopic[] } };
    await read(response?.responses ?? []);
    this.#retryLater(error);
  }

  #retryLater(error: unknown): void {
    if (!this.#isRunning) return;
    if (!this.#isFailing) {
      this.#context.logger.warn({ reason: errorReason(error) }, 'cannot fetch messages, retrying');
      this.#context.reportStatus(`retrying, ${errorReason(error)}`);
    }
    this.#isFailing = true;
    this.#options.consumer.clearMetadata();
    this.#cancelRetry();
    this.#cancelRetry = this.#context.clock.setTimeout(() => this.wake(), this.#options.backoffMillis);
  }

  #succeed(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#context.logger.info('fetching messages again');
    this.#context.reportStatus(undefined);
  }
}
