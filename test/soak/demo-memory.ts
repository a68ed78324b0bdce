/**
 * Runs the demo with its page open and samples the server's resident memory. The limit is that of issue 12.
 *
 *     node test/soak/demo-memory.ts --minutes 30
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { launchBrowser, openPage } from '@otelier/testkit/browser';
import { type Lifetime, startGateway } from '../e2e/gateway.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' } } });
const SAMPLE_MILLIS = 5_000;
const LIMIT_MEGABYTES = 300;
const ends: (() => Promise<void>)[] = [];
const lifetime: Lifetime = { after: (end) => void ends.unshift(end) };

const gateway = await startGateway(lifetime, { demo: true });
const browser = await launchBrowser();
lifetime.after(() => browser.close());
const { page } = await openPage(browser);
await page.goto(gateway.url);
/** Peak memory of each minute, in units of 10^6 bytes. */
const peaks: number[] = [];
for (let minute = 0; minute < Number(values.minutes); minute += 1) {
  let peak = 0;
  for (let waited = 0; waited < 60_000; waited += SAMPLE_MILLIS) {
    await sleep(SAMPLE_MILLIS);
    peak = Math.max(peak, residentMegabytes());
  }
  peaks.push(peak);
  process.stdout.write(`minute ${minute + 1}: ${peak} MB\n`);
}
process.stdout.write(`${JSON.stringify({ peakMegabytes: Math.max(...peaks), lastMegabytes: peaks.at(-1) })}\n`);
for (const end of ends) await end();
process.exit(Math.max(...peaks) <= LIMIT_MEGABYTES ? 0 : 1);

function residentMegabytes(): number {
  const status = readFileSync(`/proc/${gateway.child.pid}/status`, 'utf8');
  return Math.round((Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024) / 1e6);
}
