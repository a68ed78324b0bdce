import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { type Gateway, startGateway } from './gateway.ts';
import { startBrowser } from './page.ts';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21aa'];
const SCHEMES = ['dark', 'light'] as const;

const shop = await startGateway({ after }, { demo: true });
const empty = await startGateway({ after });
const open = await startBrowser();

/** Every view with and without data. `ready` waits until the view shows its content. */
const CASES: readonly {
  readonly name: string;
  readonly gateway: Gateway;
  readonly path: string;
  readonly ready: (page: Page) => Promise<void>;
}[] = [
  {
    name: 'overview',
    gateway: shop,
    path: '/',
    ready: (page) => page.getByRole('table', { name: 'Services' }).getByRole('row').nth(7).waitFor(),
  },
  {
    name: 'a trace with a span',
    gateway: shop,
    path: '/traces?where=name+%3D+POST+%2Fcharge&where=duration+%3E+300ms',
    async ready(page) {
      await page
        .getByRole('button', { name: /^Open trace/ })
        .first()
        .click();
      await page.getByRole('tree', { name: 'Spans' }).getByRole('treeitem').nth(1).click();
      await page.getByRole('complementary', { name: /^Span / }).waitFor();
    },
  },
  {
    name: 'logs with an open record',
    gateway: shop,
    path: '/logs?where=service+%3D+payment',
    async ready(page) {
      const records = page.getByRole('group', { name: 'Log records' });
      await records.getByRole('button').first().click();
      await records.getByRole('button', { name: 'Copy as JSON' }).waitFor();
    },
  },
  {
    name: 'metrics',
    gateway: shop,
    path: '/metrics',
    ready: (page) => page.getByRole('table', { name: 'Series' }).getByRole('row').nth(1).waitFor(),
  },
  {
    name: 'the map with a service in focus',
    gateway: shop,
    path: '/map?node=service+payment',
    ready: (page) =>
      page
        .getByRole('button', { name: /^Calls from checkout to payment/ })
        .first()
        .waitFor(),
  },
  {
    name: 'errors with the path of a cause',
    gateway: shop,
    path: '/errors',
    async ready(page) {
      await page
        .getByRole('button', { name: /^ModelStale/ })
        .first()
        .click();
      await page.getByRole('region', { name: 'Stack trace' }).locator('.er-frame').first().waitFor();
    },
  },
  {
    name: 'pipeline',
    gateway: shop,
    path: '/pipeline',
    ready: (page) =>
      page
        .getByRole('button', { name: /^receiver:generator to/ })
        .first()
        .waitFor(),
  },
  ...(['/', '/metrics'] as const).map((path) => ({
    name: `the empty ${path}`,
    gateway: empty,
    path,
    ready: (page: Page) =>
      page
        .getByRole('main')
        .getByRole('heading', { name: /^No |Nothing/ })
        .first()
        .waitFor(),
  })),
];

for (const { name, gateway, path, ready } of CASES) {
  test(`axe finds no violations with ${name}, in dark and light mode`, async () => {
    const { page, errors, close } = await open(gateway, path);
    await ready(page);
    const backgrounds = new Set<string>();
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      backgrounds.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
      // In light mode, only contrast is checked again.
      // Without result types, axe computes a unique selector of every element that passes.
      const axe = new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).setLegacyMode();
      const rules = colorScheme === 'dark' ? axe.withTags(TAGS) : axe.withRules(['color-contrast']);
      const { violations, passes } = await rules.analyze();
      assert.ok(passes.length > 0, 'expected axe to check something');
      assert.deepEqual(
        violations.flatMap(({ id, nodes }) =>
          nodes
            .slice(0, 3)
            .map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary?.split('\n')[1] ?? ''}`),
        ),
        [],
        colorScheme,
      );
    }
    assert.equal(backgrounds.size, SCHEMES.length, 'expected checks in two schemes');
    assert.deepEqual(errors, []);
    await close();
  });
}
