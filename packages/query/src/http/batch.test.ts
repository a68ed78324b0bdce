import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { createMemoryStore } from '@otelier/testkit/memory-store';
import { LIMITS } from '../api/limits.ts';

interface Line {
  readonly index: number;
  readonly status: number;
  readonly body: { readonly error?: { readonly code: string; readonly message: string } };
}

function post({ url }: TestApi, body: object, init: RequestInit = {}): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...init.headers };
  return fetch(`${url}/api/v1/batch`, { method: 'POST', body: JSON.stringify(body), ...init, headers });
}

const linesOf = async (response: Response): Promise<Line[]> =>
  (await response.text())
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Line => JSON.parse(line));

test('responds to each request as the request alone would be responded to', async () => {
  await using server = await startTestApi();
  const paths = ['/api/v1/status', '/api/v1/services?start=0&end=1000', '/api/v1/red?steps=0', '/api/v1/pipeline'];
  const response = await post(server, { requests: paths });
  assert.equal(response.headers.get('content-type'), 'application/x-ndjson');
  const lines = (await linesOf(response)).toSorted((a, b) => a.index - b.index);
  for (const [index, path] of paths.entries()) {
    const alone = await fetch(server.url + path);
    assert.deepEqual(lines[index], { index, status: alone.status, body: await alone.json() });
  }
  assert.deepEqual(
    lines.map(({ status }) => status),
    [200, 200, 400, 200],
  );
});

test('sends each response as soon as it is ready', async () => {
  const { promise, resolve } = Promise.withResolvers<readonly []>();
  const slow = { ...createMemoryStore(), services: () => promise };
  await using server = await startTestApi({ store: () => slow });
  const response = await post(server, { requests: ['/api/v1/services', '/api/v1/status'] });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert.match((await reader?.read())?.value ?? '', /^\{"index":1,"status":200,/);
  resolve([]);
  assert.match((await reader?.read())?.value ?? '', /^\{"index":0,"status":200,/);
});

test('rejects paths that are no GET endpoints, and too many', async () => {
  await using server = await startTestApi();
  for (const path of [
    '/api/v1/sql',
    '/api/v1/batch',
    '/api/v1/logs/tail',
    '/api/v1/pipeline/stream',
    '/api/v1/export',
    `/api/v1/traces/${'a'.repeat(32)}`,
    '/api/v1/nothing',
    '//example.com/api/v1/status',
    'http://example.com/api/v1/status',
    '/api/v1/../../healthz',
    '',
  ]) {
    const response = await post(server, { requests: ['/api/v1/status', path] });
    assert.equal(response.status, 400, path);
    assert.match(await response.text(), /requests\[1\]: expected a GET path of \/openapi\.json/);
  }
  for (const requests of [[], Array(LIMITS.batchRequests + 1).fill('/api/v1/status'), 'x', [1], undefined])
    assert.equal((await post(server, { requests })).status, 400, JSON.stringify(requests));
});

test('needs the same credentials', async () => {
  await using server = await startTestApi({ token: 'secret' });
  const requests = ['/api/v1/status'];
  assert.equal((await post(server, { requests })).status, 401);
  const [line] = await linesOf(await post(server, { requests }, { headers: { authorization: 'Bearer secret' } }));
  assert.equal(line?.status, 200);
});
