/**
 * Follows 5,000 log records per second in Chromium, and measures the delay of input and the memory of page and server.
 *
 *     node bench/browser/live-tail.ts --minutes 10
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { launchBrowser, openPage } from '@otelier/testkit/browser';
import type { CDPSession, Page } from 'playwright-core';
import { type Gateway, startGateway, withLifetime } from '../../test/e2e/gateway.ts';
import { percentile } from './frames.ts';
import { report } from './report.ts';
import { sendJson } from './send.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, rate: { type: 'string', default: '5000' } },
});
const minutes = Number(values.minutes);
const rate = Number(values.rate);
/** Requests per second. */
const REQUESTS = 10;
const INPUT_MILLIS = 150;
/** Time after which memory is compared, when caches and the range of the view are full. */
const WARM_UP_SHARE = 1 / 3;
const MEGABYTE = 1e6;
const SERVICES = ['frontend', 'cart', 'checkout', 'payment'];
const SEVERITIES = [
  [9, 'INFO'],
  [9, 'INFO'],
  [13, 'WARN'],
  [17, 'ERROR'],
] as const;

await withLifetime(async (lifetime) => {
  const gateway = await startGateway(lifetime);
  const browser = await launchBrowser();
  lifetime.after(() => browser.close());
  const { page } = await openPage(browser);
  await recordInputDelays(page);
  await page.goto(`${gateway.url}/logs?last=15m`);
  const end = performance.now() + minutes * 60_000;
  const load = { sent: 0 };
  const sending = sendLogs(gateway, end, load);
  await page.locator('.lo-row').nth(5).waitFor();
  const session = await page.context().newCDPSession(page);
  const memory: Memory[] = [];
  const begun = performance.now();
  for (let step = 0; performance.now() < end; step += 1) {
    await useList(page, step);
    if (step % 40 === 39) memory.push({ page: await pageMegabytes(session), server: serverMegabytes(gateway) });
    await sleep(INPUT_MILLIS);
  }
  await sending;
  const seconds = (performance.now() - begun) / 1000;
  const delays = await page.evaluate(() => (window as unknown as { inputDelays: number[] }).inputDelays);
  await page.mouse.move(80, 700);
  const newest = /order (\d+)/.exec((await page.locator('.lo-main').nth(0).textContent()) ?? '')?.[1];
  const warm = memory.slice(Math.floor(memory.length * WARM_UP_SHARE));
  const half = Math.floor(warm.length / 2);
  const growth = (of: (one: Memory) => number): number =>
    peakOf(warm.slice(half), of) / Math.max(1, peakOf(warm.slice(0, half), of));
  report(`Live tail for ${minutes} min, ${delays.length} inputs`, [
    { what: 'records sent per second', value: load.sent / seconds, unit: '/s', target: { atLeast: rate * 0.98 } },
    { what: 'input delay, p95', value: percentile(delays, 0.95), unit: 'ms', target: { below: 50 } },
    { what: 'newest record shown', value: Number(newest ?? 0) / load.sent, unit: '× sent', target: { atLeast: 0.9 } },
    { what: 'page, peak of the heap', value: peakOf(memory, (one) => one.page), unit: 'MB', target: { atMost: 150 } },
    { what: 'page, growth after a third', value: growth((one) => one.page), unit: '×', target: { atMost: 1.25 } },
    { what: 'server, peak', value: peakOf(memory, (one) => one.server), unit: 'MB', target: { atMost: 512 } },
    { what: 'server, growth after a third', value: growth((one) => one.server), unit: '×', target: { atMost: 1.25 } },
  ]);
});

/** Memory in units of 10^6 bytes. */
interface Memory {
  readonly page: number;
  readonly server: number;
}

function peakOf(memory: readonly Memory[], of: (one: Memory) => number): number {
  return Math.max(0, ...memory.map(of));
}

/** Records the time from each input event to its first handler. */
async function recordInputDelays(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const delays: number[] = [];
    (window as unknown as { inputDelays: number[] }).inputDelays = delays;
    for (const type of ['keydown', 'pointermove', 'pointerdown', 'wheel'])
      addEventListener(type, ({ timeStamp }) => void delays.push(performance.now() - timeStamp), {
        capture: true,
        passive: true,
      });
  });
}

/** Moves over the list, scrolls it and back, presses keys, and lets it follow again. */
async function useList(page: Page, step: number): Promise<void> {
  switch (step % 20) {
    case 3:
    case 4:
      return page.mouse.wheel(0, 120);
    case 5:
      return page.keyboard.press('j');
    case 6:
      return page.keyboard.press('k');
    case 7:
      return page.mouse.wheel(0, -2000);
    case 8:
      // Outside of the list, which follows again.
      return page.mouse.move(80, 700);
    case 1:
    case 2:
      return page.mouse.move(700 + step, 500);
    default:
      return page.keyboard.press('Shift');
  }
}

/** Sends records at a constant rate, in equal requests. Those that could not be sent in time are not sent later. */
async function sendLogs(gateway: Gateway, end: number, load: { sent: number }): Promise<void> {
  const perRequest = rate / REQUESTS;
  const inFlight = new Set<Promise<void>>();
  const begun = performance.now();
  for (let request = 0; performance.now() < end; request += 1) {
    const body = logsOf(request * perRequest, perRequest);
    const sending = sendJson(gateway, 'logs', body).then(() => {
      load.sent += perRequest;
      inFlight.delete(sending);
    });
    inFlight.add(sending);
    await sleep(Math.max(0, begun + ((request + 1) * 1000) / REQUESTS - performance.now()));
  }
  await Promise.all(inFlight);
}

function logsOf(first: number, count: number): object {
  const now = Date.now();
  const records = Array.from({ length: count }, (_, index) => {
    const number = first + index;
    const [severityNumber, severityText] = SEVERITIES[number % SEVERITIES.length] ?? SEVERITIES[0];
    return {
      timeUnixNano: `${now}${String(index).padStart(6, '0')}`,
      severityNumber,
      severityText,
      body: { stringValue: `order ${number} of customer ${number % 977} was handled in ${number % 341} ms` },
      attributes: [
        { key: 'order.id', value: { intValue: String(number) } },
        { key: 'http.route', value: { stringValue: '/api/orders/{id}' } },
      ],
    };
  });
  return {
    resourceLogs: SERVICES.map((service, index) => ({
      resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
      scopeLogs: [{ logRecords: records.filter((_, at) => at % SERVICES.length === index) }],
    })),
  };
}

async function pageMegabytes(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize / MEGABYTE;
}

function serverMegabytes({ child }: Gateway): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024) / MEGABYTE;
}
