import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { zpages } from './zpages.ts';

const LOCAL = { endpoint: '127.0.0.1:0' };

extensionContract(zpages, { config: LOCAL });

async function started(config: Record<string, unknown>) {
  const bench = await createComponentBench(zpages, { config });
  await bench.start();
  return { bench, url: `http://${bench.logs.find(({ msg }) => msg === 'zpages listening')?.['address']}` };
}

test('shows the service and its pipelines with their counters', async () => {
  const { bench, url } = await started(LOCAL);
  await bench.send(sampleBatch('traces', 7));
  const service = await (await fetch(url)).text();
  assert.match(service, /<td>Phase<\/td><td>running<\/td>/);
  const pipelines = await (await fetch(`${url}/debug/pipelinez`)).text();
  assert.match(pipelines, /<td>exporter:traces\/exit<\/td><td>1<\/td><td>7<\/td>|<td>7<\/td>/);
  for (const path of ['extensionz', 'featurez', 'tracez'])
    assert.equal((await fetch(`${url}/debug/${path}`)).status, 200, path);
  await bench.close();
});

test('serves counters as JSON only if it is configured', async () => {
  const without = await started(LOCAL);
  assert.equal((await fetch(`${without.url}/debug/expvarz`)).status, 404);
  await without.bench.close();
  const { bench, url } = await started({ ...LOCAL, expvar: { enabled: true } });
  const { nodes } = (await (await fetch(`${url}/debug/expvarz`)).json()) as { nodes: { id: string }[] };
  assert.ok(nodes.length > 0);
  await bench.close();
});

test('escapes what configurations contain', async () => {
  const { bench, url } = await started(LOCAL);
  bench.response = () => ({ kind: 'refused', reason: '<script>alert(1)</script>' });
  await bench.send(sampleBatch('traces'));
  for (const path of ['servicez', 'pipelinez']) {
    const response = await fetch(`${url}/debug/${path}`);
    assert.doesNotMatch(await response.text(), /<script/);
    assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  }
  for (const path of ['/__proto__', '/constructor', '/debug/', '/debug/servicez/']) {
    assert.equal((await fetch(url + path)).status, 404, path);
  }
  await bench.close();
});
