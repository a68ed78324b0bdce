import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findViolations } from '@otelier/testkit/accessibility';
import type { Page } from 'playwright-core';
import { startViewTest } from '../../dev/view-test.ts';
import { queryPanel } from '../views/boards/model/board.ts';

const views = await startViewTest();
const shop = await views.serve();
const VIEWS = [
  ['/?last=15m', '.ov-error'],
  ['/traces?last=15m', '.tr-hits tbody tr'],
  ['/logs?last=15m', '.lo-row'],
  ['/logs?last=15m&tab=patterns', '.lo-pattern'],
  ['/metrics?last=15m&metric=payment.charge.duration', '.se-table td'],
  ['/map?last=15m', '.mp-node'],
  ['/errors?last=15m', '.er-frame'],
  ['/services/payment?last=15m', '.sv-two tbody tr'],
  ['/pipeline', '.pi-label'],
  ['/cost?last=15m', '.ct-balance td'],
  ['/health', '.he-finding'],
  ['/query?query=SELECT+1', '.qu-table td'],
  ['/boards', '.main td'],
  ['/boards?board=phone&last=15m', '.bo-stats'],
  ['/alerts', '.state'],
  ['/senders', '.sn-main tbody tr'],
  ['/certificates', '.ce-main tbody tr'],
] as const;

test('every view fits a phone and a tablet, and its targets are large enough', async () => {
  const trace = [...shop.shop.traces.keys()].at(-40) ?? '';
  const problems: string[] = [];
  const panel = { id: 'a', title: 'A', place: { x: 0, y: 0, w: 6, h: 6 } };
  const query = queryPanel({ language: 'promql', queries: [{ text: 'rate(x[5m])' }], shape: 'stat' });
  const content = { version: 1, variables: [], panels: [{ ...panel, ...query }] };
  await fetch(`${shop.url}/api/v1/documents/save`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'board', id: 'phone', name: 'Phone', content, revision: 0 }),
  });
  const { page, errors, close } = await views.open(shop, '/healthz', { viewport: { width: 390, height: 844 } });
  for (const [path, ready] of [...VIEWS, [`/traces?last=15m&trace=${trace}`, '.tr-head h2'] as const]) {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(shop.url + path);
    await page.locator(ready).first().waitFor();
    await page.getByRole('link', { name: 'Overview', exact: true }).waitFor();
    const found = [...(await outside(page)), ...(await smallTargets(page))];
    await page.setViewportSize({ width: 768, height: 1024 });
    problems.push(...[...found, ...(await outside(page))].map((problem) => `${path}: ${problem}`));
  }
  assert.deepEqual(problems, []);
  assert.deepEqual(errors, []);
  await close();
});

test('a phone reaches the views, the theme, the range and the fields of logs', async () => {
  const { page, close } = await views.open(shop, '/?last=15m', { viewport: { width: 390, height: 844 } });
  await page.getByRole('link', { name: 'Logs', exact: true }).click();
  await page.waitForURL(/\/logs/);
  await page.getByRole('button', { name: 'Fields' }).click();
  await page.getByRole('complementary', { name: 'Fields' }).getByText('frontend').first().click();
  await page.waitForURL(/where=service/);
  await page.keyboard.press('Escape');
  await page.getByRole('complementary', { name: 'Fields' }).waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Switch theme' }).click();
  await page.getByRole('button', { name: /^Time range/ }).click();
  await page.getByRole('radio', { name: 'Last 5 min' }).click();
  await page.waitForURL(/last=5m/);
  await close();
});

/**
 * Returns the controls of the frame that lie outside of the window, whether the page is wider than it, and the names
 * for which nothing is left beside the numbers.
 */
function outside(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const found = document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : [];
    const inside = '.top button, .top h1, .main > *, .cond button, .read > *, .er-title > *, .sn-bar > *, .ce-bar > *';
    for (const element of document.querySelectorAll<HTMLElement>(inside)) {
      const { left, right, width } = element.getBoundingClientRect();
      if (width > 0 && (left < -1 || right > innerWidth + 1)) found.push(`${element.className} ${element.innerText}`);
    }
    for (const element of document.querySelectorAll<HTMLElement>('th, .er-type .mono, .cond input')) {
      const isShown = element.offsetHeight > 1 && (element.textContent !== '' || element.matches('input'));
      if (isShown && element.offsetWidth < 40) found.push(`no space for ${element.className} ${element.innerText}`);
    }
    return found;
  });
}

/** Rows may be smaller: each is also reached by key. */
const ROWS = ['.lo-main', '.se-exemplar', 'th button'];

async function smallTargets(page: Page): Promise<readonly string[]> {
  const violations = await findViolations(page, { only: ['target-size'], exclude: ROWS });
  return violations.flatMap(({ nodes }) => nodes.map(({ target }) => target.join(' ')));
}
