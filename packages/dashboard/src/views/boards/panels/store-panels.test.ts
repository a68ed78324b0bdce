import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findViolations } from '@otelier/testkit/accessibility';
import type { Page } from 'playwright-core';
import { startViewTest } from '../../../../dev/view-test.ts';
import { type Panel, queryPanel } from '../model/board.ts';

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

  const violations = await findViolations(page, { only: ['wcag2a', 'wcag2aa', 'wcag21aa'] });
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

test('panels repeat for the values of a variable, and overrides name, color and hide series', async () => {
  const server = await views.serve();
  const panel = {
    ...queryPanel({ language: 'promql', queries: [{ text: 'rate(x{env="$env"}[5m])' }] }),
    ...{ id: 'p', title: 'In $env', place: place(0, 0) },
    repeat: { variable: 'env', direction: 'right', perRow: 2 },
    overrides: [
      { by: 'pattern', of: '^2\\.8\\.(\\d)$', name: 'patch $1', color: 'error' },
      { by: 'name', of: '2.7.4', hidden: true },
    ],
  };
  const variable = { name: 'env', source: { from: 'list', values: ['one', 'two', 'three'] }, multi: true, all: true };
  await fetch(`${server.url}/api/v1/documents/save`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ kind: 'board', id: 'repeat', name: 'repeat', revision: 0 },
      content: { version: 1, variables: [variable], panels: [panel] },
    }),
  });
  const { page, errors, close } = await views.open(server, '/boards?board=repeat&last=15m&var=env=one&var=env=three');
  for (const name of ['In one', 'In three']) {
    const series = panelNamed(page, name).getByRole('list', { name: 'Series' });
    await series.getByText('patch 1').waitFor();
    assert.equal(await series.getByText('2.7.4').count(), 0);
    assert.match((await series.locator('.sw').first().getAttribute('style')) ?? '', /--error-fill/);
  }
  assert.equal(await panelNamed(page, 'In two').count(), 0);
  await panelNamed(page, 'In three').getByRole('button', { name: 'Fill the view with In three' }).click();
  await page.waitForURL(/panel=p%7E1|panel=p~1/);
  await panelNamed(page, 'In one').waitFor({ state: 'detached' });
  await page.getByRole('list', { name: 'Series' }).getByText('patch 1').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('e');
  await panelNamed(page, 'In $env').focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('Repeat for each value of').selectOption('');
  await page.getByRole('button', { name: 'Apply', exact: true }).click();
  await page.getByText('1 unsaved change').waitFor();
  await page.keyboard.press('e');
  await panelNamed(page, 'In $env').getByText('patch 1').waitFor();
  assert.deepEqual(errors, []);
  await close();
});
