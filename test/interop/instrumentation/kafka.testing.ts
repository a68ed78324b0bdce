import type { TestContext } from 'node:test';
import { Admin } from '@platformatic/kafka';
import { TestBroker } from '../../../packages/collector/src/kafka/broker.testing.ts';

/** Returns the address of a real broker, if the environment has `KAFKA_BROKER`, or of one in memory, with an empty topic. */
export async function kafkaAddress(t: TestContext, topic: string): Promise<string> {
  const real = process.env['KAFKA_BROKER'];
  if (real === undefined) {
    const broker = await TestBroker.start();
    t.after(() => broker.stop());
    broker.partitionCount = 1;
    broker.createTopic(topic);
    return broker.address;
  }
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [real] });
  await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 });
  await admin.close();
  return real;
}
