import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startViewTest } from '../../../dev/view-test.ts';

const views = await startViewTest();
const shop = await views.serve();

test('finds and groups a metric, changes its lines and shows the values at the cursor', async () => {
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
  // A histogram begins with two percentiles and its distribution.
  await series.getByRole('row').nth(6).waitFor();
  await page.getByRole('img', { name: 'Distribution of payment.charge.duration over time' }).waitFor();
  await page.keyboard.press('a');
  await series.getByRole('row').nth(4).waitFor({ state: 'detached' });
  await page.keyboard.press('a');
  await series.getByRole('row').nth(6).waitFor();
  await page.getByRole('combobox', { name: 'Aggregate of line B' }).selectOption('p99');
  await page.waitForURL(/agg=p95&agg=p99/);
  await page.getByRole('img', { name: 'payment.charge.duration over time', exact: true }).hover();
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

test('switches between builder and PromQL without losing either query', async () => {
  const { page, errors, close } = await views.open(shop, '/metrics?last=15m&metric=payment.declined&by=payment.method');
  const editor = page.getByRole('textbox', { name: 'PromQL query' });
  await page.getByRole('table', { name: 'Series' }).waitFor();
  await page.keyboard.press('m');
  await editor.getByText('sum by ("payment.method") (rate({"payment.declined"}[$__rate_interval]))').waitFor();
  await page.getByRole('table', { name: 'Series' }).getByText('2.8.1').waitFor();
  await page.keyboard.press('i');
  await page.waitForFunction(() => document.activeElement?.matches('[data-typing] *, [data-typing]'));
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Backspace');
  await page.keyboard.insertText('topk(2, x)');
  await page.keyboard.press('Control+Enter');
  await page.waitForURL(/query=topk/);
  // The first one closes the completion.
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.keyboard.press('m');
  await page.getByRole('combobox', { name: 'Aggregate of line A' }).waitFor();
  await page.keyboard.press('m');
  await editor.getByText('topk(2, x)').waitFor();
  // A change of the builder is what PromQL shows next.
  await page.keyboard.press('m');
  await page.getByRole('combobox', { name: 'Aggregate of line A' }).selectOption('sum');
  await page.waitForURL(/agg=sum/);
  await page.getByRole('radio', { name: 'PromQL' }).click();
  await editor.getByText('increase({"payment.declined"}').waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test('stacks the largest series, compares with an earlier period, and marks an error of PromQL', async () => {
  const { page, errors, close } = await views.open(shop, '/metrics?last=15m&metric=payment.declined&by=payment.method');
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  const series = page.getByRole('table', { name: 'Series' });
  await page.getByRole('radio', { name: 'Stacked' }).click();
  await page.waitForURL(/shape=stacked/);
  await page.getByRole('combobox', { name: 'Series' }).selectOption('3');
  await page.waitForURL(/top=3/);
  await page.getByRole('combobox', { name: 'Compare with' }).selectOption('1d');
  await series.getByText('A, before').first().waitFor();
  assert.ok(requests.some((url) => url.includes('/metrics/series') && url.includes('limit=3')));
  await page.goto(`${shop.url}/metrics?last=15m&lang=promql&query=${encodeURIComponent('rate(x[5m]')}`);
  await page.locator('.cm-errorText').getByText('unclosed left parenthesis').waitFor();
  await page.goto(`${shop.url}/metrics?last=15m&lang=promql&query=nothing`);
  await page.getByRole('heading', { name: 'The query found nothing' }).waitFor();
  await page.goto(`${shop.url}/metrics?last=15m&lang=promql&query=huge`);
  await page.getByText('The 12 largest of 300 series').waitFor();
  await page.goto(`${shop.url}/metrics?last=15m&lang=promql&query=hostile`);
  await page.getByText('<img src=x onerror=').first().waitFor();
  assert.equal(await page.evaluate('window.hacked'), undefined);
  assert.deepEqual(
    errors.filter((error) => !error.includes('400')),
    [],
  );
  await close();
});

test('explains what appears here if there are no metrics', async () => {
  const empty = await views.serve({ empty: true });
  const { page, close } = await views.open(empty, '/metrics');
  await page.getByRole('heading', { name: 'No metrics in this range' }).waitFor();
  await close();
});
