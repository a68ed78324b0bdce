import { test } from 'node:test';
import type { PipelineGraph } from '@otelier/query';
import { startViewTest } from '../../../dev/view-test.ts';
import { assertNoViolations, saveBoard } from './axe.testing.ts';

const views = await startViewTest();
const shop = await views.serve();

test('axe finds no violations in what floats over the views, in dark and light mode', async () => {
  await saveBoard(shop.url);
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
  await page.goto(`${shop.url}/errors?last=15m`);
  await page.locator('.er-frame').first().waitFor();
  await page.keyboard.press('s');
  const menu = page.getByRole('dialog', { name: 'Set the error aside' });
  await menu.waitFor();
  await assertNoViolations(page, 'set-aside menu');
  await menu.getByRole('button', { name: /^Ignored/ }).click();
  await page.locator('.toast').waitFor();
  // The offer to undo stays while it has the focus.
  await page.locator('.toast').getByRole('button', { name: /^Undo/ }).focus();
  await assertNoViolations(page, 'offer to undo');
  await close();
});

test('axe finds no violations in the rejected requests of a first run, in dark and light mode', async () => {
  const empty = await views.serve({ empty: true });
  const graph = (await (await fetch(`${empty.url}/api/v1/pipeline`)).json()) as PipelineGraph;
  const rejection = { path: '/v1/trace', status: '404', reason: 'expected /v1/traces', count: 3, atMillis: Date.now() };
  const rejections = [
    rejection,
    { ...rejection, path: '/v1/logs', status: '415', reason: 'expected protobuf or JSON' },
  ];
  const nodes = graph.nodes.map((node) => (node.kind === 'receiver' ? { ...node, rejections } : node));
  const { page, close } = await views.open(empty, '/pipeline', { colorScheme: 'dark' });
  await page.route('**/api/v1/pipeline/stream*', (route) =>
    route.fulfill({
      contentType: 'text/event-stream',
      body: `event: pipeline\ndata: ${JSON.stringify({ ...graph, nodes })}\n\n`,
    }),
  );
  await page.goto(`${empty.url}/`);
  await page.getByRole('list', { name: 'Rejected requests' }).waitFor();
  await assertNoViolations(page, 'rejected requests');
  await close();
});
