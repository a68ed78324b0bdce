import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIXTURE_TOKEN } from '../../../dev/alerting-api.ts';
import { startViewTest } from '../../../dev/view-test.ts';

const views = await startViewTest();
const shop = await views.serve();
const { page, errors } = await views.open(shop, '/alerts?last=30m');
const rules = page.getByRole('group', { name: 'Rules' });
const open = page.getByRole('region', { name: 'Rule', exact: true });

test('says how to configure rules if there are none', async () => {
  await page.getByText('No alerting rules are configured').waitFor();
  await page.getByText('rule_files: [rules/*.yml]').waitFor();
});

test('rules are listed worst first, with the value over time, threshold and history of the open one', async () => {
  shop.setAlerting('shop');
  await page.reload();
  await rules.getByRole('button', { name: /^firing CheckoutSlow 2\.79 promql, for 5 min 9 min$/ }).waitFor();
  assert.deepEqual(await rules.locator('.al-rule bdi').allTextContents(), [
    'CheckoutSlow',
    'Broken',
    'QueueGrows',
    'RecommendationStale',
    'CartErrors',
  ]);
  await open.getByText('threshold 0.5').waitFor();
  await open.getByText('fired', { exact: true }).first().waitFor();
  await open.getByText('fired 2 times in this range').waitFor();
  await open.getByText('95 % of the requests of checkout take up to').waitFor();
  await page.getByRole('region', { name: 'Timeline' }).getByRole('button', { name: 'CheckoutSlow' }).waitFor();
  assert.match(
    (await open.getByRole('link', { name: 'Failed traces' }).getAttribute('href')) ?? '',
    /service.*checkout/,
  );
  const query = await open.getByRole('link', { name: 'Open as query' }).getAttribute('href');
  assert.match(decodeURIComponent(query ?? ''), /query=http_p95\{service="checkout"\}/);
});

test('an expression that cannot be evaluated is shown with the position of its error', async () => {
  await page.keyboard.press('j');
  await open.getByText('This rule cannot be evaluated').waitFor();
  await open.getByText('line 1, column 28:').waitFor();
  assert.equal(await open.locator('mark').textContent(), ')');
});

test('objectives, maintenance windows and failed notifications have their reasons', async () => {
  const objectives = page.getByRole('region', { name: 'Objectives' });
  await objectives.getByText('99.9 % in 30 d').waitFor();
  await objectives.getByText('firing: page').waitFor();
  await objectives.getByText('At the pace of 5 min the budget lasts 4 h.').waitFor();
  await page.getByRole('region', { name: 'Maintenance windows' }).getByText('weekdays: [wednesday]').waitFor();
  const notifications = page.getByRole('region', { name: 'Notifications' });
  await notifications.getByText('the server responds with 502').waitFor();
  await notifications.getByText('404: channel_not_found').waitFor();
});

test('a silence is created with the token for edits, and ended', async () => {
  await rules.getByRole('button', { name: /CheckoutSlow/ }).click();
  await page.locator('.al-open').focus();
  await page.keyboard.press('s');
  const dialog = page.getByRole('dialog', { name: 'New silence' });
  await dialog.getByRole('checkbox', { name: 'severity="page"' }).uncheck();
  await dialog.getByLabel('Your name').fill('dev-1');
  await dialog.getByLabel('Reason').fill('deploy');
  await dialog.getByRole('button', { name: 'Silence' }).click();
  await dialog.getByLabel('Token for edits').fill(FIXTURE_TOKEN);
  await dialog.getByRole('button', { name: 'Edit' }).click();
  const silences = page.getByRole('region', { name: 'Silences' });
  await silences.getByText('alertname="CheckoutSlow" service="checkout"').first().waitFor();
  await rules.getByRole('button', { name: /^silenced CheckoutSlow/ }).waitFor();
  await silences.getByRole('button', { name: /^End.*alertname="CheckoutSlow"/ }).click();
  await silences.getByText('0 active, 1 planned').waitFor();
});

test('a rule is tested on the past, and its errors name their place', async () => {
  await rules.getByRole('button', { name: /CheckoutSlow/ }).click();
  await page.keyboard.press('t');
  const dialog = page.getByRole('dialog', { name: 'Test a rule on the past' });
  const text = dialog.getByLabel('Rule, as in a rule file');
  assert.match(await text.inputValue(), /^alert: "CheckoutSlow"\nexpr: \|-\n {2}http_p95\{/);
  await dialog.getByRole('button', { name: 'Test' }).click();
  await dialog.getByText('would have fired 1 time, and was pending 2 times without firing').waitFor();
  await dialog.getByText('31 evaluations every 1 min, 3 series').waitFor();
  await dialog.getByRole('cell', { name: 'service="checkout"' }).waitFor();
  await text.fill('expr: up');
  await text.press('Control+Enter');
  await dialog.getByText('1:1: expected either').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.keyboard.press('n');
  assert.match(await text.inputValue(), /^alert: ManyErrors\n/);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
});

test('a thousand alerts with hostile labels are shown as text, and the rail counts them', async () => {
  shop.setAlerting('many');
  await page.goto(`${shop.url}/alerts?last=30m`);
  await rules.getByRole('button', { name: /^firing Many/ }).click();
  await open.getByText('1,000 firing, 0 pending, the first 50 are listed').waitFor();
  await open.getByText('<img src=x onerror').first().waitFor();
  await rules.getByText('which the filter finds').waitFor();
  await page.getByLabel('Filter rules').fill('gnp.exe 4');
  await rules
    .getByRole('button', { name: /gnp\.exe 4/ })
    .first()
    .waitFor();
  await page.getByRole('navigation', { name: 'Views' }).getByText('99+').waitFor();
  assert.equal(await page.evaluate(() => (window as { hacked?: number }).hacked), undefined);
  assert.deepEqual(
    errors.filter((error) => !/40[01]/.test(error)),
    [],
  );
});
