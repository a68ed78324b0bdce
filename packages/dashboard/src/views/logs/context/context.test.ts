import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { startViewTest } from '../../../../dev/view-test.ts';
import { numericRanges, rangeConditions, rangeText } from '../facets/numeric-ranges.ts';

const views = await startViewTest();
const shop = await views.serve();
const WIDE = { viewport: { width: 1440, height: 900 } };

test('shows the records around one, of its service, pod or trace, with the keyboard', async () => {
  const { page, errors, close } = await views.open(shop, '/logs?last=15m&where=body+~+charging+order', WIDE);
  const list = page.getByRole('group', { name: 'Log records' });
  await list.locator('.lo-main').nth(3).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.waitForURL(/around=service/);
  const around = list.getByRole('region', { name: 'Records around' });
  const rows = around.getByRole('listitem');
  await rows.nth(10).waitFor();
  const current = around.locator('[aria-current]');
  assert.match(await current.innerText(), /charging order/);
  // Other records than those of the search.
  assert.ok((await rows.allInnerTexts()).some((row) => !/charging order/.test(row)));
  const before = await rows.count();
  await around.getByRole('button', { name: '20 earlier ones' }).click();
  await page.waitForFunction((count) => document.querySelectorAll('.lo-context li').length > count, before);
  await around.getByRole('radio', { name: 'Service' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.waitForURL(/around=instance/);
  await page.keyboard.press('ArrowRight');
  await page.waitForURL(/around=trace/);
  await around.getByText('frontend').first().waitFor();
  const other = around.locator('.lo-context-row', { hasText: 'frontend' }).first();
  const text = await other.innerText();
  await other.click();
  await page.waitForURL(/trace=[0-9a-f]{32}/);
  await page.waitForURL((url) => !url.search.includes('around='));
  await list.locator('.lo-row.sel + .lo-detail').waitFor();
  assert.ok(text.includes((await list.locator('.lo-row.sel .ts').innerText()).trim()), text);
  assert.deepEqual(errors, []);
  await close();
});

test('shows chosen attributes as columns, and downloads the records with them', async () => {
  const { page, errors, close } = await views.open(shop, '/logs?last=15m&where=attributes.payment.method+exists', WIDE);
  const list = page.getByRole('group', { name: 'Log records' });
  await list.locator('.lo-main').first().waitFor();
  await page.keyboard.press('o');
  const dialog = page.getByRole('dialog', { name: 'Columns' });
  await page.keyboard.type('method');
  await dialog.getByRole('checkbox', { name: /^payment\.method/ }).press('Space');
  await page.waitForURL(/columns=attributes\.payment\.method/);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await list.locator('.lo-heads').getByText('payment.method').waitFor();
  await list.locator('.lo-main', { hasText: 'payment.method card' }).first().waitFor();
  await list.locator('.lo-main').nth(2).click();
  await list.getByRole('button', { name: 'column k8s.pod.name' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/columns=resource\.k8s\.pod\.name/);
  await page.getByRole('button', { name: 'Download' }).click();
  const menu = page.getByRole('dialog', { name: 'Download' });
  const [file] = await Promise.all([page.waitForEvent('download'), menu.getByRole('link', { name: /^CSV/ }).click()]);
  assert.equal(file.suggestedFilename(), 'logs.csv');
  const text = await readFile(await file.path(), 'utf8');
  assert.match(text, /format=csv.*column=attributes\.payment\.method.*column=resource\.k8s\.pod\.name/);
  assert.match(text, /where=attributes\.payment\.method\+exists/);
  assert.deepEqual(errors, []);
  await close();
});

test('a facet of many numbers offers ranges with counts, of which one filters', async () => {
  const { page, errors, close } = await views.open(shop, '/logs?last=15m', WIDE);
  await page.route('**/api/v1/logs/facets?*', async (route) => {
    const values = Array.from({ length: 40 }, (_, n) => ({ value: `${n * 10}`, count: 2 }));
    const facets = [
      { field: 'service', values: [] },
      { field: 'attributes.payment.amount', values },
    ];
    await route.fulfill({ json: { facets } });
  });
  await page.reload();
  const facet = page.getByRole('region', { name: 'payment.amount' });
  const range = facet.getByRole('checkbox', { name: /^80 – 160 ?, ?[1-9]/ });
  await range.waitFor();
  assert.equal(await facet.getByRole('checkbox').count(), 5);
  await range.focus();
  await page.keyboard.press('Space');
  await page.waitForURL(/where=attributes\.payment\.amount\+%3E%3D\+80/);
  await facet.getByRole('checkbox', { name: /^80 – 160/, checked: true }).click();
  await page.waitForURL((url) => !url.search.includes('where='));
  assert.deepEqual(errors, []);
  await close();
});

test('ranges have about equal counts, and none where values are few or not numbers', () => {
  const values = (texts: readonly string[]) => texts.map((value) => ({ value, count: 1 }));
  const ranges = numericRanges(values(Array.from({ length: 100 }, (_, n) => `${n / 10}`))) ?? [];
  assert.deepEqual(ranges.map(rangeText), ['< 2', '2 – 4', '4 – 6', '6 – 8', '≥ 8']);
  assert.deepEqual(rangeConditions('attributes.x', ranges[1] ?? assert.fail()), [
    'attributes.x >= 2',
    'attributes.x < 4',
  ]);
  assert.equal(numericRanges(values(['1', '2', '3'])), undefined);
  assert.equal(numericRanges(values([...'abcdefghijkl'])), undefined);
  assert.equal(
    numericRanges([{ value: '1', count: 1e9 }, ...values(['2', '3', '4', '5', '6', '7', '8', '9'])])?.length,
    2,
  );
  for (const odd of ['Infinity', 'NaN', '0x10', '', ' 1'])
    assert.equal(numericRanges(values([odd, ...Array.from({ length: 20 }, (_, n) => `${n}`)])), undefined, odd);
});
