import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import zlib from 'node:zlib';
import { startTestApi, testGraph } from '@otelier/testkit/memory-api';
import { createMemoryStore } from '@otelier/testkit/memory-store';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { acceptedCoding } from './compress-response.ts';

/** Sends a request without decompressing the response. */
async function raw(url: string, acceptEncoding: string): Promise<IncomingMessage> {
  const [response] = await once(get(url, { agent: false, headers: { 'accept-encoding': acceptEncoding } }), 'response');
  return response;
}

const DECODERS = { zstd: zlib.zstdDecompressSync, gzip: zlib.gunzipSync } as const;
const large = { ...testGraph, nodes: Array.from({ length: 2000 }, () => testGraph.nodes[0]) as typeof testGraph.nodes };

for (const [accept, coding] of [
  ['gzip, deflate, br, zstd', 'zstd'],
  ['gzip', 'gzip'],
  ['zstd;q=0, gzip;q=0.5', 'gzip'],
] as const) {
  test(`compresses JSON for "${accept}" with ${coding}`, async () => {
    await using server = await startTestApi({ graph: () => large });
    const response = await raw(`${server.url}/api/v1/pipeline`, accept);
    assert.equal(response.headers['content-encoding'], coding);
    const packed = await buffer(response);
    assert.ok(packed.length < 5000, `${packed.length}`);
    assert.deepEqual(JSON.parse(DECODERS[coding](packed).toString()), JSON.parse(JSON.stringify(large)));
  });
}

test('leaves small bodies, event streams and clients without a coding alone', async () => {
  await using server = await startTestApi({ graph: () => large });
  for (const [path, accept] of [
    ['/healthz', 'gzip, zstd'],
    ['/api/v1/pipeline/stream', 'gzip, zstd'],
    ['/api/v1/pipeline', 'identity'],
    ['/api/v1/pipeline', 'br'],
    ['/api/v1/pipeline', ''],
  ] as const) {
    const response = await raw(server.url + path, accept);
    assert.equal(response.headers['content-encoding'], undefined, `${path} ${accept}`);
    response.destroy();
  }
});

test('sends each line of a batch at once, compressed', async () => {
  const { promise, resolve } = Promise.withResolvers<readonly []>();
  const slow = { ...createMemoryStore(), services: () => promise };
  await using server = await startTestApi({ store: () => slow, graph: () => large });
  const response = await fetch(`${server.url}/api/v1/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-encoding': 'gzip' },
    body: JSON.stringify({ requests: ['/api/v1/services', '/api/v1/pipeline'] }),
  });
  assert.equal(response.headers.get('content-encoding'), 'gzip');
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    // The first line is complete while the second query is still running.
    if (text.endsWith('\n')) resolve([]);
  }
  assert.equal(text.trim().split('\n').length, 2);
});

test('reads accept-encoding', () => {
  const codings = ['br', 'gzip'];
  assert.equal(acceptedCoding('gzip, deflate, br', codings), 'br');
  assert.equal(acceptedCoding('GZIP ; q=1', codings), 'gzip');
  assert.equal(acceptedCoding('br;q=0.000', codings), undefined);
  assert.equal(acceptedCoding('', codings), undefined);
});

test('a compressed stream that breaks is incomplete for the client', async () => {
  const broken = {
    ...createMemoryStore(),
    async *export() {
      yield* sampleBatch('logs', 100).parts;
      throw new Error('disk');
    },
  };
  await using server = await startTestApi({ store: () => broken });
  const headers = { 'accept-encoding': 'gzip' };
  const response = await fetch(`${server.url}/api/v1/export?signal=logs`, { headers });
  assert.equal(response.headers.get('content-encoding'), 'gzip');
  await assert.rejects(response.text());
  assert.deepEqual(server.errors.map(String), ['Error: disk']);
});
