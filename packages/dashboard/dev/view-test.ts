import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { launchBrowser, openPage, type WatchedPage } from '@otelier/testkit/browser';
import type { BrowserContextOptions } from 'playwright-core';
import { type FixtureOptions, type FixtureServer, startFixtureServer } from './fixture-server.ts';

/** A browser and simulated shops for the tests in one file. They are closed after the tests. */
export interface ViewTest {
  /** Starts a new shop. */
  serve(options?: FixtureOptions): Promise<FixtureServer>;
  /** Opens a new page at a path on a server. */
  open(server: FixtureServer, path: string, options?: BrowserContextOptions): Promise<WatchedPage>;
}

/** Sets up view tests. The page must have been built, which `npm test` does. */
export async function startViewTest(): Promise<ViewTest> {
  if (!existsSync(join(import.meta.dirname, '..', 'dist', 'index.html')))
    throw new Error('The page is not built: run "npm run build -w @otelier/dashboard" first.');
  const browser = await launchBrowser();
  const servers: FixtureServer[] = [];
  after(async () => {
    await browser.close();
    for (const server of servers) await server.close();
  });
  return {
    async serve(options) {
      const server = await startFixtureServer({ minutes: 16, ...options });
      servers.push(server);
      return server;
    },
    async open(server, path, options) {
      const watched = await openPage(browser, options);
      watched.page.setDefaultTimeout(120_000);
      await watched.page.goto(server.url + path);
      return watched;
    },
  };
}
