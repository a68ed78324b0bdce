import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCause, ErrorCausesResponse } from '@otelier/query';
import { startViewTest } from '../../../dev/view-test.ts';

const views = await startViewTest();
const shop = await views.serve();
const HOSTILE = '<img src=x onerror="document.title=1">\u202e\u0000\u0007{{7*7}}';

test('a failure that passes through services is one entry with its path, stack trace and links', async () => {
  const { page, errors, close } = await views.open(shop, '/errors?last=15m', {
    viewport: { width: 1440, height: 900 },
  });
  const list = page.getByRole('list', { name: 'Errors by cause', exact: true });
  const timeout = list.getByRole('button', { name: /^CardGatewayTimeout/ });
  await timeout.waitFor();
  for (const kind of ['PaymentDeclined', '502'])
    assert.equal(await list.getByRole('button', { name: new RegExp(`^${kind}`) }).count(), 0, kind);
  await timeout.click();
  const panel = page.getByRole('complementary', { name: 'Cause CardGatewayTimeout' });
  assert.deepEqual(
    await panel.locator('.er-boxes li').evaluateAll((steps) => steps.map((step) => step.firstChild?.textContent)),
    ['gateway.acmepay.test', 'payment', 'checkout', 'frontend'],
  );
  const stack = panel.getByRole('region', { name: 'Stack trace' });
  await stack.getByText('GatewayClient.charge', { exact: true }).waitFor();
  assert.equal(await stack.getByText('Layer.handle').isVisible(), false);
  await stack.getByText(/^2 frames in/).click();
  await stack.getByText('Layer.handle').waitFor();
  await page.keyboard.press('r');
  await stack.locator('pre', { hasText: 'at GatewayClient.charge (src/gateway.ts:88:13)' }).waitFor();
  await panel
    .getByRole('region', { name: 'Logs' })
    .getByText(/charge of order/)
    .first()
    .waitFor();
  assert.match(
    (await panel.getByRole('link', { name: /times$/ }).getAttribute('href')) ?? '',
    /service\+%3D\+payment.*status\+%3D\+error/,
  );
  assert.deepEqual(errors, []);
  await close();
});

