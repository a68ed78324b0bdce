import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startViewTest } from '../../../dev/view-test.ts';

const views = await startViewTest();
const shop = await views.serve();

test('the map shows services and peers, and focuses, walks and opens by key', async () => {
  const { page, errors, close } = await views.open(shop, '/map?last=15m');
  const map = page.getByRole('region', { name: 'Service map' });
  await map.getByRole('button', { name: /^gateway\.acmepay\.test seen from its callers only/ }).waitFor();
  await page.keyboard.press('j');
  await page.waitForURL(/node=service\+frontend/);
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('title')), 'frontend');
  await page.keyboard.press('/');
  await page.keyboard.type('pay');
  await page.keyboard.press('Enter');
  await page.waitForURL(/node=service\+payment/);
  await page.locator('.mp-node.on[title="payment"]').waitFor();
  // The caller and what is called are in focus.
  const faded = await page
    .locator('.mp-node.off')
    .evaluateAll((nodes) => nodes.map((node) => node.getAttribute('title')));
  assert.deepEqual(faded.toSorted(), [
    'cart',
    'catalog',
    'frontend',
    'postgresql',
    'recommendation',
    'redis',
    'shipping',
  ]);
  await page.keyboard.press('f');
  await page.waitForURL(/hops=2/);
  await page.locator('.mp-node.full', { hasText: 'shipping' }).waitFor();
  await page.keyboard.press('ArrowRight');
  await page.getByRole('complementary', { name: 'Calls from checkout to payment' }).waitFor();
  await page.keyboard.press('ArrowRight');
  await page.getByRole('complementary', { name: 'Calls from payment to gateway.acmepay.test' }).waitFor();
  await page.keyboard.press('t');
  await page.waitForURL(/\/traces\?.*where=attributes\.server\.address\+%3D\+gateway\.acmepay\.test/);
  assert.deepEqual(errors, []);
  await close();
});

test('a press selects the edge below, a drag and the wheel move the map by one transform', async () => {
  const { page, errors, close } = await views.open(shop, '/map?last=15m', { viewport: { width: 1440, height: 900 } });
  const payment = page.getByRole('button', { name: /^payment \d/ });
  await payment.waitFor();
  const before = (await payment.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  // Only one edge arrives at the left side.
  await page.mouse.click(before.x - 3, before.y + before.height / 2);
  await page.getByRole('complementary', { name: 'Calls from checkout to payment' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('complementary', { name: /^Calls from/ }).waitFor({ state: 'detached' });
  await page.mouse.move(before.x + 20, before.y - 12);
  const start = (await payment.boundingBox()) ?? before;
  await page.mouse.down();
  await page.mouse.move(before.x - 20, before.y - 32, { steps: 3 });
  await page.mouse.up();
  const after = (await payment.boundingBox()) ?? before;
  assert.deepEqual([Math.round(after.x - start.x), Math.round(after.y - start.y)], [-40, -20]);
  await page.keyboard.press('+');
  assert.ok(((await payment.boundingBox())?.width ?? 0) > before.width * 1.2);
  await page.getByRole('button', { name: 'Fit' }).click();
  assert.equal((await payment.boundingBox())?.width, before.width);
  assert.deepEqual(errors, []);
  await close();
});

test('the table lists the calls, and failed and empty responses say why', async () => {
  const { page, close } = await views.open(shop, '/map?last=15m&shape=table');
  const table = page.getByRole('table', { name: 'Calls', exact: true });
  await table.getByRole('row', { name: /^checkout payment / }).waitFor();
  await page.getByRole('searchbox', { name: 'Find a service' }).fill('shipping');
  await table
    .getByRole('row', { name: /^frontend/ })
    .first()
    .waitFor({ state: 'detached' });
  await table.getByRole('row', { name: /^checkout shipping / }).waitFor();
  await close();

  shop.fail(/service-graph/, 503, 'unavailable', 'the graph is being tested');
  const failing = await views.open(shop, '/map?last=15m');
  await failing.page.getByText('the graph is being tested').waitFor();
  shop.fail(undefined);
  await failing.page
    .getByRole('button', { name: /retry|try again/i })
    .first()
    .click();
  await failing.page.getByRole('button', { name: /^payment \d/ }).waitFor();
  await failing.close();

  const empty = await views.open(await views.serve({ empty: true }), '/map');
  await empty.page.getByRole('heading', { name: 'No calls in this range' }).waitFor();
  await empty.close();
});
