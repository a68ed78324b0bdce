import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startViewTest } from '../../../dev/view-test.ts';

const views = await startViewTest();
const shop = await views.serve();

test('the graph shows live rates on every edge', async () => {
  const { page, errors, close } = await views.open(shop, '/pipeline');
  const graph = page.getByRole('group', { name: 'Running pipeline' });
  const label = graph.getByRole('button', {
    name: /^receiver:otlp to processor:traces\/memory_limiter, traces: [1-9]/,
  });
  await label.waitFor();
  const before = await label.innerText();
  await page.waitForFunction(
    (text) => ![...document.querySelectorAll<HTMLElement>('.pi-label')].some((one) => one.innerText === text),
    before,
  );
  await graph.getByText('retrying, 503').waitFor();
  await graph.getByText('filtered').waitFor();
  const dropped = page.getByRole('region', { name: 'Ledger' });
  await dropped.getByText('sampled, probabilistic_sampler').waitFor();
  await dropped.getByText('attributes["http.route"] == "/healthz"').waitFor();
  await page.getByRole('region', { name: 'Process' }).getByText('19.0 MB in flight of 512 MB').waitFor();
  await page.getByRole('contentinfo').getByText('kept').waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test('selects edges by key and shows bytes, batches and transfer time', async () => {
  const { page, close } = await views.open(shop, '/pipeline');
  const graph = page.getByRole('group', { name: 'Running pipeline' });
  await graph
    .getByRole('button', { name: /traces: [1-9]/ })
    .first()
    .waitFor();
  await page.keyboard.press('ArrowRight');
  await graph.getByRole('status').getByText('batches/s').waitFor();
  await page.waitForURL(/edge=/);
  await page.keyboard.press('Escape');
  await page.waitForURL((url) => !url.searchParams.has('edge'));
  await page.getByRole('radio', { name: 'Bytes' }).click();
  await graph
    .getByRole('button', { name: /traces: [\d.]+ MB\/s/ })
    .first()
    .waitFor();
  await close();
});

test('pausing freezes the numbers', async () => {
  const { page, close } = await views.open(shop, '/pipeline');
  const graph = page.getByRole('group', { name: 'Running pipeline' });
  await graph
    .getByRole('button', { name: /traces: [1-9]/ })
    .first()
    .waitFor();
  await page.getByRole('button', { name: /^Live/ }).click();
  await page.waitForURL(/at=/);
  const before = await graph.innerText();
  await page.waitForTimeout(2200);
  assert.equal(await graph.innerText(), before);
  await close();
});
