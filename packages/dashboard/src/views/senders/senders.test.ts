import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startViewTest } from '../../../dev/view-test.ts';

const views = await startViewTest();
const shop = await views.serve();
const { page, errors } = await views.open(shop, '/senders', { permissions: ['clipboard-read', 'clipboard-write'] });

test('senders with findings come first, with evidence and a remedy to copy', async () => {
  const table = page.getByRole('group', { name: 'Senders' });
  await table.getByRole('row', { name: /^recommendation python 1\.28\.2 .* refused, deprecated-names$/ }).waitFor();
  const panel = page.getByRole('region', { name: 'Sender', exact: true });
  await panel.getByText('38 requests with 19,456 items were refused').waitFor();
  await panel.getByRole('row', { name: 'http.method http.request.method 200' }).waitFor();
  await page.keyboard.press('j');
  await panel.getByText('its items are 94 s ahead of the clock').waitFor();
  assert.match(new URL(page.url()).search, /row=shipping/);
  await table.locator('td.warn').getByText('+94 s').waitFor();
  await page.keyboard.press('y');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'chronyc makestep');
});

test('a healthy sender has its facts, and rejected clients their remedy', async () => {
  await page.getByRole('button', { name: 'frontend' }).click();
  const panel = page.getByRole('region', { name: 'Sender', exact: true });
  await panel.getByText('All checks of this sender passed.').waitFor();
  await panel.getByText('600,000 items in 1,200 requests').waitFor();
  assert.equal(await panel.getByRole('link', { name: 'Service' }).getAttribute('href'), '/services/frontend');
  const clients = page.getByRole('region', { name: 'Rejected clients' });
  await clients.getByText('OTEL_EXPORTER_OTLP_ENDPOINT=http://HOST:4318').waitFor();
});

test('filters, shows hostile names as text, and says when no program sends', async () => {
  shop.setSenders(200);
  await page.reload();
  await page.getByLabel('Filter senders').fill('<b>199');
  await page.getByRole('row', { name: /<b>199<\/b>/ }).waitFor();
  assert.equal(await page.locator('.sn-table tbody tr').count(), 1);
  await page.getByLabel('Filter senders').fill('no such text');
  await page.getByText('No sender contains this text').waitFor();
  const empty = await views.serve({ empty: true });
  await page.goto(`${empty.url}/senders`);
  await page.getByText('No program has sent over OTLP since the start').waitFor();
  assert.deepEqual(errors, []);
});
