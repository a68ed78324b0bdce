import type { Batch } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { TestBroker } from '../../kafka/broker.testing.ts';
import { readTopic } from '../../kafka/read-topic.testing.ts';
import { kafka } from '../kafka.ts';

/** Options of a producer that sends at once. */
export const NO_LINGER = { linger: '0s' };

/** Sends a batch with a configuration to a broker with `partitions` for each topic. */
export async function sent(
  config: Record<string, unknown>,
  batch: Batch,
  topics: readonly string[] = ['otlp_logs'],
  prepare = (_broker: TestBroker) => {},
) {
  const broker = await TestBroker.start();
  broker.partitionCount = 4;
  for (const topic of topics) broker.createTopic(topic);
  prepare(broker);
  const { producer = {}, ...rest } = config;
  const bench = await createComponentBench(kafka, {
    clock: systemClock,
    signals: [batch.signal],
    config: {
      brokers: [broker.address],
      producer: { ...NO_LINGER, ...(producer as object) },
      sending_queue: { enabled: false },
      retry_on_failure: { enabled: false },
      ...rest,
    },
  });
  try {
    await bench.start();
    const outcome = await bench.send(batch);
    return { outcome, messages: Object.fromEntries(topics.map((topic) => [topic, readTopic(broker, topic)])) };
  } finally {
    await bench.close();
    await broker.stop();
  }
}

/** The partition of a key in Sarama, written independently of the code under test. */
export function fnvPartition(key: string, count: number): number {
  let hash = 2_166_136_261n;
  for (const byte of Buffer.from(key)) hash = ((hash ^ BigInt(byte)) * 16_777_619n) % 2n ** 32n;
  const signed = BigInt.asIntN(32, hash) % BigInt(count);
  return Number(signed < 0n ? -signed : signed);
}
