import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startViewTest } from '../../dev/view-test.ts';

const views = await startViewTest();
const shop = await views.serve();

test('opens every view by key and ignores shortcuts while typing', async () => {
  const { page, errors, close } = await views.open(shop, '/');
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  for (const [letter, title] of [
    ['t', 'Traces'],
    ['l', 'Logs'],
    ['m', 'Metrics'],
    ['a', 'Map'],
    ['p', 'Pipeline'],
    ['o', 'Overview'],
  ] as const) {
    await page.keyboard.press('g');
    await page.keyboard.press(letter);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    await page.waitForFunction((text) => document.title.startsWith(text), title);
  }
  await page.keyboard.press('f');
  await page.keyboard.type('gtp');
  assert.equal(await page.getByRole('searchbox', { name: 'Filter services' }).inputValue(), 'gtp');
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test('the palette finds services, metrics and commands, and opens a pasted trace id', async () => {
  const { page, close } = await views.open(shop, '/?last=15m');
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Command palette' });
  await palette.getByRole('combobox').waitFor();
  await page.keyboard.type('pay');
  await palette
    .getByRole('option', { name: /^payment/ })
    .first()
    .waitFor();
  await palette.getByRole('option', { name: /payment\.charge\.duration/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/services\/payment\?/);
  const id = [...shop.shop.traces.keys()].at(-40) ?? '';
  await page.keyboard.press('Control+k');
  await palette.getByRole('combobox').waitFor();
  await page.keyboard.type(`00-${id}-51aa7e09c4d2b8f3-01`);
  await page.keyboard.press('Enter');
  await page.waitForURL(new RegExp(`trace=${id}`));
  await page.keyboard.press('Control+k');
  await palette.getByRole('combobox').waitFor();
  await page.keyboard.press('Escape');
  await palette.waitFor({ state: 'hidden' });
  await close();
});

test('the palette finds attributes, values and settings, and lists recent entries first', async () => {
  const { page, close } = await views.open(shop, '/?last=15m', { timezoneId: 'UTC' });
  const palette = page.getByRole('dialog', { name: 'Command palette' });
  const open = async (text: string): Promise<void> => {
    await page.keyboard.press('Control+k');
    await palette.getByRole('combobox').fill(text);
  };
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await open('payment.method');
  await palette.getByRole('option', { name: /^payment\.method = card/ }).click();
  await page.waitForURL((url) => url.searchParams.get('where') === 'attributes.payment.method = card');
  await page.getByRole('table', { name: 'Traces found' }).waitFor();
  await open('zone tokyo');
  await page.keyboard.press('Enter');
  await palette.waitFor({ state: 'hidden' });
  await open('');
  const first = palette.getByRole('group', { name: 'Recent' }).getByRole('option').first();
  assert.match(await first.innerText(), /Time zone: Asia\/Tokyo/);
  await open('otelier validate');
  await palette.getByRole('option', { name: /^otelier validate/ }).waitFor();
  await close();
});

test('? lists the active keys', async () => {
  const { page, close } = await views.open(shop, '/traces');
  await page.getByRole('table', { name: 'Traces found' }).waitFor();
  await page.keyboard.press('?');
  const list = page.getByRole('dialog', { name: 'Shortcuts' });
  await list.getByText('Next trace').first().waitFor();
  await list.getByText('Pause or resume').waitFor();
  await page.keyboard.press('Escape');
  await list.waitFor({ state: 'hidden' });
  await close();
});

test('selects, moves and pauses the time range and keeps it across views', async () => {
  const { page, close } = await views.open(shop, '/');
  await page.getByRole('button', { name: /^Time range: Last 15 min/ }).click();
  await page.getByRole('radio', { name: 'Last 5 min' }).click();
  await page.waitForURL(/last=5m/);
  await page.keyboard.press('g');
  await page.keyboard.press('t');
  await page.waitForURL(/\/traces\?last=5m/);
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('[');
  await page.waitForURL(/at=\d+/);
  await page.getByRole('button', { name: 'Resume' }).waitFor();
  await page.keyboard.press(']');
  await page.waitForURL((url) => !url.searchParams.has('at'));
  await page.keyboard.press(' ');
  await page.waitForURL(/at=\d+/);
  await page.keyboard.press(' ');
  await page.waitForURL((url) => !url.searchParams.has('at'));
  await close();
});

test('follows the color scheme of the system and remembers an explicit choice', async () => {
  const { page, close } = await views.open(shop, '/', { colorScheme: 'light' });
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(await background(), 'rgb(255, 255, 255)');
  await page.getByRole('button', { name: 'Switch theme' }).click();
  assert.notEqual(await background(), 'rgb(255, 255, 255)');
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  assert.notEqual(await background(), 'rgb(255, 255, 255)');
  await close();
});

test('collapses the rail by key and in narrow windows', async () => {
  const { page, close } = await views.open(shop, '/');
  const width = () => page.getByRole('navigation', { name: 'Views' }).evaluate((rail) => rail.clientWidth);
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  assert.ok((await width()) > 140);
  await page.keyboard.press('\\');
  await page.waitForFunction(() => (document.querySelector('.rail')?.clientWidth ?? 200) < 60);
  await page.keyboard.press('\\');
  await page.setViewportSize({ width: 1100, height: 800 });
  await page.waitForFunction(() => (document.querySelector('.rail')?.clientWidth ?? 200) < 60);
  await page.getByRole('link', { name: 'Traces', exact: true }).click();
  await page.waitForURL(/\/traces/);
  await close();
});

test('reports an unknown address', async () => {
  const { page, close } = await views.open(shop, '/nowhere');
  await page.getByRole('heading', { name: 'Page not found' }).waitFor();
  await close();
});

test('the focus follows the selection in lists, which are one stop of Tab', async () => {
  const { page, close } = await views.open(shop, '/?last=15m');
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');
  await page.locator('.ov-services tbody button').first().waitFor();
  await page.keyboard.press('j');
  await page.waitForFunction(() => document.activeElement?.closest('.ov-services tr')?.classList.contains('sel'));
  const first = await focused();
  await page.keyboard.press('ArrowDown');
  await page.waitForFunction((text) => document.activeElement?.textContent !== text, first);
  assert.equal(await page.locator('.ov-services tbody button[tabindex="0"]').count(), 1);
  await page.keyboard.press('Tab');
  assert.equal(await page.locator('.ov-services tbody button:focus').count(), 0);
  await page.goto(`${shop.url}/logs?last=15m`);
  await page.locator('.lo-main').first().waitFor();
  for (const key of ['j', 'End', 'Home', 'ArrowDown', 'Enter']) {
    await page.keyboard.press(key);
    // On a busy machine, the next key would otherwise come before the focus.
    await page.locator('.lo-main:focus').waitFor();
  }
  await page.locator('.lo-main[aria-expanded=true]:focus').waitFor();
  await page.goto(`${shop.url}/traces?last=15m`);
  await page.locator('.tr-hits tbody tr').first().waitFor();
  await page.keyboard.press('j');
  await page.locator('.tr-hits tbody button:focus').waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('tree', { name: 'Spans' }).waitFor();
  await page.keyboard.press('j');
  await page.locator('[role=tree]:focus').waitFor();
  assert.ok(await page.locator('[role=tree]').getAttribute('aria-activedescendant'));
  await close();
});
