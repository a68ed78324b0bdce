import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createManualClock } from '@otelier/testkit/clock';
import { startTestApi } from '@otelier/testkit/memory-api';
import { createMemoryStore } from '@otelier/testkit/memory-store';
import type { SpanJson } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';
import { createApiClient } from './client.ts';
import type { StreamFailure } from './streams/text-streams.ts';

test('sends parameters and returns typed responses', async () => {
  await using server = await startTestApi();
  const client = createApiClient(server.url);
  assert.equal((await client.get('/status')).version, '0.1.0');
  const { total } = await client.get('/traces', {
    where: ['service = a', 'duration > 5ms'],
    limit: 3,
    text: undefined,
  });
  assert.equal(total, 0);
});

test('runs SQL', async () => {
  const sql = {
    query: async () => ({ columns: [{ name: 'n', type: 'BIGINT' }], rows: [[1]], truncated: false, elapsedMillis: 1 }),
  };
  await using server = await startTestApi({ memory: createMemoryStore({ sql }) });
  assert.deepEqual((await createApiClient(server.url).sql({ statement: 'SELECT 1 AS n' })).rows, [[1]]);
});

test('exports stored telemetry as lines of OTLP/JSON, all of it or a range', async () => {
  await using server = await startTestApi();
  const request = (name: string, start: bigint) => {
    const span: SpanJson = { name: `${name} straße`, spanId: '00f067aa0ba902b7', startTimeUnixNano: `${start}` };
    return { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] };
  };
  const [early, late] = [request('early', 1_700_000_000_000_000_000n), request('late', 1_700_000_000_000_001_000n)];
  await server.store.append(batchOf('traces', early));
  await server.store.append(batchOf('traces', late));
  const client = createApiClient(server.url);
  const lines = async (range: object) =>
    (await Array.fromAsync(client.exportLines({ signal: 'traces', ...range }))).map((line) => JSON.parse(line));
  assert.deepEqual(await lines({}), [early, late]);
  assert.deepEqual(await lines({ start: 1_700_000_000_000_001_000n }), [late]);
  assert.deepEqual(await lines({ end: 1_700_000_000_000_001_000n }), [early]);
  await assert.rejects(Array.fromAsync(client.exportLines({ signal: 'smoke' })), {
    message: 'signal: expected one of traces, logs, metrics, got "smoke"',
  });
});

test('rejects an export that breaks', async () => {
  const broken = {
    ...createMemoryStore(),
    async *export() {
      yield new Uint8Array();
      throw new Error('disk');
    },
  };
  await using server = await startTestApi({ store: () => broken });
  await assert.rejects(Array.fromAsync(createApiClient(server.url).exportLines({ signal: 'logs' })), {
    name: 'ApiClientError',
  });
  assert.deepEqual(server.errors.map(String), ['Error: disk']);
});

test('reports an export that ends early once, with its path, client and reason', async () => {
  const failures: StreamFailure[] = [];
  const broken = {
    ...createMemoryStore(),
    async *export() {
      yield new Uint8Array();
      throw new Error('the query took longer than 30000 ms');
    },
  };
  await using server = await startTestApi({
    store: () => broken,
    onStreamFailure: (failure) => failures.push(failure),
  });
  await assert.rejects(Array.fromAsync(createApiClient(server.url).exportLines({ signal: 'logs' })), {
    name: 'ApiClientError',
  });
  assert.deepEqual(
    failures.map(({ path, client, error }) => [path, client, error.message]),
    [['/api/v1/export', '127.0.0.1', 'the query took longer than 30000 ms']],
  );
  assert.deepEqual(server.errors, []);
});

test('rejects a tap whose process ends', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('event: skipped\ndata: {"count":1}\n\n', () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const events: unknown[] = [];
  const client = createApiClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await assert.rejects(
    async () => {
      for await (const event of client.tap({ at: 'receivers/otlp' })) events.push(event);
    },
    { name: 'ApiClientError', code: 'interrupted' },
  );
  assert.deepEqual(events, [{ event: 'skipped', data: { count: 1 } }]);
  server.close();
});

test('frees the slot of an export however it ends', async () => {
  // Large, so that connections whose clients do not read are full soon.
  const spans: SpanJson[] = [{ name: 'x'.repeat(200_000), spanId: '00f067aa0ba902b7' }];
  const [request = assert.fail('no request')] = batchOf('traces', {
    resourceSpans: [{ scopeSpans: [{ spans }] }],
  }).parts;
  const endless = {
    ...createMemoryStore(),
    async *export() {
      for (;;) yield request;
    },
  };
  // The clock stands still, so that no export is considered stalled and loses its slot.
  await using server = await startTestApi({ store: () => endless, clock: createManualClock() });
  const ask = (signal: AbortSignal) => fetch(`${server.url}/api/v1/export`, { signal });
  const abort = new AbortController();
  const responses = await Promise.all(Array.from({ length: 5 }, () => ask(abort.signal)));
  assert.deepEqual(responses.map(({ status }) => status).toSorted(), [200, 200, 200, 200, 503]);
  abort.abort();
  let status = 503;
  while (status === 503) {
    const again = new AbortController();
    ({ status } = await ask(again.signal));
    again.abort();
  }
  assert.equal(status, 200);
});

test('sends its token', async () => {
  await using server = await startTestApi({ token: 'secret' });
  await assert.rejects(createApiClient(server.url).get('/status'), { code: 'unauthorized', status: 401 });
  assert.equal((await createApiClient(server.url, { token: 'secret' }).get('/status')).accepting, true);
});

test('rejects with the code and the message of the API', async () => {
  await using server = await startTestApi();
  await assert.rejects(createApiClient(server.url).get('/logs', { limit: 0 }), {
    name: 'ApiClientError',
    code: 'bad_request',
    status: 400,
    message: 'limit: expected a whole number from 1 to 5000, got "0"',
  });
});

test('reports an unreachable server', async () => {
  const server = await startTestApi();
  await server.shutdown(0);
  await assert.rejects(createApiClient(server.url).get('/status'), {
    code: 'unreachable',
    message: new RegExp(`^no otelier responds at ${server.url}: `),
  });
});

test('reports a response of another server', async () => {
  const other = createServer((_, response) => response.writeHead(200).end('<html>')).listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  await assert.rejects(createApiClient(url).get('/status'), {
    code: 'not_otelier',
    message: `${url} responded with 200, but not as otelier does`,
  });
  other.close();
  other.closeAllConnections();
});

test('asks for no compression on loopback', async () => {
  const server = createServer((request, response) => response.end(JSON.stringify(request.headers['accept-encoding'])));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  assert.equal(await createApiClient(`http://127.0.0.1:${port}`).get('/status'), 'identity');
  server.close();
});
