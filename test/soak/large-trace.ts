/**
 * Opens a trace of 100,000 spans on the page. Measures the time from the click to the first and the last rows of the
 * waterfall, and the server's resident memory before, at the peak and afterwards. The limits are those of issue 12.
 *
 *     node test/soak/large-trace.ts --spans 100000 --runs 3 --settle 60
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { launchBrowser, openPage } from '@otelier/testkit/browser';
import type { Page } from 'playwright-core';
import { type Gateway, type Lifetime, startGateway, tempDirectory } from '../e2e/gateway.ts';
import { largeTrace } from './large-trace/spans.ts';

const { values } = parseArgs({
  options: {
    spans: { type: 'string', default: '100000' },
    runs: { type: 'string', default: '3' },
    settle: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
  },
});
const spans = Number(values.spans);
const MIB = 1024 * 1024;
const ends: (() => Promise<void>)[] = [];
const lifetime: Lifetime = { after: (end) => void ends.unshift(end) };
const traceId = '5'.repeat(32);

const directory = await tempDirectory(lifetime);
await fill(directory);
const gateway = await startGateway(lifetime, { directory });
const browser = await launchBrowser();
lifetime.after(() => browser.close());
const memory = watchMemory(gateway);
const { page } = await openPage(browser);
page.setDefaultTimeout(60_000);
await page.goto(`${gateway.url}/traces`);
await traceRow(page).waitFor();
await sleep(2000);
const before = memory.now();
memory.reset();
const runs = [];
for (let run = 0; run < Number(values.runs); run += 1) runs.push(await (values.json ? readJson() : openTrace(page)));
const peak = memory.peak();
await sleep(Number(values.settle) * 1000);
const after = memory.now();
process.stdout.write(
  `${JSON.stringify({ spans, runs, serverMib: { before, peak, after, growth: peak - before, kept: after - before } })}\n`,
);
const isWithin =
  runs.every(({ completeMillis }) => completeMillis < 1200) && peak - before <= 150 && after - before <= 30;
for (const end of ends) await end();
process.exit(isWithin ? 0 : 1);

/** Clicks the trace in the list, waits for its waterfall, and closes it. */
async function openTrace(on: Page): Promise<{ readonly firstMillis: number; readonly completeMillis: number }> {
  const times = await traceRow(on).evaluate(async (row, count) => {
    const begun = performance.now();
    (row as HTMLElement).click();
    const untilShown = async (isShown: () => boolean): Promise<number> => {
      while (!isShown()) await new Promise(requestAnimationFrame);
      return Math.round(performance.now() - begun);
    };
    const rows = (): NodeListOf<Element> => document.querySelectorAll('[role="treeitem"]');
    const firstMillis = await untilShown(() => rows().length > 0);
    const completeMillis = await untilShown(() => rows()[0]?.getAttribute('aria-setsize') === String(count));
    return { firstMillis, completeMillis };
  }, spans);
  await on.keyboard.press('Escape');
  await on.getByRole('tree', { name: 'Spans' }).waitFor({ state: 'detached' });
  // The page caches a response for two minutes, so a reload is needed to request it again.
  await on.reload();
  await traceRow(on).waitFor();
  return times;
}

/** Reads the whole trace as JSON, as API clients do. */
async function readJson(): Promise<{ readonly firstMillis: number; readonly completeMillis: number; bytes: number }> {
  const begun = performance.now();
  const response = await fetch(`${gateway.url}/api/v1/traces/${traceId}`);
  let bytes = 0;
  let firstMillis = 0;
  for await (const chunk of response.body ?? []) {
    if (bytes === 0) firstMillis = Math.round(performance.now() - begun);
    bytes += chunk.length;
  }
  return { firstMillis, completeMillis: Math.round(performance.now() - begun), bytes };
}

function traceRow(on: Page) {
  return on.getByRole('table', { name: 'Traces found' }).getByRole('row').nth(1);
}

/** Stores the trace using a separate process, so that the memory used to receive it is not counted. */
async function fill(store: string): Promise<void> {
  const writer = await startGateway(lifetime, { directory: store });
  for (const body of largeTrace({ spans, traceId, startMillis: Date.now() - 90_000 })) {
    const response = await fetch(`${writer.http}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    if (!response.ok) throw new Error(`expected the spans to be accepted, got ${response.status}`);
    await response.arrayBuffer();
  }
  await writer.stop();
}

function watchMemory({ child }: Gateway): { now(): number; peak(): number; reset(): void } {
  const now = (): number => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Math.round((Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024) / MIB);
  };
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, now());
  }, 10);
  lifetime.after(async () => clearInterval(timer));
  return {
    now,
    peak: () => peak,
    reset: () => {
      peak = now();
    },
  };
}
