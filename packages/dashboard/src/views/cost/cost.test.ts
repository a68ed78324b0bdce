import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startViewTest } from '../../../dev/view-test.ts';

const views = await startViewTest();
const shop = await views.serve();

test('services are listed by what they send, each number links to its items, and rules are tried', async () => {
  const { page, errors, close } = await views.open(shop, '/?last=15m', { viewport: { width: 1440, height: 900 } });
  await page.getByRole('button', { name: /^payment/ }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await page.waitForURL(/\/cost\?last=15m/);
  const table = page.getByRole('table', { name: 'What services send' });
  const rows = table.locator('tbody tr');
  await rows.first().waitFor();
  await page.getByRole('img', { name: 'Bytes by service over time' }).waitFor();
  const panel = page.getByRole('complementary', { name: 'Rule' });
  // The first row is selected: its rule is tried at once.
  await panel.getByRole('table', { name: 'What the rule would save' }).waitFor();

  await page.getByRole('radio', { name: 'Logs' }).click();
  await page.waitForURL(/signal=logs/);
  await page.getByLabel('Filter rows').fill('frontend info');
  await page.waitForFunction(() => document.querySelectorAll('.ct-rows tbody tr').length === 1);
  assert.match(
    (await rows.first().getByRole('link').getAttribute('href')) ?? '',
    /^\/logs\?.*where=service\+%3D\+frontend&where=severity\+%3D\+info/,
  );
  await page.getByLabel('Filter rows').fill('');
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.waitForURL(/row=logs/);
  await panel.getByRole('radio', { name: 'Drop these log records' }).waitFor();
  await panel.getByText('100.0 %').first().waitFor();

  await page.getByRole('radio', { name: 'Metrics' }).click();
  await panel
    .getByRole('radio', { name: /^Merge the series that differ only in/ })
    .first()
    .waitFor();
  await panel.getByRole('radio', { name: 'Drop the metric of all services' }).check();
  await page.waitForURL(/rule=drop_metric/);
  await panel.getByRole('button', { name: 'Copy' }).waitFor();

  await page.keyboard.press('b');
  await page.waitForURL(/unit=items/);
  await page.getByRole('img', { name: 'Items by service over time' }).waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test('attributes are listed with their size and distinct values', async () => {
  const { page, errors, close } = await views.open(shop, '/cost?last=15m&tab=attributes');
  const table = page.getByRole('table', { name: 'Attributes by size' });
  const route = table.getByRole('row', { name: /http\.route/ });
  await route.getByRole('button').click();
  await page.waitForURL(/row=traces\+http\.route/);
  const panel = page.getByRole('complementary', { name: 'Rule' });
  await panel.getByText('distinct values').waitFor();
  await panel.getByText('100.0 %').waitFor({ state: 'detached' });
  await panel.getByRole('radio', { name: 'Delete the attribute' }).waitFor();
  await route.getByRole('link').click();
  await page.waitForURL(/\/traces\?.*where=attributes\.http\.route\+exists/);
  assert.deepEqual(errors, []);
  await close();
});

test('an empty store, a failing query and a failing preview say so in their pane', async () => {
  const empty = await views.serve({ empty: true });
  const first = await views.open(empty, '/cost?last=15m');
  await first.page.getByText('Nothing was sent in this range').waitFor();
  assert.equal(await first.page.getByRole('complementary', { name: 'Rule' }).count(), 0);
  empty.fill();
  empty.fail(/cost\/preview/, 503, 'unavailable', 'the rules are being tested');
  await first.page.goto(`${empty.url}/cost?last=5m`);
  await first.page.getByText('the rules are being tested').waitFor();
  await first.page.getByRole('table', { name: 'What services send' }).locator('tbody tr').first().waitFor();
  empty.fail(/\/cost$/, 503, 'unavailable', 'the counts are being tested');
  await first.page.goto(`${empty.url}/cost?last=1m`);
  await first.page.getByText('the counts are being tested').waitFor();
  await first.close();
});
