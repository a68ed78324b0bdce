import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import type { Store } from '@otelier/store';
import { createMemoryStore } from '@otelier/testkit';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { keyValues } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';

const NOW = BigInt(Date.now()) * 1_000_000n;

let server: TestApi;
before(async () => {
  server = await startTestApi();
  await server.store.append(logs('stored', 'other'));
});
after(() => server.shutdown(0));

function logs(...lines: readonly string[]) {
  const logRecords = lines.map((line, index) => ({
    timeUnixNano: `${NOW - 1000n + BigInt(index)}`,
    body: { stringValue: line },
  }));
  const resource = { attributes: keyValues({ 'service.name': 'shop' }) };
  return batchOf('logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
}

interface Message {
  readonly streams: { readonly stream: Record<string, string>; readonly values: [string, string][] }[];
  readonly dropped_entries?: unknown[];
}

/** Opens the tail. `next` returns its messages in order. */
async function open(query: string, of: TestApi = server) {
  const url = `${of.url.replace('http', 'ws')}/loki/api/v1/tail?query=${encodeURIComponent(query)}`;
  const socket = new WebSocket(url);
  const messages: Message[] = [];
  const waiting: ((message: Message) => void)[] = [];
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Message;
    const take = waiting.shift();
    if (take === undefined) messages.push(message);
    else take(message);
  });
  await once(socket, 'open');
  const next = async (): Promise<Message> => messages.shift() ?? new Promise((resolve) => waiting.push(resolve));
  return { socket, next };
}

const linesOf = ({ streams }: Message): string[] => streams.flatMap(({ values }) => values.map(([, line]) => line));

test('the tail sends stored entries, then those that pass through, as the query selects and formats them', async () => {
  const { socket, next } = await open('{service_name="shop"} |= "o" != "other" | line_format "<{{__line__}}>"');
  assert.deepEqual(linesOf(await next()), ['<stored>']);
  server.publish(logs('nothing', 'first other', 'more', 'x'));
  assert.deepEqual(linesOf(await next()), ['<nothing>', '<more>']);
  socket.close();
  await once(socket, 'close');
});

test('the tail shows a bounded number of entries per second', async () => {
  const { socket, next } = await open('{service_name="shop"} |= "flood"');
  const lines = Array.from({ length: 2000 }, (_, index) => `flood ${index}`);
  server.publish(logs(...lines));
  const first = await next();
  assert.ok(linesOf(first).length <= 500, `${linesOf(first).length} entries`);
  socket.close();
  await once(socket, 'close');
});

test('requests without a valid query or with another path are rejected', async () => {
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
  for (const [path, status, reason] of [
    ['/loki/api/v1/tail?query=%7B', 400, /parse error at line 1, col 2/],
    ['/loki/api/v1/tail?query=%7Ba%3D%22b%22%7D&delay_for=6', 400, /delay_for can't be greater than 5/],
    ['/loki/api/v1/other', 404, /no WebSocket/],
  ] as const) {
    const response = await raw(path, upgrade);
    assert.equal(response.status, status);
    assert.match(response.text, reason);
  }
  assert.equal((await raw('/loki/api/v1/tail?query=%7B', { ...upgrade, origin: 'http://evil.example' })).status, 403);
});

async function raw(path: string, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  const { request } = await import('node:http');
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const sent = request(`${server.url}${path}`, {
    headers: { ...headers, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' },
  });
  sent.on('error', reject);
  sent.on('response', async (response) => {
    const chunks = await response.toArray();
    resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
  });
  sent.end();
  return promise;
}

test('the subscription to the pipeline ends with the last client', async () => {
  const { socket } = await open('{service_name="shop"}');
  assert.equal(server.logListeners, 1);
  socket.close();
  await once(socket, 'close');
  for (let attempt = 0; attempt < 100 && server.logListeners > 0; attempt++) await new Promise(setImmediate);
  assert.equal(server.logListeners, 0);
});

test('entries that pass through while those of the past are read are sent once', async () => {
  const memory = createMemoryStore();
  let publish = (): void => undefined;
  const store: Store = {
    ...memory,
    async *selectLogs(query) {
      // One entry is stored before the past is read, and one after.
      await memory.append(logs('before'));
      publish();
      yield* memory.selectLogs(query);
      await memory.append(logs('after'));
    },
  };
  await using own = await startTestApi({ memory: store });
  publish = () => {
    own.publish(logs('before'));
    own.publish(logs('after'));
  };
  const { socket, next } = await open('{service_name="shop"}', own);
  assert.deepEqual(linesOf(await next()).sort(), ['after', 'before']);
  own.publish(logs('later'));
  assert.deepEqual(linesOf(await next()), ['later']);
  socket.close();
  await once(socket, 'close');
});

test('entries that passed through before the tail opened, and are stored after, are sent', async () => {
  const memory = createMemoryStore();
  const { promise: written, resolve: write } = Promise.withResolvers<void>();
  let appended: Promise<unknown> = written;
  const store: Store = {
    ...memory,
    append(batch) {
      const outcome = written.then(async () => memory.append(batch));
      appended = outcome;
      return outcome;
    },
    async settled() {
      write();
      await appended;
    },
    async *selectLogs(query) {
      yield* memory.selectLogs(query);
      write();
    },
  };
  await using own = await startTestApi({ memory: store });
  const early = logs('early');
  own.publish(early);
  void store.append(early);
  const { socket, next } = await open('{service_name="shop"}', own);
  own.publish(logs('later'));
  assert.deepEqual(linesOf(await next()), ['early']);
  assert.deepEqual(linesOf(await next()), ['later']);
  socket.close();
  await once(socket, 'close');
});

test('a query without results says where the nearest entries are', async () => {
  const ask = async (start: bigint, end: bigint): Promise<string[] | undefined> => {
    const parameters = new URLSearchParams({ query: '{service_name="none"}', start: `${start}`, end: `${end}` });
    const response = await fetch(`${server.url}/loki/api/v1/query_range?${parameters}`);
    return ((await response.json()) as { warnings?: string[] }).warnings;
  };
  const day = 86_400_000_000_000n;
  assert.match(
    String(await ask(NOW - 9n * day, NOW - 8n * day)),
    /^no results: the oldest log record after the time range is at 20/,
  );
  assert.match(
    String(await ask(NOW + day, NOW + 2n * day)),
    /^no results: the newest log record before the time range is at/,
  );
  assert.equal(String(await ask(NOW - day, NOW + day)), 'no results: the time range has only other log records');
});
