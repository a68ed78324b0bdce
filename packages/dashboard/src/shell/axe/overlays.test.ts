import { test } from 'node:test';
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
  await close();
});
