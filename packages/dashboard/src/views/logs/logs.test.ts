import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator } from 'playwright-core';
import { startViewTest } from '../../../dev/view-test.ts';

const views = await startViewTest();
const shop = await views.serve();

test('adds new records at the top; a scrolled list is frozen and counts them until asked to show them', async () => {
  const { page, errors, close } = await views.open(shop, '/logs?last=15m');
  const list = page.getByRole('group', { name: 'Log records' });
  const first = list.locator('[data-index="0"]');
  await first.waitFor();
  const before = await first.innerText();
  await page.waitForFunction(
    (text) => document.querySelector<HTMLElement>('[data-index="0"]')?.innerText !== text,
    before,
  );
  await list.evaluate((box) => box.scrollTo(0, 400));
  const banner = page.getByRole('status').filter({ hasText: 'Live tail paused at' });
  await banner.getByText('because you scrolled.').waitFor();
  await banner.getByText(/[1-9]\d* new records? since then/).waitFor();
  const held = await list.locator('[data-index="20"]').innerText();
  await page.waitForTimeout(1500);
  assert.equal(await list.locator('[data-index="20"]').innerText(), held);
  await page.keyboard.press('j');
  await page.waitForFunction(() => document.activeElement?.closest('[data-index="17"]') !== null);
  assert.equal(
    await list.evaluate((box) => box.scrollTop),
    400,
    'selects a row in view instead of scrolling to another',
  );
  await page.keyboard.press(' ');
  await banner.waitFor({ state: 'hidden' });
  assert.equal(await list.evaluate((box) => box.scrollTop), 0);
  assert.deepEqual(errors, []);
  await close();
});

test('pausing freezes the view, and resuming shows what has arrived since', async () => {
  const { page, close } = await views.open(shop, '/logs?last=15m');
  await page.locator('[data-index="0"]').waitFor();
  await page.keyboard.press(' ');
  await page.waitForURL(/at=\d+/);
  const banner = page.getByRole('status').filter({ hasText: 'Live tail paused at' });
  await banner.getByText(/[1-9]\d* new records? since then/).waitFor();
  await banner.getByRole('button', { name: /Show them and resume/ }).click();
  await page.waitForURL((url) => !url.searchParams.has('at'));
  await banner.waitFor({ state: 'hidden' });
  await close();
});

test('expands a record, filters and groups by its values, and opens its trace with T', async () => {
  const { page, errors, close } = await views.open(shop, '/logs?last=15m&text=charge');
  const list = page.getByRole('group', { name: 'Log records' });
  await list.locator('mark').first().waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await list.getByRole('button', { name: 'Copy as JSON' }).waitFor();
  await list.getByText('trace_id').waitFor();
  await list.getByRole('button', { name: /^Same pattern\s*\d/ }).waitFor();
  assert.match(
    (await list.locator('.lo-detail').getByRole('link').first().getAttribute('href')) ?? '',
    /\/traces\?.*trace=[0-9a-f]{32}/,
  );
  const group = list.getByRole('button', { name: /^group by (?!service)/ }).first();
  await group.focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/group=/);
  const only = list.getByRole('button', { name: 'only service.name' });
  await only.focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/where=resource.service.name/);
  const where = new URL(page.url()).searchParams.getAll('where').join();
  const service = /resource\.service\.name = ([\w-]+)/.exec(where)?.[1];
  assert.ok(service !== undefined, where);
  // The unfiltered list has a first row, too.
  await list.locator('.lo-main .sv').filter({ hasNotText: service }).first().waitFor({ state: 'hidden' });
  await list.locator('[data-index="0"]').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('body').press('j');
  await page.keyboard.press('t');
  await page.waitForURL(/\/traces\?.*trace=[0-9a-f]{32}/);
  await page.getByRole('tree', { name: 'Spans' }).getByRole('treeitem').first().waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test('facets filter by service and minimum severity, and count the matching records', async () => {
  const { page, close } = await views.open(shop, '/logs?last=15m');
  const fields = page.getByRole('complementary', { name: 'Fields' });
  await fields.getByRole('checkbox', { name: /^payment ?,/ }).click();
  await fields.getByRole('checkbox', { name: /^checkout ?,/ }).click();
  await page.getByRole('button', { name: 'Remove service in payment, checkout' }).waitFor();
  await fields.getByRole('checkbox', { name: /^Warn ?,/ }).click();
  await page.waitForURL(/severity\+%3E%3D\+warn/);
  await page.getByRole('checkbox', { name: /^Error ?,/, checked: true }).waitFor();
  await page.getByRole('checkbox', { name: /^Info ?, none/ }).waitFor();
  const list = page.getByRole('group', { name: 'Log records' });
  // The unfiltered list has as many rows, and the fields can be newer than the list.
  await list
    .locator('.lo-main')
    .filter({ hasNotText: /(warn|error)\s*(payment|checkout)/ })
    .first()
    .waitFor({ state: 'hidden' });
  await list.locator('[data-index="4"]').waitFor();
  // Whether the inner text has spaces between cells depends on the layout.
  const rows = await list.locator('.lo-main').allTextContents();
  assert.ok(rows.length > 3);
  for (const row of rows) assert.match(row, /(warn|error)\s*(payment|checkout)/);
  await close();
});

