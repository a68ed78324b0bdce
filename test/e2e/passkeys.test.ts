import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openIdentity } from '@otelier/identity';
import { launchBrowser, openPage } from '@otelier/testkit/browser';
import { startGateway, tempDirectory } from './gateway.ts';

const PASSWORD = 'correct horse battery';
const root = await tempDirectory({ after });
const directory = join(root, 'identity');
const identity = openIdentity({ directory, now: Date.now });
const grants = [{ role: 'viewer', tenant: '*' }];
await identity.users.create({ email: 'ada@example.com', name: 'Ada', password: PASSWORD, grants }, Date.now());
identity.close();
const gateway = await startGateway(
  { after },
  {
    directory: join(root, 'store'),
    config: [
      `
extensions: {identity: {directory: ${JSON.stringify(directory)}}, workbench: {endpoint: "127.0.0.1:0", auth: {authenticator: identity}}}
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
exporters: {store: {directory: ${JSON.stringify(join(root, 'store'))}}}
service: {extensions: [identity, workbench], pipelines: {traces: {receivers: [otlp], exporters: [store]}}}`,
    ],
  },
);
const url = gateway.url.replace('127.0.0.1', 'localhost');
const browser = await launchBrowser();
after(() => browser.close());

test('a person adds a passkey on the page and signs in with it, in a browser with an authenticator', async () => {
  const { page, errors } = await openPage(browser);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
  } as const;
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: { ...options, isUserVerified: true, automaticPresenceSimulation: true },
  });
  await page.goto(`${url}/sign-in?next=/admin`);
  const passkey = page.getByRole('button', { name: 'Use a passkey' });
  await passkey.waitFor();
  await page.getByLabel('Email address').fill('ada@example.com');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  const form = page.getByRole('dialog', { name: 'Add a passkey' });
  await form.getByLabel('Name').fill('laptop');
  await form.getByLabel('Current password').fill(PASSWORD);
  await form.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'laptop' }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${url}/sign-in`);
  // Without the person, the device does not sign.
  await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  await passkey.click();
  await page.getByRole('alert').getByText('Not signed in with a passkey').waitFor();
  await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
  await page.goto(`${url}/sign-in?next=/admin`);
  await passkey.click();
  await page.getByRole('button', { name: 'laptop' }).click();
  const removal = page.getByRole('dialog', { name: 'laptop' });
  await removal.getByLabel('Current password').fill(PASSWORD);
  await removal.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('button', { name: 'laptop' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${url}/sign-in`);
  await passkey.click();
  await page.getByRole('alert').getByText('the passkey is not known here, or was removed').waitFor();
  assert.deepEqual(
    errors.filter((error) => !error.includes('status of 401')),
    [],
  );
});
