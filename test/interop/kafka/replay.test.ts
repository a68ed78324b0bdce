import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestToJson } from '@otelier/otlp';
import { DEFAULT_TOPICS } from '../../../packages/collector/src/kafka/topics.ts';
import { produce, until, withReceiver } from '../../../packages/collector/src/receivers/kafka/receive.testing.ts';
import { fingerprints, readRecorded } from './recorded.ts';
import { itemTexts, withoutTimes } from './requests.ts';

for (const { signal, sent, read, messages, items } of readRecorded()) {
  test(`messages of the Collector with ${signal} in ${sent} are read as ${read} like the Collector does`, async () => {
    await withReceiver(
      { [signal]: { encoding: read } },
      async (bench, broker) => {
        const topic = DEFAULT_TOPICS[signal];
        await produce(
          broker,
          topic,
          messages.map((message) => ({ value: Buffer.from(message, 'base64') })),
        );
        await until(() => broker.committed.get(`${topic}/0`) === BigInt(messages.length));
        const requests = bench.received.flatMap(({ parts }) =>
          parts.map((part) => JSON.parse(requestToJson(signal, part)) as object),
        );
        const texts = itemTexts(signal, sent === 'raw' ? requests.map(withoutTimes) : requests);
        assert.ok(items.length > 0);
        assert.deepEqual(fingerprints(texts), items);
        assert.deepEqual(bench.dropped(), {});
      },
      undefined,
      signal,
    );
  });
}