test('the keyboard moves through causes, orders, filters and opens a trace', async () => {
  const { page, errors, close } = await views.open(shop, '/?last=15m');
  await page.locator('.ov-error').first().waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await page.waitForURL(/\/errors\?last=15m/);
  await page.locator('.er-row.sel').waitFor();
  await page.keyboard.press('j');
  await page.waitForURL(/cause=/);
  const second = await page.locator('.er-row').nth(1).getAttribute('aria-pressed');
  assert.equal(second, 'true');
  await page.keyboard.press('f');
  await page.keyboard.type('GATEWAY');
  await page.getByText(/^1 of \d+ causes/).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('radio', { name: 'New first' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.waitForURL(/order=count/);
  await page.locator('.er-row').first().focus();
  await page.keyboard.press('Space');
  await page.locator('.er-row').first().and(page.locator('.sel')).waitFor();
  await page
    .getByRole('link', { name: /^Open the trace of/ })
    .first()
    .click();
  await page.waitForURL(/\/traces\?.*trace=[0-9a-f]{32}/);
  assert.deepEqual(errors, []);
  await close();
});

test('an error is set aside on the server, undone by key, and comes back marked when it occurs again', async () => {
  const own = await views.serve();
  const { page, errors, close } = await views.open(own, '/errors?last=15m');
  const row = page.getByRole('list', { name: 'Errors by cause', exact: true }).locator('.er-row').first();
  const type = (await row.locator('.mono').first().textContent()) ?? '';
  await row.click();
  const asideList = page.getByRole('list', { name: 'Errors set aside' });
  const choose = async (choice: string): Promise<void> => {
    await page.keyboard.press('s');
    await page.getByRole('dialog', { name: 'Set the error aside' }).getByRole('button', { name: choice }).click();
  };
  await choose('Ignored');
  await asideList.locator('.er-row', { hasText: type }).waitFor();
  await page.getByText(`${type} is set aside`).waitFor();
  await page.keyboard.press('u');
  await asideList.waitFor({ state: 'detached' });
  assert.equal(await page.locator('.toast').count(), 0);
  await choose('Resolved until');
  await asideList.waitFor();
  // Another browser knows, and after an occurrence the error is listed first.
  await page.route('**/api/v1/documents/triage/errors', async (route) => {
    const response = await route.fetch();
    const json = (await response.json()) as { content: { causes: Record<string, { atMillis: number }> } };
    for (const aside of Object.values(json.content.causes)) aside.atMillis = 1;
    await route.fulfill({ response, json });
  });
  await page.goto(`${own.url}/errors?last=15m`);
  await page.locator('.er-row').first().getByText('regressed').waitFor();
  await page
    .locator('.er-title')
    .getByText(/^regressed/)
    .waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test('empty and failed responses say why, and the filter says that nothing contains the text', async () => {
  const empty = await views.open(await views.serve({ empty: true }), '/errors');
  await empty.page.getByRole('heading', { name: 'No errors in this range' }).waitFor();
  await empty.page.getByRole('button', { name: 'Search the last 24 h' }).click();
  await empty.page.waitForURL(/last=24h/);
  await empty.close();

  const failing = await views.serve();
  failing.fail(/errors\/causes/, 503, 'unavailable', 'the causes are being tested');
  const { page, close } = await views.open(failing, '/errors?last=15m&service=payment');
  await page.getByText('the causes are being tested').waitFor();
  failing.fail(undefined);
  await page
    .getByRole('button', { name: /retry|try again/i })
    .first()
    .click();
  await page.locator('.er-row').first().waitFor();
  await page.getByRole('searchbox', { name: 'Filter errors' }).fill('no such text');
  await page.getByRole('heading', { name: 'No cause contains this text' }).waitFor();
  await page.getByRole('searchbox', { name: 'Filter errors' }).fill('');
  await page.getByRole('button', { name: 'Show all services' }).click();
  await page.waitForURL((url) => !url.search.includes('service'));
  await close();
});

test('hostile and very many causes stay text, in one scrolling list', async () => {
  const { page, errors, close } = await views.open(shop, '/logs');
  await page.route('**/api/v1/errors/causes?*', (route) => route.fulfill({ json: hostileCauses(200) }));
  await page.goto(`${shop.url}/errors`);
  await page.locator('.er-row').nth(199).waitFor();
  assert.equal(await page.locator('.er img').count(), 0);
  assert.equal(await page.title(), 'Errors · otelier');
  await page.getByText(/the 4,800 rarest are not listed, from one in 7 traces/).waitFor();
  const isWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(isWide, false);
  assert.deepEqual(
    errors.filter((error) => !/404/.test(String(error))),
    [],
  );
  await close();
});

function hostileCauses(count: number): ErrorCausesResponse {
  const cause = (index: number): ErrorCause => ({
    ...{
      fingerprint: `${index}`.padStart(16, '0'),
      service: HOSTILE,
      type: HOSTILE.repeat(20),
      search: '',
      messages: 9e9,
    },
    message: [
      { text: `${index} ${HOSTILE}`.repeat(30), isVariable: false },
      { text: HOSTILE.repeat(30), isVariable: true },
    ],
    ...{ spanName: HOSTILE, count: 9e15, attempts: 9e15, failedRequests: index % 2, users: 0, paths: 3 },
    ...{ firstSeenNanos: '0', lastSeenNanos: '9223372036854775807', steps: Array.from({ length: 30 }, () => 9e15) },
    path: Array.from({ length: 40 }, () => ({
      service: HOSTILE,
      isPeer: false,
      type: HOSTILE,
      spanName: '',
      count: 1,
    })),
    versions: Array.from({ length: 10 }, (_, n) => ({ value: `${n}${HOSTILE}`, count: n })),
    instances: [],
    routes: Array.from({ length: 10 }, (_, n) => ({ service: HOSTILE, name: `${n}${HOSTILE}`.repeat(9), count: n })),
    samples: [{ traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), isLog: false, timeNanos: '1', message: HOSTILE }],
  });
  const causes = Array.from({ length: count }, (_, index) => cause(index));
  return { timesMillis: [], stepMillis: 1, causes, total: 5000, occurrences: 9e15, sampling: 7 };
}
