import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { ACCEPTED, type Outcome, requestToJson } from '@otelier/otlp';
import { launchBrowser, openPage, type WatchedPage } from '@otelier/testkit/browser';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { createBearerAuthenticator } from '@otelier/transport/auth';
import { createWebSocketServer } from '@otelier/transport/websocket-server';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { rolldown } from 'rolldown';
import type { PageUnderTest } from './browser-page.testing.ts';
import { BUFFER_CONTRACT } from './buffer/contract.testing.ts';
import { responseOutcome, type Sink, startSink } from './sink.testing.ts';

declare const page: PageUnderTest;

let browser: Browser;
let scripts: ReadonlyMap<string, string>;
before(async () => {
  [browser, scripts] = await Promise.all([launchBrowser(), bundle()]);
});
after(() => browser.close());

/** Allows scripts from the page's own origin, no `eval`, and connections to sinks only. */
const POLICY = "default-src 'none'; script-src 'self'; connect-src http://127.0.0.1:* ws://127.0.0.1:*";

interface Site {
  readonly origin: string;
  readonly sink: Sink;
  /** Opens a page that is closed together with its context. */
  open(): Promise<WatchedPage>;
}

/** Starts a website that uses the library, and a sink on another origin that accepts its telemetry. */
async function startSite(t: TestContext): Promise<Site> {
  const server = createServer(({ url = '/' }, response) => {
    const script = scripts.get(url.slice(1));
    response.setHeader('content-security-policy', POLICY);
    response.setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript');
    response.end(script ?? '<!doctype html><title>shop</title><script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sink = await startSink(t, [origin]);
  return {
    origin,
    sink,
    async open() {
      const watched = await openPage(browser);
      t.after(() => watched.close());
      await visit(watched.page, origin);
      return watched;
    },
  };
}

/** Opens the website and waits until the library is loaded. */
async function visit(tab: Page, origin: string): Promise<void> {
  await tab.goto(origin);
  await tab.waitForFunction(() => 'page' in globalThis);
}

/** Opens another page in the same browser profile. */
async function openBeside(context: BrowserContext, origin: string): Promise<Page> {
  const tab = await context.newPage();
  await visit(tab, origin);
  return tab;
}

describe('in Chromium, under a strict content security policy', () => {
  for (const protocol of ['http/protobuf', 'http/json'] as const) {
    for (const compression of ['none', 'gzip'] as const) {
      test(`traces, logs and metrics reach another origin: ${protocol}, ${compression}`, async (t) => {
        const { sink, open } = await startSite(t);
        const { page: tab, errors } = await open();
        const result = await tab.evaluate(
          async ([endpoint, protocol, compression]) => {
            const { createClient, detectResource, log, LoggerProvider, MeterProvider, TracerProvider } = page.sdk;
            const client = createClient({ endpoint, protocol, compression, headers: { 'x-tenant': 'a' } });
            const resource = detectResource({ attributes: { 'service.name': 'shop' } });
            const tracer = new TracerProvider({ client, resource }).getTracer('page');
            const logger = new LoggerProvider({ client }).getLogger('page');
            const metrics = new MeterProvider({ client });
            const span = tracer.startSpan('click', { attributes: { größe: 'x'.repeat(40) } });
            logger.emit({ body: { a: [1, true] }, context: page.api.trace.setSpan(page.api.ROOT_CONTEXT, span) });
            span.end();
            metrics.getMeter('page').createCounter('clicks').add(3);
            client.record(log('no SDK'));
            await metrics.forceFlush();
            return [await client.flush(), client.health, span.spanContext().traceId];
          },
          [sink.url, protocol, compression] as const,
        );
        const [flushed, health, traceId] = result as [unknown, Record<string, { sentItems: number }>, string];
        assert.deepEqual(flushed, { kind: 'flushed' });
        assert.deepEqual([health['traces']?.sentItems, health['logs']?.sentItems], [1, 2]);
        assert.deepEqual(
          [sink.spans()[0]?.traceId, sink.logs()[0]?.['traceId'], sink.logs()[1]?.body],
          [traceId, traceId, { stringValue: 'no SDK' }],
        );
        assert.deepEqual(
          sink.metrics().map(({ name }) => name),
          ['clicks'],
        );
        assert.match(
          JSON.stringify(sink.scopes()[0]?.resource),
          /"browser.brands".*"Chromium \d+".*"browser.mobile".*"shop"/,
        );
        assert.equal(sink.handler.requests[0]?.headers['x-tenant'], 'a');
        assert.deepEqual(errors, []);
      });
    }
  }

  for (const compression of ['none', 'gzip'] as const) {
    test(`traces reach a WebSocket, with credentials and after a reconnect: ${compression}`, async (t) => {
      const { origin, open } = await startSite(t);
      const handler = createRecordingHandler();
      const auth = createBearerAuthenticator({ tokens: ['sesame'] });
      const start = (endpoint: string) => createWebSocketServer({ endpoint, auth, allowedOrigins: [origin] }, handler);
      let server = await start('127.0.0.1:0');
      t.after(() => server.shutdown(0));
      const { page: tab, errors } = await open();
      const send = (name: string) =>
        tab.evaluate(
          async ([endpoint, compression, name]) => {
            const { createClient, span, webSocketTransport } = page.sdk;
            const auth = { kind: 'bearer', token: 'sesame' } as const;
            page.client ??= createClient({
              transport: webSocketTransport({ endpoint, compression, auth, headers: { 'x-tenant': 'a' } }),
            });
            return page.client.send(span(name));
          },
          [`ws://${server.address}`, compression, name] as const,
        );
      assert.deepEqual(await send('first'), { kind: 'accepted' });
      await server.shutdown(0);
      server = await start(server.address);
      assert.deepEqual(await send('second'), { kind: 'accepted' });
      assert.deepEqual(
        handler.requests.map(({ signal, body }) => [signal, requestToJson(signal, body).match(/"name":"(\w+)"/)?.[1]]),
        [
          ['traces', 'first'],
          ['traces', 'second'],
        ],
      );
      assert.equal(handler.requests[0]?.headers['x-tenant'], 'a');
      assert.match(handler.requests[0]?.subject ?? '', /^bearer:/);
      assert.deepEqual(errors, []);
    });
  }

  test('calls a header function for each request, and bypasses instrumentation of fetch', async (t) => {
    const { sink, open } = await startSite(t);
    const { page: tab, errors } = await open();
    const heard = await tab.evaluate(async (endpoint) => {
      const { createClient, OtlpTraceExporter, span } = page.sdk;
      const original = globalThis.fetch;
      let heard = 0;
      const instrumented: typeof fetch = (...request) => {
        heard++;
        return original(...request);
      };
      globalThis.fetch = Object.assign(instrumented, { __original: original });
      let count = 0;
      const headers = async () => ({ 'x-tenant': `${++count}` });
      await createClient({ endpoint, headers }).send(span('a'));
      const exporter = new OtlpTraceExporter({ url: `${endpoint}/v1/traces`, headers });
      await new Promise((resolve) => exporter.export([], resolve));
      return heard;
    }, sink.url);
    assert.equal(heard, 0);
    assert.deepEqual(
      sink.handler.requests.map(({ headers }) => headers['x-tenant']),
      ['1', '2'],
    );
    assert.deepEqual(errors, []);
  });

  test('reads responses, and does not resend accepted requests when a response cannot be read', async (t) => {
    const { sink, open } = await startSite(t);
    const responses: readonly Outcome[] = [
      { kind: 'partial', rejectedItems: 1, reason: 'too old' },
      { kind: 'refused', reason: 'no such tenant' },
    ];
    sink.handler.response = () => responses[(sink.handler.requests.length - 1) % 2] ?? ACCEPTED;
    const send = (tab: Page) =>
      tab.evaluate(async (endpoint) => {
        const client = page.sdk.createClient({ endpoint });
        const outcomes = [await client.send([page.sdk.span('a'), page.sdk.span('b')])];
        if (outcomes[0]?.kind === 'partial') outcomes.push(await client.send(page.sdk.span('c')));
        return outcomes;
      }, sink.url);
    const { page: tab } = await open();
    assert.deepEqual(await send(tab), [
      { kind: 'partial', rejectedItems: 1, reason: 'too old' },
      responseOutcome(400, 'no such tenant'),
    ]);
    const { page: other } = await open();
    await other.route('**/response*.js', (route) => route.abort());
    assert.deepEqual(await send(other), [{ kind: 'accepted' }]);
    assert.equal(sink.handler.requests.length, 3);
  });

  test('rejects unsupported options at creation with an OptionError', async (t) => {
    const { page: tab } = await (await startSite(t)).open();
    const errors = await tab.evaluate(() =>
      (['zstd', 'brotli'] as const).map((compression) => {
        try {
          page.sdk.createClient({ compression });
          return 'created';
        } catch (error) {
          return `${error instanceof page.sdk.OptionError} ${error}`;
        }
      }),
    );
    assert.deepEqual(
      errors,
      ['zstd', 'brotli'].map((name) => `true OptionError: compression: expected none, gzip or deflate, got "${name}"`),
    );
  });

  test('a worker sends through the client of its page', async (t) => {
    const { sink, open } = await startSite(t);
    const { page: tab, errors } = await open();
    const result = await tab.evaluate(async (endpoint) => {
      const { createClient, serveClient } = page.sdk;
      const client = createClient({ endpoint });
      const worker = new Worker('/worker.js', { type: 'module' });
      serveClient(client, worker);
      const received = new Promise((resolve) => {
        worker.addEventListener('message', ({ data }) => 'flushed' in data && resolve(data));
      });
      worker.postMessage('sent');
      return [await received, client.health.traces?.sentItems];
    }, sink.url);
    assert.deepEqual(result, [{ outcome: ACCEPTED, flushed: { kind: 'flushed' }, sentItems: 2 }, 2]);
    assert.deepEqual(
      sink.spans().map(({ name }) => name),
      ['sent', 'recorded'],
    );
    assert.match(JSON.stringify(sink.scopes()[0]?.resource), /"worker"/);
    assert.deepEqual(errors, []);
  });

  test('sends queued telemetry when the page closes', async (t) => {
    const { sink, open } = await startSite(t);
    const { page: tab } = await open();
    await tab.evaluate((endpoint) => {
      const { createClient, log, span } = page.sdk;
      const client = createClient({ endpoint, batch: { maxDelayMillis: 60_000 } });
      client.record(span('last click'));
      client.record(log('bye'));
    }, sink.url);
    await tab.goto('about:blank');
    await sink.handler.untilRequests(2);
    assert.deepEqual([sink.spans()[0]?.name, sink.logs()[0]?.body], ['last click', { stringValue: 'bye' }]);
  });
});

describe('a buffer in IndexedDB', () => {
  for (const [index, { name }] of BUFFER_CONTRACT.entries()) {
    test(name, async (t) => {
      const { page: tab, errors } = await (await startSite(t)).open();
      await tab.evaluate(async (index) => {
        await page.BUFFER_CONTRACT[index]?.run((maxBytes) => page.sdk.openIndexedDbBuffer({ maxBytes }));
      }, index);
      assert.deepEqual(errors, []);
    });
  }

  test('keeps offline telemetry across a reload, and sends it in order when the network is back', async (t) => {
    const { origin, sink, open } = await startSite(t);
    const { page: tab } = await open();
    const context = tab.context();
    await serveWithoutNetwork(context, origin);
    await visit(tab, origin);
    await context.setOffline(true);
    const record = (names: readonly string[]) =>
      tab.evaluate(
        async ([endpoint, names]) => {
          const buffer = await page.sdk.openIndexedDbBuffer();
          const client = page.sdk.createClient({ endpoint, buffer, log: () => {} });
          const results: unknown[] = [];
          for (const name of names) {
            client.record(page.sdk.span(name));
            results.push(await client.flush());
          }
          return results;
        },
        [sink.url, names] as const,
      );
    assert.deepEqual(await record(['a', 'b']), [
      { kind: 'buffered', items: 1 },
      { kind: 'buffered', items: 2 },
    ]);
    await visit(tab, origin);
    assert.deepEqual(await record(['c']), [{ kind: 'buffered', items: 3 }]);
    assert.equal(sink.handler.requests.length, 0);
    await context.setOffline(false);
    await sink.handler.untilRequests(3);
    assert.deepEqual(
      sink.spans().map(({ name }) => name),
      ['a', 'b', 'c'],
    );
  });

  test('of a closed page is adopted by the next page, not by concurrent ones', async (t) => {
    const { origin, sink, open } = await startSite(t);
    sink.handler.response = () => ({ kind: 'retry', afterMillis: undefined, reason: 'away' });
    const { page: first } = await open();
    const context = first.context();
    const second = await openBeside(context, origin);
    const third = await openBeside(context, origin);
    const record = (tab: Page, name: string) =>
      tab.evaluate(
        async ([endpoint, name]) => {
          const buffer = await page.sdk.openIndexedDbBuffer();
          const retry = { initialIntervalMillis: 600_000 };
          const client = page.sdk.createClient({ endpoint, buffer, retry, log: () => {} });
          client.record(page.sdk.span(name));
          return client.flush();
        },
        [sink.url, name] as const,
      );
    assert.deepEqual(await record(first, 'a'), { kind: 'buffered', items: 1 });
    assert.deepEqual(await record(second, 'b'), { kind: 'buffered', items: 1 });
    await first.close();
    await untilOpenBuffers(third, 1);
    assert.deepEqual(await record(third, 'c'), { kind: 'buffered', items: 2 });
  });

  test('keeps telemetry recorded just before the page closes', async (t) => {
    const { origin, sink, open } = await startSite(t);
    sink.handler.response = () => ({ kind: 'retry', afterMillis: undefined, reason: 'away' });
    const { page: tab } = await open();
    await tab.evaluate(async (endpoint) => {
      const buffer = await page.sdk.openIndexedDbBuffer();
      const client = page.sdk.createClient({ endpoint, buffer, batch: { maxDelayMillis: 60_000 }, log: () => {} });
      client.record(page.sdk.span('last click'));
    }, sink.url);
    await tab.goto('about:blank');
    sink.handler.response = () => ACCEPTED;
    await visit(tab, origin);
    await untilOpenBuffers(tab, 0);
    const result = await tab.evaluate(async (endpoint) => {
      const client = page.sdk.createClient({ endpoint, buffer: await page.sdk.openIndexedDbBuffer() });
      return client.flush();
    }, sink.url);
    assert.deepEqual(result, { kind: 'flushed' });
    assert.equal(sink.spans().at(-1)?.name, 'last click');
  });
});

/** Waits until at most `count` pages have an open buffer. The browser detects closed pages with a delay. */
async function untilOpenBuffers(tab: Page, count: number): Promise<void> {
  await tab.evaluate(async (count) => {
    while ((await navigator.locks.query()).held?.length !== count) await new Promise((resolve) => setTimeout(resolve));
  }, count);
}

/** Serves the website while offline, as a service worker would. */
async function serveWithoutNetwork(context: BrowserContext, origin: string): Promise<void> {
  // Such a page has no network address and needs permission to access local addresses (Local Network Access).
  await context.grantPermissions(['local-network-access']);
  await context.route(`${origin}/**`, async (route) => {
    const script = scripts.get(new URL(route.request().url()).pathname.slice(1));
    await route.fulfill({
      contentType: script === undefined ? 'text/html' : 'text/javascript',
      body: script ?? '<!doctype html><script type="module" src="/page.js"></script>',
    });
  });
}

/** Bundles the page's scripts as an application would, and returns them by name. */
async function bundle(): Promise<ReadonlyMap<string, string>> {
  const build = await rolldown({
    input: {
      page: join(import.meta.dirname, 'browser-page.testing.ts'),
      worker: join(import.meta.dirname, 'sharing', 'remote-page.testing.ts'),
    },
    platform: 'browser',
  });
  const { output } = await build.generate({ format: 'esm', entryFileNames: '[name].js', minify: true });
  await build.close();
  return new Map(output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : String(file.source)]));
}
