import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Locator } from 'playwright-core';
import { startViewTest } from '../../../../dev/view-test.ts';
import { assertNoViolations } from '../../../shell/axe/axe.testing.ts';

const views = await startViewTest();
const shop = await views.serve();
shop.setIdentity('admin');
const { page, errors } = await views.open(shop, '/admin');
const pane = (name: string): Locator => page.getByRole('region', { name, exact: true });

/** Saves what a button or link downloads, and returns its name and text. */
async function downloaded(by: Locator): Promise<readonly [name: string, text: string]> {
  const [download] = await Promise.all([page.waitForEvent('download'), by.click()]);
  return [download.suggestedFilename(), readFileSync(await download.path(), 'utf8')];
}

test('a person is searched and exported: items by signal, and where else a value is', async () => {
  const summary = pane('Data protection');
  await summary.getByText('2, they keep 9 files').waitFor();
  await summary.getByText('3 items were removed too early').waitFor();
  await summary.getByRole('button', { name: 'Open' }).click();
  const subject = pane('Search for a person');
  const search = async (key: string, value: string): Promise<void> => {
    await subject.getByLabel('Attribute, or nothing for a text').fill(key);
    await subject.getByLabel('Value').fill(value);
    await subject.getByRole('button', { name: 'Search' }).click();
  };
  await search('', 'abc');
  await subject.getByText('expected at least 4 characters of a text without a key').waitFor();
  await search('enduser.id', 'broken');
  await subject.getByText('logs/2.parquet: expected a footer, got none').waitFor();
  await search('enduser.id', 'none');
  await subject.getByText('Nothing was found in 2,412,258 items.').waitFor();
  await search('enduser.id', '4217');
  await subject.getByText('1,216 of 2,412,258 items are about the person.').waitFor();
  const found = subject.getByRole('table', { name: 'Items of the person' });
  await found.getByRole('row', { name: /^Traces 1,200 0 1 / }).waitFor();
  await found.getByRole('row', { name: /^Logs 16 2 2 / }).waitFor();
  await subject.getByText(/<b>xxx/).waitFor();
  assert.doesNotMatch(page.url(), /4217/);
  const [name, text] = await downloaded(subject.getByRole('button', { name: 'Export' }));
  assert.deepEqual([name, text.split('\n').length], ['person.jsonl', 3]);
});

test('an erasure names what it does, needs the value again, and ends with a signed statement', async () => {
  await pane('Search for a person').getByRole('button', { name: 'Erase…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Erase the person' });
  const will = dialog.getByRole('list', { name: 'What will happen' });
  await will.getByText('1,214 items of the tenant default are removed from its files. Traces 1,200, Logs 14').waitFor();
  await will.getByText('2 items stay, because legal holds keep them.').waitFor();
  await dialog.getByLabel('What is removed').selectOption('values');
  await will.getByText(/^In 1,214 items of the tenant default, attributes are removed/).waitFor();
  await dialog.getByLabel('What is removed').selectOption('items');
  await dialog.getByLabel('Also refuse items of the person that arrive later').check();
  await will.getByText('Items of the person that arrive later are refused.').waitFor();
  await dialog.getByLabel('Reason').fill('art. 17');
  const erase = dialog.getByRole('button', { name: 'Erase' });
  const typed = dialog.getByLabel('To confirm, type the value: 4217');
  for (const [text, isReady] of [
    ['', false],
    ['421', false],
    ['4217', true],
  ] as const) {
    await typed.fill(text);
    assert.equal(await erase.isEnabled(), isReady, text);
  }
  await assertNoViolations(page, 'the dialog of an erasure');
  shop.fail(/subjects\/erase$/, 503, 'unavailable', 'this store cannot search for people');
  await erase.click();
  await dialog.getByRole('alert').getByText('this store cannot search for people').waitFor();
  shop.fail(undefined);
  await erase.click();
  const done = page.getByRole('dialog', { name: 'Erased' });
  await done.getByText('14 items were erased in 2 files.').waitFor();
  await done.getByText(/^3 items arrived after the erasure began/).waitFor();
  const [name, text] = await downloaded(done.getByRole('button', { name: 'Download the signed statement' }));
  assert.match(name, /^subject-e\d+\.json$/);
  assert.deepEqual(Object.keys(JSON.parse(text)), ['statement', 'signature', 'publicKey']);
  await done.getByRole('button', { name: 'Done' }).click();
  assert.equal(await page.getByRole('table', { name: 'Items of the person' }).count(), 0);
});

