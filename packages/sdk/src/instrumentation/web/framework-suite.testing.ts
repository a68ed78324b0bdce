import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { type Listener, type Recorder, type Subject, startSubject } from '../subject.testing.ts';
import { instrumentHttpServers } from './node-http.ts';

/**
 * Tests what all frameworks have in common. The application under test has these routes:
 * - `GET /users/:id` records `work('handler')` after a timer, and responds with the id,
 * - `GET /api/:version/items/:item` in a router of its own, mounted at `/api/:version`,
 * - `GET /sync` throws `new TypeError('sync')`, and `GET /async` does the same after a timer,
 * - `GET /refused` fails with an error that the framework turns into status 422,
 * - `POST /echo` responds with the body,
 * - `GET /stream` writes three chunks from timers, each of which records `work('chunk')`,
 * - `GET /abort` writes a chunk and never ends.
 */
export function testFramework(
  name: string,
  create: (t: TestContext, options: Recorder['options']) => Listener | Promise<Listener>,
): void {
  const start = (t: TestContext) => startSubject(t, (options) => create(t, options));

  describe(name, () => {
    test('the span has the route, and contains the spans of the handler', async (t) => {
      const subject = await start(t);
      assert.equal((await subject.send('/users/7?full')).body, '7');
      const [handler, server] = await subject.spans(2);
      assert.equal(server?.name, 'GET /users/:id');
      assert.equal(server.attributes['http.route'], '/users/:id');
      assert.equal(server.attributes['url.path'], '/users/7');
      assert.equal(handler?.name, 'handler');
      assert.equal(handler.parentSpanContext?.spanId, server.spanContext().spanId);
      const [duration] = await subject.points('http.server.request.duration');
      assert.equal(duration?.attributes['http.route'], '/users/:id');
    });

    test('the route of a nested router starts with the pattern at which it is mounted', async (t) => {
      const span = await only(await start(t), '/api/v2/items/9');
      assert.equal(span.name, 'GET /api/:version/items/:item');
    });

    test('an unknown path has no route', async (t) => {
      const span = await only(await start(t), '/missing');
      assert.equal(span.name, 'GET');
      assert.equal(span.attributes['http.route'], undefined);
      assert.equal(span.attributes['http.response.status_code'], 404);
      assert.equal(span.status.code, SpanStatusCode.UNSET);
    });

    for (const kind of ['sync', 'async'])
      test(`an error thrown by a handler (${kind}) is recorded once with its stack`, async (t) => {
        const span = await only(await start(t), `/${kind}`);
        assert.equal(span.name, `GET /${kind}`);
        assert.equal(span.attributes['http.response.status_code'], 500);
        assert.equal(span.attributes['error.type'], 'TypeError');
        assert.deepEqual(span.status, { code: SpanStatusCode.ERROR, message: kind });
        assert.equal(span.events.length, 1);
        assert.equal(span.events[0]?.attributes?.['exception.message'], kind);
        assert.match(String(span.events[0].attributes['exception.stacktrace']), /\.test\.ts:/);
      });

    test('an error that becomes a 4xx response is recorded, but the span has not failed', async (t) => {
      const span = await only(await start(t), '/refused');
      assert.equal(span.attributes['http.response.status_code'], 422);
      assert.equal(span.attributes['error.type'], undefined);
      assert.equal(span.status.code, SpanStatusCode.UNSET);
      assert.equal(span.events[0]?.name, 'exception');
    });

    test('a body that the framework reads does not end the context', async (t) => {
      const subject = await start(t);
      const headers = { 'content-type': 'application/json' };
      assert.equal((await subject.send('/echo', { method: 'POST', body: '{"a":1}', headers })).body, '{"a":1}');
      const [echo, server] = await subject.spans(2);
      assert.equal(echo?.name, 'echo');
      assert.equal(echo.parentSpanContext?.spanId, server?.spanContext().spanId);
    });

    test('a stream ends its span when its last chunk is sent', async (t) => {
      const subject = await start(t);
      assert.equal((await subject.send('/stream')).body, '012');
      const spans = await subject.spans(4);
      assert.deepEqual(
        spans.map((span) => span.name),
        ['chunk', 'chunk', 'chunk', 'GET /stream'],
      );
      for (const chunk of spans.slice(0, 3))
        assert.equal(chunk.parentSpanContext?.spanId, spans[3]?.spanContext().spanId);
    });

    test('a response that the client aborts is an error', async (t) => {
      const subject = await start(t);
      await subject.abort('/abort');
      const [span] = await subject.spans(1);
      assert.equal(span?.name, 'GET /abort');
      assert.equal(span.attributes['error.type'], 'ECONNRESET');
    });

    test('concurrent requests on kept connections do not mix', async (t) => {
      const subject = await start(t);
      const paths = Array.from({ length: 20 }, (_, i) => `/users/${i}`);
      await Promise.all(paths.map((path) => fetch(subject.url + path).then((response) => response.text())));
      const spans = await subject.spans(40);
      const parents = spans
        .filter(({ kind }) => kind === SpanKind.INTERNAL)
        .map((span) => span.parentSpanContext?.spanId);
      const servers = spans.filter(({ kind }) => kind === SpanKind.SERVER);
      assert.deepEqual(new Set(parents), new Set(servers.map((span) => span.spanContext().spanId)));
      assert.deepEqual(new Set(servers.map((span) => span.attributes['url.path'])), new Set(paths));
    });

    test('together with the instrumentation of node:http, a request has one span, with the route', async (t) => {
      const subject = await startSubject(t, (options) => {
        t.after(instrumentHttpServers(options));
        return create(t, options);
      });
      await subject.send('/users/7');
      const spans = await subject.spans(2);
      assert.deepEqual(
        spans.map((span) => span.name),
        ['handler', 'GET /users/:id'],
      );
      assert.equal((await subject.points('http.server.request.duration')).length, 1);
    });
  });
}

/** Sends one request and returns its span. */
async function only(subject: Subject, path: string): Promise<ReadableSpan> {
  await subject.send(path);
  const [span] = await subject.spans(1);
  assert.ok(span);
  return span;
}
