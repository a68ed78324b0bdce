import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { launchBrowser, openPage, type WatchedPage } from '@otelier/testkit/browser';
import type { BrowserContextOptions } from 'playwright-core';
import type { Gateway } from './gateway.ts';

const BUILT = join(import.meta.dirname, '..', '..', 'packages', 'dashboard', 'dist', 'index.html');
/**
 * Timeout of page operations. Longer than anything takes on a busy machine, and shorter than the timeout of a test
 * file, so that the error names the element.
 */
const TIMEOUT_MILLIS = 120_000;

/** Opens a new page at a gateway's path. The page is closed with the browser. */
export type Open = (gateway: Gateway, path: string, options?: BrowserContextOptions) => Promise<WatchedPage>;

/** Starts a browser for the tests in one file. */
export async function startBrowser(): Promise<Open> {
  if (!existsSync(BUILT)) throw new Error('The page is not built: run "npm run build:page" first.');
  const browser = await launchBrowser();
  after(() => browser.close());
  return async (gateway, path, options) => {
    const watched = await openPage(browser, { reducedMotion: 'reduce', ...options });
    watched.page.setDefaultTimeout(TIMEOUT_MILLIS);
    await watched.page.goto(gateway.url + path);
    return watched;
  };
}
