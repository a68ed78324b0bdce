import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestApi } from '@otelier/testkit/memory-api';
import { createMemoryStore } from '@otelier/testkit/memory-store';
import { batchOf } from '@otelier/testkit/request-codec';

test('pushed entries are found under their labels and structured metadata', async () => {
  const memory = createMemoryStore();
  const template = batchOf('logs', { resourceLogs: [] });
  await using server = await startTestApi({
    memory,
    ingest: () => ({
      admit: () => ({ grow: () => true, release: () => undefined }),
      consume: (bytes, itemCount) => memory.append({ ...template, parts: [bytes], itemCount, sizeBytes: bytes.length }),
    }),
  });
  const stream = { app: 'shop', k8s_namespace_name: 'eu' };
  const values = [['1700000000000000000', 'level=warn hello', { user: 'u' }]];
  const pushed = await fetch(`${server.url}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ streams: [{ stream, values }] }),
  });
  assert.equal(pushed.status, 204, await pushed.text());
  const parameters = new URLSearchParams({ query: '{app="shop"}', start: '1699999999', end: '1700000001' });
  const response = await fetch(`${server.url}/loki/api/v1/query_range?${parameters}`, {
    headers: { 'x-loki-response-encoding-flags': 'categorize-labels' },
  });
  const { data } = (await response.json()) as { data: { result: unknown[]; encodingFlags: string[] } };
  assert.deepEqual(data.encodingFlags, ['categorize-labels']);
  const metadata = { structuredMetadata: { detected_level: 'warn', user: 'u' } };
  assert.deepEqual(data.result, [
    { stream: { ...stream, service_name: 'shop' }, values: [['1700000000000000000', 'level=warn hello', metadata]] },
  ]);
  const labels = await fetch(`${server.url}/loki/api/v1/labels?start=1699999999&end=1700000001`);
  assert.deepEqual(((await labels.json()) as { data: unknown }).data, ['app', 'k8s_namespace_name', 'service_name']);
});
