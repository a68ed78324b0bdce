import type { Signal } from '@otelier/otlp';
import type * as Kafka from '@platformatic/kafka';
import type { ComponentContext } from '../../component/contract.ts';
import { every, type PeriodicTask } from '../../component/every.ts';
import { kafkaClientOptions } from '../../kafka/client-options.ts';
import { errorReason } from '../../kafka/error-reason.ts';
import type { MessageDelivery } from '../../messages/message-delivery.ts';
import { atMost, pause } from '../../messages/wait.ts';
import { AssignedPartition } from './assigned-partition.ts';
import type { KafkaReceiverConfig } from './config.ts';
import { FetchLoop } from './fetch-loop.ts';
import { keepRecords } from './fetch-response.ts';
import { OffsetCommits } from './offset-commits.ts';
import { rangeAssigner } from './range-assigner.ts';

/** Options for `GroupSession`. */
export interface SessionOptions {
  readonly library: typeof Kafka;
  readonly config: KafkaReceiverConfig;
  /** The topics to read, with the signal of their messages. */
  readonly topics: ReadonlyMap<string, Signal>;
  readonly delivery: MessageDelivery;
  readonly context: ComponentContext;
  /** Called once when the session cannot go on. */
  onFailed(error: unknown): void;
}

/** Where the offsets of a partition are. */
interface Positions {
  readonly committed: ReadonlyMap<string, bigint>;
  readonly initial: ReadonlyMap<string, bigint>;
}

const MIN_REBALANCE_MILLIS = 60_000;
const EARLIEST = -2n;
const LATEST = -1n;

