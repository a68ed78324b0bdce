import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  connect,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { SpanKind } from '@opentelemetry/api';
import { startRecorder, work } from '../subject.testing.ts';
import type { HttpServerOptions } from './http/server-options.ts';
import { type Http2Request, type Http2Response, instrumentHttp2Servers } from './node-http2.ts';

/** The same application in both APIs of `node:http2`. */
const LISTENERS: Readonly<Record<string, (server: Http2Server) => void>> = {
  request: (server) =>
    server.on('request', (request, response) => {
      if (request.url === '/abort') return void response.write('first');
      if (request.url === '/throw') throw new TypeError('thrown');
      request.on('data', () => work('data'));
      request.on('end', async () => {
        await delay(1);
        work('timer');
        response.writeHead(request.url === '/fail' ? 503 : 200, { 'x-cache': 'hit' });
        response.end('four');
      });
    }),
  stream: (server) =>
    server.on('stream', (stream: ServerHttp2Stream, headers) => {
      stream.on('error', () => {});
      if (headers[':path'] === '/abort') {
        stream.respond({ ':status': 200 });
        return void stream.write('first');
      }
      stream.on('data', () => work('data'));
      stream.on('end', async () => {
        await delay(1);
        work('timer');
        stream.respond({ ':status': headers[':path'] === '/fail' ? 503 : 200, 'x-cache': 'hit' });
        stream.end('four');
      });
    }),
};

for (const [api, listen] of Object.entries(LISTENERS)) {
  test(`${api}: a request has a server span with the attributes of the semantic conventions`, async (t) => {
    const { send, spans, points } = await start(t, listen, {
      responseHeaders: ['x-cache'],
      serverTiming: true,
      attributes: (request, response) => ({ 'app.path': request.url, 'app.status': response.statusCode }),
    });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const reply = await send({
      ':path': '/cart?a=1',
      ':method': 'POST',
      ':authority': 'shop.example:8080',
      traceparent,
    });
    const [data, timer, server] = await spans(3);
    assert.equal(server?.kind, SpanKind.SERVER);
    assert.equal(server.parentSpanContext?.spanId, 'b7ad6b7169203331');
    assert.match(String(reply['server-timing']), new RegExp(server.spanContext().spanId));
    for (const child of [data, timer])
      assert.equal(child?.parentSpanContext?.spanId, server.spanContext().spanId, child?.name);
    const { 'network.peer.port': port, ...attributes } = server.attributes;
    assert.equal(typeof port, 'number');
    assert.deepEqual(attributes, {
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'http.response.header.x-cache': ['hit'],
      'url.scheme': 'http',
      'url.path': '/cart',
      'url.query': 'a=1',
      'server.address': 'shop.example',
      'server.port': 8080,
      'client.address': '127.0.0.1',
      'network.peer.address': '127.0.0.1',
      'network.protocol.version': '2',
      'app.path': '/cart?a=1',
      'app.status': 200,
    });
    assert.equal((await points('http.server.request.duration')).length, 1);
  });

  test(`${api}: statuses of 500 and above and aborted requests are errors, and health checks are ignored`, async (t) => {
    const { send, abort, spans } = await start(t, listen);
    for (const path of ['/healthz', '/fail']) await send({ ':path': path });
    await abort('/abort');
    const servers = (await spans(3)).filter(({ kind }) => kind === SpanKind.SERVER);
    assert.deepEqual(
      servers.map(({ attributes }) => attributes['error.type']),
      ['503', 'ECONNRESET'],
    );
  });
}

test('body sizes are counted once', async (t) => {
  const { send, spans } = await start(t, LISTENERS['request'] as (server: Http2Server) => void, { bodySizes: true });
  await send({ ':path': '/', ':method': 'POST' });
  const server = (await spans(3)).find(({ kind }) => kind === SpanKind.SERVER);
  assert.equal(server?.attributes['http.request.body.size'], 2);
  assert.equal(server.attributes['http.response.body.size'], 4);
});

async function start(
  t: TestContext,
  listen: (server: Http2Server) => void,
  more: HttpServerOptions<Http2Request, Http2Response> = {},
) {
  const { options, spans, points } = startRecorder(t);
  t.after(instrumentHttp2Servers({ ...options, ...more }));
  const server = createServer();
  listen(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.after(async () => {
    client.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const send = async (headers: OutgoingHttpHeaders): Promise<IncomingHttpHeaders> => {
    const stream = client.request(headers, { endStream: false });
    stream.end(headers[':method'] === 'POST' ? 'ab' : undefined);
    const [reply] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    stream.resume();
    await once(stream, 'close');
    return reply;
  };
  const abort = async (path: string) => {
    const stream = client.request({ ':path': path });
    await once(stream, 'data');
    stream.close(8);
    await once(stream, 'close');
  };
  return { send, abort, spans, points };
}
