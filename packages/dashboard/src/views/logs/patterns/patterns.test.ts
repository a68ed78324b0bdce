import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogPattern, LogPatternsResponse } from '@otelier/query';
import { startViewTest } from '../../../../dev/view-test.ts';

const views = await startViewTest();
const shop = await views.serve();
const WIDE = { viewport: { width: 1440, height: 900 } };
const HOSTILE = '<img src=x onerror="document.title=1">\u202e\u0000\u0007{{7*7}}';

test('lists patterns with their variables, opens one, and filters by it with the keyboard', async () => {
  const { page, errors, close } = await views.open(shop, '/logs?last=15m', WIDE);
  await page.getByRole('tab', { name: /^Patterns/ }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/tab=patterns/);
  const list = page.getByRole('list', { name: 'Patterns', exact: true });
  const placed = list.getByRole('button', { name: /^info checkout order \w+ placed, charged num EUR/ });
  await placed.waitFor();
  await placed.focus();
  await page.keyboard.press('Enter');
  await list
    .getByRole('list', { name: 'Latest records' })
    .getByText(/^order [0-9a-f]{6} placed/)
    .first()
    .waitFor();
  await page.keyboard.press('Escape');
  await list.getByRole('list', { name: 'Latest records' }).waitFor({ state: 'hidden' });
  await page.keyboard.press('-');
  await page.getByRole('button', { name: /^Remove body not like/ }).waitFor();
  await placed.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: /^Remove body not like/ }).click();
  await placed.click();
  await list.getByRole('button', { name: /^Show [\d,]+ records?/ }).click();
  await page.waitForURL((url) => !url.search.includes('tab='));
  await page.getByRole('button', { name: /^Remove body like order … placed, charged … EUR/ }).waitFor();
  const rows = page.getByRole('group', { name: 'Log records' }).locator('.lo-main .body');
  await rows
    .filter({ hasNotText: /order \w+ placed/ })
    .first()
    .waitFor({ state: 'hidden' });
  await rows.first().waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test('orders patterns by share, growth and age, and compares with the previous day', async () => {
  const { page, errors, close } = await views.open(shop, '/logs?last=15m&tab=patterns', WIDE);
  await page.route('**/api/v1/logs/patterns?*', (route) =>
    route.fulfill({
      json: response(
        [
          pattern('steady', { count: 90, before: 90, firstSeenNanos: '1000000' }),
          pattern('grown', { count: 80, before: 2, firstSeenNanos: '2000000' }),
          pattern('begun', { count: 5, before: 0, firstSeenNanos: '3000000', steps: [...Array(10).fill(0), 5] }),
        ],
        { before: 92, read: 10_000, total: 500_000 },
      ),
    }),
  );
  await page.reload();
  const names = page.locator('.lo-pattern .mono');
  await page.getByText('from 10,000 of 500,000 records').waitFor();
  assert.deepEqual(await names.allTextContents(), ['steady', 'grown', 'begun']);
  await page.getByText('×40.0').waitFor();
  await page.getByText(/^new \d\d:\d\d$/).waitFor();
  await page.getByRole('radio', { name: 'Share' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.waitForURL(/sort=growth/);
  assert.deepEqual(await names.allTextContents(), ['grown', 'begun', 'steady']);
  await page.keyboard.press('ArrowRight');
  await page.waitForURL(/sort=new/);
  assert.deepEqual(await names.allTextContents(), ['begun', 'grown', 'steady']);
  assert.deepEqual(errors, []);
  await close();
});

test('empty and failed responses say why', async () => {
  const server = await views.serve();
  server.fail(/logs\/patterns/, 503, 'unavailable', 'the patterns are being tested');
  const { page, close } = await views.open(server, '/logs?last=15m&tab=patterns');
  await page.getByText('the patterns are being tested').waitFor();
  server.fail(undefined);
  await page
    .getByRole('button', { name: /retry|try again/i })
    .first()
    .click();
  await page.locator('.lo-pattern').nth(1).waitFor();
  await close();
  const empty = await views.open(server, '/logs?last=15m&tab=patterns&where=service+%3D+none');
  await empty.page.getByRole('heading', { name: 'No record matches the condition' }).waitFor();
  await empty.close();
});

test('hostile and very many patterns stay text, in one scrolling list', async () => {
  const { page, errors, close } = await views.open(shop, '/pipeline', WIDE);
  const hostile = Array.from({ length: 500 }, (_, index) =>
    pattern(`${index} ${HOSTILE}`.repeat(30), {
      service: HOSTILE,
      count: 9e15,
      parts: [
        { text: `${HOSTILE}`.repeat(30) },
        {
          text: '<*>',
          variable: { kind: 'string', values: [{ value: HOSTILE.repeat(9), count: 9e15 }], distinct: 9e15 },
        },
        { text: '<*>', variable: { kind: 'escape', values: [], distinct: 0 } },
      ],
      firstSeenNanos: '9223372036854775807',
    }),
  );
  await page.route('**/api/v1/logs/patterns?*', (route) =>
    route.fulfill({ json: response(hostile, { patternCount: 7000, before: 1 }) }),
  );
  await page.goto(`${shop.url}/logs?tab=patterns`);
  await page.locator('.lo-pattern').nth(499).waitFor();
  await page.getByText('The 500 largest of 7,000 patterns').waitFor();
  await page.locator('.lo-pattern').nth(3).click();
  await page.getByRole('list', { name: 'Latest records' }).waitFor();
  assert.equal(await page.locator('.lo img').count(), 0);
  assert.equal(await page.title(), 'Logs · otelier');
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
  assert.deepEqual(errors, []);
  await close();
});

function pattern(text: string, more: Partial<LogPattern> = {}): LogPattern {
  return {
    ...{ service: 'shop', severity: 'info', severityNumber: 9, parts: [{ text }], count: 1, before: 0 },
    where: ['service = "shop"', `body ~ "${text}"`],
    steps: Array.from({ length: 20 }, () => 1),
    ...{ firstSeenNanos: '0', lastSeenNanos: '1' },
    examples: [{ timeNanos: '1', body: HOSTILE, traceId: 'f'.repeat(32), spanId: 'e'.repeat(16) }],
    ...more,
  };
}

function response(patterns: readonly LogPattern[], more: Partial<LogPatternsResponse> = {}): LogPatternsResponse {
  return {
    ...{ timesMillis: [], stepMillis: 1, patterns, patternCount: patterns.length, total: 100, read: 100 },
    ...more,
  };
}
