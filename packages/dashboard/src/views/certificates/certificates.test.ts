import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startViewTest } from '../../../dev/view-test.ts';

const views = await startViewTest();
const shop = await views.serve();
const { page, errors } = await views.open(shop, '/certificates', {
  permissions: ['clipboard-read', 'clipboard-write'],
});
const panel = page.getByRole('region', { name: 'Certificate', exact: true });

test('certificates are listed with what is wrong, and their details', async () => {
  const table = page.getByRole('group', { name: 'Certificates' });
  await table.getByRole('row', { name: /exporters\/kafka client — — unreadable$/ }).waitFor();
  await panel.getByText('expected a readable file with certificates').waitFor();
  await page.keyboard.press('j');
  await table
    .getByRole('row', { name: /^otel\.shop\.test receivers\/otlp server 20\d\d-\d\d-\d\d .* expires soon$/ })
    .waitFor();
  assert.match(new URL(page.url()).search, /row=receivers/);
  await panel.getByText('http://ocsp.shop.test/').waitFor();
  await panel.getByText('CN=shop CA, O=Shop').first().waitFor();
  await page.keyboard.press('y');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), '1f0c'.repeat(16));
  await page.getByText('2 certificates with warnings').waitFor();
});

test('a certificate of ACME shows why it is not renewed, and who presents it', async () => {
  await page.getByRole('button', { name: 'telemetry.shop.test' }).click();
  await panel.getByText('the order: rateLimited: too many certificates').waitFor();
  await panel.getByText('receivers/otlp, extensions/health_check').waitFor();
  const lists = page.getByRole('region', { name: 'Revocation lists' });
  await lists.getByText('CN=shop agents CA').waitFor();
  await lists.getByText('3 revoked certificates').waitFor();
});

test('filters, shows hostile names as text, and says when none is configured', async () => {
  shop.setSenders(200);
  await page.reload();
  await page.getByLabel('Filter certificates').fill('<b>199');
  await page.getByRole('row', { name: /<b>199<\/b>/ }).waitFor();
  assert.equal(await page.locator('.ce-table tbody tr').count(), 1);
  await page.getByLabel('Filter certificates').fill('no such text');
  await page.getByText('No certificate contains this text').waitFor();
  const empty = await views.serve({ empty: true });
  await page.goto(`${empty.url}/certificates`);
  await page.getByText('No receiver, exporter or extension has a certificate file.').waitFor();
  assert.deepEqual(errors, []);
});
