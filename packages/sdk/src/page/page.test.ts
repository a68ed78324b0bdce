import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { launchBrowser, openPage } from '@otelier/testkit/browser';
import type { Browser } from 'playwright-core';
import { rolldown } from 'rolldown';
import { startSink } from '../sink.testing.ts';
import type { PageOptions, PageTelemetry } from './index.ts';
import type { PageSdk } from './page.testing.ts';

declare const pageSdk: PageSdk;
declare const startOptions: PageOptions;

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';
const DOCUMENT = `<!doctype html><title>shop</title><h1>Shop</h1><form><button id="buy" type="button">Buy</button></form>
  <script src="/page.js"></script>`;

let browser: Browser;
let script: string;
before(async () => {
  [browser, script] = await Promise.all([launchBrowser(), bundle()]);
});
after(() => browser.close());

/** Starts a website whose pages send their telemetry to a sink on another origin, and opens a page of it. */
async function start(t: TestContext, options: Omit<PageOptions, 'endpoint'> = {}) {
  const received: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = [];
  const server = createServer(({ url = '/', headers }, response) => {
    if (url.startsWith('/api')) received.push({ url, headers });
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', 'traceparent');
    if (url === '/') response.setHeader('server-timing', `traceparent;desc="00-${TRACE_ID}-${SPAN_ID}-01"`);
    response.setHeader('content-type', url === '/page.js' ? 'text/javascript' : 'text/html');
    response.statusCode = url.startsWith('/api/missing') ? 404 : 200;
    response.end(url === '/page.js' ? script : url === '/' ? DOCUMENT : 'ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const sink = await startSink(t, [origin]);
  const { page: tab, errors, close } = await openPage(browser);
  t.after(close);
  const given = { resource: { 'service.name': 'shop' }, ...options, endpoint: sink.url };
  await tab.addInitScript((value) => Object.assign(globalThis, { startOptions: value }), given);
  await tab.goto(origin);
  await tab.evaluate(() => {
    const telemetry = pageSdk.startPage(startOptions);
    Object.assign(globalThis, { telemetry });
  });
  /** Waits for spans with these names. */
  const spans = async (...names: readonly string[]) => {
    for (let requests = 1; ; requests++) {
      const found = names.map((name) => sink.spans().find((span) => span.name === name));
      if (found.every((span) => span !== undefined)) return found.map(flat);
      await sink.handler.untilRequests(requests);
    }
  };
  return { origin, other: `http://localhost:${port}`, sink, tab, errors, received, spans };
}

describe('a page in Chromium', () => {
  test('its load is a span with the phases of the navigation, in the trace of the server', async (t) => {
    const { origin, spans, sink, errors } = await start(t);
    const [load] = await spans('documentLoad');
    assert.equal(load?.traceId, TRACE_ID);
    assert.equal(load.parentSpanId, SPAN_ID);
    assert.equal(load.attributes['url.full'], `${origin}/`);
    assert.equal(load.attributes['http.response.status_code'], 200);
    assert.match(String(load.attributes['session.id']), /^[0-9a-f-]{36}$/);
    assert.ok(load.events.includes('responseStart') && load.events.includes('loadEventEnd'), String(load.events));
    assert.ok(load.nanos > 0n && load.nanos < 60_000_000_000n);
    assert.match(JSON.stringify(sink.scopes()[0]?.resource), /"shop"/);
    assert.deepEqual(errors, []);
  });

  test('its requests are spans, and only allowed origins receive their context', async (t) => {
    const { other, tab, received, sink } = await start(t);
    await tab.evaluate(async (otherOrigin) => {
      await fetch('/api/fetch?sig=secret#part', { method: 'post' });
      await fetch(new Request('/api/missing', { headers: { 'x-own': '1' } }));
      await fetch(`${otherOrigin}/api/other`);
      await fetch('http://127.0.0.1:1/').catch(() => {});
      await new Promise((resolve) => {
        const request = new XMLHttpRequest();
        request.open('PUT', '/api/xhr');
        request.onloadend = resolve;
        request.send();
      });
      await (globalThis as unknown as { telemetry: { flush(): Promise<unknown> } }).telemetry.flush();
    }, other);
    const clients = sink
      .spans()
      .filter(({ kind }) => kind === 3)
      .map(flat);
    assert.deepEqual(
      clients.map(({ name, attributes }) => [name, attributes['http.response.status_code'], attributes['error.type']]),
      [
        ['POST', 200, undefined],
        ['GET', 404, '404'],
        ['GET', 200, undefined],
        ['GET', undefined, 'TypeError'],
        ['PUT', 200, undefined],
      ],
    );
    assert.match(String(clients[0]?.attributes['url.full']), /\/api\/fetch\?sig=REDACTED$/);
    const parents = received.map(({ headers }) => headers['traceparent']);
    const parentOf = (index: number) => `00-${clients[index]?.traceId}-${clients[index]?.spanId}-01`;
    assert.deepEqual(parents, [parentOf(0), parentOf(1), undefined, parentOf(4)]);
    assert.equal(received[1]?.headers['x-own'], '1');
  });

  test('an interaction contains the requests of its handlers', async (t) => {
    const { tab, spans } = await start(t, { propagateTo: [] });
    await tab.evaluate(() => {
      document.querySelector('#buy')?.addEventListener('click', () => void fetch('/api/buy', { method: 'POST' }));
    });
    await tab.click('#buy');
    await tab.click('h1');
    const [click, post] = await spans('click', 'POST');
    assert.equal(post?.parentSpanId, click?.spanId);
    assert.deepEqual(
      [click?.attributes['event.type'], click?.attributes['target.element'], click?.attributes['target.xpath']],
      ['click', 'BUTTON', '//*[@id="buy"]'],
    );
  });

  test('web vitals and the session are events, and the last ones are sent when the page is hidden', async (t) => {
    const { tab, sink, spans, errors } = await start(t);
    const [load] = await spans('documentLoad');
    await tab.evaluate(() => {
      const block = Object.assign(document.createElement('div'), { textContent: 'late' });
      block.style.height = '300px';
      document.body.prepend(block);
      return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    });
    // After the shift, which does not count within half a second of an input.
    await tab.evaluate(() => {
      document.querySelector('#buy')?.addEventListener('click', () => {
        for (const end = performance.now() + 100; performance.now() < end; );
      });
      // An event is measured when the next frame has been painted.
      const measured = new Promise<void>((resolve) => {
        new PerformanceObserver((list) => {
          if (list.getEntries().some((entry) => (entry as PerformanceEventTiming).interactionId > 0)) resolve();
        }).observe({ type: 'event', durationThreshold: 40 } as PerformanceObserverInit);
      });
      Object.assign(globalThis, { measured });
    });
    await tab.click('#buy');
    await tab.evaluate(() => (globalThis as unknown as { measured: Promise<void> }).measured);
    await tab.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    const vitals = () =>
      sink
        .logs()
        .filter(({ eventName }) => eventName === 'browser.web_vital')
        .map(flat);
    for (
      let requests = 1;
      !vitals().some(({ attributes }) => attributes['browser.web_vital.name'] === 'cls');
      requests++
    )
      await sink.handler.untilRequests(requests);
    const names = vitals().map(({ attributes }) => attributes['browser.web_vital.name']);
    for (const name of ['lcp', 'cls', 'inp', 'fcp', 'ttfb'])
      assert.equal(names.filter((each) => each === name).length, 1, name);
    const inp = vitals().find(({ attributes }) => attributes['browser.web_vital.name'] === 'inp');
    assert.ok(
      Number(inp?.attributes['browser.web_vital.value']) >= 96,
      String(inp?.attributes['browser.web_vital.value']),
    );
    const cls = vitals().find(({ attributes }) => attributes['browser.web_vital.name'] === 'cls');
    assert.ok(Number(cls?.attributes['browser.web_vital.value']) > 0);
    assert.equal(cls?.attributes['browser.web_vital.navigation_type'], 'navigate');
    assert.equal(cls.attributes['session.id'], load?.attributes['session.id']);
    const started = sink
      .logs()
      .filter(({ eventName }) => eventName === 'session.start')
      .map(flat);
    assert.deepEqual(
      started.map(({ attributes }) => attributes['session.id']),
      [load?.attributes['session.id']],
    );
    assert.deepEqual(errors, []);
  });

  test('what was recorded last arrives although the page is left, and its requests outlive it', async (t) => {
    const { tab, sink, spans } = await start(t);
    await spans('documentLoad');
    await tab.evaluate(() => {
      const { telemetry } = globalThis as unknown as { telemetry: PageTelemetry };
      const tracer = telemetry.tracerProvider.getTracer('page');
      addEventListener('pagehide', () => tracer.startSpan('leave').end());
      // Both signals, which together exceed what a page may send while it closes.
      const text = 'x'.repeat(1_000);
      for (let i = 0; i < 40; i++) tracer.startSpan('large', { attributes: { text } }).end();
      const logger = telemetry.loggerProvider.getLogger('page');
      for (let i = 0; i < 30; i++) logger.emit({ eventName: 'large', attributes: { text } });
    });
    await tab.goto('about:blank');
    const [leave] = await spans('leave');
    assert.ok(leave);
    for (let requests = 1; sink.logs().filter(({ eventName }) => eventName === 'large').length < 30; requests++)
      await sink.handler.untilRequests(requests);
    assert.equal(sink.spans().filter(({ name }) => name === 'large').length, 40);
  });

  test('a session continues on the next page, and a pause begins another one', async (t) => {
    const { tab } = await start(t);
    const ids = await tab.evaluate(() => {
      const stored = new Map<string, string>();
      const storage = {
        getItem: (key: string) => stored.get(key) ?? null,
        setItem: (k: string, v: string) => void stored.set(k, v),
      };
      const first = pageSdk.trackSession({ storage })();
      const next = pageSdk.trackSession({ storage })();
      const later = pageSdk.trackSession({ storage, idleMillis: -1 })();
      const broken = {
        getItem: () => 'x'.repeat(1e6),
        setItem: () => {
          throw new Error('full');
        },
      };
      return [first, next, later, pageSdk.trackSession({ storage: broken })()];
    });
    const [first, next, later, broken] = ids;
    assert.deepEqual(next, { id: first?.id, previousId: undefined, isNew: false });
    assert.equal(later?.previousId, first?.id);
    assert.equal(later?.isNew, true);
    assert.equal(broken?.isNew, true);
  });
});

interface Encoded {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Returns a received span or log record with its attributes by name. */
function flat(item: Readonly<Record<string, unknown>> | undefined) {
  const {
    name,
    traceId,
    spanId,
    parentSpanId,
    attributes = [],
    events = [],
    startTimeUnixNano,
    endTimeUnixNano,
  } = item as Readonly<Record<string, unknown>>;
  const values = (attributes as readonly Encoded[]).map(({ key, value }) => {
    const [first] = Object.values(value);
    return [key, 'intValue' in value ? Number(first) : first] as const;
  });
  return {
    name,
    traceId,
    spanId,
    parentSpanId,
    attributes: Object.fromEntries(values) as Readonly<Record<string, unknown>>,
    events: (events as readonly { readonly name: string }[]).map((event) => event.name),
    nanos: BigInt(String(endTimeUnixNano ?? 0)) - BigInt(String(startTimeUnixNano ?? 0)),
  };
}

/** Bundles the page's script as an application does. */
async function bundle(): Promise<string> {
  const build = await rolldown({ input: join(import.meta.dirname, 'page.testing.ts'), platform: 'browser' });
  const { output } = await build.generate({ format: 'iife', codeSplitting: false });
  await build.close();
  return output[0].code;
}
