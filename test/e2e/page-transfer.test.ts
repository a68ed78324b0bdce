import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { startGateway } from './gateway.ts';
import { startBrowser } from './page.ts';

const MAX_TRANSFER_BYTES = 200_000;
const MAX_REQUESTS = 15;

const gateway = await startGateway({ after }, { demo: true });
const open = await startBrowser();

/** Counts the bytes that the browser receives over the network: headers and encoded bodies. */
async function watchTransfers(page: Page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const urls = new Map<string, string>();
  const transfers: { readonly path: string; readonly bytes: number }[] = [];
  session.on('Network.requestWillBeSent', ({ requestId, request }) => urls.set(requestId, request.url));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    transfers.push({ path: new URL(urls.get(requestId) ?? 'about:blank').pathname, bytes: encodedDataLength });
  });
  return { requests: () => urls.size, transfers };
}

test('the first view needs at most 15 requests and 200 kB', async () => {
  // On a busy machine the page repeats its queries before all is drawn. A page that needs more does so each time.
  for (let tries = 1; ; tries += 1) {
    const { page, errors, close } = await open(gateway, '/healthz');
    const { requests, transfers } = await watchTransfers(page);
    await page.goto(gateway.url);
    for (const table of ['Services', 'Slow routes'])
      await page.getByRole('table', { name: table }).getByRole('row').nth(1).waitFor();
    await page.waitForFunction(() => document.fonts.status === 'loaded');
    const bytes = transfers.reduce((sum, transfer) => sum + transfer.bytes, 0);
    const listed = transfers.map((transfer) => `${transfer.path} ${transfer.bytes}`).join('\n');
    assert.deepEqual(errors, []);
    assert.ok(bytes <= MAX_TRANSFER_BYTES, `${bytes} bytes:\n${listed}`);
    if (requests() <= MAX_REQUESTS) return;
    assert.ok(tries < 5, `${requests()} requests:\n${listed}`);
    await close();
  }
});
