import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findViolations } from '@otelier/testkit/accessibility';
import { launchBrowser, openPage } from '@otelier/testkit/browser';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { CLIENT, REDIRECT_URL, startTestProvider } from '@otelier/testkit/servers/oidc-provider';
import { createHttpServer } from '@otelier/transport/http-server';
import { OTELIER, startGateway, tempDirectory } from './gateway.ts';

const EMAIL = 'grace@example.com';
const PASSWORD = 'correct horse battery';
const root = await tempDirectory({ after });
const directory = join(root, 'identity');
const command = (args: readonly string[], input = '') =>
  execFileSync(process.execPath, [OTELIER, 'identity', ...args, '--directory', directory], { input, encoding: 'utf8' });
command(['create-user', EMAIL, '--role', 'admin'], PASSWORD);
const provider = await startTestProvider();
after(() => provider[Symbol.asyncDispose]());
const auditing = createRecordingHandler();
const auditServer = await createHttpServer({ endpoint: '127.0.0.1:0' }, auditing);
after(() => auditServer.shutdown(0));
const example = await readFile(join(import.meta.dirname, '..', '..', 'examples', 'sign-in', 'otelier.yaml'), 'utf8');
const gateway = await startGateway(
  { after },
  {
    config: [
      example
        .replace('https://id.example.com/realms/main', provider.issuer)
        .replace(/\$\{env:OIDC_SECRET:.*\}/, CLIENT.clientSecret)
        .replace('https://otel.example.com/sign-in/callback', REDIRECT_URL)
        .replace('127.0.0.1:5318', auditServer.address),
    ],
    set: [
      'receivers.otlp.protocols.http.endpoint=127.0.0.1:0',
      'extensions.workbench.endpoint=127.0.0.1:0',
      `extensions.identity.directory=${directory}`,
      `exporters.store.directory=${join(root, 'store')}`,
    ],
  },
);
const url = gateway.url.replace('127.0.0.1', 'localhost');

test('the example signs people in with a provider, lets keys send, and forwards the audit log', async () => {
  const begun = await fetch(`${gateway.url}/sign-in/provider`, { redirect: 'manual' });
  const { search } = await provider.authorize(begun.headers.get('location') ?? '');
  const [binding = ''] = begun.headers.getSetCookie();
  const returned = await fetch(`${gateway.url}/sign-in/callback${search}`, { headers: { cookie: binding } });
  const [session = ''] = returned.headers.getSetCookie();
  const headers = { cookie: session.split(';', 1)[0] ?? '', origin: gateway.url, 'content-type': 'application/json' };
  const key = { name: 'shop', role: 'ingest', tenant: 'shop' };
  const body = JSON.stringify(key);
  const created = await fetch(`${gateway.url}/api/v1/keys/create`, { method: 'POST', headers, body });
  const { text } = (await created.json()) as { readonly text: string };
  const send = async (credentials: Record<string, string>) => {
    const json = { 'content-type': 'application/json', ...credentials };
    return (await fetch(`${gateway.http}/v1/logs`, { method: 'POST', headers: json, body: '{}' })).status;
  };
  assert.deepEqual([await send({ 'x-api-key': text }), await send({})], [200, 401]);
  const scim = await fetch(`${gateway.url}/scim/v2/Users`, { headers });
  assert.equal(scim.status, 200);
  for (let tries = 0; auditing.requests.length === 0; tries += 1) {
    assert.ok(tries < 2000, 'the audit log was not forwarded');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
});

const browser = await launchBrowser();
after(() => browser.close());

test('a person signs in and out with a browser, and another one accepts an invitation', async () => {
  const { page, close } = await openPage(browser);
  const accessible = async () =>
    assert.deepEqual(
      await findViolations(page, { only: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }),
      [],
    );
  await page.goto(`${gateway.url}/admin`);
  await page.getByRole('heading', { name: /^Sign in to / }).waitFor();
  await accessible();
  assert.equal(await page.getByRole('button', { name: 'Use a passkey' }).count(), 0, 'an address has no passkeys');
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
  assert.equal((await page.request.get(`${gateway.url}/api/v1/people`)).status(), 401);
  await page.goto(command(['invite', 'alan@example.com', '--url', gateway.url]).trim());
  await accessible();
  await page.getByLabel('Your name').fill('Alan');
  await page.getByLabel(/^New password/).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create the account' }).click();
  await page.goto(`${gateway.url}/admin`);
  await page.getByText('signed in as Alan').waitFor();
  await close();
});

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
  await page.getByLabel('Email address').fill(EMAIL);
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
