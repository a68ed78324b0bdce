import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startViewTest } from '../../../dev/view-test.ts';

const views = await startViewTest();
const shop = await views.serve();
const DIST = join(import.meta.dirname, '..', '..', '..', 'dist');
const MAX_BYTES = 300_000;

test('shows services, routes, errors and charts under a strict content security policy without errors', async () => {
  const { page, errors, close } = await views.open(shop, '/');
  await page
    .getByRole('table', { name: 'Services' })
    .getByRole('button', { name: /payment/ })
    .waitFor();
  await page.getByRole('table', { name: 'Slow routes' }).getByText('/api/checkout').waitFor();
  await page.getByRole('region', { name: 'Recent errors' }).getByText('CardGatewayTimeout').waitFor();
  await page.getByRole('img', { name: 'Requests per second, errors per second below' }).waitFor();
  await page.getByRole('img', { name: 'Request durations as a heat map, with the 95th percentile' }).waitFor();
  await page.getByRole('contentinfo').getByText('Receiving').waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test('the first view transfers at most 300 kB compressed, including fonts', async (t) => {
  const { page, close } = await views.open(shop, '/');
  await page
    .getByRole('table', { name: 'Services' })
    .getByRole('button', { name: /payment/ })
    .waitFor();
  const loaded = await page.evaluate(() =>
    performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname),
  );
  const files = [...new Set(['/index.html', ...loaded.filter((path) => !path.startsWith('/api/'))])];
  const sizes = files.map((path) => ({ path, bytes: sizeOf(path) }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  t.diagnostic(
    `first view ${(total / 1000).toFixed(1)} kB: ${sizes.map(({ path, bytes }) => `${path} ${(bytes / 1000).toFixed(1)}`).join(', ')}`,
  );
  assert.ok(files.some((path) => path.endsWith('.js')) && files.some((path) => path.endsWith('.woff2')));
  assert.ok(total <= MAX_BYTES, `${total} bytes`);
  await close();
});

test('sorts the worst services first; selecting one filters the view and opens it', async () => {
  const { page, close } = await views.open(shop, '/');
  const services = page.getByRole('table', { name: 'Services' });
  await services.getByRole('button', { name: /payment/ }).waitFor();
  const names = await services.getByRole('row').allInnerTexts();
  assert.match(names[1] ?? '', /^(payment|checkout)/);
  // The path of this cause does not contain the service.
  const other = page.getByRole('region', { name: 'Recent errors' }).getByRole('link', { name: /^ModelStale/ });
  await other.waitFor();
  await services.getByRole('button', { name: /payment/ }).click();
  await page.waitForURL(/service=payment/);
  await other.waitFor({ state: 'hidden' });
  await page.locator('body').press('Enter');
  await page.waitForURL(/\/services\/payment/);
  await page.getByRole('table', { name: 'Operations' }).waitFor();
  await close();
});

test('compares durations with the same range on the previous day, if the store contains it', async () => {
  const young = await views.open(shop, '/?last=15m');
  await young.page
    .getByRole('table', { name: 'Services' })
    .getByRole('button', { name: /payment/ })
    .waitFor();
  await young.page.getByRole('columnheader', { name: 'vs. 24 h' }).waitFor({ state: 'hidden' });
  await young.close();
  const { page, errors, close } = await views.open(
    await views.serve({ minutes: 18, hasDayBefore: true }),
    '/?last=15m',
  );
  const table = page.getByRole('table', { name: 'Services' });
  await table.getByRole('columnheader', { name: 'vs. 24 h' }).waitFor();
  const change = (service: string) => table.getByRole('row', { name: service }).getByRole('cell', { name: /^×\d/ });
  // Its bad version was deployed today.
  assert.ok(Number((await change('payment').innerText()).slice(1)) > 2);
  assert.ok(Number((await change('cart').innerText()).slice(1)) < 2);
  assert.deepEqual(errors, []);
  await close();
});

test('one failure is one row, which opens its cause and from there a trace', async () => {
  const { page, errors, close } = await views.open(shop, '/?last=15m');
  const list = page.getByRole('region', { name: 'Recent errors' });
  const timeout = list.getByRole('link', { name: /^CardGatewayTimeout/ });
  await timeout.waitFor();
  for (const service of ['payment', 'checkout', 'frontend'])
    await timeout.getByText(service, { exact: true }).waitFor();
  // The callers failed for the same cause, with errors of their own.
  for (const kind of ['PaymentDeclined', '502', 'HTTP 502'])
    assert.equal(await list.getByRole('link', { name: new RegExp(`^${kind}`) }).count(), 0, kind);
  await timeout.click();
  await page.waitForURL(/\/errors\?.*last=15m.*cause=[0-9a-f]{16}/);
  await page.getByRole('complementary', { name: 'Cause CardGatewayTimeout' }).waitFor();
  await page
    .getByRole('link', { name: /^Open the trace of/ })
    .first()
    .click();
  await page.waitForURL(/\/traces\?.*trace=[0-9a-f]{32}/);
  await page
    .getByRole('tree', { name: 'Spans' })
    .getByRole('treeitem', { name: /^gateway.charge.*payment.*error/ })
    .waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test('all charts share one time cursor', async () => {
  const { page, close } = await views.open(shop, '/');
  const requests = page.getByRole('img', { name: 'Requests per second, errors per second below' });
  await requests.hover();
  const flags = page.locator('.chart .flag:visible text');
  await flags.nth(2).waitFor();
  const texts = await flags.allTextContents();
  assert.equal(texts.length, 3);
  assert.equal(new Set(texts).size, 1);
  await close();
});

test('shows the values of each chart at the time of the cursor, those of its table', async () => {
  const to = Math.floor(Date.now() / 1000) * 1000;
  const { page, errors, close } = await views.open(shop, `/?from=${to - 900_000}&to=${to}`);
  const label = 'Requests per second, errors per second below';
  const box = await page.getByRole('img', { name: label }).boundingBox();
  assert.ok(box);
  // The middle of the step 30 of 60, between the margins.
  await page.mouse.move(box.x + 40 + ((box.width - 56) * 30.5) / 60, box.y + 60);
  const shown = page.locator('.cursor-values');
  await shown.nth(1).waitFor();
  const [requests = '', durations = ''] = (await shown.allInnerTexts()).map((text) => text.trim());
  assert.match(durations, /^p95\s+[\d.,]+ m?s\s+Requests\s+[\d,]+ in 15 s$/);
  const [, requestRate, errorRate] = /^Requests\s+(\S+) \/s\s+Errors\s+(\S+) \/s$/.exec(requests) ?? [];
  await page.mouse.move(0, 0);
  await shown.first().waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: new RegExp(`^Show as table.*${label}$`) }).press('Enter');
  const cells = page.getByRole('group', { name: label }).getByRole('row').nth(31).getByRole('cell');
  assert.deepEqual((await cells.allInnerTexts()).slice(-2), [requestRate, errorRate]);
  assert.deepEqual(errors, []);
  await close();

  const live = await views.open(shop, '/?last=5m');
  const ingest = live.page.getByRole('img', { name: 'Items received per second' });
  await ingest.waitFor();
  const place = await ingest.boundingBox();
  assert.ok(place);
  // The end of the range, which soon is in the past.
  await live.page.mouse.move(place.x + place.width - 20, place.y + 60);
  await live.page.locator('.cursor-values', { hasText: /log records\s*[\d,]+ \/s/ }).waitFor();
  await live.close();
});

test('zooms by dragging over a chart and goes back by a double click', async () => {
  const { page, close } = await views.open(shop, '/?last=15m');
  const box = await page.getByRole('img', { name: 'Requests per second, errors per second below' }).boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + 120, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + 240, box.y + 60, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/from=\d+&to=\d+|to=\d+&from=\d+/);
  await page.getByRole('button', { name: /^Time range: Exact range/ }).waitFor();
  const { searchParams } = new URL(page.url());
  assert.ok(Number(searchParams.get('to')) - Number(searchParams.get('from')) < 900_000);
  await page.mouse.dblclick(box.x + 180, box.y + 60);
  await page.waitForURL((url) => !url.searchParams.has('from'));
  await page.getByRole('button', { name: /^Time range: Last 15 min/ }).waitFor();
  await close();
});

test('shows how to send telemetry until some arrives, then updates automatically', async () => {
  const empty = await views.serve({ empty: true });
  const { page, errors, close } = await views.open(empty, '/');
  await page.getByRole('heading', { name: 'Listening. Nothing has arrived yet.' }).waitFor();
  await page.getByRole('contentinfo').getByText('Listening').waitFor();
  await page.getByRole('button', { name: 'Waiting' }).waitFor();
  assert.equal(await page.getByRole('tab').count(), 6);
  for (const [key, language, line] of [
    ['2', 'Python', 'opentelemetry-instrument python app.py'],
    ['5', 'Rust', 'SdkTracerProvider'],
    ['6', 'curl', '/v1/logs'],
  ] as const) {
    await page.keyboard.press(key);
    await page.getByRole('tab', { name: new RegExp(language), selected: true }).waitFor();
    await page.getByRole('tabpanel').getByText(line).waitFor();
  }
  await page.getByRole('tab', { name: /curl/ }).press('ArrowRight');
  await page.getByRole('tab', { name: /Node/, selected: true }).waitFor();
  await page.getByRole('button', { name: 'Copy http://127.0.0.1:4318' }).waitFor();
  // The line starts moving immediately, even at zero.
  await page.waitForFunction(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('.fr-arrivals canvas');
    const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
    return pixels?.some((value) => value > 0) ?? false;
  });
  empty.fill();
  await page.getByRole('table', { name: 'Services' }).waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test('shows a failed query in its pane with the code and advice; other panes are unaffected', async () => {
  const server = await views.serve();
  server.fail(/\/routes$/, 504, 'timeout', 'the query ran longer than 30 s');
  const { page, close } = await views.open(server, '/?last=15m');
  const routes = page.getByRole('region', { name: 'Slow routes' });
  await routes.getByRole('heading', { name: 'The query timed out' }).waitFor();
  await routes.getByText('timeout').waitFor();
  await routes.getByText('the query ran longer than 30 s').waitFor();
  await page
    .getByRole('table', { name: 'Services' })
    .getByRole('button', { name: /payment/ })
    .waitFor();
  await routes.getByRole('button', { name: 'Copy details' }).waitFor();
  server.fail(undefined);
  await routes.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('table', { name: 'Slow routes' }).waitFor();
  await close();
});

test('does not repeat a rejected query on every tick and keeps showing the reason', async () => {
  const server = await views.serve();
  server.fail(/\/routes$/, 400, 'bad_request', 'there is no such field');
  const { page, close } = await views.open(server, '/?last=5m');
  const reason = page.getByRole('region', { name: 'Slow routes' }).getByText('there is no such field');
  await reason.waitFor();
  let asked = 0;
  page.on('request', (request) => {
    if (/\/routes\?/.test(request.postData() ?? '')) asked += 1;
  });
  for (let tick = 0; tick < 3; tick += 1) {
    await page.waitForResponse(/\/api\/v1\/batch$/);
    assert.ok(await reason.isVisible());
  }
  assert.equal(asked, 0);
  server.fail(undefined);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('table', { name: 'Slow routes' }).waitFor();
  await close();
});

test('keeps the numbers while otelier shuts down', async () => {
  const server = await views.serve();
  const { page, close } = await views.open(server, '/?last=5m');
  const row = page.getByRole('table', { name: 'Services' }).getByRole('button', { name: /payment/ });
  await row.waitFor();
  server.fail(/./, 503, 'unavailable', 'the store is closed');
  for (let tick = 0; tick < 3; tick += 1) {
    const response = await page.waitForResponse(/\/api\/v1\/batch$/);
    if (tick > 0) assert.match(await response.text(), /"status":503/);
  }
  assert.ok(await row.isVisible());
  assert.equal(await page.getByText('the store is closed').count(), 0);
  await close();
});

test("reports that otelier did not respond if a view's code cannot be loaded", async () => {
  const { page, close } = await views.open(shop, '/');
  await page.getByRole('table', { name: 'Services' }).waitFor();
  await page.route('**/assets/**', (route) => route.abort());
  await page.getByRole('link', { name: 'Pipeline', exact: true }).click();
  await page.getByRole('heading', { name: 'This view could not be loaded' }).waitFor();
  assert.equal(await page.getByText('This is a bug').count(), 0);
  await close();
});

test('shows a banner and the old data with their time while disconnected, and recovers automatically', async () => {
  const server = await views.serve();
  const { page, close } = await views.open(server, '/');
  await page
    .getByRole('table', { name: 'Services' })
    .getByRole('button', { name: /payment/ })
    .waitFor();
  server.cut(true);
  const banner = page.getByRole('alert');
  await banner.getByText(/No connection to otelier since \d\d:\d\d:\d\d/).waitFor();
  await page
    .getByRole('contentinfo')
    .getByText(/Data from/)
    .waitFor();
  await page.getByRole('button', { name: 'Offline' }).waitFor();
  await page
    .getByRole('table', { name: 'Services' })
    .getByRole('button', { name: /payment/ })
    .waitFor();
  assert.equal(await page.getByRole('heading', { name: 'otelier did not respond' }).count(), 0);
  server.cut(false);
  await page.keyboard.press('r');
  await banner.waitFor({ state: 'hidden' });
  await page.getByRole('contentinfo').getByText('Receiving').waitFor();
  await close();
});

function sizeOf(path: string): number {
  const file = readFileSync(join(DIST, path));
  return path.endsWith('.woff2') ? file.length : gzipSync(file, { level: 9 }).length;
}
