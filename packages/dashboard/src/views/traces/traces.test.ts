import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { startViewTest } from '../../../dev/view-test.ts';

const views = await startViewTest();
const shop = await views.serve();
const field = (page: Page) => page.getByRole('combobox', { name: /^Traces: add a condition/ });

test('conditions are entered, completed and removed by keyboard and kept in the address', async () => {
  const { page, errors, close } = await views.open(shop, '/traces');
  await page.getByRole('table', { name: 'Traces found' }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('duration > 500ms');
  await page.keyboard.press('Enter');
  await page.waitForURL(/where=duration\+%3E\+500ms/);
  await page.keyboard.type('chec');
  await page.getByRole('option', { name: /^service = checkout/ }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL(/where=service\+%3D\+checkout/);
  await page.keyboard.type('payment.method in (card');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('expected "," or ")"').waitFor();
  await page.keyboard.press('End');
  await page.keyboard.type(') and http.request.method = po');
  await page.getByRole('option', { name: /^attributes.http.request.method = POST/ }).waitFor({ state: 'hidden' });
  await page.keyboard.press('Control+a');
  await page.keyboard.type('http.request.method = po');
  await page.getByRole('option', { name: /^attributes.http.request.method = POST/ }).waitFor();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('gateway');
  await page.keyboard.press('Enter');
  await page.waitForURL(/text=gateway/);
  await page.getByRole('button', { name: 'Remove text contains "gateway"' }).waitFor();
  await field(page).press('Backspace');
  await page.waitForURL((url) => !url.searchParams.has('text'));
  await page.getByRole('button', { name: 'Remove duration > 500ms' }).click();
  await page.waitForURL((url) => !url.search.includes('duration'));
  const table = page.getByRole('table', { name: 'Traces found' });
  // The unfiltered list has as many rows.
  const others = table.getByRole('button', { name: /^Open trace (?!POST \/api\/checkout)/ });
  await others.first().waitFor({ state: 'hidden' });
  const rows = table.getByRole('row');
  await rows.nth(3).waitFor();
  for (const text of (await rows.allInnerTexts()).slice(1)) assert.match(text, /POST \/api\/checkout/);
  assert.deepEqual(errors, []);
  await close();
});

test('an empty result shows how many traces match without each condition', async () => {
  const { page, close } = await views.open(shop, '/traces?where=service+%3D+cart&where=duration+%3E+50s');
  await page.getByRole('heading', { name: 'No traces match all 2 conditions' }).waitFor();
  await page.getByText(/[\d,]+ traces in this range/).waitFor();
  await page.getByRole('button', { name: 'Remove duration >', exact: true }).click();
  await page.getByRole('table', { name: 'Traces found' }).waitFor();
  await close();
});

test('opens a trace beside the search: spans by key, search within the trace, span details with exception and logs', async () => {
  const { page, errors, close } = await views.open(
    shop,
    '/traces?where=name+%3D+gateway.charge&where=status+%3D+error',
  );
  await page.getByRole('table', { name: 'Traces found' }).getByRole('row').nth(1).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL(/trace=[0-9a-f]{32}/);
  await page
    .locator('.tr:not(.wide)')
    .getByRole('table', { name: 'Traces found' })
    .getByRole('row')
    .nth(1)
    .getByText('frontend', { exact: true })
    .waitFor();
  const tree = page.getByRole('tree', { name: 'Spans' });
  await tree.getByRole('treeitem', { name: /^POST \/api\/checkout.*frontend.*error.*2\.8\d s/ }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('gateway.charge');
  await page.getByRole('status').getByText('1', { exact: true }).waitFor();
  await page.keyboard.press('Enter');
  await tree.getByRole('treeitem', { name: /^gateway.charge/, selected: true }).waitFor();
  const detail = page.getByRole('complementary', { name: 'Span gateway.charge' });
  await detail.getByText('CardGatewayTimeout').first().waitFor();
  await detail.getByText('payment.method', { exact: true }).first().waitFor();
  await detail.getByText('retry', { exact: false }).first().waitFor();
  await detail.getByRole('link', { name: /charging order/ }).waitFor();
  await detail.getByRole('link', { name: /payment.charge.duration/ }).waitFor();
  await detail.getByRole('link', { name: 'Logs of its resource at this time' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await tree.getByRole('treeitem', { name: /^POST \/v1\/charges/, selected: true }).waitFor();
  await page.keyboard.press('h');
  await tree.getByRole('treeitem', { name: /^gateway.charge/, selected: true }).waitFor();
  await page.keyboard.press('h');
  assert.equal(await tree.getByRole('treeitem', { name: /^POST \/v1\/charges/ }).count(), 0);
  await page.keyboard.press('l');
  await tree
    .getByRole('treeitem', { name: /^POST \/v1\/charges/ })
    .first()
    .waitFor();
  await page.keyboard.press('e');
  await tree.getByRole('treeitem', { name: /^POST \/v1\/charges/, selected: true }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('complementary', { name: /^Span/ }).waitFor({ state: 'hidden' });
  await page.keyboard.press('Escape');
  await page.waitForURL((url) => !url.searchParams.has('trace'));
  assert.deepEqual(errors, []);
  await close();
});

test('filters by a value of a span and opens its logs', async () => {
  const { page, close } = await views.open(shop, '/traces?where=name+%3D+gateway.charge&where=status+%3D+error');
  await page
    .getByRole('button', { name: /^Open trace POST \/api\/checkout/ })
    .first()
    .click();
  await page.getByRole('treeitem', { name: /^gateway.charge/ }).click();
  const detail = page.getByRole('complementary', { name: 'Span gateway.charge' });
  await detail.getByRole('button', { name: 'only payment.method' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/where=attributes.payment.method\+%3D\+card/);
  await detail.getByRole('link', { name: 'Open in Logs' }).click();
  await page.waitForURL(/\/logs\?.*trace=/);
  await page
    .getByRole('group', { name: 'Log records' })
    .getByRole('button', { name: /charging order/ })
    .waitFor();
  await close();
});

const FRAMES = 60;
/** On all threads of the page. A page with a row for each span takes seconds. */
const MAX_FRAME_MILLIS = 80;

/** Scrolls by 600 px in each frame, and returns the CPU time per frame, which does not depend on what else runs. */
async function cpuPerScrolledFrame(page: Page, scrolled: Locator): Promise<number> {
  const session = await page.context().browser()?.newBrowserCDPSession();
  assert.ok(session !== undefined);
  const usedMillis = async (): Promise<number> => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const renderers = processInfo.filter(({ type }) => type === 'renderer');
    assert.ok(renderers.length > 0);
    return renderers.reduce((sum, { cpuTime }) => sum + cpuTime * 1000, 0);
  };
  const before = await usedMillis();
  await scrolled.evaluate(async (box, frames) => {
    for (let frame = 0; frame < frames; frame += 1) {
      box.scrollTop += 600;
      await new Promise(requestAnimationFrame);
    }
  }, FRAMES);
  return ((await usedMillis()) - before) / FRAMES;
}

test('opens, collapses and scrolls a trace of 100,000 spans smoothly with few rows in the document', async (t) => {
  const id = '1'.repeat(32);
  shop.shop.addLargeTrace(100_000, id, Date.now() - 60_000);
  const { page, errors, close } = await views.open(shop, `/traces?trace=${id}`);
  const tree = page.getByRole('tree', { name: 'Spans' });
  await tree.getByRole('treeitem').first().waitFor();
  await page.getByRole('region', { name: 'Trace', exact: true }).getByText('100,000').waitFor();
  // Shared caches make CPU time longer on a busy machine, and the first frames compile the page's code.
  let perFrame = Number.POSITIVE_INFINITY;
  for (let pass = 0; pass < 3; pass += 1) perFrame = Math.min(perFrame, await cpuPerScrolledFrame(page, tree));
  t.diagnostic(`${perFrame.toFixed(1)} ms of CPU time per frame, scrolling 600 px a frame`);
  assert.ok(perFrame < MAX_FRAME_MILLIS, `${perFrame} ms a frame`);
  assert.ok((await tree.getByRole('treeitem').count()) < 150);
  await tree.evaluate((box) => box.scrollTo(0, box.scrollHeight));
  await tree.locator('[aria-posinset="100000"]').waitFor();
  await tree.focus();
  await page.keyboard.press('Home');
  await tree.getByRole('treeitem', { name: /^step 0\b/, selected: true }).waitFor();
  await page.keyboard.press('h');
  await tree.locator('[aria-setsize="1"]').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('step 99999');
  await page.keyboard.press('Enter');
  await tree.getByRole('treeitem', { name: /^step 99999\b/, selected: true }).waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test('a trace is also a flame graph, with its critical path, by keyboard', async () => {
  const { page, errors, close } = await views.open(
    shop,
    '/traces?where=name+%3D+gateway.charge&where=status+%3D+error',
  );
  await page.getByRole('table', { name: 'Traces found' }).getByRole('row').nth(1).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  const waterfall = page.getByRole('tree', { name: 'Spans', exact: true });
  // Twelve siblings are one row, until it is expanded.
  const repeated = waterfall.getByRole('treeitem', { name: /^SELECT product.*repeated.*×12/ });
  await repeated.waitFor();
  await page.getByRole('button', { name: /^N\+1: 12 × SELECT product/ }).click();
  await page.keyboard.press('l');
  await repeated.waitFor({ state: 'hidden' });
  await page.keyboard.press('h');
  await repeated.waitFor();
  await page.keyboard.press('p');
  await page.getByRole('region', { name: 'Critical path' }).getByText('payment').waitFor();
  await page.keyboard.press('f');
  await page.waitForURL(/shape=flame/);
  const flame = page.getByRole('tree', { name: 'Spans as a flame graph' });
  await flame.getByRole('treeitem', { name: /^SELECT product/, selected: true }).waitFor({ state: 'attached' });
  await flame.focus();
  await page.keyboard.press('ArrowUp');
  await flame
    .getByRole('treeitem', { name: /^POST \/products\/lookup/, selected: true })
    .waitFor({ state: 'attached' });
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /show all/ }).waitFor();
  await page.keyboard.press('f');
  await waterfall.getByRole('treeitem', { name: /^POST \/products\/lookup/, selected: true }).waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test('compares a region of the chart with the rest, and one trace of each', async () => {
  const { page, errors, close } = await views.open(shop, '/traces?where=name+%3D+POST+%2Fapi%2Fcheckout');
  await page.getByRole('table', { name: 'Traces found' }).getByRole('row').nth(1).waitFor();
  await page.keyboard.press('c');
  await page.getByRole('heading', { name: 'Select the traces to explain' }).waitFor();
  await page.getByRole('button', { name: 'Select failed traces' }).click();
  const table = page.getByRole('table', { name: 'What differs' });
  await table.getByRole('rowheader', { name: /^Where it ran and what was asked/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/where=service\+%3D\+payment/);
  await page.goBack();
  await page.getByRole('button', { name: 'Compare two traces' }).click();
  const tree = page.getByRole('tree', { name: 'Spans of both traces' });
  await tree.getByRole('treeitem', { name: /^POST \/api\/checkout/, selected: true }).waitFor();
  await page.keyboard.press('n');
  await page.getByRole('table', { name: 'Attributes that differ' }).waitFor();
  const box = await page.getByRole('img', { name: 'Traces by start time and duration' }).boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + 300, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + 700, box.y + 150, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/compare=groups.*box=\d+%2C\d+%2C\d+%2C\d+|box=\d+%2C.*compare=groups/);
  await page.keyboard.press('Escape');
  await page.waitForURL((url) => !url.searchParams.has('compare'));
  assert.deepEqual(errors, []);
  await close();
});

test('explains why a trace may not be in the store', async () => {
  const { page, close } = await views.open(shop, `/traces?trace=${'0'.repeat(32)}`);
  await page.getByRole('heading', { name: 'This trace is not in the store' }).waitFor();
  await close();
});

test('shows the traces of a file without storing them', async () => {
  const { page, errors, close } = await views.open(shop, '/traces');
  const input = page.locator('input[type=file]');
  const open = (name: string, text: string): Promise<void> =>
    input.setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
  await page.getByRole('button', { name: 'Open file' }).waitFor();
  await open('broken.json', '{"resourceSpans":[');
  await page.getByRole('alert').getByText('broken.json').waitFor();
  const span = {
    ...{ traceId: '5'.repeat(32), spanId: '6'.repeat(16), name: '<b>from a file</b>', kind: 2 },
    ...{ startTimeUnixNano: '1700000000000000000', endTimeUnixNano: '1700000000250000000' },
    attributes: [{ key: 'file.only', value: { stringValue: 'yes' } }],
  };
  await open('trace.json', JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }));
  await page
    .getByRole('tree', { name: 'Spans' })
    .getByRole('treeitem', { name: /^<b>from a file<\/b>.*250 ms/ })
    .click();
  await page.getByRole('complementary').getByText('file.only').first().waitFor();
  await page.getByRole('button', { name: 'Remove file trace.json' }).click();
  await page.waitForURL((url) => !url.searchParams.has('trace'));
  await page
    .getByRole('button', { name: /^Open trace (?!<b>)/ })
    .first()
    .waitFor();
  assert.deepEqual(errors, []);
  await close();
});
