import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { startViewTest } from '../../dev/view-test.ts';

const views = await startViewTest();
const shop = await views.serve();
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];

test('axe finds no violations in any view, in dark and light mode', async () => {
  const failed =
    [...shop.shop.traces.values()].findLast((spans) =>
      spans.some((span) => span.name === 'gateway.charge' && span.statusCode === 'ERROR'),
    ) ?? [];
  const span = failed.find((one) => one.name === 'gateway.charge');
  const good = [...shop.shop.traces].findLast(([, spans]) => spans.every((one) => one.statusCode !== 'ERROR'))?.[0];
  const empty = await views.serve({ empty: true });
  await saveBoard(shop.url);
  const cases = [
    { server: shop, path: '/?last=15m', ready: '.ov-error' },
    { server: empty, path: '/', ready: '.fr-arrivals canvas' },
    { server: shop, path: '/traces?last=15m', ready: '.tr-hits tbody tr' },
    {
      server: shop,
      path: `/traces?last=15m&trace=${span?.traceId}&span=${span?.spanId}&find=charge`,
      ready: '.tr-detail .tr-line',
    },
    { server: shop, path: `/traces?last=15m&trace=${span?.traceId}&shape=flame&path=critical`, ready: '.fl-marked' },
    { server: shop, path: '/traces?last=15m&compare=groups&select=status+%3D+error', ready: '.co-panel' },
    { server: shop, path: `/traces?last=15m&compare=two&a=${span?.traceId}&b=${good}`, ready: '.two-row[role]' },
    { server: shop, path: '/traces?where=service+%3D+unknown', ready: '.state' },
    { server: shop, path: '/logs?last=15m&text=charge', ready: '.lo-row' },
    {
      server: shop,
      path: '/logs?last=15m&around=service&columns=attributes.payment.method',
      ready: '.lo-main[aria-expanded]',
    },
    { server: shop, path: '/logs?last=15m&tab=patterns', ready: '.lo-pattern[aria-expanded]' },
    {
      server: shop,
      path: '/metrics?last=15m&metric=payment.charge.duration&by=service.version&agg=p95&agg=p50',
      ready: '.se-exemplar',
    },
    { server: shop, path: '/metrics?last=15m&lang=promql&query=x&shape=stacked', ready: '.cm-content' },
    { server: empty, path: '/boards', ready: '.state' },
    { server: shop, path: '/boards', ready: '.bo-list td' },
    { server: shop, path: '/boards?last=15m&board=axe&previous=1d', ready: '.bo-stats b' },
    { server: shop, path: '/boards?last=15m&board=axe&edit=board', ready: '.bo-legend b' },
    { server: shop, path: '/map?last=15m', ready: '.mp-node' },
    { server: shop, path: '/map?last=15m&node=service+payment&hops=2', ready: '.mp-label' },
    { server: shop, path: '/map?last=15m&node=peer+redis&shape=table', ready: '.mp-panel td' },
    { server: empty, path: '/map', ready: '.state' },
    { server: shop, path: '/errors?last=15m', ready: '.er-frame' },
    { server: empty, path: '/errors', ready: '.state' },
    { server: shop, path: '/services/payment?last=15m', ready: '.sv-two tbody tr' },
    { server: shop, path: '/pipeline', ready: '.pi-label' },
    { server: shop, path: '/cost?last=15m', ready: '.ct-balance td' },
    { server: shop, path: '/cost?last=15m&tab=attributes&unit=items', ready: '.ct-balance td' },
    { server: empty, path: '/cost', ready: '.state' },
    { server: shop, path: '/health', ready: '.he-finding' },
    { server: shop, path: '/health?tab=heap', ready: '.he-profile .state' },
    { server: shop, path: '/query', ready: '.state' },
    { server: shop, path: '/query?query=SELECT+1', ready: '.qu-table td' },
    { server: shop, path: '/query?query=SELECT+count(*+FROM+spans', ready: '.cm-errorText' },
    { server: shop, path: '/query?lang=traceql&query=%7B%7D', ready: '.qu-table td' },
    { server: shop, path: '/query?lang=logql&query=%7Bapp%3D"x"%7D', ready: '.qu-line' },
    { server: shop, path: '/query?lang=promql&query=sum+by+(le)+(rate(x_bucket%5B5m%5D))', ready: '.se-table td' },
  ];
  for (const { server, path, ready } of cases) {
    const { page, close } = await views.open(server, path, { colorScheme: 'dark' });
    await page.locator(ready).first().waitFor();
    if (path.startsWith('/logs')) await page.locator('.lo-main, .lo-pattern').nth(2).click();
    if (path.includes('around')) await page.locator('.lo-context li').first().waitFor();
    await assertNoViolations(page, path);
    await close();
  }
  const { page, close } = await views.open(shop, '/?last=15m', { colorScheme: 'dark' });
  await page.locator('.ov-error').first().waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('option').first().waitFor();
  await assertNoViolations(page, 'palette');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Shortcuts' }).waitFor();
  await assertNoViolations(page, 'shortcuts');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Time range/ }).click();
  await page.getByRole('dialog', { name: 'Time range' }).waitFor();
  await assertNoViolations(page, 'time range');
  await page.goto(`${shop.url}/boards?board=axe&edit=board`);
  await page.getByRole('region', { name: 'Panel 0' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('dialog .cm-content').waitFor();
  await assertNoViolations(page, 'panel editor');
  await page.keyboard.press('Escape');
  await page.keyboard.press('v');
  await page.getByRole('dialog', { name: 'Edit the variables' }).waitFor();
  await assertNoViolations(page, 'variable editor');
  await close();
});

/** Saves a board with a panel of each form. */
async function saveBoard(url: string): Promise<void> {
  const query = { kind: 'query', language: 'promql', queries: [{ text: 'rate(x[5m])' }] };
  const panels = [
    ...['lines', 'stat', 'gauge', 'table'].map((shape) => ({ ...query, shape })),
    { kind: 'requests' },
    { kind: 'logs' },
    { kind: 'red' },
    { kind: 'patterns' },
    { kind: 'text', text: '# A\n\n- [b](https://example.com)' },
    { kind: 'row' },
  ].map((content, index) => ({
    ...content,
    id: `p${index}`,
    title: `Panel ${index}`,
    place: { x: (index % 3) * 4, y: Math.floor(index / 3) * 5, w: 4, h: 5 },
  }));
  const variables = [{ name: 'env', source: { from: 'list', values: ['a', 'b'] } }];
  await fetch(`${url}/api/v1/documents/save`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      kind: 'board',
      id: 'axe',
      name: 'Axe',
      content: { version: 1, variables, panels },
      revision: 0,
    }),
  });
}

/** Checks a page in dark mode, and its contrast in light mode after switching the same page. */
async function assertNoViolations(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await violations(page, colorScheme), [], `${name} in ${colorScheme} mode`);
  }
  await page.emulateMedia({ colorScheme: 'dark' });
}

/** Returns the violations on a page. In light mode, returns only contrast violations. */
async function violations(page: Page, colorScheme: 'dark' | 'light'): Promise<readonly string[]> {
  // Without it, axe computes a unique selector of every element that passes.
  const builder = new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).setLegacyMode();
  const { violations: found } = await (colorScheme === 'dark'
    ? builder.withTags(TAGS)
    : builder.withRules(['color-contrast'])
  ).analyze();
  return found.flatMap((violation) =>
    violation.nodes
      .slice(0, 4)
      .map((node) => `${violation.id}: ${node.target.join(' ')} ${node.failureSummary?.split('\n')[1] ?? ''}`),
  );
}
