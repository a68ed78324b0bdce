import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flameProfile } from '../../../../dev/health-api.ts';
import { startViewTest } from '../../../../dev/view-test.ts';
import { profileFlames } from './profile-flames.ts';

const views = await startViewTest();
const shop = await views.serve();

test('frames begin with what they called, and components have what is attributed to them', () => {
  const flames = profileFlames(flameProfile('cpu'));
  const places = Array.from({ length: flames.length }, (_, index) => [flames.start(index) / 1e6, flames.endOf(index)]);
  assert.deepEqual(places, [
    [0, 5],
    [0, 5],
    [0, 4],
    [0, 4],
    [50, 5],
    [70, 7],
    [70, 7],
  ]);
  assert.deepEqual(
    flames.owners.map(({ name, value, frames }) => [name, value / 1e6, [...frames]]),
    [
      ['processors/batch', 70, [0, 2, 3, 4]],
      ['store', 30, [5, 6]],
      ['receivers/otlp', 0, [1]],
    ],
  );
  assert.deepEqual([flames.own(1) / 1e6, flames.own(2) / 1e6, flames.own(3) / 1e6], [10, 20, 30]);
});

test('records with the token, shows the graph by component, and is used by key', async () => {
  const { page, errors, close } = await views.open(shop, '/health?last=15m');
  await page.getByRole('button', { name: /^Profile/ }).click();
  await page.waitForURL(/tab=cpu/);
  const pane = page.getByRole('region', { name: 'Profile' });
  await pane.getByText('No profile yet').waitFor();
  await page.keyboard.press('p');
  await pane.getByLabel('Token for edits').fill('t');
  shop.fail(/profile/, 401, 'unauthorized', 'no');
  await page.keyboard.press('Enter');
  await pane.getByText('This token is wrong.').waitFor();
  shop.fail(/profile/, 503, 'unavailable', 'another profile is being made');
  await pane.getByLabel('Token for edits').fill('another');
  await page.keyboard.press('Enter');
  await pane.getByText('another profile is being made').waitFor();
  shop.fail(undefined);
  await pane.getByRole('button', { name: 'Try again' }).click();
  const tree = pane.getByRole('tree', { name: 'Functions as a flame graph' });
  await tree.waitFor();
  await pane.getByText(/^100 ms of CPU time in 1 s/).waitFor();
  await pane.getByText(/without 2 small functions, without query/).waitFor();
  const rows = pane.getByRole('group', { name: 'By component' }).getByRole('row');
  await rows.nth(1).getByText('70.0').waitFor();
  await rows.getByRole('button', { name: 'store' }).click();
  assert.equal(await rows.getByRole('button', { name: 'store' }).getAttribute('aria-pressed'), 'true');

  await tree.focus();
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
  await tree
    .locator('[aria-selected="true"][aria-label="<script>alert(1)</script>, 30 ms, processors/batch"]')
    .waitFor();
  await pane.getByText('collector/src/processors/batch/processor.ts:41').waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('radio', { name: 'Heap' }).click();
  await page.waitForURL(/tab=heap/);
  await page.keyboard.press('p');
  await pane.getByText(/^100 MB allocated in 1 s and in use/).waitFor();
  await page.keyboard.press('Escape');
  await page.waitForURL((url) => !url.searchParams.has('tab'));
  await page.getByRole('region', { name: 'Doctor' }).waitFor();
  assert.deepEqual(
    errors.filter((error) => !/401|503/.test(error)),
    [],
  );
  await close();
});
