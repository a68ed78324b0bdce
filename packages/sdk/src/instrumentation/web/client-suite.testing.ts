import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { suppressed } from '../../context/suppression.ts';
import { startSubject } from '../subject.testing.ts';
import type { HttpClientOptions } from './http/client-options.ts';

/** Sends a GET request, reads the response to its end, and returns its status. Rejects if there is no response. */
type Get = (url: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal) => Promise<number>;

/** Tests what the instrumentations of HTTP clients have in common. */
export function testClient(name: string, instrument: (options: HttpClientOptions) => () => void, get: Get): void {
  /** Starts a server that responds with the status in the path, or never, and the instrumentation. */
  async function start(t: TestContext, more: HttpClientOptions = {}) {
    const received: IncomingHttpHeaders[] = [];
    const subject = await startSubject(t, (options) => {
      t.after(instrument({ ...options, ...more }));
      return (request, response) => {
        received.push(request.headers);
        const [, status = ''] = /^\/(\d+)/.exec(request.url ?? '') ?? [];
        if (status !== '') response.writeHead(Number(status), { 'x-cache': 'hit' }).end('body');
      };
    });
    return { ...subject, received };
  }

  describe(name, () => {
    test('a request has a client span with the attributes of the semantic conventions', async (t) => {
      const { url, spans, points, received } = await start(t, { responseHeaders: ['X-Cache'] });
      const port = Number(new URL(url).port);
      const parent = trace.getTracer('application').startSpan('parent');
      await context.with(trace.setSpan(ROOT_CONTEXT, parent), () =>
        get(`${url}/200?sig=secret&a=1`, { accept: '*/*' }),
      );
      const [span] = await spans(1);
      assert.ok(span);
      assert.equal(span.name, 'GET');
      assert.equal(span.kind, SpanKind.CLIENT);
      assert.equal(span.parentSpanContext?.spanId, parent.spanContext().spanId);
      const { 'network.protocol.version': version, ...attributes } = span.attributes;
      assert.ok(version === undefined || version === '1.1');
      assert.deepEqual(attributes, {
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'http.response.header.x-cache': ['hit'],
        'url.full': `${url}/200?sig=REDACTED&a=1`,
        'server.address': '127.0.0.1',
        'server.port': port,
        'network.peer.address': '127.0.0.1',
        'network.peer.port': port,
      });
      const { traceId, spanId } = span.spanContext();
      assert.equal(received[0]?.['traceparent'], `00-${traceId}-${spanId}-01`);
      const [duration] = await points('http.client.request.duration');
      assert.partialDeepStrictEqual(duration, {
        attributes: { 'http.request.method': 'GET', 'server.address': '127.0.0.1', 'http.response.status_code': 200 },
        value: { count: 1 },
      });
    });

    test('a status of 400 and above is an error', async (t) => {
      const { url, spans } = await start(t);
      for (const status of [302, 404, 503]) await get(`${url}/${status}`, {});
      assert.deepEqual(
        (await spans(3)).map(({ attributes, status: { code } }) => [attributes['error.type'], code]),
        [
          [undefined, SpanStatusCode.UNSET],
          ['404', SpanStatusCode.ERROR],
          ['503', SpanStatusCode.ERROR],
        ],
      );
    });

    test('a refused connection is an error with the code of the system', async (t) => {
      const { spans } = await start(t);
      await assert.rejects(get(`http://127.0.0.1:${await closedPort()}/`, {}));
      const [span] = await spans(1);
      assert.equal(span?.attributes['error.type'], 'ECONNREFUSED');
      assert.equal(span.attributes['http.response.status_code'], undefined);
      assert.equal(span.events[0]?.name, 'exception');
    });

    test('a request that the program aborts is an error', async (t) => {
      const { url, spans, received } = await start(t);
      const abort = new AbortController();
      const pending = assert.rejects(get(`${url}/never`, {}, abort.signal));
      while (received.length === 0) await new Promise((resolve) => setImmediate(resolve));
      abort.abort();
      await pending;
      const [span] = await spans(1);
      assert.equal(span?.status.code, SpanStatusCode.ERROR);
    });

    test('ignored requests and those in a suppressed context have neither a span nor a header', async (t) => {
      const { url, spans, received } = await start(t, { ignore: ({ url: each }) => each.endsWith('/204') });
      await get(`${url}/204`, {});
      await context.with(suppressed(ROOT_CONTEXT), () => get(`${url}/200`, {}));
      await get(`${url}/201`, {});
      const [span] = await spans(1);
      assert.equal(span?.attributes['http.response.status_code'], 201);
      assert.deepEqual(
        received.map(({ traceparent }) => traceparent !== undefined),
        [false, false, true],
      );
    });
  });
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
