import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { launchBrowser, openPage } from '@otelier/testkit/browser';
import { OTELIER, startGateway, tempDirectory } from './gateway.ts';

const EMAIL = 'ada@example.com';
const PASSWORD = 'correct horse battery staple';

test('a person signs in and out with a browser', async () => {
  const lifetime = { after };
  const directory = await tempDirectory(lifetime);
  const identity = join(directory, 'identity');
  const create = ['identity', 'create-user', EMAIL, '--role', 'admin', '--directory', identity];
  execFileSync(process.execPath, [OTELIER, ...create], { input: PASSWORD });
  const gateway = await startGateway(lifetime, {
    config: [
      `
extensions:
  identity: {directory: ${JSON.stringify(identity)}}
  workbench: {endpoint: '127.0.0.1:0', auth: {authenticator: identity}}
receivers:
  otlp: {protocols: {grpc: {endpoint: '127.0.0.1:0'}, http: {endpoint: '127.0.0.1:0'}}}
exporters:
  store: {directory: ${JSON.stringify(join(directory, 'store'))}}
service:
  extensions: [identity, workbench]
  pipelines: {traces: {receivers: [otlp], exporters: [store]}}
`,
    ],
  });
  const browser = await launchBrowser();
  after(() => browser.close());
  const { page } = await openPage(browser);

  await page.goto(`${gateway.url}/admin`);
  await page.getByRole('heading', { name: /^Sign in to / }).waitFor();
  const signIn = async (password: string) => {
    await page.getByLabel('Email address').fill(EMAIL);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  await signIn('a wrong password');
  await page.getByText('The email address, the password or the code is not right.').waitFor();
  await signIn(PASSWORD);
  await page
    .getByRole('table', { name: 'Users' })
    .getByRole('row', { name: new RegExp(EMAIL) })
    .waitFor();
  assert.equal(new URL(page.url()).pathname, '/admin');

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: /^Sign in to / }).waitFor();
  const response = await page.request.get(`${gateway.url}/api/v1/people`);
  assert.equal(response.status(), 401);
});
