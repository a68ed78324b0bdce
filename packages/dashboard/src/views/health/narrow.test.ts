import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findViolations } from '@otelier/testkit/accessibility';
import type { Page } from 'playwright-core';
import { startViewTest } from '../../../dev/view-test.ts';

const views = await startViewTest();
const shop = await views.serve();
const VIEWS = [
  ['/cost?last=15m', '.ct-balance td'],
  ['/cost?last=15m&tab=attributes&unit=items', '.ct-balance td'],
  ['/health?last=15m', '.he-finding'],
  ['/health?last=15m&tab=heap', '.he-profile .state'],
] as const;
const SIZES = [
  { width: 390, height: 844 },
  { width: 768, height: 1024 },
];

test('cost and health fit a phone and a tablet, in the light theme too, and all of them can be scrolled to', async () => {
  const { page, errors, close } = await views.open(shop, '/healthz', { colorScheme: 'light' });
  const problems: string[] = [];
  for (const [path, ready] of VIEWS) {
    for (const size of SIZES) {
      await page.setViewportSize(size);
      await page.goto(shop.url + path);
      await page.locator(ready).first().waitFor();
      problems.push(...(await outside(page)).map((problem) => `${path} at ${size.width}: ${problem}`));
    }
    problems.push(...(await violations(page)).map((problem) => `${path}: ${problem}`));
  }
  assert.deepEqual(problems, []);
  // The last things of both views are reached by scrolling.
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${shop.url}/health?last=15m`);
  const senders = page.getByRole('region', { name: 'Senders' }).getByRole('row').last();
  await senders.scrollIntoViewIfNeeded();
  assert.ok(await isInWindow(page, '.he-senders tbody tr:last-child, [aria-label="Senders"] tbody tr:last-child'));
  await page.goto(`${shop.url}/cost?last=15m`);
  await page.getByRole('button', { name: /^Insert into the configuration/ }).scrollIntoViewIfNeeded();
  assert.ok(await isInWindow(page, '.ct-insert .btn'));
  assert.deepEqual(errors, []);
  await close();
});

test('the size of the store fits into the rail in every language', async () => {
  for (const locale of ['en-US', 'de', 'zh']) {
    const { page, close } = await views.open(shop, '/health', { locale });
    await page.locator('.gauge .meter').waitFor();
    // A longer size than that of the simulated store.
    const cut = await page.evaluate(() => {
      const size = document.querySelector<HTMLElement>('.gauge .row .push');
      const rail = document.querySelector<HTMLElement>('.rail');
      if (size === null || rail === null) return 'missing';
      size.textContent = size.textContent.replace('3.1', '999.9 MB').replace('3,1', '999,9 MB');
      return size.getBoundingClientRect().right <= rail.getBoundingClientRect().right - 8 ? 'fits' : size.textContent;
    });
    assert.equal(cut, 'fits', locale);
    await close();
  }
});

/** Returns the parts that are wider than the window. */
function outside(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const found = document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : [];
    const parts =
      '.main > *, .he > *, .he-main > *, .he-profile > *, .ct > *, .pane > .head, .ct-panel > *, .ct-insert > *';
    for (const element of document.querySelectorAll<HTMLElement>(parts)) {
      const { left, right, width } = element.getBoundingClientRect();
      if (width > 0 && (left < -1 || right > innerWidth + 1)) found.push(`${element.className} ends at ${right}`);
    }
    return found;
  });
}

function isInWindow(page: Page, selector: string): Promise<boolean> {
  return page.evaluate((wanted) => {
    const { top, bottom } = document.querySelector(wanted)?.getBoundingClientRect() ?? { top: -1, bottom: 1e9 };
    return top >= 0 && bottom <= innerHeight + 1;
  }, selector);
}

async function violations(page: Page): Promise<readonly string[]> {
  const found = await findViolations(page, { only: ['color-contrast', 'target-size'], exclude: ['th button'] });
  return found.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}
