import { Reader, readRecordsBatches } from '@platformatic/kafka';
import type { TestBroker } from './broker.testing.ts';

/** A message that a broker has. */
export interface StoredMessage {
  readonly partition: number;
  readonly key: Buffer | undefined;
  readonly value: Buffer;
  readonly headers: readonly (readonly [string, string])[];
}

/** Returns the messages of a topic, by partition. */
export function readTopic(broker: TestBroker, topic: string): StoredMessage[] {
  return (broker.topics.get(topic) ?? []).flatMap(({ batches }, partition) =>
    batches.flatMap(({ bytes }) =>
      readRecordsBatches(Reader.from(Buffer.from(bytes))).flatMap(({ records }) =>
        records.map(({ key, value, headers }) => ({
          partition,
          key: key ?? undefined,
          value: value ?? Buffer.alloc(0),
          headers: headers.map(([name, text]) => [String(name), String(text)] as const),
        })),
      ),
    ),
  );
}
