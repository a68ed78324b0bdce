/**
 * Makes the pictures of the guides in `docs/`: `node tools/screenshots/run.ts [--out DIR] [--theme light] [NAME…]`. It runs
 * otelier with a simulated shop, so that the pictures show what readers see. The page must have been built.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launchBrowser, openPage } from '@otelier/testkit/browser';
import { startGateway, tempDirectory, withLifetime } from '../../test/e2e/gateway.ts';
import { watchDrawing } from '../../test/e2e/page-drawn.ts';
import { BOARD } from './board.ts';
import { CONFIG, DRAFT, EDIT_TOKEN } from './config.ts';
import { PICTURES, type Picture } from './pictures.ts';
import { sendPrograms } from './programs.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string', default: join(ROOT, 'docs') }, theme: { type: 'string', default: 'dark' } },
});
// That of senders is the last one, so that others show the shop alone.
const wanted = (positionals.length === 0 ? Object.keys(PICTURES) : positionals).toSorted(
  (a, b) => Number(a === 'senders') - Number(b === 'senders'),
);
const unknown = wanted.filter((name) => PICTURES[name] === undefined);
if (unknown.length > 0)
  throw new Error(`expected some of ${Object.keys(PICTURES).join(', ')}, got ${unknown.join(', ')}`);

const failed: string[] = [];
await withLifetime(async (lifetime) => {
  const gateway = await startGateway(lifetime, {
    config: [CONFIG.replace('STORE', join(await tempDirectory(lifetime), 'store'))],
  });
  const browser = await launchBrowser();
  lifetime.after(() => browser.close());
  await fetch(`${gateway.url}/api/v1/documents/save`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'board', id: 'shop', name: 'Shop', content: BOARD, revision: 0 }),
  });
  const range = await incident(gateway.url);
  const startPrograms = (): void => {
    const sending = sendPrograms(gateway.http);
    lifetime.after(async () => clearInterval(sending));
  };
  for (const name of wanted) {
    const { page, close } = await openPage(browser, {
      colorScheme: values.theme === 'light' ? 'light' : 'dark',
      reducedMotion: 'reduce',
    });
    const untilDrawn = watchDrawing(page);
    page.setDefaultTimeout(60_000);
    try {
      const { path, steps }: Picture = PICTURES[name] ?? { path: '/' };
      await page.addInitScript((token) => sessionStorage.setItem('otelier.edit-token', token), EDIT_TOKEN);
      if (name === 'senders') startPrograms();
      await page.goto(gateway.url + path.replace('RANGE', range));
      await untilDrawn();
      await steps?.(page, { draft: DRAFT });
      await untilDrawn();
      await page.mouse.move(0, 0);
      await writeFile(join(values.out, `${name}.png`), await page.screenshot());
      process.stdout.write(`${name}.png\n`);
    } catch (error) {
      failed.push(`${name}: ${(error as Error).message.split('\n')[0]}`);
    }
    await close();
  }
});
for (const line of failed) process.stderr.write(`${line}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** Returns the range around the latest incident of the shop, in minutes 14 to 20 of each half hour, once it is stored. */
async function incident(url: string): Promise<string> {
  const half = 30 * 60_000;
  const end = Math.floor((Date.now() - 21 * 60_000) / half) * half + 21 * 60_000;
  const range = `from=${end - 27 * 60_000}&to=${end + 3 * 60_000}`;
  for (;;) {
    // The history is stored in the order of time, so it has arrived once the shop's telemetry is of now.
    const response = await fetch(`${url}/api/v1/sql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        statement: "SELECT epoch_ms(max(start_time)) FROM spans WHERE service_name = 'frontend'",
      }),
    });
    const { rows } = (await response.json()) as { readonly rows?: readonly (readonly unknown[])[] };
    if (Number(rows?.[0]?.[0]) > Date.now() - 20_000) return range;
    await new Promise((resolve) => setTimeout(resolve, 3000));
  }
}
