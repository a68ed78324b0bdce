import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import { createMemoryStore } from '@otelier/testkit/memory-store';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { jaegerQuery } from './jaeger_query.ts';

const LOCAL = { storage: { traces: 'some_store' }, http: { endpoint: '127.0.0.1:0' } };

extensionContract(jaegerQuery, { config: LOCAL });

test("serves Jaeger's API, and nothing else, on its own port", async () => {
  const bench = await createComponentBench(jaegerQuery, { config: LOCAL });
  try {
    await bench.start();
    const [endpoint] = bench.service.host.endpoints();
    const url = `http://127.0.0.1:${endpoint?.address.split(':').at(-1)}`;
    const store = createMemoryStore();
    bench.service.host.offerStore('store', store);
    await store.append(sampleBatch('traces', 3));
    assert.partialDeepStrictEqual(await (await fetch(`${url}/api/services`)).json(), { data: ['shop'] });
    assert.partialDeepStrictEqual(await (await fetch(`${url}/api/v3/services`)).json(), { services: ['shop'] });
    assert.equal((await fetch(`${url}/api/v1/status`)).status, 404);
  } finally {
    await bench.close();
  }
});
