import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import { createMemoryStore } from '@otelier/testkit/memory-store';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { jaegerQuery } from './jaeger_query.ts';

const LOCAL = {
  storage: { traces: 'some_store' },
  http: { endpoint: '127.0.0.1:0' },
  grpc: { endpoint: '127.0.0.1:0' },
};

extensionContract(jaegerQuery, { config: LOCAL });

test('serves gRPC on its own port and on the port of HTTP', async () => {
  const bench = await createComponentBench(jaegerQuery, { config: LOCAL });
  try {
    await bench.start();
    const store = createMemoryStore();
    bench.service.host.offerStore('store', store);
    await store.append(sampleBatch('traces', 3));
    const endpoints = bench.service.host.endpoints();
    assert.deepEqual(endpoints.map(({ protocol }) => protocol).toSorted(), ['grpc', 'http']);
    for (const { address } of endpoints) {
      const session = http2.connect(`http://${address}`);
      const call = session.request({
        ...{ ':method': 'POST', ':path': '/jaeger.api_v3.QueryService/GetServices' },
        ...{ 'content-type': 'application/grpc', te: 'trailers' },
      });
      // An empty message, behind its prefix.
      call.end(Buffer.alloc(5));
      const body = Buffer.concat(await call.toArray());
      session.close();
      assert.equal(body.toString('latin1').slice(5), '\n\x04shop', address);
    }
  } finally {
    await bench.close();
  }
});

test('a port in use ends the start, and frees the other port', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const config = { ...LOCAL, grpc: { endpoint: `127.0.0.1:${port}` } };
  const bench = await createComponentBench(jaegerQuery, { config });
  await assert.rejects(bench.start(), /in use/);
  assert.deepEqual(bench.service.host.endpoints(), []);
  await bench.close();
  taken.close();
});

test("serves Jaeger's API, and nothing else, on its own port", async () => {
  const bench = await createComponentBench(jaegerQuery, { config: LOCAL });
  try {
    await bench.start();
    const endpoint = bench.service.host.endpoints().find(({ protocol }) => protocol === 'http');
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
