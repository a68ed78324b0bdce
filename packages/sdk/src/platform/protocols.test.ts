import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { requestToJson } from '@otelier/otlp';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import { createUdpServer } from '@otelier/transport/udp-server';
import { createWebSocketServer } from '@otelier/transport/websocket-server';
import { createClient, OptionError, span } from '../node.ts';

const NAMES = Array.from({ length: 500 }, (_, i) => `span ${i} ${'x'.repeat(40)}`);

for (const compression of ['none', 'gzip'] as const) {
  test(`sends spans over WebSocket, with headers and credentials: ${compression}`, async (t) => {
    const handler = createRecordingHandler();
    const server = await createWebSocketServer({ endpoint: '127.0.0.1:0' }, handler);
    t.after(() => server.shutdown(0));
    const client = createClient({
      protocol: 'websocket',
      compression,
      endpoint: `ws://${server.address}`,
      headers: { 'x-tenant': 'a' },
      auth: { kind: 'bearer', token: 'secret' },
    });
    t.after(() => client.shutdown(0));
    for (const name of NAMES) client.record(span(name));
    assert.deepEqual(await client.flush(), { kind: 'flushed' });
    assert.deepEqual(namesIn(handler), NAMES);
    const { headers } = handler.requests[0] ?? {};
    assert.deepEqual([headers?.['x-tenant'], headers?.['authorization']], ['a', 'Bearer secret']);
  });

  test(`sends spans over UDP, in several datagrams: ${compression}`, async (t) => {
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

for (const isFlushed of [true, false]) {
  test(`an open connection does not keep the process alive, and queued spans are sent: ${isFlushed ? 'flushed' : 'at exit'}`, async (t) => {
    const handler = createRecordingHandler();
    const server = await createWebSocketServer({ endpoint: '127.0.0.1:0' }, handler);
    t.after(() => server.shutdown(0));
    const program = `
      const { createClient, span } = await import(${JSON.stringify(import.meta.resolve('../node.ts'))});
      const client = createClient({ protocol: 'websocket', endpoint: 'ws://${server.address}' });
      client.record(span('last'));
      ${isFlushed ? 'await client.flush();' : ''}`;
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { timeout: 120_000 });
    assert.deepEqual(namesIn(handler), ['last']);
  });
}

test('rejects options that datagrams do not support', () => {
  for (const [name, options] of [
    ['headers', { headers: { a: '1' } }],
    ['auth', { auth: { kind: 'bearer', token: 'secret' } }],
    ['tls', { tls: {} }],
  ] as const) {
    assert.throws(
      () => createClient({ protocol: 'udp', ...options }),
      new OptionError(`${name}: expected undefined with protocol udp, got "options"`),
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
