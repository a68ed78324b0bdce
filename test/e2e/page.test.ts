import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { keyValues } from '@otelier/testkit/otlp-json';
import type { Locator } from 'playwright-core';
import { startGateway } from './gateway.ts';
import { startBrowser } from './page.ts';
import { nanosAgo, send, serviceNamed } from './send.ts';

/** The services of the shop simulated by `--demo`. */
const SHOP = ['frontend', 'catalog', 'cart', 'checkout', 'payment', 'recommendation', 'shipping'];
const TRACE_ID = '7c0ffee0c0ffee0c0ffee0c0ffee0c0f';
const SERVICE = 'own-service';
const MEAN_COLUMN = 4;

const gateway = await startGateway({ after }, { demo: true });
const open = await startBrowser();
await sendOwnTelemetry();

/** Sends a trace with an error, a log record that belongs to it, and a counter that grows by 120 per minute. */
async function sendOwnTelemetry(): Promise<void> {
  const resource = serviceNamed(SERVICE, { 'service.version': '7.7.7' });
  const start = nanosAgo(20_000);
  const at = (millis: number): string => String(start + BigInt(millis) * 1_000_000n);
  const root = {
    traceId: TRACE_ID,
    spanId: 'a000000000000001',
    name: 'GET /own/:id',
    kind: 2,
    startTimeUnixNano: at(0),
    endTimeUnixNano: at(840),
    status: { code: 2, message: 'no such thing' },
    attributes: keyValues({ 'http.route': '/own/:id', 'http.response.status_code': 404 }),
  };
  const child = {
    traceId: TRACE_ID,
    spanId: 'a000000000000002',
    parentSpanId: root.spanId,
    name: 'SELECT things',
    kind: 3,
    startTimeUnixNano: at(100),
    endTimeUnixNano: at(700),
    status: { code: 2 },
    attributes: keyValues({ 'db.system.name': 'postgresql', 'own.number': 4711 }),
    events: [
      {
        timeUnixNano: at(650),
        name: 'exception',
        attributes: keyValues({ 'exception.type': 'NoSuchThing', 'exception.message': 'thing 17 is gone' }),
      },
    ],
  };
  await send(gateway, 'traces', { resourceSpans: [{ resource, scopeSpans: [{ spans: [root, child] }] }] });
  const record = { timeUnixNano: at(660), severityNumber: 17, body: { stringValue: 'looked for thing 17' } };
  const logRecords = [{ ...record, traceId: TRACE_ID, spanId: child.spanId }];
  await send(gateway, 'logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
  const minutes = 10;
  const dataPoints = Array.from({ length: minutes * 6 + 1 }, (_, i) => ({
    startTimeUnixNano: String(nanosAgo(minutes * 60_000 + 1000)),
    timeUnixNano: String(nanosAgo((minutes * 6 - i) * 10_000)),
    asInt: String(i * 20),
    attributes: keyValues({ color: 'green' }),
  }));
  const metric = {
    name: 'own.things',
    sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints },
  };
  await send(gateway, 'metrics', { resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [metric] }] }] });
}

test('the first view shows every service with its stats', async () => {
  const { page, errors } = await open(gateway, '/');
  const table = page.getByRole('table', { name: 'Services' });
  for (const service of [...SHOP, SERVICE]) {
    const row = table.getByRole('row', { name: new RegExp(`^${service} `) });
    await row.waitFor();
    assert.match((await row.textContent()) ?? '', /\d(\.\d+)?%.*\d ?m?s/s, service);
  }
  await page
    .getByRole('table', { name: 'Slow routes' })
    .getByRole('row', { name: /GET \/own\/:id/ })
    .waitFor();
  assert.deepEqual(errors, []);
});

test('a search finds a trace, which opens with its spans, exception and log record', async () => {
  const { page, errors } = await open(gateway, '/traces');
  const hits = page.getByRole('table', { name: 'Traces found' });
  await hits.getByRole('row').nth(5).waitFor();
  await page.getByRole('combobox', { name: /^Traces: add a condition/ }).fill(`service = ${SERVICE}`);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: `Remove service = ${SERVICE}` }).waitFor();
  await hits.getByRole('row').nth(2).waitFor({ state: 'hidden' });
  await hits.getByRole('button', { name: /^Open trace GET \/own\/:id/ }).click();
  const tree = page.getByRole('tree', { name: 'Spans' });
  await tree.getByRole('treeitem', { name: /^GET \/own\/:id.*own-service.*error.*840 ?ms/ }).waitFor();
  await tree.getByRole('treeitem', { name: /^SELECT things/ }).click();
  const detail = page.getByRole('complementary', { name: 'Span SELECT things' });
  for (const text of ['NoSuchThing', 'thing 17 is gone', 'own.number', '4711', '7.7.7']) {
    await detail.getByText(text).first().waitFor();
  }
  await detail.getByRole('link', { name: /looked for thing 17/ }).waitFor();
  assert.equal(await hits.getByRole('button', { name: /^Open trace/ }).count(), 1);
  assert.deepEqual(errors, []);
});

