import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { startViewTest } from '../../../../dev/view-test.ts';
import type { Panel } from '../model/board.ts';

const views = await startViewTest();
const place = (x: number, y: number, w = 6, h = 6) => ({ x, y, w, h });
const panelNamed = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

test('requests, durations, records and patterns are compared with the earlier period', async () => {
  // Two ranges of fifteen minutes.
  const old = await views.serve({ minutes: 60 });
  const where = ['service = payment'];
  const panels: readonly Panel[] = [
    { id: 'strip', title: 'Strip', place: place(0, 0, 12, 4), kind: 'red', where },
    { id: 'calls', title: 'Calls', place: place(0, 4), kind: 'requests', where },
    { id: 'times', title: 'Times', place: place(6, 4), kind: 'durations', where },
    { id: 'records', title: 'Records', place: place(0, 10), kind: 'logs', where: [], text: '' },
    { id: 'patterns', title: 'Patterns', place: place(6, 10), kind: 'patterns', where: [], text: '' },
  ];
  await fetch(`${old.url}/api/v1/documents/save`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      kind: 'board',
      id: 'red',
      name: 'red',
      content: { version: 1, variables: [], panels },
      revision: 0,
    }),
  });
  const { page, errors, close } = await views.open(old, '/boards?board=red&last=15m&previous=range', {
    viewport: { width: 1440, height: 1200 },
  });
  const strip = panelNamed(page, 'Strip');
  for (const name of ['Rate', 'Errors', 'p95, mean of the steps']) await strip.getByRole('img', { name }).waitFor();
  assert.equal(await strip.getByText(/^was [\d<]/).count(), 3);
  await panelNamed(page, 'Calls').getByRole('img').waitFor();
  await panelNamed(page, 'Times').getByRole('img').waitFor();
  await panelNamed(page, 'Records').getByRole('img').waitFor();
  const rows = panelNamed(page, 'Patterns').getByRole('row');
  await rows.nth(1).waitFor();
  await rows.getByRole('columnheader', { name: 'before' }).waitFor();
  const link = rows.nth(1).getByRole('link');
  assert.match((await link.getAttribute('href')) ?? '', /^\/logs\?.*where=/);

  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa']).analyze();
  assert.deepEqual(
    violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`)),
    [],
  );
  // The dotted line is drawn: without the comparison, the chart has other pixels.
  const pixels = () =>
    panelNamed(page, 'Times')
      .locator('canvas')
      .first()
      .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const compared = await pixels();
  await page.evaluate(() => history.replaceState(history.state, '', location.href.replace('previous=range', '')));
  await page.reload();
  await panelNamed(page, 'Times').getByRole('img').waitFor();
  assert.equal(await strip.getByText(/^was /).count(), 0);
  assert.notEqual(await pixels(), compared);
  assert.deepEqual(errors, []);
  await close();
});
