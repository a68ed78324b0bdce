import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startViewTest } from '../../../dev/view-test.ts';

const views = await startViewTest();
const shop = await views.serve();
shop.setIdentity('admin');
const { page, errors } = await views.open(shop, '/admin');

test('users, keys, tenants, roles, sessions and the audit log are shown, hostile names as text', async () => {
  await page.getByRole('link', { name: 'Admin' }).waitFor();
  const users = page.getByRole('table', { name: 'Users' });
  await users.getByRole('row', { name: /^dev-4 .* editor shop none/ }).waitFor();
  await users.getByText(/^<b>xxx/).waitFor();
  const keys = page.getByRole('table', { name: 'API keys' });
  await keys.getByRole('row', { name: /^otl_77aa88bb99cc… CI, tests editor shop 3 h expired/ }).waitFor();
  await page
    .getByRole('table', { name: 'Tenants' })
    .getByRole('row', { name: /^staging suspended/ })
    .waitFor();
  const audit = page.getByRole('list', { name: 'Audit log' });
  await audit.getByText('changed').waitFor();
  await page.keyboard.press('v');
  await page.getByText('260 entries intact, head e7b0e7b0').waitFor();
  await page.getByRole('searchbox', { name: 'Search the audit log' }).fill('config/apply');
  await page.keyboard.press('Enter');
  await audit.getByText('POST /api/v1/config/apply').first().waitFor();
  await page.getByText('sign_in').first().waitFor({ state: 'detached' });
  const refreshed = page.waitForResponse((response) => response.url().includes('/api/v1/audit?search=config'));
  await page.getByRole('button', { name: 'Refresh' }).click();
  assert.equal((await refreshed).status(), 200);
  assert.match((await page.getByRole('link', { name: 'Export' }).getAttribute('href')) ?? '', /search=config%2Fapply/);
});

test('redaction is previewed on live data: values by kind, before and after, as text', async () => {
  await page.getByRole('tab', { name: 'Redaction' }).click();
  const kinds = page.getByRole('table', { name: 'Sensitive values' });
  await kinds.getByRole('row', { name: /^card financial 25 in 24 items/ }).waitFor();
  const examples = page.getByRole('list', { name: 'Before and after' });
  await examples.getByText('4929 1180 0041 4417').waitFor();
  await examples.getByText('**** **** **** 4417').waitFor();
  await examples.getByText('<b>bold</b>').first().waitFor();
  await kinds.getByRole('button', { name: 'email' }).click();
  await examples.getByText('4929 1180 0041 4417').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Traces' }).click();
  await page.getByText('The newest 1,000 items have no values of the catalog.').waitFor();
  await page.getByRole('tab', { name: 'All' }).click();
});

test('a new key is shown once, and a key is revoked after a confirmation', async () => {
  const keys = page.getByRole('table', { name: 'API keys' });
  await page.getByRole('button', { name: 'New key' }).click();
  const form = page.getByRole('dialog', { name: 'New key' });
  await form.getByLabel('What it is for').fill('assistant');
  await form.getByRole('button', { name: 'Create' }).click();
  const shown = page.getByRole('dialog', { name: 'The new key' });
  await shown.getByText(/^otl_0+1_s{43}$/).waitFor();
  await shown.getByRole('button', { name: 'Done' }).click();
  await keys.getByRole('row', { name: /assistant/ }).waitFor();
  await keys.getByRole('button', { name: /^Revoke ?: Grafana/ }).click();
  await page.getByRole('dialog', { name: 'Grafana' }).getByRole('button', { name: 'Revoke' }).click();
  await keys.getByRole('row', { name: /Grafana/ }).waitFor({ state: 'detached' });
});

test('a person is invited by a link, which is shown once', async () => {
  await page.getByRole('button', { name: 'New user' }).click();
  const form = page.getByRole('dialog', { name: 'New user' });
  await form.getByLabel('Email address').fill('new@shop.test');
  await form.getByRole('button', { name: 'Create the link' }).click();
  const shown = page.getByRole('dialog', { name: 'The link of the invitation' });
  await shown.getByText(`${shop.url}/sign-in/invitation?token=${'t'.repeat(43)}`).waitFor();
  await shown.getByRole('button', { name: 'Done' }).click();
  const users = page.getByRole('table', { name: 'Users' });
  await users.getByRole('row', { name: /^new@shop\.test viewer all invited \d d/ }).waitFor();
  await page
    .getByRole('table', { name: 'Service accounts' })
    .getByRole('row', { name: 'grafana viewer shop active' })
    .waitFor();
});

test('a refused change keeps the form open and says why; an app is added with codes for recovery', async () => {
  await page.getByRole('tab', { name: 'Your account' }).click();
  await page.getByRole('button', { name: 'Change the password' }).click();
  const password = page.getByRole('dialog', { name: 'Change the password' });
  await password.getByLabel('Current password').fill('wrong password');
  await password.getByLabel('New password').fill('a new long password');
  await password.getByRole('button', { name: 'Save' }).click();
  await password.getByRole('alert').getByText('expected the current one, got another').waitFor();
  await password.getByLabel('Current password').fill('right password');
  await password.getByRole('button', { name: 'Save' }).click();
  await password.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Add an authenticator app' }).click();
  const factor = page.getByRole('dialog', { name: 'Add an authenticator app' });
  await factor.getByLabel('Current password').fill('right password');
  await factor.getByRole('button', { name: 'Continue' }).click();
  await factor.getByText('JBSW Y3DP EHPK 3PXP').waitFor();
  await factor.getByLabel('Code that the app shows').fill('123456');
  await factor.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('dialog', { name: 'Codes for recovery' }).getByText('aaaa-bbbb-cccc-dddd').waitFor();
  await page.keyboard.press('Escape');
});

test('a viewer sees only the own account, and without identity there is no link', async () => {
  shop.setIdentity('viewer');
  await page.goto(`${shop.url}/admin`);
  await page.getByRole('region', { name: 'Your account' }).waitFor();
  assert.deepEqual(await page.getByRole('tab').allTextContents(), ['All', 'Your account']);
  shop.setIdentity(undefined);
  await page.goto(`${shop.url}/admin`);
  await page.getByText('This otelier needs no sign-in').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Admin' }).count(), 0);
  // The browser reports the password that was refused.
  assert.deepEqual(
    errors.filter((error) => !error.includes('status of 400')),
    [],
  );
});
