import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Client, createClient, log, span } from '@otelier/sdk';
import { createRequestSealer, generateKeyPair, type RequestSealerOptions } from '@otelier/sdk/seal';
import { findViolations } from '@otelier/testkit/accessibility';
import { startGateway } from './gateway.ts';
import { startBrowser } from './page.ts';

const gateway = await startGateway({ after });
const open = await startBrowser();
const [reader, other] = await Promise.all([generateKeyPair(), generateKeyPair()]);

/** Sends with a client that seals. */
async function sending(options: RequestSealerOptions, record: (client: Client) => void): Promise<void> {
  const seal = await createRequestSealer(options);
  const client = createClient({ endpoint: gateway.http, resource: { 'service.name': 'shop' }, seal });
  record(client);
  await client.flush();
  await client.shutdown();
}

await sending({ recipients: [reader.publicKey], attributes: ['enduser.*'], bodies: true }, (client) =>
  client.record(
    log('the card of ada was refused').attributes({ 'enduser.id': 'ada', 'enduser.age': 36, shown: 'plain' }),
  ),
);
await sending({ recipients: [other.publicKey], attributes: ['enduser.*'] }, (client) =>
  client.record(log('of another reader').attributes({ 'enduser.id': 'grace' })),
);
await sending({ recipients: [reader.publicKey], items: true }, (client) =>
  client.record(span('pay invoice').attributes({ 'card.owner': 'lin' })),
);

test('opens sealed values in place with a key that never leaves the page', async () => {
  const { page, errors } = await open(gateway, '/logs?last=15m');
  const requests: string[] = [];
  const scripts: string[] = [];
  page.on('request', (request) => {
    requests.push(`${request.url()} ${request.postData() ?? ''} ${JSON.stringify(request.headers())}`);
    if (/open-sealed/.test(request.url())) scripts.push(request.url());
  });
  await page.locator('.lo-main').filter({ hasText: 'sealed:1:' }).last().click();
  const detail = page.locator('.lo-detail');
  await detail.getByText('plain', { exact: true }).waitFor();
  assert.deepEqual(scripts, [], 'nothing of HPKE is loaded before a key is given');
  await detail.getByRole('button', { name: 'Open with a key' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Keys of sealed values' });
  await dialog.getByLabel('Private key').fill('otelier-private-1:abc');
  await dialog.getByRole('button', { name: 'Open values' }).click();
  await dialog
    .getByRole('alert')
    .getByText(/expected a private key, otelier-private-1: and 43 characters/)
    .waitFor();
  assert.deepEqual(
    (await findViolations(page, { only: ['wcag2a', 'wcag2aa', 'wcag21aa'] })).map(({ id }) => id),
    [],
  );
  await dialog.getByLabel('Private key').fill(other.privateKey);
  await dialog.getByRole('button', { name: 'Open values' }).click();
  await detail.getByText('sealed to another key').first().waitFor();
  await detail
    .getByText(/^the value is sealed to [0-9a-f]{8}, not to [0-9a-f]{8}$/)
    .first()
    .waitFor();
  await detail.getByRole('button', { name: 'Keys' }).first().click();
  await dialog
    .getByLabel('or a file')
    .setInputFiles({ name: 'reader.key', mimeType: 'text/plain', buffer: Buffer.from(`${reader.privateKey}\n`) });
  await detail.getByText('the card of ada was refused').waitFor();
  await detail.getByText('ada', { exact: true }).waitFor();
  await detail.getByText('36', { exact: true }).waitFor();
  assert.ok(scripts.length > 0, 'the code is loaded with the first key');

  await page.goto(`${gateway.url}/logs?last=15m`);
  assert.equal(
    await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]).includes('otelier-private')),
    false,
  );
  await page.locator('.lo-main').filter({ hasText: 'sealed:1:' }).last().click();
  await detail.getByRole('button', { name: 'Open with a key' }).first().waitFor();
  const secrets = [reader, other].map(({ privateKey }) => privateKey.slice(-43));
  assert.deepEqual(
    requests.filter((request) => secrets.some((secret) => request.includes(secret))),
    [],
  );
  assert.deepEqual(errors, []);
});

test('opens a span that is sealed as a whole, and says when a value was changed', async () => {
  const { page, errors } = await open(gateway, '/traces?last=15m&where=name+%3D+sealed');
  // A value that was damaged on its way.
  await page.route(/\/api\/v1\/(?:batch|traces\/.*)/, async (route) => {
    const response = await route.fetch();
    const body = await response.text();
    await route.fulfill({ response, body: isDamaged ? body.replace(/(sealed:1:[\w-]{150})./, '$1A') : body });
  });
  let isDamaged = false;
  const give = async (): Promise<void> => {
    await page.getByRole('table', { name: 'Traces found' }).getByRole('row').nth(1).click();
    await page.getByRole('tree', { name: 'Spans', exact: true }).getByRole('treeitem').first().click();
    await page.getByRole('button', { name: 'Open with a key' }).click();
    await page.getByLabel('Private key').fill(reader.privateKey);
    await page.getByRole('button', { name: 'Open values' }).click();
  };
  await give();
  await page.getByText(/"name": "pay invoice"/).waitFor();
  await page.getByText(/"card\.owner": "lin"/).waitFor();
  isDamaged = true;
  await page.reload();
  await page.goto(`${gateway.url}/traces?last=15m&where=name+%3D+sealed`);
  await give();
  await page.getByText('sealed, and changed since').waitFor();
  await page.getByText(/^the value sealed to [0-9a-f]{8} was changed$/).waitFor();
  assert.deepEqual(errors, []);
});
