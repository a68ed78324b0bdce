import type { Page, Request } from 'playwright-core';

/** Tracks a page's API requests. The returned function resolves when all responses have arrived and are rendered. */
export function watchDrawing(page: Page): () => Promise<void> {
  const waiting = new Set<Request>();
  let changed = Promise.withResolvers<void>();
  page.on('request', (request) => {
    if (/\/api\/v1\/(?!.*(stream|tail))/.test(request.url())) waiting.add(request);
  });
  const done = (request: Request): void => {
    waiting.delete(request);
    changed.resolve();
    changed = Promise.withResolvers();
  };
  page.on('requestfinished', done);
  page.on('requestfailed', done);
  return async () => {
    await page.getByRole('heading', { level: 1 }).waitFor();
    do {
      while (waiting.size > 0) await changed.promise;
      // Two frames: the responses have been rendered, and their follow-up requests have started.
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    } while (waiting.size > 0 || (await page.locator('.late').count()) > 0);
  };
}
