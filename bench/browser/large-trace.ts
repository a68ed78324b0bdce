/**
 * Measures a trace of 100,000 spans in Chromium: scrolling, zooming and searching the waterfall and the flame graph.
 *
 *     node bench/browser/large-trace.ts
 */
import { launchBrowser, openPage } from '@otelier/testkit/browser';
import type { Browser, Locator, Page } from 'playwright-core';
import { startGateway, withLifetime } from '../../test/e2e/gateway.ts';
import { largeTrace } from '../../test/soak/large-trace/spans.ts';
import { type Frames, measureFrames } from './frames.ts';
import { Pointer } from './input.ts';
import { type Row, report } from './report.ts';
import { sendJson } from './send.ts';

const SPANS = 100_000;
const SEARCHES = ['user-4', 'step 77', 'deadline', '/api/v2/items', 'step.index'];

await withLifetime(async (lifetime) => {
  const gateway = await startGateway(lifetime);
  const traceId = '5'.repeat(32);
  for (const body of largeTrace({ spans: SPANS, traceId, startMillis: Date.now() - 150_000 }))
    await sendJson(gateway, 'traces', body);
  const browser = await launchBrowser();
  lifetime.after(() => browser.close());
  const { page } = await openPage(browser);
  page.setDefaultTimeout(60_000);
  const rows: Row[] = [];
  for (const [shape, label] of [
    ['waterfall', 'Spans'],
    ['flame', 'Spans as a flame graph'],
  ] as const) {
    await page.goto(`${gateway.url}/traces?trace=${traceId}&shape=${shape}`);
    const tree = page.getByRole('tree', { name: label });
    await tree.waitFor();
    await page.locator('.tr-facts [role=status]').waitFor({ state: 'detached' });
    rows.push(...framesRows(`${shape}, scrolling`, await measureScroll(browser, page, tree)));
    rows.push(...framesRows(`${shape}, zooming`, await measureZoom(browser, page, tree, shape)));
  }
  const searches = [];
  for (const text of SEARCHES) searches.push(await measureSearch(page, text));
  rows.push({ what: 'search inside, slowest', value: Math.max(...searches), unit: 'ms', target: { below: 200 } });
  report(`Trace of ${SPANS.toLocaleString('en')} spans`, rows);
});

function framesRows(what: string, { frames, p95Millis, longestTaskMillis }: Frames): readonly Row[] {
  return [
    { what: `${what}, p95 of ${frames} frames`, value: p95Millis, unit: 'ms', target: { atMost: 16 } },
    { what: `${what}, longest task`, value: longestTaskMillis, unit: 'ms', target: { atMost: 50 } },
  ];
}

/** Scrolls down and up, by a little and by many rows, then drags the scroll bar's distance at once. */
async function measureScroll(browser: Browser, page: Page, tree: Locator): Promise<Frames> {
  const pointer = await Pointer.of(page);
  const { x, y } = await centerOf(tree);
  return await measureFrames(browser, page, async () => {
    await pointer.wheel(x, y, 120, (n) => (n % 60 < 40 ? 60 : -60));
    await pointer.wheel(x, y, 60, (n) => (n % 30 < 20 ? 2000 : -2000));
  });
}

/** Zooms in and out: by the wheel in the flame graph, by dragging on the minimap above the waterfall. */
async function measureZoom(browser: Browser, page: Page, tree: Locator, shape: string): Promise<Frames> {
  const pointer = await Pointer.of(page);
  if (shape === 'flame') {
    const { x, y } = await centerOf(tree);
    return await measureFrames(browser, page, async () => {
      await pointer.wheel(x, y, 96, (n) => (n % 24 < 12 ? -100 : 100), true);
    });
  }
  const box = await page.getByRole('img', { name: /^Minimap/ }).boundingBox();
  if (box === null) throw new Error('the trace has no minimap');
  const y = box.y + box.height / 2;
  return await measureFrames(browser, page, async () => {
    for (let turn = 0; turn < 6; turn += 1) {
      const from = box.x + (box.width * turn) / 8;
      await pointer.drag(Array.from({ length: 20 }, (_, n) => [from + n * 8, y]));
    }
  });
}

/** Types a text into the search field and returns the time from the last letter until the hits are counted. */
async function measureSearch(page: Page, text: string): Promise<number> {
  const field = page.getByRole('searchbox', { name: 'Find in this trace' });
  await field.fill('');
  await page.evaluate(() => {
    const watch = window as unknown as { searched: Promise<number> };
    watch.searched = new Promise((resolve) => {
      addEventListener(
        'input',
        ({ timeStamp }) => {
          const look = (): void => {
            const isFound = /^[1-9]/.test(document.querySelector('.tr-find [role=status]')?.textContent ?? '');
            if (isFound) resolve(performance.now() - timeStamp);
            else requestAnimationFrame(look);
          };
          requestAnimationFrame(look);
        },
        { once: true, capture: true },
      );
    });
  });
  await field.fill(text);
  return await page.evaluate(() => (window as unknown as { searched: Promise<number> }).searched);
}

async function centerOf(element: Locator): Promise<{ readonly x: number; readonly y: number }> {
  const box = await element.boundingBox();
  if (box === null) throw new Error('the trace is not shown');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
