import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import { createGrpcServer } from '@otelier/transport/grpc-server';
import { createHttpServer } from '@otelier/transport/http-server';
import { createWebSocketServer } from '@otelier/transport/websocket-server';
import * as browser from '../browser.ts';
import * as node from '../node.ts';

type Start = (t: TestContext, handler: RecordingHandler) => Promise<node.ClientOptions>;

const listening = { endpoint: '127.0.0.1:0' };

const http: Start = async (t, handler) => {
  const server = await createHttpServer(listening, handler);
  t.after(() => server.shutdown(0));
  return { endpoint: `http://${server.address}` };
};

const grpc: Start = async (t, handler) => {
  const server = await createGrpcServer(listening, handler);
  t.after(() => server.shutdown(0));
  return { endpoint: `http://${server.address}`, protocol: 'grpc' };
};

const webSocket: Start = async (t, handler) => {
  const server = await createWebSocketServer(listening, handler);
  t.after(() => server.shutdown(0));
  return { endpoint: `ws://${server.address}`, protocol: 'websocket' };
};

const json: Start = async (t, handler) => ({ ...(await http(t, handler)), protocol: 'http/json' });

const WAYS: readonly (readonly [name: string, api: typeof node | typeof browser, start: Start])[] = [
  ['http/protobuf', node, http],
  ['http/json', node, json],
  ['grpc', node, grpc],
  ['websocket', node, webSocket],
  ['http/protobuf in browsers', browser, http],
  ['http/json in browsers', browser, json],
];

/** Returns a header's values over all attempts. */
function seen(handler: RecordingHandler, name: string): unknown[] {
  return handler.requests.map(({ headers }) => headers[name]);
}

async function setUp(t: TestContext, options: node.ClientOptions, [, { createClient }, start]: (typeof WAYS)[number]) {
  const handler = createRecordingHandler();
  const retry = { initialIntervalMillis: 1, maxIntervalMillis: 1 };
  const client = createClient({ ...(await start(t, handler)), retry, ...options, log: () => {} });
  t.after(() => client.shutdown(0));
  return { handler, client };
}

for (const way of WAYS) {
  const [name] = way;

  test(`calls a header function for each attempt: ${name}`, async (t) => {
    let calls = 0;
    const headers = async () => ({ 'X-Token': `${++calls}`, 'x-absent': undefined as unknown as string });
    const { handler, client } = await setUp(t, { headers }, way);
    handler.response = () => (calls === 1 ? { kind: 'retry', afterMillis: 1, reason: 'busy' } : { kind: 'accepted' });
    assert.deepEqual(await client.send(node.span('a')), { kind: 'accepted' });
    assert.deepEqual(await client.send(node.span('b')), { kind: 'accepted' });
    assert.deepEqual(seen(handler, 'x-token'), ['1', '2', '3']);
    assert.deepEqual(seen(handler, 'x-absent'), [undefined, undefined, undefined]);
  });

  test(`retries an attempt whose header function failed: ${name}`, async (t) => {
    const never = new Promise<never>(() => {});
    const responses = [
      () => {
        throw new Error('no token yet');
      },
      () => Promise.reject(new Error('still none')),
      () => never,
      () => ({ 'x-token': 'line\nbreak' }),
      () => ({ 'x-token': 'a\u0001b' }),
      () => ({ 'x-token': 'good' }),
    ];
    const headers = () => (responses.length > 1 ? responses.shift() : responses[0])?.() ?? {};
    const { handler, client } = await setUp(t, { headers, timeoutMillis: 300 }, way);
    const reasons: string[] = [];
    client.subscribe((event) => event.kind === 'retrying' && reasons.push(event.reason));
    assert.deepEqual(await client.send(node.span('a')), { kind: 'accepted' });
    // An attempt that exceeds the timeout is retried.
    assert.deepEqual([...new Set(seen(handler, 'x-token'))], ['good']);
    for (const [i, pattern] of [/no token yet/, /still none/, /time/i, /invalid/, /invalid value/].entries()) {
      assert.match(reasons[i] ?? '', /headers: the function failed or returned invalid headers/);
      assert.match(reasons[i] ?? '', pattern);
    }
  });

  test(`ignores content headers of a function: ${name}`, async (t) => {
    const headers = () => ({ 'Content-Type': 'text/html', 'content-encoding': 'zip', 'grpc-encoding': 'zip', te: 'x' });
    const { client } = await setUp(t, { headers }, way);
    assert.deepEqual(await client.send(node.span('a')), { kind: 'accepted' });
  });
}

for (const way of WAYS.filter(([name]) => name !== 'websocket')) {
  test(`headers of a function override credentials: ${way[0]}`, async (t) => {
    const auth = { kind: 'bearer', token: 'old' } as const;
    const { handler, client } = await setUp(t, { auth, headers: () => ({ Authorization: 'Bearer new' }) }, way);
    await client.send(node.span('a'));
    assert.deepEqual(seen(handler, 'authorization'), ['Bearer new']);
  });
}

test('headers of a function override those of the environment', async (t) => {
  const handler = createRecordingHandler();
  const options = await http(t, handler);
  const environment = {
    OTEL_EXPORTER_OTLP_HEADERS: 'x-token=old,x-tenant=a',
    OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'x-tenant=b',
  };
  const client = node.createClient({ ...options, headers: () => ({ 'X-Token': 'new' }), environment });
  t.after(() => client.shutdown(0));
  await client.send(node.span('a'));
  await client.send(node.log('b'));
  assert.deepEqual(seen(handler, 'x-token'), ['new', 'new']);
  assert.deepEqual(seen(handler, 'x-tenant'), ['a', 'b']);
});

for (const way of WAYS.filter(([name]) => !name.includes('browsers'))) {
  test(`shutdown aborts an attempt that waits for headers: ${way[0]}`, async (t) => {
    const { handler, client } = await setUp(t, { headers: () => ({}), timeoutMillis: 60_000 }, way);
    handler.response = () => new Promise(() => {});
    const sent = client.send(node.span('a'));
    await handler.untilRequests(1);
    await client.shutdown(0);
    assert.equal((await sent).kind, 'refused');
  });
}

test('a header function of startSdk overrides the headers of its plan', async (t) => {
  const handler = createRecordingHandler();
  const { endpoint } = await http(t, handler);
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint}`,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-token=old,x-tenant=a',
  };
  const headers = async () => ({ 'x-token': 'new' });
  const sdk = await node.startSdk({ environment, client: { headers } });
  sdk.tracerProvider?.getTracer('a').startSpan('b').end();
  await sdk.shutdown();
  assert.deepEqual(
    ['x-token', 'x-tenant'].map((name) => seen(handler, name)[0]),
    ['new', 'a'],
  );
});

test('a builder merges functions and headers', async (t) => {
  const handler = createRecordingHandler();
  const client = node.OtlpClient.builder(await http(t, handler))
    .header('x-tenant', 'a')
    .headers(async () => ({ 'x-token': 'b' }))
    .header('x-more', 'c')
    .build();
  t.after(() => client.shutdown(0));
  await client.send(node.span('a'));
  assert.deepEqual(
    ['x-tenant', 'x-token', 'x-more'].map((name) => seen(handler, name)[0]),
    ['a', 'b', 'c'],
  );
});

test('rejects a function for protocols without request headers', () => {
  const headers = () => ({});
  assert.throws(
    () => node.createClient({ protocol: 'udp', headers }),
    new node.OptionError('headers: expected undefined with protocol udp, got "options"'),
  );
  assert.throws(
    () => browser.webSocketTransport({ headers } as object),
    new browser.OptionError('headers: expected a record, got "a function"'),
  );
});
