import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startViewTest } from '../../../dev/view-test.ts';

const views = await startViewTest();
const shop = await views.serve();
const HOSTILE = '<img src=x onerror="document.title=1">/..%2f\u202e{{7*7}}';

test('a service has its operations, dependencies, errors, instances, metrics and attributes', async () => {
  const { page, errors, close } = await views.open(shop, '/?last=15m', { viewport: { width: 1440, height: 900 } });
  await page.getByRole('button', { name: /^payment/ }).dblclick();
  await page.waitForURL(/\/services\/payment\?last=15m/);
  const operations = page.getByRole('table', { name: 'Operations' });
  await operations.getByRole('link', { name: 'POST /charge' }).waitFor();
  await page.getByRole('table', { name: 'Called by' }).getByRole('button', { name: 'checkout' }).waitFor();
  await page.getByRole('table', { name: 'Calls' }).getByRole('button', { name: 'gateway.acmepay.test' }).waitFor();
  const versions = page.getByRole('table', { name: 'Versions and instances' });
  await versions.getByRole('link', { name: 'payment-7c9d5f-x2lqp' }).waitFor();
  assert.match(
    (await versions.getByRole('link', { name: '2.8.1' }).getAttribute('href')) ?? '',
    /service\.version\+%3D\+2\.8\.1/,
  );
  await page.getByRole('region', { name: 'Errors by cause' }).getByText('CardGatewayTimeout').waitFor();
  await page.getByRole('region', { name: 'Resource' }).getByText('k8s.pod.name').waitFor();
  await page.getByRole('img', { name: 'Versions over time' }).waitFor();
  await page.keyboard.press('e');
  await page.waitForURL(/\/errors\?.*service=payment/);
  await page.goBack();
  await operations.waitFor();
  await page.keyboard.press('m');
  await page.waitForURL(/\/map\?.*node=service\+payment/);
  await page.getByRole('complementary', { name: 'payment' }).getByRole('link', { name: 'payment' }).click();
  await page.waitForURL(/\/services\/payment/);
  await page.keyboard.press('t');
  await page.waitForURL(/\/traces\?.*service\+%3D\+payment/);
  assert.deepEqual(errors, []);
  await close();
});

test('an unknown, hostile name and an empty store say what is missing, and failures stay in their pane', async () => {
  const { page, errors, close } = await views.open(shop, `/services/${encodeURIComponent(HOSTILE)}?last=15m`);
  await page.getByText('No telemetry of this service in this range').waitFor();
  assert.equal(await page.locator('.sv-bar h2').textContent(), HOSTILE);
  assert.equal(await page.locator('.sv img').count(), 0);
  assert.equal(await page.title(), 'Service · otelier');
  assert.deepEqual(errors, []);
  await close();
  const failing = await views.serve();
  failing.fail(/services\/detail/, 503, 'unavailable', 'the versions are being tested');
  const other = await views.open(failing, '/services/payment?last=15m');
  await other.page.getByText('the versions are being tested').first().waitFor();
  await other.page.getByRole('table', { name: 'Operations' }).getByRole('link', { name: 'POST /charge' }).waitFor();
  await other.close();
});