test('the live tail shows new records that match and no others', async () => {
  const { page, errors } = await open(gateway, `/logs?where=service+%3D+${SERVICE}`);
  const records = page.getByRole('group', { name: 'Log records' });
  await records.getByRole('button', { name: /looked for thing 17/ }).waitFor();
  for (const [service, text] of [
    ['somebody-else', 'not to be seen'],
    [SERVICE, 'watched as it came'],
  ] as const) {
    const logRecords = [{ timeUnixNano: String(nanosAgo(0)), severityNumber: 9, body: { stringValue: text } }];
    await send(gateway, 'logs', { resourceLogs: [{ resource: serviceNamed(service), scopeLogs: [{ logRecords }] }] });
  }
  await records.getByRole('button', { name: /watched as it came/ }).waitFor();
  assert.match((await records.getByRole('button').first().textContent()) ?? '', /watched as it came/, 'newest first');
  assert.equal(await records.getByRole('button', { name: /not to be seen/ }).count(), 0);
  assert.deepEqual(errors, []);
});

test('the metrics explorer charts a metric by a label', async () => {
  const { page, errors } = await open(gateway, '/metrics');
  await page.getByRole('searchbox', { name: 'Find a metric' }).fill('own.th');
  await page
    .getByRole('group', { name: 'Metrics by name' })
    .getByRole('button', { name: /things/ })
    .click();
  await page.getByRole('region', { name: 'own.things' }).waitFor();
  await page.getByRole('button', { name: 'Group by a label' }).click();
  await page
    .getByRole('dialog', { name: 'Group by a label' })
    .getByRole('button', { name: /^color/ })
    .click();
  const row = page.getByRole('table', { name: 'Series' }).getByRole('row', { name: /color=green|green/ });
  await row.waitFor();
  // 20 items in 10 seconds; the first step has no predecessor.
  const mean = Number.parseFloat((await row.getByRole('cell').nth(MEAN_COLUMN).textContent()) ?? '');
  assert.ok(mean > 1.8 && mean < 2.05, `expected about 2 a second, got ${mean}`);
  assert.ok((await inkOf(page.getByRole('region', { name: 'own.things' }))) > 200, 'expected a line on the canvas');
  assert.deepEqual(errors, []);
});

test('the pipeline view shows the current rates', async () => {
  const { page, errors } = await open(gateway, '/pipeline');
  const edge = page.getByRole('button', { name: /^receiver:otlp to join:logs, logs/ });
  await edge.waitFor();
  const body = { stringValue: 'one of many' };
  const logRecords = Array.from({ length: 500 }, () => ({ timeUnixNano: String(nanosAgo(0)), body }));
  const flowing = page.getByRole('button', { name: /^receiver:otlp to join:logs, logs: [1-9]/ });
  while ((await flowing.count()) === 0) {
    await send(gateway, 'logs', { resourceLogs: [{ resource: serviceNamed(SERVICE), scopeLogs: [{ logRecords }] }] });
    await flowing.waitFor({ timeout: 250 }).catch(() => undefined);
  }
  await page.getByRole('contentinfo').getByText('Receiving').waitFor();
  assert.deepEqual(errors, []);
});

test('everything works by keyboard alone', async () => {
  const { page, errors } = await open(gateway, '/');
  await page.getByRole('table', { name: 'Services' }).getByRole('row').nth(3).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('t');
  const hits = page.getByRole('table', { name: 'Traces found' });
  await hits.getByRole('row').nth(5).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type(`service = ${SERVICE}`);
  await page.keyboard.press('Enter');
  // The unfiltered list shows the trace, too.
  await hits.getByRole('row').nth(2).waitFor({ state: 'hidden' });
  await hits.getByRole('button', { name: /^Open trace GET \/own\/:id/ }).waitFor();
  // Closes the completions, then leaves the field.
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  const tree = page.getByRole('tree', { name: 'Spans' });
  await tree.getByRole('treeitem', { name: /^GET \/own\/:id/ }).waitFor();
  await page.keyboard.press('e');
  await page.getByRole('complementary', { name: /^Span (GET|SELECT)/ }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  for (const [letter, title] of [
    ['l', 'Logs'],
    ['m', 'Metrics'],
    ['p', 'Pipeline'],
    ['o', 'Overview'],
  ] as const) {
    await page.keyboard.press('g');
    await page.keyboard.press(letter);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
  }
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog', { name: 'Command palette' }).getByRole('combobox').waitFor();
  await page.keyboard.type(TRACE_ID);
  await page.keyboard.press('Enter');
  await tree.getByRole('treeitem', { name: /^SELECT things/ }).waitFor();
  assert.deepEqual(errors, []);
});

/** Counts the painted pixels on the canvases in a part of the page. */
async function inkOf(part: Locator): Promise<number> {
  return await part.locator('canvas').evaluateAll((canvases) => {
    let ink = 0;
    for (const canvas of canvases as HTMLCanvasElement[]) {
      const data = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      for (let i = 3; i < data.length; i += 4) if ((data[i] ?? 0) > 128) ink++;
    }
    return ink;
  });
}
