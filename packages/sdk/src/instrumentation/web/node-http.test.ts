import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { type Listener, startSubject, work } from '../subject.testing.ts';
import type { HttpServerOptions } from './http/server-options.ts';
import { instrumentHttpServers } from './node-http.ts';

test('a request has a server span with the attributes of the semantic conventions', async (t) => {
  const subject = await start(t, (_, response) => response.end('hello'));
  const headers = { 'user-agent': 'test', host: 'shop.example:8080' };
  assert.equal((await subject.send('/cart?item=7&sig=secret', { headers })).body, 'hello');
  const [span] = await subject.spans(1);
  assert.ok(span);
  assert.equal(span.name, 'GET');
  assert.equal(span.kind, SpanKind.SERVER);
  assert.equal(span.status.code, SpanStatusCode.UNSET);
  const { 'network.peer.port': port, ...attributes } = span.attributes;
  assert.equal(typeof port, 'number');
  assert.deepEqual(attributes, {
    'http.request.method': 'GET',
    'http.response.status_code': 200,
    'url.scheme': 'http',
    'url.path': '/cart',
    'url.query': 'item=7&sig=REDACTED',
    'server.address': 'shop.example',
    'server.port': 8080,
    'client.address': '127.0.0.1',
    'network.peer.address': '127.0.0.1',
    'network.protocol.version': '1.1',
    'user_agent.original': 'test',
  });
});

test('the duration and the number of active requests are measured', async (t) => {
  const subject = await start(t, (_, response) => response.writeHead(503).end());
  await subject.send('/');
  await subject.spans(1);
  const [duration] = await subject.points('http.server.request.duration');
  assert.deepEqual(duration?.attributes, {
    'http.request.method': 'GET',
    'url.scheme': 'http',
    'network.protocol.version': '1.1',
    'http.response.status_code': 503,
    'error.type': '503',
  });
  const { sum, count } = duration.value as { readonly sum: number; readonly count: number };
  assert.equal(count, 1);
  assert.ok(sum > 0 && sum < 60, `seconds, got ${sum}`);
  const active = await subject.points('http.server.active_requests');
  assert.deepEqual(
    active.map(({ attributes, value }) => ({ attributes, value })),
    [{ attributes: { 'http.request.method': 'GET', 'url.scheme': 'http' }, value: 0 }],
  );
});

test('the context of the caller is continued, and code of the handler runs in that of the span', async (t) => {
  const subject = await start(t, (request, response) => {
    request.on('data', () => work('data'));
    request.on('end', () =>
      setTimeout(() => {
        work('timer');
        response.end();
      }, 1),
    );
    response.on('finish', () => work('finish'));
  });
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await subject.send('/', { method: 'POST', body: 'x', headers: { traceparent } });
  const spans = await subject.spans(4);
  const server = spans.find(({ kind }) => kind === SpanKind.SERVER);
  assert.equal(server?.spanContext().traceId, '0af7651916cd43dd8448eb211c80319c');
  assert.equal(server.parentSpanContext?.spanId, 'b7ad6b7169203331');
  for (const name of ['data', 'timer', 'finish']) {
    const child = spans.find((span) => span.name === name);
    assert.equal(child?.parentSpanContext?.spanId, server.spanContext().spanId, name);
  }
});

test('concurrent requests on kept connections have contexts of their own', async (t) => {
  const subject = await start(t, (request, response) => {
    const name = request.url ?? '';
    setImmediate(() => {
      work(name);
      response.end();
    });
  });
  const paths = Array.from({ length: 50 }, (_, i) => `/${i}`);
  await Promise.all(paths.map((path) => fetch(subject.url + path).then((response) => response.text())));
  const spans = await subject.spans(100);
  const servers = new Map(
    spans.filter(({ kind }) => kind === SpanKind.SERVER).map((span) => [span.spanContext().spanId, span]),
  );
  for (const child of spans.filter(({ kind }) => kind === SpanKind.INTERNAL)) {
    const parent = servers.get(child.parentSpanContext?.spanId ?? '');
    assert.equal(parent?.attributes['url.path'], child.name);
  }
});

test('a response that the client aborts is an error', async (t) => {
  const subject = await start(t, (_, response) => response.write('first'));
  await subject.abort('/');
  const [span] = await subject.spans(1);
  assert.equal(span?.attributes['error.type'], 'ECONNRESET');
  assert.equal(span.attributes['http.response.status_code'], 200);
  assert.equal(span.status.code, SpanStatusCode.ERROR);
});

test('an unknown method is recorded as _OTHER', async (t) => {
  const subject = await start(t, (_, response) => response.end());
  await subject.send('/', { method: 'PROPFIND' });
  const [span] = await subject.spans(1);
  assert.equal(span?.name, 'HTTP');
  assert.equal(span.attributes['http.request.method'], '_OTHER');
  assert.equal(span.attributes['http.request.method_original'], 'PROPFIND');
});

