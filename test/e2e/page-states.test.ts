import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startGateway } from './gateway.ts';
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
