import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startViewTest } from '../../../dev/view-test.ts';

const views = await startViewTest();
const shop = await views.serve();
const WIDE = { viewport: { width: 1440, height: 900 } };

test('traces have the failing service with its exception, and chosen attributes as columns', async () => {
  const { page, errors, close } = await views.open(shop, '/traces?last=15m&where=status+%3D+error', WIDE);
  const table = page.getByRole('table', { name: 'Traces found' });
  await table.getByText('payment: CardGatewayTimeout').first().waitFor();
  await page.keyboard.press('o');
  await page.keyboard.type('last4');
  await page
    .getByRole('dialog', { name: 'Columns' })
    .getByRole('checkbox', { name: /^payment\.card\.last4/ })
    .press('Enter');
  await page.waitForURL(/columns=attributes\.payment\.card\.last4/);
  await page.keyboard.press('Escape');
  await table.getByRole('columnheader', { name: 'payment.card.last4' }).waitFor();
  await table.getByRole('cell', { name: '4417' }).first().waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test('a search is saved, opened by another browser, removed, and restored', async () => {
  const server = await views.serve();
  const { page, errors, close } = await views.open(
    server,
    '/logs?last=15m&where=severity+%3E%3D+warn&text=charge',
    WIDE,
  );
  const name = '<img src=x onerror="document.title=1">\u202e';
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Saved searches' });
  await dialog.getByText('Saved searches appear here, in every browser.').waitFor();
  await page.keyboard.type(name);
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  await close();
  const other = await views.open(server, '/logs?last=30m', WIDE);
  await other.page.getByRole('button', { name: 'Save', exact: true }).click();
  const list = other.page.getByRole('list', { name: 'Saved' });
  await list.getByRole('button').first().focus();
  await other.page.keyboard.press('Enter');
  await other.page.waitForURL(/last=30m.*where=severity\+%3E%3D\+warn.*text=charge/);
  await other.page.getByRole('button', { name: 'Save', exact: true }).click();
  await list.getByRole('button', { name: /^Remove/ }).click();
  await other.page.getByText('Saved searches appear here, in every browser.').waitFor();
  await other.page.getByRole('status').getByText('Removed <img').waitFor();
  await other.page.keyboard.press('u');
  await list.getByRole('button', { name: /^Remove/ }).waitFor();
  assert.equal(await other.page.locator('.toast').count(), 0);
  assert.equal(await other.page.title(), 'Logs · otelier');
  await other.close();
  const traces = await views.open(server, '/traces', WIDE);
  await traces.page.getByRole('button', { name: 'Save', exact: true }).click();
  await traces.page.getByPlaceholder('No conditions to save').waitFor();
  await traces.close();
  assert.deepEqual([...errors, ...other.errors, ...traces.errors], []);
});

test('a save that the server rejects says why', async () => {
  const server = await views.serve();
  server.fail(/documents\/save/, 409, 'conflict', 'revision: expected 2, got 1');
  const { page, close } = await views.open(server, '/logs?last=15m&text=charge', WIDE);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('textbox', { name: 'Name of this search' }).fill('a');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('revision: expected 2, got 1').waitFor();
  await close();
});