test('statements are verified, and refused items are accepted again', async () => {
  const erasures = page.getByRole('table', { name: 'Erasures' });
  const own = erasures.getByRole('row', { name: /^art\. 17 dev-1@shop\.test 14 0 / });
  await own.getByRole('button', { name: 'Verify' }).click();
  await own.getByText('valid').waitFor();
  const other = erasures.getByRole('row', { name: /^<b>xxx/ });
  await other.getByRole('button', { name: 'Verify' }).click();
  await other.getByText('logs/1.parquet: exists, although it was removed').waitFor();
  const refused = page.getByRole('table', { name: 'Refused from now on' });
  assert.equal(await refused.getByRole('row').count(), 2);
  await refused
    .getByRole('button', { name: /^Accept again/ })
    .first()
    .click();
  const dialog = page.getByRole('dialog', { name: 'Accept the items again' });
  await dialog.getByText('enduser.id').waitFor();
  await dialog.getByRole('button', { name: 'Accept' }).click();
  await dialog.waitFor({ state: 'detached' });
  await refused.getByRole('row').nth(1).waitFor({ state: 'detached' });
});

test('a legal hold is created, and released after a confirmation', async () => {
  const holds = page.getByRole('table', { name: 'Legal holds' });
  await holds.getByText(/^<b>xxx/).waitFor();
  await pane('Legal holds').getByRole('button', { name: 'New hold' }).click();
  const form = page.getByRole('dialog', { name: 'New hold' });
  await form.getByText('Without an attribute, all items of the tenant in the range are kept.').waitFor();
  await form.getByLabel('Reason').fill('case 8');
  await form.getByRole('button', { name: 'Add an attribute' }).click();
  await form.getByLabel('Attribute', { exact: true }).fill('order.id');
  await form.getByLabel('Value').fill('7');
  await form.getByLabel('From').fill('2026-01-02T00:00');
  await form.getByRole('button', { name: 'Create' }).click();
  await holds.getByRole('row', { name: /^case 8 order\.id=7 2 Jan – / }).waitFor();
  await holds.getByRole('button', { name: /^Release ?: case 7/ }).click();
  await page.getByRole('dialog', { name: 'Release the hold' }).getByRole('button', { name: 'Release' }).click();
  await holds.getByText('case 7', { exact: true }).waitFor({ state: 'detached' });
});

test('purposes and reports of the chosen tenant are shown', async () => {
  const purposes = page.getByRole('table', { name: 'Purposes' });
  await purposes.getByRole('row', { name: 'billing no limit 81,204 0 0' }).waitFor();
  await purposes.getByRole('row', { name: 'security 365 d 40,177 0 3' }).waitFor();
  await page.getByRole('combobox', { name: 'Tenant' }).selectOption('shop');
  const reports = pane('Reports');
  await reports.getByLabel('Attributes that form a group').fill('client.address, enduser.role');
  const addresses = await reports
    .getByRole('link', { name: 'Open' })
    .evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).search));
  assert.deepEqual(addresses, [
    ...['processing', 'redaction', 'erasures'].map((kind) => `?kind=${kind}&tenant=shop&format=html`),
    '?kind=k-anonymity&tenant=shop&attribute=client.address&attribute=enduser.role&k=5&format=html',
  ]);
  await pane('Erasures').getByRole('button', { name: 'Audit entries' }).click();
  await page.getByText('No entry contains this text').waitFor();
  assert.equal(await page.getByRole('searchbox', { name: 'Search the audit log' }).inputValue(), 'subjects/');
});

test('people see what they may do, failures are shown in place, and nothing else is requested', async () => {
  const refused: string[] = [];
  page.on('response', (response) => response.status() === 403 && refused.push(response.url()));
  for (const [role, panes] of [
    ['editor', ['Search for a person']],
    ['auditor', ['Reports']],
    ['viewer', []],
  ] as const) {
    shop.setIdentity(role);
    await page.goto(`${shop.url}/admin?tab=protection`);
    await page.getByText('signed in as').waitFor();
    assert.equal(await page.getByRole('tab', { name: 'Data protection' }).count(), panes.length, role);
    assert.deepEqual(await page.locator('.dp .pane h2').allTextContents(), panes, role);
    assert.equal(await page.getByRole('button', { name: 'Erase…' }).count(), 0);
  }
  assert.deepEqual(refused, []);
  shop.setIdentity('admin');
  shop.fail(/\/holds$/, 503, 'unavailable', 'this store has no legal holds');
  await page.goto(`${shop.url}/admin?tab=protection`);
  await pane('Legal holds').getByText('this store has no legal holds').waitFor();
  await pane('Erasures').getByRole('table', { name: 'Erasures' }).waitFor();
  // The browser reports the requests that failed.
  assert.deepEqual(
    errors.filter((error) => !/status of (?:400|503)/.test(error)),
    [],
  );
});
