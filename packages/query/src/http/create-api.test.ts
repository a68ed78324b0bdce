import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { QueryCaller } from '@otelier/store';
import { createManualClock } from '@otelier/testkit/clock';
import { startTestApi, testStatus } from '@otelier/testkit/memory-api';
import { createMemoryStore } from '@otelier/testkit/memory-store';
import { LIMITS } from '../api/limits.ts';
import { apiError } from '../api/schemas.ts';
import { ENDPOINTS } from '../endpoints/all.ts';

const responseOf = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, ...apiError.parse(await response.json()).error };
};

test('/healthz says whether telemetry is accepted', async () => {
  let accepting = true;
  await using server = await startTestApi({ status: async () => ({ ...testStatus, accepting }) });
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  accepting = false;
  const refused = await fetch(`${server.url}/healthz`);
  assert.deepEqual([refused.status, await refused.json()], [503, { accepting: false }]);
});

test('reports a missing store and serves everything else', async () => {
  await using server = await startTestApi({ store: () => undefined });
  const { status, code, message } = await responseOf(`${server.url}/api/v1/services`);
  assert.deepEqual([status, code], [503, 'unavailable']);
  assert.match(message, /expected an exporter `store` in the configuration/);
  assert.equal((await fetch(`${server.url}/api/v1/status`)).status, 200);
});

test('says that it is starting while the store is opened', async () => {
  await using server = await startTestApi({ store: () => undefined, isStarting: () => true });
  const { status, message } = await responseOf(`${server.url}/api/v1/services`);
  assert.deepEqual([status, message], [503, 'starting: the store is being opened; try again in a moment']);
});

test('cancels the query of a client that has disconnected', async () => {
  const { promise: canceled, resolve } = Promise.withResolvers<void>();
  const { promise: running, resolve: started } = Promise.withResolvers<void>();
  const memory = createMemoryStore();
  const store = {
    ...memory,
    for: ({ signal, client }: QueryCaller) => ({
      ...memory,
      services: () =>
        new Promise<never>((_, reject) => {
          assert.equal(client, '127.0.0.1');
          started();
          signal.addEventListener('abort', () => {
            resolve();
            reject(new Error('canceled'));
          });
        }),
    }),
  };
  await using server = await startTestApi({ store: () => store });
  const leaving = new AbortController();
  const response = fetch(`${server.url}/api/v1/services`, { signal: leaving.signal });
  await running;
  leaving.abort();
  await assert.rejects(response);
  await canceled;
});

test('reports an internal error to the host and not to the client', async () => {
  const broken = {
    ...createMemoryStore(),
    services: async () => Promise.reject(new Error('secret path /home/ann/data')),
  };
  await using server = await startTestApi({ store: () => broken });
  const { status, code, message } = await responseOf(`${server.url}/api/v1/services`);
  assert.deepEqual([status, code], [500, 'internal']);
  assert.doesNotMatch(message, /secret|ann/);
  assert.equal(String(server.errors[0]), 'Error: secret path /home/ann/data');
});

test('responds to a slow query with a timeout', async () => {
  const clock = createManualClock();
  const never = { ...createMemoryStore(), services: () => new Promise<never>(() => {}) };
  await using server = await startTestApi({ store: () => never, clock });
  const response = responseOf(`${server.url}/api/v1/services`);
  await clock.untilPending();
  await clock.advance(LIMITS.queryMillis + 1000);
  assert.deepEqual((await response).status, 504);
});

test('bounds concurrent queries and frees their slots', async () => {
  const { promise, resolve } = Promise.withResolvers<readonly []>();
  let running = 0;
  const slow = {
    ...createMemoryStore(),
    services: () => {
      running++;
      return promise;
    },
  };
  await using server = await startTestApi({ store: () => slow });
  const asked = Array.from({ length: LIMITS.clientQueries }, () => fetch(`${server.url}/api/v1/services`));
  while (running < LIMITS.clientQueries) await new Promise((done) => setImmediate(done));
  const refused = await fetch(`${server.url}/api/v1/services`);
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '1']);
  resolve([]);
  assert.ok((await Promise.all(asked)).every(({ status }) => status === 200));
  assert.equal((await fetch(`${server.url}/api/v1/services`)).status, 200);
});

test('/openapi.json describes every endpoint', async () => {
  await using server = await startTestApi();
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
    openapi: string;
    paths: Record<string, Record<string, { parameters?: { name: string; in: string; required?: boolean }[] }>>;
    components: { schemas: object };
  };
  assert.equal(document.openapi, '3.1.0');
  for (const { path } of ENDPOINTS) assert.ok(path in document.paths, path);
  for (const [path, methods] of Object.entries(document.paths)) {
    const [method = ''] = Object.keys(methods);
    const url = server.url + path.replace('{traceId}', 'a'.repeat(32));
    const response = await fetch(url, {
      method,
      ...(method === 'post' && { body: '{}', headers: { 'content-type': 'application/json' } }),
    });
    const text = /stream|tail|tap|export/.test(path) ? '' : await response.text();
    await response.body?.cancel().catch(() => {});
    assert.doesNotMatch(text, /expected one that \/openapi\.json lists/, path);
  }
  const trace = document.paths['/api/v1/traces/{traceId}']?.['get']?.parameters;
  assert.deepEqual(
    trace?.map((one) => [one.name, one.in, one.required]),
    [
      ['traceId', 'path', true],
      ['span_id', 'query', false],
      ['tenant', 'query', false],
    ],
  );
  for (const schema of ['TraceResponse', 'TraceOutlineLine', 'LogRecord', 'PipelineGraph', 'ApiError'])
    assert.ok(schema in document.components.schemas);
});

test('forbids browsers to cache responses', async () => {
  await using server = await startTestApi();
  assert.equal((await fetch(`${server.url}/api/v1/status`)).headers.get('cache-control'), 'no-store');
});

test('passes requests to the API of Alertmanager, and those that write only with the token for edits', async () => {
  const seen: string[] = [];
  const notifications = () => ({
    deliveries: () => ({ pending: [], failed: [] }),
    handle: async ({ method, url }: Request) => {
      seen.push(`${method} ${new URL(url).pathname}`);
      return Response.json('done');
    },
  });
  await using server = await startTestApi({ notifications, editToken: 'for edits' });
  const path = '/alertmanager/api/v2/silence/1';
  const send = async (method: string, token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return (await fetch(`${server.url}${path}`, { method, headers })).status;
  };
  assert.deepEqual(
    [await send('GET'), await send('DELETE'), await send('DELETE', 'wrong'), await send('DELETE', 'for edits')],
    [200, 401, 401, 200],
  );
  assert.deepEqual(seen, [`GET ${path}`, `DELETE ${path}`]);
  const deliveries = await fetch(`${server.url}/api/v1/alerting/deliveries`);
  assert.deepEqual(await deliveries.json(), { pending: [], failed: [] });
  await using without = await startTestApi();
  const { status, message } = await responseOf(`${without.url}${path}`);
  assert.equal(status, 503);
  assert.match(message, /expected an extension `alerting`/);
});
