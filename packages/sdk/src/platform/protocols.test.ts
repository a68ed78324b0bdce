import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { requestToJson } from '@otelier/otlp';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/transport';
import { createUdpServer, createWebSocketServer } from '@otelier/transport';
import { createClient, OptionError, span } from '../node.ts';

const NAMES = Array.from({ length: 500 }, (_, i) => `span ${i} ${'x'.repeat(40)}`);

for (const compression of ['none', 'gzip'] as const) {
  test(`spans arrive by WebSocket, with headers and credentials: ${compression}`, async (t) => {
    const handler = createRecordingHandler();
    const server = await createWebSocketServer({ endpoint: '127.0.0.1:0' }, handler);
    t.after(() => server.shutdown(0));
    const client = createClient({
      ...{ protocol: 'websocket', compression, endpoint: `ws://${server.address}` },
      ...{ headers: { 'x-tenant': 'a' }, auth: { kind: 'bearer', token: 'secret' } },
    });
    t.after(() => client.shutdown(0));
    for (const name of NAMES) client.record(span(name));
    assert.deepEqual(await client.flush(), { kind: 'flushed' });
    assert.deepEqual(namesIn(handler), NAMES);
    const { headers } = handler.requests[0] ?? {};
    assert.deepEqual([headers?.['x-tenant'], headers?.['authorization']], ['a', 'Bearer secret']);
  });

  test(`spans arrive by UDP, in as many messages as they need: ${compression}`, async (t) => {
    const handler = createRecordingHandler();
    const server = await createUdpServer({ endpoint: '127.0.0.1:0' }, handler);
    t.after(() => server.shutdown(0));
    const client = createClient({ protocol: 'udp', compression, endpoint: server.address });
    t.after(() => client.shutdown(0));
    for (const name of NAMES) client.record(span(name));
    assert.deepEqual(await client.flush(), { kind: 'flushed' });
    for (let count = 1; namesIn(handler).length < NAMES.length; count++) await handler.untilRequests(count);
    assert.deepEqual(namesIn(handler).toSorted(), NAMES.toSorted());
  });
}

for (const waits of [true, false]) {
  test(`a connection that is open keeps no program alive, and what waits is sent: ${waits ? 'flushed' : 'at its end'}`, async (t) => {
    const handler = createRecordingHandler();
    const server = await createWebSocketServer({ endpoint: '127.0.0.1:0' }, handler);
    t.after(() => server.shutdown(0));
    const program = `
      const { createClient, span } = await import(${JSON.stringify(import.meta.resolve('../node.ts'))});
      const client = createClient({ protocol: 'websocket', endpoint: 'ws://${server.address}' });
      client.record(span('last'));
      ${waits ? 'await client.flush();' : ''}`;
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { timeout: 30_000 });
    assert.deepEqual(namesIn(handler), ['last']);
  });
}

test('what datagrams cannot carry is said at creation', () => {
  for (const [name, options] of [
    ['headers', { headers: { a: '1' } }],
    ['auth', { auth: { kind: 'bearer', token: 'secret' } }],
    ['tls', { tls: {} }],
  ] as const) {
    assert.throws(
      () => createClient({ protocol: 'udp', ...options }),
      new OptionError(`${name}: expected nothing with protocol udp, got "options"`),
    );
  }
  assert.throws(() => createClient({ protocol: 'udp', endpoint: 'unix:/tmp/x' }), OptionError);
});

function namesIn(handler: RecordingHandler): string[] {
  return handler.requests.flatMap(({ signal, body }) => {
    const request = JSON.parse(requestToJson(signal, body)) as Request;
    return request.resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name)),
    );
  });
}

interface Request {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly { name: string }[] }[];
  }[];
}