test('requests of health checks are ignored together with the spans they start', async (t) => {
  const subject = await start(t, (request, response) => {
    request.resume().on('end', () => {
      work(`work ${request.url}`);
      response.end();
    });
  });
  for (const path of ['/healthz', '/readyz?verbose', '/']) await subject.send(path);
  const spans = await subject.spans(2);
  assert.deepEqual(spans.map(({ name }) => name).toSorted(), ['GET', 'work /']);
});

test('a proxy in front of the server names the client, the scheme and the host', async (t) => {
  const subject = await start(t, (_, response) => response.end());
  const standard = 'for="[2001:db8::1]:4711";proto=https;host=shop.example, for=10.0.0.1';
  await subject.send('/', { headers: { forwarded: standard } });
  const common = { 'x-forwarded-for': '203.0.113.7, 10.0.0.1', 'x-forwarded-proto': 'https' };
  await subject.send('/', { headers: { ...common, 'x-forwarded-host': 'shop.example:444' } });
  const [first, second] = await subject.spans(2);
  const of = (span: typeof first) =>
    ['client.address', 'url.scheme', 'server.address', 'server.port'].map((key) => span?.attributes[key]);
  assert.deepEqual(of(first), ['2001:db8::1', 'https', 'shop.example', undefined]);
  assert.deepEqual(of(second), ['203.0.113.7', 'https', 'shop.example', 444]);
});

test('headers, body sizes, Server-Timing and custom attributes are recorded on request', async (t) => {
  const subject = await start(
    t,
    (request, response) => {
      request.resume().on('end', () => {
        response.setHeader('X-Served-By', ['a', 'b']);
        response.write('héllo');
        response.end('!');
      });
    },
    {
      requestHeaders: ['X-Tenant'],
      responseHeaders: ['x-served-by'],
      bodySizes: true,
      serverTiming: true,
      attributes: (request) => ({ 'app.tenant': request.headers['x-tenant'] as string }),
    },
  );
  const reply = await subject.send('/', { method: 'POST', body: 'four', headers: { 'x-tenant': 'acme' } });
  const [span] = await subject.spans(1);
  assert.ok(span);
  const { traceId, spanId } = span.spanContext();
  assert.equal(reply.headers['server-timing'], `traceparent;desc="00-${traceId}-${spanId}-01"`);
  assert.deepEqual(span.attributes['http.request.header.x-tenant'], ['acme']);
  assert.deepEqual(span.attributes['http.response.header.x-served-by'], ['a', 'b']);
  assert.equal(span.attributes['http.request.body.size'], 4);
  assert.equal(span.attributes['http.response.body.size'], 7);
  assert.equal(span.attributes['app.tenant'], 'acme');
  const [size] = await subject.points('http.server.response.body.size');
  assert.partialDeepStrictEqual(size, { value: { count: 1, sum: 7 } });
});

test('a hook that fails loses only its own attributes', async (t) => {
  const attributes = () => {
    throw new Error('hook');
  };
  const subject = await start(t, (_, response) => response.end(), { attributes });
  assert.equal((await subject.send('/')).status, 200);
  const [span] = await subject.spans(1);
  assert.equal(span?.attributes['http.response.status_code'], 200);
});

test('hostile requests are recorded without an error', async (t) => {
  const subject = await start(t, (_, response) => response.end('ok'));
  const headers: readonly Readonly<Record<string, string>>[] = [
    { host: ':' },
    { host: '[::1' },
    { host: 'a:b:c' },
    { forwarded: ';;for=;proto="' },
    { 'x-forwarded-for': ',,,' },
    { traceparent: 'nonsense', tracestate: '=,=' },
    { baggage: '%%%' },
  ];
  for (const each of headers) assert.equal((await subject.send('/%00?%&&sig=', { headers: each })).body, 'ok');
  assert.equal((await subject.spans(headers.length)).length, headers.length);
});

test('an invalid option is refused by name', () => {
  assert.throws(() => instrumentHttpServers({ ignore: 7 } as never), /^OptionError: ignore: expected a list of paths/);
  assert.throws(() => instrumentHttpServers({ headers: [] } as never), /^OptionError: headers: unknown option/);
});

test('nothing is recorded after it was undone', async (t) => {
  const subject = await startSubject(t, (options) => {
    instrumentHttpServers(options)();
    return (_, response) => response.end(String(trace.getActiveSpan() === undefined));
  });
  assert.equal((await subject.send('/')).body, 'true');
});

function start(
  t: TestContext,
  listener: (request: IncomingMessage, response: ServerResponse) => unknown,
  more: HttpServerOptions = {},
) {
  return startSubject(t, (options) => {
    t.after(instrumentHttpServers({ ...options, ...more }));
    return listener as Listener;
  });
}
