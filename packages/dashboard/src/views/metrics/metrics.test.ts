import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startViewTest } from '../../../dev/view-test.ts';

const views = await startViewTest();
const shop = await views.serve();

test('finds and groups a metric, adds a second line and shows the values at the cursor', async () => {
  const { page, errors, close } = await views.open(shop, '/metrics?last=15m');
  await page
    .getByRole('group', { name: 'Metrics by name' })
    .getByRole('button', { name: /^process\.\s?memory\.\s?usage\s?, gauge/ })
    .waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('charge');
  await page.keyboard.press('Enter');
  await page.waitForURL(/metric=payment.charge.duration/);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Group by a label' }).click();
  await page.getByRole('button', { name: /^service\.version/ }).click();
  await page.waitForURL(/by=service.version/);
  const series = page.getByRole('table', { name: 'Series' });
  await series.getByRole('row').nth(3).waitFor();
  await page.keyboard.press('a');
  await series.getByRole('row').nth(6).waitFor();
  await page.getByRole('combobox', { name: 'Aggregate of line B' }).selectOption('p99');
  await page.waitForURL(/agg=p95&agg=p99/);
  await page.getByRole('img', { name: 'payment.charge.duration over time' }).hover();
  await series
    .getByRole('row')
    .nth(1)
    .getByRole('cell')
    .last()
    .getByText(/\d (ms|s)$/)
    .or(
      series
        .getByRole('row')
        .nth(1)
        .getByRole('cell')
        .last()
        .filter({ hasText: /\d+(\.\d+)?(ms|s)/ }),
    )
    .first()
    .waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test('filters by a value of a label', async () => {
  const { page, close } = await views.open(shop, '/metrics?last=15m&metric=payment.declined');
  await page.getByRole('button', { name: 'Add a filter' }).click();
  await page.getByRole('button', { name: /^payment\.method/ }).click();
  await page.getByRole('button', { name: /^wallet/ }).click();
  await page.waitForURL(/where=attributes.payment.method\+%3D\+wallet/);
  await page.getByRole('button', { name: 'Remove attributes.payment.method = wallet' }).waitFor();
  await close();
});

test('opens the trace of an exemplar', async () => {
  const { page, close } = await views.open(shop, '/metrics?last=15m&metric=payment.charge.duration');
  const exemplar = page.getByRole('link', { name: /^Exemplar of .* open its trace/ }).first();
  await exemplar.waitFor();
  await exemplar.focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/traces\?.*trace=[0-9a-f]{32}.*span=|\/traces\?.*span=.*trace=/);
  await page.getByRole('tree', { name: 'Spans' }).waitFor();
  await close();
});

test('explains what appears here if there are no metrics', async () => {
  const empty = await views.serve({ empty: true });
  const { page, close } = await views.open(empty, '/metrics');
  await page.getByRole('heading', { name: 'No metrics in this range' }).waitFor();
  await close();
});
