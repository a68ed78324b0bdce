import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { type Gateway, startGateway } from './gateway.ts';
import { startBrowser } from './page.ts';
import { nanosAgo, send, serviceNamed } from './send.ts';

const open = await startBrowser();

test('every view explains that the store is empty, and the overview updates when the first span arrives', async (t) => {
  const gateway = await startGateway(t);
  const { page, errors } = await open(gateway, '/');
  // Shows where to send telemetry. Without that, an empty page would be a dead end.
  for (const address of [gateway.grpc, gateway.http]) {
    const port = new RegExp(`:${/\d+$/.exec(address)?.[0]}$`);
    await page.getByRole('complementary', { name: 'Status' }).getByText(port).first().waitFor();
  }
  await showsRejected(gateway, page);
  for (const [path, table] of [
    ['/traces', 'Traces found'],
    ['/logs', 'Log records'],
    ['/metrics', 'Series'],
  ] as const) {
    const other = await open(gateway, path);
    await other.page
      .getByRole('main')
      .getByRole('heading')
      .filter({ hasText: /no |nothing|yet/i })
      .first()
      .waitFor();
    assert.equal(await other.page.getByRole('table', { name: table }).getByRole('cell').count(), 0);
    assert.deepEqual(other.errors, [], path);
    await other.close();
  }
  const start = nanosAgo(1000);
  const times = { startTimeUnixNano: String(start), endTimeUnixNano: String(start + 5_000_000n) };
  const span = { traceId: '1'.repeat(32), spanId: '1'.repeat(16), name: 'GET /first', kind: 2, ...times };
  const scopeSpans = [{ spans: [span] }];
  await send(gateway, 'traces', { resourceSpans: [{ resource: serviceNamed('the-first'), scopeSpans }] });
  await page.getByText('the-first').first().waitFor();
  assert.deepEqual(errors, []);
});

/** Sends requests as newcomers do, and expects the reasons on the page. */
async function showsRejected(gateway: Gateway, page: Page): Promise<void> {
  const span = { traceId: 'zz', spanId: '1', name: '<img src=x>' };
  for (const [path, type, body, status] of [
    ['/v1/trace', 'application/json', '{}', 404],
    ['/v1/traces', 'text/plain', 'hello', 415],
    ['/v1/logs', 'application/json', '{', 400],
    ['/v1/traces', 'application/json', JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }), 400],
  ] as const) {
    const response = await fetch(gateway.http + path, { method: 'POST', headers: { 'content-type': type }, body });
    assert.equal(response.status, status);
  }
  const list = page.getByRole('list', { name: 'Rejected requests' });
  for (const reason of [
    /expected one of the paths .*\/v1\/traces.*got "\/v1\/trace"/,
    /expected application\/x-protobuf or application\/json, got "text\/plain"/,
    /traceId: expected 32 hexadecimal digits, got "zz"/,
  ])
    await list.getByText(reason).waitFor();
  await page.getByText('4 requests rejected').waitFor();
}

test('the page reports that otelier has stopped, keeps its data, and continues when it is back', async (t) => {
  const gateway = await startGateway(t, { demo: true });
  const { page, errors } = await open(gateway, '/');
  const services = page.getByRole('table', { name: 'Services' });
  await services.getByRole('row', { name: /^checkout / }).waitFor();
  assert.deepEqual(errors, []);
  await gateway.kill();
  const alert = page.getByRole('alert').filter({ hasText: /No connection to otelier since \d/ });
  await alert.waitFor();
  assert.ok(await services.getByRole('row', { name: /^checkout / }).isVisible());
  await page
    .getByRole('contentinfo')
    .getByText(/Disconnected/)
    .waitFor();
  const { host } = new URL(gateway.url);
  const set = [`extensions.workbench.endpoint=${host}`];
  const again = await startGateway(t, { directory: gateway.directory, set });
  assert.equal(again.url, gateway.url);
  await alert.waitFor({ state: 'hidden' });
  await services.getByRole('row', { name: /^checkout / }).waitFor();
});

test('a view whose data cannot be loaded shows the error and a retry button', async (t) => {
  const gateway = await startGateway(t, { demo: true });
  const { page } = await open(gateway, '/logs');
  await page.getByRole('group', { name: 'Log records' }).getByRole('button').first().waitFor();
  await page.route('**/api/v1/traces?*', (route) =>
    route.fulfill({
      status: 503,
      contentType: 'application/json',
      body: JSON.stringify({ error: { code: 'unavailable', message: 'the reader is being tested' } }),
    }),
  );
  await page.getByRole('link', { name: 'Traces', exact: true }).click();
  await page.getByText('the reader is being tested').first().waitFor();
  await page.unrouteAll();
  await page
    .getByRole('button', { name: /try again|retry/i })
    .first()
    .click();
  await page.getByRole('table', { name: 'Traces found' }).getByRole('row').nth(1).waitFor();
});