/** The membership in a consumer group, from joining it to leaving it. */
export class GroupSession {
  readonly #options: SessionOptions;
  readonly #consumer: Kafka.Consumer;
  readonly #fetching: FetchLoop;
  readonly #commits: OffsetCommits;
  readonly #committing: PeriodicTask | undefined;
  readonly #partitions = new Map<string, AssignedPartition>();
  /** Counts assignments, so that the offsets of an earlier one are not used. */
  #assignment = 0;
  #hasEnded = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { config, context, topics } = options;
    this.#consumer = new options.library.Consumer(this.#consumerOptions());
    this.#consumer.on('client:broker:connect', ({ connection }) => keepRecords(connection, options.library));
    this.#fetching = new FetchLoop(
      {
        consumer: this.#consumer,
        minBytes: config.minFetchSize,
        maxBytes: config.maxFetchSize,
        maxPartitionBytes: config.maxPartitionFetchSize,
        maxBatchBytes: config.maxDecompressBatchBytes,
        maxWaitMillis: config.maxFetchWait,
        backoffMillis: Math.max(config.metadata.retry.backoff, 1),
        startsAtEarliest: config.initialOffset === 'earliest',
        signalOf: (topic) => topics.get(topic),
      },
      context,
    );
    this.#commits = new OffsetCommits(this.#consumer, context.logger, () => this.#partitions.values());
    const { enable, interval } = config.autocommit;
    this.#committing = enable
      ? every(context, Math.max(interval, 1), async () => void (await this.#commits.commit()))
      : undefined;
  }

  /** Joins the group. Rejects if no broker can be reached. */
  async start(): Promise<void> {
    const { topics, config } = this.#options;
    const consumer = this.#consumer;
    consumer.on('consumer:group:rebalance', () => this.#rebalance());
    consumer.on('consumer:group:join', () => void this.#assign());
    consumer.on('consumer:heartbeat:stalled', () => this.#fail(new Error('no heartbeat was possible')));
    // Without a listener, the error of a failed join ends the process.
    consumer.on('error' as never, (error: unknown) => this.#fail(error));
    consumer.topics.trackAll(...topics.keys());
    await consumer.joinGroup({ sessionTimeout: config.sessionTimeout, heartbeatInterval: config.heartbeatInterval });
    await this.#committing?.start();
  }

  /** Finishes deliveries until `deadline` aborts, commits, and leaves the group. */
  async end(deadline: AbortSignal): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#fetching.stop();
    await this.#committing?.shutdown();
    const all = [...this.#partitions.values()];
    await Promise.race([Promise.all(all.map((partition) => partition.idle())), aborted(deadline)]);
    await atMost(this.#options.context, END_MILLIS, this.#commits.flush());
    await Promise.race([Promise.all(all.map((partition) => partition.end())), aborted(deadline)]);
    await this.close();
  }

  /** Leaves the group without waiting for deliveries. */
  async close(): Promise<void> {
    this.#hasEnded = true;
    this.#fetching.stop();
    await this.#committing?.shutdown();
    for (const partition of this.#partitions.values()) void partition.end();
    this.#partitions.clear();
    const closed = this.#consumer.close(true).catch((error: unknown) => {
      this.#options.context.logger.debug({ reason: errorReason(error) }, 'cannot leave the consumer group');
    });
    await atMost(this.#options.context, END_MILLIS, closed);
  }

  /** Returns the partition counts of the topics, by which a change is noticed. */
  async partitionCounts(): Promise<ReadonlyMap<string, number>> {
    const metadata = await this.#consumer.metadata({ topics: [...this.#options.topics.keys()], forceUpdate: true });
    return new Map([...metadata.topics].map(([topic, { partitionsCount }]) => [topic, partitionsCount]));
  }

  #consumerOptions(): Kafka.ConsumerOptions<Buffer, Buffer, Buffer, Buffer> {
    const { config, context } = this.#options;
    const { groupRebalanceStrategies, groupRebalanceStrategy = 'cooperative-sticky', sessionTimeout } = config;
    const strategies = groupRebalanceStrategies ?? [groupRebalanceStrategy];
    return {
      ...kafkaClientOptions(config, context),
      groupId: config.groupId,
      ...(config.groupInstanceId !== '' && { groupInstanceId: config.groupInstanceId }),
      sessionTimeout,
      rebalanceTimeout: Math.max(MIN_REBALANCE_MILLIS, sessionTimeout),
      heartbeatInterval: config.heartbeatInterval,
      retries: config.metadata.retry.max,
      protocols: strategies.map((name) => ({ name, version: name === 'cooperative-sticky' ? 3 : 1 })),
      ...(strategies[0] === 'range' && { partitionAssigner: rangeAssigner }),
      autocommit: false,
    };
  }

  /** Commits before the partitions are assigned again, so that their next owner delivers little again. */
  #rebalance(): void {
    void this.#commits.commit();
    if (this.#consumer.assignments !== null) this.#dropOthers(keysOf(this.#consumer.assignments));
  }

  /** Takes over the assignment of the group: ends the partitions that are gone, and begins with those that are new. */
  async #assign(): Promise<void> {
    this.#commits.forget();
    const assignment = ++this.#assignment;
    const assigned = this.#consumer.assignments ?? [];
    this.#dropOthers(keysOf(assigned));
    this.#fetching.assign([]);
    for (;;) {
      try {
        const positions = await this.#positionsOf(assigned);
        if (assignment !== this.#assignment || this.#hasEnded) return;
        this.#begin(assigned, positions);
        return;
      } catch (error) {
        if (assignment !== this.#assignment || this.#hasEnded) return;
        this.#options.context.logger.warn({ reason: errorReason(error) }, 'cannot read offsets, retrying');
        await pause(this.#options.context, Math.max(this.#options.config.metadata.retry.backoff, 1));
        if (assignment !== this.#assignment || this.#hasEnded) return;
      }
    }
  }

  #begin(assigned: readonly Kafka.GroupAssignment[], { committed, initial }: Positions): void {
    for (const { topic, partitions } of assigned) {
      for (const index of partitions) {
        const key = keyOf(topic, index);
        const offset = committed.get(key) ?? -1n;
        const known = this.#partitions.get(key);
        // Another member has had the partition if more is committed than was read here.
        if (known !== undefined && known.position >= offset) {
          if (offset > known.committed) known.committed = offset;
          continue;
        }
        void known?.end();
        const position = offset >= 0n ? offset : (initial.get(key) ?? 0n);
        this.#partitions.set(key, this.#createPartition(topic, index, position, offset));
      }
    }
    this.#options.context.logger.info(
      { partitions: [...this.#partitions.keys()].sort(), group: this.#options.config.groupId },
      'partitions assigned',
    );
    this.#fetching.assign([...this.#partitions.values()]);
  }

  #createPartition(topic: string, index: number, position: bigint, committed: bigint): AssignedPartition {
    const { delivery, config, context } = this.#options;
    return new AssignedPartition(topic, index, position, committed, {
      delivery,
      marksEarly: !config.messageMarking.after,
      onReady: () => this.#fetching.wake(),
      onMarked: () => {
        if (this.#committing === undefined) void this.#commits.commit();
      },
      onDelivered: async () => {
        // So no more than one response of each partition arrives twice.
        if (this.#committing === undefined) await this.#commits.flush();
      },
      onBlocked: (partition, reason) => {
        const fields = { topic, partition: index, offset: String(partition.marked ?? partition.committed), reason };
        context.logger.error(fields, 'partition blocked: a message cannot be delivered');
        context.reportStatus(`partition ${topic}/${index} blocked: ${reason}`, 'permanent');
      },
    });
  }

  #dropOthers(kept: ReadonlySet<string>): void {
    for (const [key, partition] of this.#partitions) {
      if (kept.has(key)) continue;
      this.#partitions.delete(key);
      void partition.end();
    }
    this.#fetching.assign([...this.#partitions.values()]);
  }

  async #positionsOf(assigned: readonly Kafka.GroupAssignment[]): Promise<Positions> {
    if (assigned.length === 0) return { committed: new Map(), initial: new Map() };
    const committed = await this.#consumer.listCommittedOffsets({ topics: assigned.map((one) => ({ ...one })) });
    const missing: Record<string, number[]> = {};
    for (const { topic, partitions } of assigned) {
      const without = partitions.filter((index) => (committed.get(topic)?.[index] ?? -1n) < 0n);
      if (without.length > 0) missing[topic] = without;
    }
    const topics = Object.keys(missing);
    const timestamp = this.#options.config.initialOffset === 'earliest' ? EARLIEST : LATEST;
    const initial =
      topics.length === 0 ? new Map() : await this.#consumer.listOffsets({ topics, partitions: missing, timestamp });
    return { committed: byKey(committed), initial: byKey(initial) };
  }

  #fail(error: unknown): void {
    if (this.#hasEnded) return;
    this.#options.onFailed(error);
  }
}

/** Maximum time for requests to a broker that may be gone. */
const END_MILLIS = 5_000;

function keyOf(topic: string, index: number): string {
  return `${topic}/${index}`;
}

function keysOf(assigned: readonly Kafka.GroupAssignment[]): ReadonlySet<string> {
  return new Set(assigned.flatMap(({ topic, partitions }) => partitions.map((index) => keyOf(topic, index))));
}

function byKey(offsets: ReadonlyMap<string, readonly bigint[]>): ReadonlyMap<string, bigint> {
  const all = new Map<string, bigint>();
  for (const [topic, partitions] of offsets)
    for (const [index, offset] of partitions.entries()) if (offset !== undefined) all.set(keyOf(topic, index), offset);
  return all;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
