import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { startViewTest } from '../../../dev/view-test.ts';

const views = await startViewTest();
const shop = await views.serve();

const path = (query: string, lang?: string): string =>
  `/query?${new URLSearchParams({ last: '15m', query, ...(lang === undefined ? {} : { lang }) })}`;
const editor = (page: Page) => page.getByRole('textbox', { name: / query$/ });
const result = (page: Page) => page.getByRole('region', { name: 'Result', exact: true });

test('writes and runs a query by keyboard alone, with completion, and keeps it in the URL and the history', async () => {
  const { page, errors, close } = await views.open(shop, '/query?last=15m');
  await editor(page).waitFor();
  await page.keyboard.press('e');
  await page.keyboard.type('SELECT ser');
  await page.getByRole('option', { name: /^service_name/ }).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.type(', count(*) FROM sp');
  await page.getByRole('option', { name: /^spans/ }).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Control+Enter');
  await page.waitForURL(/query=SELECT\+service_name%2C\+count/);
  await result(page).getByRole('heading', { name: '120 rows' }).waitFor();
  const history = page.getByRole('complementary', { name: 'Queries' });
  await history.getByRole('button', { name: /SELECT service_name.*SQL.*120 rows/ }).waitFor();
  // Escape leaves the editor, so that the keys of the page work; Alt and a number choose a language from anywhere.
  await page.keyboard.press('Escape');
  await page.keyboard.press('Alt+2');
  await page.getByRole('radio', { name: 'PromQL', checked: true }).waitFor();
  await page.waitForFunction(() => document.activeElement?.matches('[data-typing]'));
  await page.keyboard.type('payment_dec');
  await page.getByRole('option', { name: /payment_declined_total/ }).waitFor();
  await page.goBack();
  await editor(page).getByText('service_name').waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test('shows rows as chart, table and JSON, sorts them, and marks a result from before an edit', async () => {
  const { page, errors, close } = await views.open(shop, path('SELECT time, version, calls, errors FROM x'));
  await result(page).getByRole('img', { name: 'Result over time' }).waitFor();
  await result(page).getByRole('radio', { name: 'Table', exact: true }).click();
  await result(page)
    .getByRole('button', { name: /^calls/ })
    .click();
  await result(page)
    .getByRole('button', { name: /^calls/ })
    .click();
  await page.waitForURL(/sort=-calls/);
  const calls = await result(page).locator('tbody tr:not(.pad) td:nth-child(3)').allInnerTexts();
  const numbers = calls.map((text) => Number(text));
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => b - a),
  );
  await result(page).getByRole('radio', { name: 'JSON' }).click();
  await result(page).getByText('"truncated": false').waitFor();
  await page.keyboard.press('e');
  await page.keyboard.type(' ');
  await result(page)
    .getByText(/before this change/)
    .waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test('marks an error at its position, keeps the last result, and records the reason', async () => {
  const { page, close } = await views.open(shop, path('SELECT 1'));
  await result(page).getByRole('heading', { name: '120 rows' }).waitFor();
  await page.keyboard.press('e');
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('SELECT time,\n  count(* FROM spans');
  await page.keyboard.press('Control+Enter');
  await page.getByText('line 2, column 11').waitFor();
  assert.equal(await page.locator('.cm-errorAt').innerText(), 'FROM');
  await result(page).getByRole('heading', { name: '120 rows' }).waitFor();
  await page.getByRole('button', { name: /count\(\* FROM.*SQL.*syntax error at or near/ }).waitFor();
  await page.getByRole('button', { name: 'Go to the error' }).click();
  await page.waitForFunction(() => document.activeElement?.matches('[data-typing]'));
  await close();
  for (const [lang, text, message] of [
    ['promql', 'sum(rate(x[5m])', 'unclosed left parenthesis'],
    ['logql', '{app="x"', 'unexpected $end, expecting } or ,'],
    ['traceql', '{ status = error', 'unexpected $end'],
  ] as const) {
    const other = await views.open(shop, path(text, lang));
    await other.page.locator('.cm-errorText').getByText(message).waitFor();
    await other.close();
  }
});

test('shows series, buckets as a heat map, log entries, and traces that open', async () => {
  const series = await views.open(shop, path('rate(x[5m])', 'promql'));
  await series.page.getByRole('table', { name: 'Series' }).getByText('service_version=').first().waitFor();
  await series.page.goto(shop.url + path('sum by (le) (rate(x_seconds_bucket[5m]))', 'promql'));
  await series.page.getByRole('img', { name: 'Distribution of Result over time' }).waitFor();
  await series.page.goto(shop.url + path('{app="x"}', 'logql'));
  await series.page
    .getByRole('group', { name: 'Log entries' })
    .getByRole('link', { name: /^Open trace/ })
    .first()
    .waitFor();
  await series.page.goto(shop.url + path('{}', 'traceql'));
  await series.page
    .getByRole('link', { name: /^Open trace/ })
    .first()
    .click();
  await series.page.getByRole('tree', { name: 'Spans' }).waitFor();
  assert.deepEqual(series.errors, []);
  await series.close();
});

test('saves a query on the server, opens it in another browser, and removes it', async () => {
  const { page, close } = await views.open(shop, path('SELECT 1'));
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Calls by version');
  await page.keyboard.press('Enter');
  await page.waitForURL(/saved=calls-by-version/);
  await close();
  const other = await views.open(shop, '/query');
  await other.page.getByRole('button', { name: /^Calls by version/ }).click();
  await editor(other.page).getByText('SELECT 1').waitFor();
  await result(other.page).getByRole('heading', { name: '120 rows' }).waitFor();
  await other.page.getByRole('button', { name: 'Remove Calls by version' }).click();
  await other.page.getByText('Save a query to find it here').waitFor();
  await other.close();
});

test('shows huge and hostile results as text, and few elements of them', async () => {
  const { page, errors, close } = await views.open(shop, path('SELECT huge'));
  await result(page).getByRole('heading', { name: 'first 5,000 rows' }).waitFor();
  assert.ok((await page.locator('.qu-table tr').count()) < 80);
  await result(page).getByText('40 more columns not shown').waitFor();
  for (const [query, lang] of [
    ['SELECT hostile', undefined],
    ['hostile', 'promql'],
    ['{app="hostile"}', 'logql'],
  ] as const) {
    await page.goto(shop.url + path(query, lang));
    await page.getByText('<img src=x onerror=').first().waitFor();
    assert.equal(await page.evaluate('window.hacked'), undefined);
  }
  await page.goto(shop.url + path('huge', 'promql'));
  await page.getByText('The first 12 of 300 series are drawn').waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test('says that nothing was found, and what failed', async () => {
  for (const [query, lang] of [
    ['SELECT nothing', undefined],
    ['nothing', 'promql'],
    ['{app="nothing"}', 'logql'],
    ['{ "nothing" }', 'traceql'],
  ] as const) {
    const { page, close } = await views.open(shop, path(query, lang));
    await page.getByRole('heading', { name: 'The query found nothing' }).waitFor();
    await close();
  }
  shop.fail(/sql|documents/, 503, 'unavailable', 'the reader is being tested');
  const { page, close } = await views.open(shop, path('SELECT 1'));
  await page.getByText('the reader is being tested').first().waitFor();
  shop.fail(undefined);
  await page.getByRole('button', { name: 'Try again' }).click();
  await result(page).getByRole('heading', { name: '120 rows' }).waitFor();
  await close();
});