test('loads more records when the list is scrolled to its end', async () => {
  const { page, close } = await views.open(shop, '/logs?last=15m&order=oldest');
  const list = page.getByRole('group', { name: 'Log records' });
  await list.locator('[data-index="0"]').waitFor();
  const first = await list.evaluate((box) => box.scrollHeight);
  await list.evaluate((box) => box.scrollTo(0, box.scrollHeight));
  await page.waitForFunction((height) => (document.querySelector('.lo-list')?.scrollHeight ?? 0) > height * 1.5, first);
  await close();
});

test('says how many records the live tail left out, and reads them when asked', async () => {
  const server = await views.serve();
  const { page, errors, close } = await views.open(server, '/logs?last=15m');
  const list = page.getByRole('group', { name: 'Log records' });
  const first = list.locator('[data-index="0"]');
  await first.waitFor();
  const before = await first.innerText();
  await page.waitForFunction(
    (text) => document.querySelector<HTMLElement>('[data-index="0"]')?.innerText !== text,
    before,
  );
  server.skip(1234);
  const note = page.getByRole('status').filter({ hasText: '1,234 records left out' });
  await note.waitFor();
  await note.getByRole('button', { name: 'Read them' }).click();
  await note.waitFor({ state: 'hidden' });
  await first.waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test('a link to a record opens it when many newer ones have arrived', async () => {
  const server = await views.serve();
  const { page, close } = await views.open(server, '/logs?last=15m');
  const list = page.getByRole('group', { name: 'Log records' });
  await list.locator('[data-index="0"]').waitFor();
  // The API returns pages of 200 records.
  while ((await list.locator('[data-index="260"]').count()) === 0) await list.evaluate((box) => box.scrollBy(0, 400));
  await list.locator('[data-index="260"] button').first().click();
  await page.waitForURL(/record=\d+-[0-9a-z]+/);
  const link = page.url().replace(server.url, '');
  // The number of records with the pattern comes later.
  const textOf = async (one: Locator) => (await one.innerText()).replace(/(Same pattern)\n[\d,]+/, '$1');
  const detail = await textOf(list.locator('.lo-detail'));
  await close();
  const later = await views.open(server, link);
  const opened = later.page.getByRole('group', { name: 'Log records' }).locator('.lo-detail');
  await opened.waitFor();
  assert.equal(await textOf(opened), detail);
  assert.match(later.page.url(), /[?&]to=\d+/);
  await later.close();
});

test('filters by a severity and worse ones, or by exactly one, and shows none as none', async () => {
  const { page, errors, close } = await views.open(shop, '/logs?last=15m');
  const facet = page.getByRole('region', { name: 'Severity' });
  await facet.getByRole('checkbox', { name: /^Warn/ }).click();
  await page.waitForURL(/where=severity\+%3E%3D\+warn/);
  const mode = facet.getByRole('button', { name: 'and worse' });
  await mode.focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/where=severity\+%3D\+warn/);
  await facet.getByRole('button', { name: 'exact', pressed: true }).waitFor();
  const letter = facet.locator('.lo-none .sev.F');
  const [zero, text] = await letter.evaluate((mark) => {
    const probe = document.createElement('i');
    probe.style.color = 'var(--text-3)';
    mark.append(probe);
    return [getComputedStyle(mark).color, getComputedStyle(probe).color];
  });
  assert.equal(zero, text);
  assert.deepEqual(errors, []);
  await close();
});

test('shows bodies of several lines, colors and JSON when a record is opened', async () => {
  const { page, errors, close } = await views.open(shop, '/logs?last=15m');
  const list = page.getByRole('group', { name: 'Log records' });
  const opened = async (body: string) => {
    await page.route('**/api/v1/logs?*', async (route) => {
      const response = await route.fetch();
      const json = (await response.json()) as { logs: { body: string }[] };
      await route.fulfill({
        response,
        json: { ...json, logs: json.logs.slice(0, 5).map((log) => ({ ...log, body })) },
      });
    });
    await page.goto(`${shop.url}/logs?last=15m&order=oldest`);
    await list.locator('.lo-main').first().click();
    const text = list.locator('.lo-body');
    await text.waitFor();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    return text;
  };
  const json = await opened('{"level":"info","user":{"id":[1,"<b>"]}}');
  assert.match(await json.innerText(), /^\{\n {2}"level": "info",\n {2}"user": \{\n {4}"id": \[/);
  const ansi = await opened('\u001b[31mfailed\u001b[0m\nat line 2');
  assert.equal(await ansi.innerText(), 'failed\nat line 2');
  assert.equal(
    await list
      .locator('.lo-main .body')
      .first()
      .innerText()
      .then((text) => text.includes('\u001b')),
    false,
  );
  assert.equal(
    await ansi
      .locator('span')
      .first()
      .evaluate((part) => part.style.color),
    'var(--error)',
  );
  assert.deepEqual(errors, []);
  await close();
});

test('lists the fields of the records, and narrows the search by a value', async () => {
  const { page, errors, close } = await views.open(shop, '/logs?last=15m');
  await page.getByRole('tab', { name: /^Fields/ }).click();
  await page.locator('.lo-field').first().click();
  await page.getByRole('button', { name: 'Show as a column' }).click();
  await page.waitForURL(/columns=attributes/);
  await page.locator('.lo-field-values li button').first().click();
  await page.waitForURL((url) => url.searchParams.has('where') && !url.searchParams.has('tab'));
  assert.deepEqual(errors, []);
  await close();
});
