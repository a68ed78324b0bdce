import { setTimeout } from 'node:timers/promises';
import type { Batch, Outcome, Signal } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { Producer } from '@platformatic/kafka';
import { TestBroker } from '../../kafka/broker.testing.ts';
import { DEFAULT_TOPICS } from '../../kafka/topics.ts';
import { kafka } from '../kafka.ts';

/** Options with short waits, which read a topic from its beginning. */
export const FAST = {
  initial_offset: 'earliest',
  max_fetch_wait: '20ms',
  heartbeat_interval: '50ms',
  autocommit: { interval: '10ms' },
  error_backoff: { initial_interval: '1ms', max_interval: '2ms' },
  metadata: { retry: { backoff: '10ms', max: 2 } },
};

/** A message to send. */
export interface Produced {
  readonly value: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly partition?: number;
}

/** Sends messages as another program would. */
export async function produce(
  broker: TestBroker,
  topic: string,
  messages: readonly Produced[],
  compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd' = 'none',
): Promise<void> {
  const producer = new Producer({ clientId: 'test', bootstrapBrokers: [broker.address] });
  await producer.send({
    compression,
    messages: messages.map(({ value, headers = {}, partition = 0 }) => ({
      ...{ topic, partition },
      value: Buffer.from(value),
      headers: new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
    })),
  });
  await producer.close();
}

/** Runs a receiver of a signal with its own broker, which has the signal's topic. */
export async function withReceiver(
  config: Readonly<Record<string, unknown>>,
  run: (bench: ComponentBench, broker: TestBroker) => Promise<void>,
  response?: (batch: Batch) => Outcome,
  signal: Signal = 'logs',
): Promise<void> {
  const broker = await TestBroker.start();
  broker.createTopic(DEFAULT_TOPICS[signal]);
  const bench = await createComponentBench(kafka, {
    clock: systemClock,
    signals: [signal],
    config: { ...FAST, brokers: [broker.address], ...config },
  });
  if (response !== undefined) bench.response = response;
  try {
    await bench.start();
    await run(bench, broker);
  } finally {
    await bench.close();
    await broker.stop();
  }
}

/** Waits for a condition. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(2);
}
