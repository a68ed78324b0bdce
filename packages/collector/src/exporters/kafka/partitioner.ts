import type { KafkaExporterConfig } from './config.ts';

/** Chooses the partition of a message with a key, or of one without, of `count` partitions. */
export interface Partitioner {
  /** `backlogOf` returns the number of unacknowledged messages of a partition. */
  partitionOf(key: Buffer | undefined, count: number, backlogOf: (partition: number) => number): number;
  /** Begins the messages of another batch. */
  nextBatch(): void;
}

/** Creates the partitioner of a configuration. `murmur2` is the hash with the seed of Kafka's Java client. */
export function createPartitioner(
  { stickyKey, roundRobin, leastBackup }: KafkaExporterConfig['recordPartitioner'],
  random: () => number,
  murmur2: (key: Uint8Array) => number,
): Partitioner {
  let next = Math.floor(random() * 0x7fff_ffff);
  if (roundRobin !== undefined) return { partitionOf: (_key, count) => next++ % count, nextBatch() {} };
  if (leastBackup !== undefined)
    return { partitionOf: (_key, count, backlogOf) => shortestOf(count, backlogOf), nextBatch() {} };
  // The Java client uses the hash without its sign.
  const javaPartition = (key: Uint8Array, count: number) => (murmur2(key) & 0x7fff_ffff) % count;
  const hash = stickyKey?.hasher === 'murmur2' ? javaPartition : saramaPartition;
  return {
    partitionOf: (key, count) => (key === undefined ? next % count : hash(key, count)),
    nextBatch() {
      next += 1;
    },
  };
}

function shortestOf(count: number, backlogOf: (partition: number) => number): number {
  let shortest = 0;
  for (let partition = 1; partition < count; partition++)
    if (backlogOf(partition) < backlogOf(shortest)) shortest = partition;
  return shortest;
}

/** Returns the partition that the Go client Sarama chooses: FNV-1a of 32 bits, as a signed integer. */
function saramaPartition(key: Uint8Array, count: number): number {
  let hash = 0x811c_9dc5;
  for (const byte of key) hash = Math.imul(hash ^ byte, 0x0100_0193);
  return Math.abs((hash | 0) % count);
}
