import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { stream } from 'hono/streaming';
import { startRecorder, work } from '../subject.testing.ts';
import { testFramework } from './framework-suite.testing.ts';
import { instrumentHono } from './hono.ts';
import type { HttpServerOptions } from './http/server-options.ts';

type Options = HttpServerOptions<Request, Response>;

function createApp(options: Options): Hono {
  const app = new Hono();
  instrumentHono(app, options);
  app.use(async (_, next) => next());
  app.get('/users/:id', async (c) => {
    await delay(1);
    work('handler');
    return c.text(c.req.param('id'));
  });
  const items = new Hono().get('/items/:item', (c) => c.json(c.req.param()));
  app.route('/api/:version', items);
  app.get('/sync', () => {
    throw new TypeError('sync');
  });
  app.get('/async', async () => {
    await delay(1);
    throw new TypeError('async');
  });
  app.get('/refused', () => {
    throw new HTTPException(422, { message: 'refused' });
  });
  app.post('/echo', async (c) => {
    const body = await c.req.json();
    work('echo');
    return c.json(body);
  });
  app.get('/stream', (c) =>
    stream(c, async (output) => {
      for (const chunk of ['0', '1', '2']) {
        await delay(1);
        work('chunk');
        await output.write(chunk);
      }
    }),
  );
  app.get('/abort', (c) =>
    stream(c, async (output) => {
      await output.write('first');
      await new Promise<void>((resolve) => output.onAbort(resolve));
    }),
  );
  app.onError((error, c) => c.text('error', error instanceof HTTPException ? error.status : 500));
  return app;
}

testFramework('Hono on @hono/node-server', (_, options) => getRequestListener(createApp(options).fetch));

// Without the objects of Node, as in other runtimes.
testFramework('Hono in a fetch handler', (_, options) => {
  const app = createApp(options);
  return getRequestListener((request) => app.fetch(request));
});

test('a mounted application continues the route', async (t) => {
  const { app, routes } = start(t);
  const inner = new Hono();
  instrumentHono(inner);
  inner.get('/items/:id', (c) => c.text(c.req.param('id'))).get('/', (c) => c.text('root'));
  app.mount('/inner', inner.fetch);
  const whole = new Hono();
  instrumentHono(whole);
  whole.get('/whole/:id', (c) => c.text('whole'));
  app.mount('/whole', whole.fetch, { replaceRequest: false });
  app.get('/after', (c) => c.text('after'));
  const paths = ['/inner/items/7', '/inner', '/inner/missing', '/whole/7', '/after'];
  for (const path of paths) await (await app.request(path)).text();
  assert.deepEqual(await routes(5), ['/inner/items/:id', '/inner', undefined, '/whole/:id', '/after']);
});

test('catch-all handlers have a route, and middleware has none', async (t) => {
  const { app, routes } = start(t);
  app.use('/private/*', async (c, next) => (c.req.query('key') === '1' ? next() : c.text('refused', 401)));
  app.get('/private/data', (c) => c.text('data'));
  app.get('/files/*', (c) => c.text('file'));
  for (const path of ['/private/data', '/private/data?key=1', '/files/a/b']) await (await app.request(path)).text();
  assert.deepEqual(await routes(3), [undefined, '/private/data', '/files/*']);
});

test('in a fetch handler, options record headers, sizes and custom attributes', async (t) => {
  const { app, spans } = start(t, {
    requestHeaders: ['x-tenant'],
    responseHeaders: ['x-cache'],
    bodySizes: true,
    serverTiming: true,
    attributes: (request, response) => ({ 'app.url': request.url, 'app.status': response.status }),
  });
  app.post('/', async (c) => c.body(await c.req.text(), 201, { 'x-cache': 'hit' }));
  app.delete('/', (c) => c.body(null, 204));
  const url = 'https://shop.example:8443/?a=1';
  const headers = { 'x-tenant': 'acme', 'content-length': '4', 'user-agent': 'test' };
  const response = await app.request(url, { method: 'POST', headers, body: 'four' });
  assert.equal(await response.text(), 'four');
  assert.equal((await app.request(url, { method: 'DELETE' })).status, 204);
  const [post, remove] = await spans(2);
  assert.match(response.headers.get('server-timing') ?? '', new RegExp(post?.spanContext().traceId ?? 'none'));
  assert.deepEqual(post?.attributes, {
    'http.request.method': 'POST',
    'http.route': '/',
    'http.response.status_code': 201,
    'http.request.header.x-tenant': ['acme'],
    'http.response.header.x-cache': ['hit'],
    'http.request.body.size': 4,
    'http.response.body.size': 4,
    'url.scheme': 'https',
    'url.path': '/',
    'url.query': 'a=1',
    'server.address': 'shop.example',
    'server.port': 8443,
    'user_agent.original': 'test',
    'app.url': url,
    'app.status': 201,
  });
  assert.equal(remove?.attributes['http.response.body.size'], 0);
});

test('in a fetch handler, a body that fails and an error outside handlers are errors', async (t) => {
  const { app, spans } = start(t);
  const failing = new ReadableStream({
    pull() {
      throw new TypeError('body');
    },
  });
  app.get('/body', () => new Response(failing));
  app.get('/throws', () => {
    // Hono handles instances of `Error` only.
    throw 'text';
  });
  await assert.rejects(async () => (await app.request('/body')).text(), TypeError);
  await assert.rejects(async () => app.request('/throws'));
  assert.deepEqual(
    (await spans(2)).map(({ attributes }) => attributes['error.type']),
    ['ECONNRESET', 'string'],
  );
});

function start(t: TestContext, more: Options = {}) {
  const { options, spans } = startRecorder(t);
  const app = new Hono();
  instrumentHono(app, { ...options, ...more });
  return {
    app,
    spans,
    routes: async (count: number) => (await spans(count)).map(({ attributes }) => attributes['http.route']),
  };
}
