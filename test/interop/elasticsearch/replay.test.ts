import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { countItems, localContext, requestFromJson } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { elasticsearch } from '../../../packages/collector/src/exporters/elasticsearch.ts';
import { startBulkSink } from './bulk.ts';
import { CONFIGURATIONS, elasticCases } from './cases.ts';
import { readOutcomes } from './outcomes.ts';

test('elasticsearch sends the documents of the Collector', async () => {
  const sink = await startBulkSink();
  const benches = new Map<string, ComponentBench>();
  after(async () => {
    for (const bench of benches.values()) await bench.close();
    await sink.close();
  });
  for (const [name, config] of Object.entries(CONFIGURATIONS)) {
    const bench = await createComponentBench(elasticsearch, {
      clock: systemClock,
      config: {
        endpoint: `${sink.url}/${name}`,
        sending_queue: { enabled: false },
        retry_on_failure: { enabled: false },
        ...config,
      },
    });
    await bench.start();
    benches.set(name, bench);
  }
  const outcomes = readOutcomes();
  const cases = elasticCases();
  for (const [index, { name, configuration, signal, request }] of cases.entries()) {
    const encoded = requestFromJson(signal, JSON.stringify(request));
    assert.ok(encoded.ok);
    const { bytes } = encoded;
    const itemCount = countItems(signal, bytes);
    const batch = { signal, parts: [bytes], itemCount, sizeBytes: bytes.length, context: localContext(0) };
    if (itemCount > 0) await benches.get(configuration)?.send(batch);
    assert.deepEqual({ name, documents: sink.take(configuration) }, outcomes[index]);
  }
  assert.equal(outcomes.length, cases.length, 'the records are of other cases: run record.ts');
});
