/**
 * Measures the map of 200 services and 2,000 calls in Chromium: layout, panning, zooming, and overlapping labels.
 *
 *     node bench/browser/service-map.ts
 */
import { launchBrowser, openPage } from '@otelier/testkit/browser';
import { createRandom } from '@otelier/testkit/otlp/random';
import type { Page } from 'playwright-core';
import { startGateway, withLifetime } from '../../test/e2e/gateway.ts';
import { measureFrames } from './frames.ts';
import { Pointer } from './input.ts';
import { report } from './report.ts';
import { sendJson } from './send.ts';

const SERVICES = 200;
const CALLS = 2000;

await withLifetime(async (lifetime) => {
  const gateway = await startGateway(lifetime);
  await sendJson(gateway, 'traces', { resourceSpans: callsOf(createRandom(1)) });
  const browser = await launchBrowser();
  lifetime.after(() => browser.close());
  const { page } = await openPage(browser);
  await page.goto(`${gateway.url}/map?last=15m`);
  const nodes = page.locator('.mp-node');
  await nodes.nth(SERVICES - 1).waitFor();
  await page.getByRole('button', { name: /folded/ }).click();
  const layoutMillis = await page.evaluate(() =>
    Math.max(...performance.getEntriesByName('map layout').map(({ duration }) => duration)),
  );
  const pointer = await Pointer.of(page);
  const pan = await measureFrames(browser, page, async () => {
    // Starts beside the nodes, because a drag that begins on one selects it.
    const at = await emptyPlace(page);
    await pointer.drag(Array.from({ length: 180 }, (_, n) => [at.x + wave(n) * 2, at.y + wave(n)]));
    await pointer.wheel(at.x, at.y, 120, (n) => (n % 60 < 30 ? 40 : -40));
  });
  const zoom = await measureFrames(browser, page, async () => {
    await pointer.wheel(700, 450, 180, (n) => (n % 60 < 30 ? 25 : -25), true);
  });
  await page.keyboard.press('0');
  const overlaps = [await overlapsOf(page)];
  for (const index of [0, 60, 120, 199]) {
    // Focus shows the numbers of the edges, too.
    await nodes.nth(index).dispatchEvent('click');
    await page.locator('.mp-label').first().waitFor();
    overlaps.push(await overlapsOf(page));
  }
  report(`Map of ${SERVICES} services and ${CALLS} calls`, [
    { what: 'layout', value: layoutMillis, unit: 'ms', target: { below: 500 } },
    { what: `panning, p95 of ${pan.frames} frames`, value: pan.p95Millis, unit: 'ms', target: { atMost: 16 } },
    { what: `zooming, p95 of ${zoom.frames} frames`, value: zoom.p95Millis, unit: 'ms', target: { atMost: 16 } },
    { what: 'overlapping labels', value: Math.max(...overlaps), unit: 'pairs', target: { atMost: 0 } },
  ]);
});

/** Returns the spans of each call: the client's and the server's. */
function callsOf(random: (below: number) => number): readonly object[] {
  const calls = new Set<string>();
  while (calls.size < CALLS) {
    const [a, b] = [random(SERVICES), random(SERVICES)];
    // Mostly to services further on, and a few back.
    if (a !== b) calls.add(random(20) > 0 ? `${Math.min(a, b)} ${Math.max(a, b)}` : `${a} ${b}`);
  }
  const startMillis = Date.now() - 60_000;
  const spans = [...calls].flatMap((call, index) => {
    const [caller = 0, called = 0] = call.split(' ').map(Number);
    const traceId = (index + 1).toString(16).padStart(32, '0');
    const span = (service: number, kind: number, id: number, parent: string | undefined) => ({
      service,
      span: {
        ...{ traceId, spanId: id.toString(16).padStart(16, '0'), name: `GET /items/${called}`, kind },
        ...(parent !== undefined && { parentSpanId: parent }),
        startTimeUnixNano: `${startMillis + index}000000`,
        endTimeUnixNano: `${startMillis + index + 5 + random(200)}000000`,
        ...(random(50) === 0 && { status: { code: 2 } }),
      },
    });
    const client = span(caller, 3, 2 * index + 1, undefined);
    return [client, span(called, 2, 2 * index + 2, client.span.spanId)];
  });
  return [...Map.groupBy(spans, ({ service }) => service)].map(([service, own]) => ({
    resource: { attributes: [{ key: 'service.name', value: { stringValue: `service-${service}-of-the-shop` } }] },
    scopeSpans: [{ spans: own.map(({ span }) => span) }],
  }));
}

/** Goes from 0 to 30 and back. */
function wave(index: number): number {
  return index % 60 < 30 ? index % 60 : 60 - (index % 60);
}

/** Returns a point of the map that is not on a node. */
async function emptyPlace(page: Page): Promise<{ readonly x: number; readonly y: number }> {
  return await page.evaluate(() => {
    for (let y = 300; y < 700; y += 3)
      for (let x = 400; x < 1000; x += 3)
        if (document.elementFromPoint(x, y)?.closest('button') === null) return { x, y };
    throw new Error('the map has no empty place');
  });
}

/** Counts the pairs of nodes, heads and numbers that overlap on the screen. */
async function overlapsOf(page: Page): Promise<number> {
  return await page.evaluate(() => {
    const boxes = [...document.querySelectorAll('.mp-node, .mp-head, .mp-label')].map((element) =>
      element.getBoundingClientRect(),
    );
    let pairs = 0;
    for (const [index, a] of boxes.entries())
      for (const b of boxes.slice(index + 1))
        if (a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5)
          pairs += 1;
    return pairs;
  });
}
