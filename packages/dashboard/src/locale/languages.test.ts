import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { startViewTest } from '../../dev/view-test.ts';
import { CATALOG as GERMAN } from './de.ts';
import { CATALOG as CHINESE } from './zh.ts';

const views = await startViewTest();
const shop = await views.serve();
const managed = await views.serve();
managed.setIdentity('admin');

/** Every main view, and an element that appears with its data. */
const VIEWS = [
  ['/?last=15m', '.ov-error'],
  ['/traces?last=15m', '.tr-hits tbody tr'],
  ['/traces?last=15m&compare=groups&select=status+%3D+error', '.co-panel'],
  ['/logs?last=15m', '.lo-row'],
  ['/logs?last=15m&tab=patterns', '.lo-pattern'],
  ['/metrics?last=15m&metric=payment.charge.duration', '.se-table td'],
  ['/map?last=15m', '.mp-node'],
  ['/errors?last=15m', '.er-frame'],
  ['/services/payment?last=15m', '.sv-two tbody tr'],
  ['/query?query=SELECT+1', '.qu-table td'],
  ['/boards', '.state'],
  ['/pipeline', '.pi-label'],
  ['/cost?last=15m', '.ct-balance td'],
  ['/health', '.he-finding'],
  ['/certificates', '.ce-facts dd'],
  ['/admin?tab=protection', '.dp-column td'],
] as const;

/** Names in the data of the shop that are also texts of the page. */
const DATA = /^(?:error|errors|time|calls|span|logs|traces|metrics|in|Attribute)$/;

/** English words that no text in another language contains. */
const ENGLISH = {
  de: /\b(?:the|of|and|with|not|this|that|from|are|has|have|is)\b/i,
  zh: /\b(?:the|of|and|with|not|this|that|from|are|has|have|is|in|to|by|no)\b/i,
};

for (const [code, catalog] of [
  ['de', GERMAN],
  ['zh', CHINESE],
] as const) {
  test(`every view is in the language of the browser: ${code}`, async () => {
    const { page, errors, close } = await views.open(shop, '/healthz', { locale: code });
    const problems: string[] = [];
    const foreign = Object.entries(catalog).flatMap(([text, translation]) =>
      translation === text || text.includes('{') ? [] : [text],
    );
    for (const [path, ready] of VIEWS) {
      await page.goto((path.startsWith('/admin') ? managed : shop).url + path);
      await page.locator(ready).first().waitFor();
      assert.equal(await page.locator('html').getAttribute('lang'), code);
      const texts = await textsOf(page);
      const english = texts.filter((text) => (foreign.includes(text) && !DATA.test(text)) || ENGLISH[code].test(text));
      problems.push(...[...english, ...(await clipped(page))].map((one) => `${path}: ${one}`));
    }
    assert.deepEqual(problems, []);
    assert.deepEqual(errors, []);
    await close();
  });
}

test('another language is chosen in the page and kept', async () => {
  const { page, close } = await views.open(shop, '/?last=15m');
  await page.getByRole('button', { name: /^Language: / }).click();
  await page.getByRole('radio', { name: 'Deutsch' }).click();
  await page.getByRole('heading', { level: 1, name: 'Übersicht' }).waitFor();
  await page.getByRole('columnheader', { name: 'Dienst' }).first().waitFor();
  assert.match(await page.locator('.ov-services tbody').first().innerText(), /\d,\d/);
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Übersicht' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'de');
  await page.waitForFunction(() => document.title === 'Übersicht · otelier');
  await close();
});

test('a browser that reports a POSIX locale shows charts', async () => {
  const { page, errors, close } = await views.open(shop, '/healthz');
  await page.addInitScript(() => {
    Object.defineProperties(Navigator.prototype, {
      language: { get: () => 'de_DE@posix', configurable: true },
      languages: { get: () => ['de_DE@posix', 'C'], configurable: true },
    });
  });
  await page.goto(`${shop.url}/metrics?last=15m&metric=payment.charge.duration`);
  await page.locator('.se-table td').first().waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'de');
  assert.deepEqual(errors, []);
  await close();
});

test('times are shown in the chosen time zone', async () => {
  const { page, close } = await views.open(shop, '/logs?last=15m&at=1764547200000', { timezoneId: 'Europe/Berlin' });
  const range = page.getByRole('button', { name: /^Time range/ });
  const pick = async (zone: string): Promise<void> => {
    await range.click();
    await page.getByLabel('Time zone').selectOption(zone);
  };
  assert.match(await range.innerText(), /– 01:00/);
  await pick('America/New_York');
  await page.getByRole('button', { name: /– 19:00/ }).waitFor();
  await range.click();
  assert.equal(await page.getByLabel('To', { exact: true }).inputValue(), '2025-11-30T19:00');
  await page.getByLabel('From', { exact: true }).fill('2025-11-30T18:00');
  await page.getByRole('button', { name: 'Show this range' }).click();
  await page.waitForURL(/from=1764543600000/);
  await pick('UTC');
  await page.getByRole('button', { name: /23:00 – .*00:00/ }).waitFor();
  await close();
});

/** Returns the texts and the labels of a page, without what a machine wrote. */
function textsOf(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const data =
      'code, pre, kbd, bdi, .mono, option, .cm-editor, .ov-error, .er-cause, .er-panel, .lo-main, .lo-facet, .lo-legend, .lo-pattern, .co-table, .co-panel, .me-list .scroll, .he-finding, .he-findings, .status, [lang]:not(html)';
    const texts = new Set<string>();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const text = node.textContent?.trim() ?? '';
      if (/\p{L}{2}/u.test(text) && node.parentElement?.closest(`${data}, script, noscript`) === null) texts.add(text);
    }
    for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
      if (element.closest(data) !== null) continue;
      for (const name of ['aria-label', 'placeholder']) texts.add(element.getAttribute(name) ?? '');
    }
    return [...texts];
  });
}

/** Returns the controls and headings whose text does not fit, or which lie outside of the page. */
function clipped(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    if (document.documentElement.scrollWidth > innerWidth) found.push('the page is wider than the window');
    for (const element of document.querySelectorAll<HTMLElement>('button, th, h1, h2, .nav a, .status > span, .note')) {
      if (element.closest('.cut, .unseen, [hidden], .hints, .pi-label') !== null || element.clientWidth === 0) continue;
      if (getComputedStyle(element).textOverflow === 'ellipsis') continue;
      if (element.scrollWidth > element.clientWidth + 1) found.push(`${element.className}: ${element.innerText}`);
    }
    return found;
  });
}
