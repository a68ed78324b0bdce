import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { requestToJson } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { prometheus } from '../../../packages/collector/src/receivers/prometheus.ts';
import { differenceOf } from './differences.ts';
import { normalizePoints } from './normalize.ts';
import { readRecords, type ScrapeRecord } from './records.ts';

let pages: readonly string[] = [];
let contentType = '';
let served = 0;
const server = createServer((_request, response) => {
  const page = pages[Math.min(served, pages.length - 1)] ?? '';
  served += 1;
  response.writeHead(200, contentType === '' ? {} : { 'content-type': contentType }).end(Buffer.from(page, 'base64'));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
after(() => {
  server.closeAllConnections();
  server.close();
});

/** Scrapes the pages of a record, and returns the points of each scrape. */
async function scrape(record: ScrapeRecord): Promise<string[][]> {
  pages = record.pages;
  contentType = record.contentType;
  served = 0;
  const target = { scrape_interval: '2s', metrics_path: `/${record.name}`, static_configs: [{ targets: [address] }] };
  const config = { config: { scrape_configs: [{ job_name: record.name, ...target, ...unescapeDollars(record.job) }] } };
  // The points of scrapes are recognized by their times.
  const bench = await createComponentBench(prometheus, { config, startMillis: 1_790_000_000_000 });
  await bench.start();
  while (bench.received.length < record.scrapes.length) {
    const before = served;
    while (served === before) await bench.clock.advance(100);
    while (bench.received.length < served) await new Promise((resolve) => setImmediate(resolve));
  }
  const requests = bench.received
    .slice(0, record.scrapes.length)
    .map(({ parts }) => parts.map((part) => JSON.parse(requestToJson('metrics', part))));
  await bench.close();
  return requests.map((one) => normalizePoints(one, address));
}

/** The configuration is given as it is after the expansion of references. */
function unescapeDollars(job: ScrapeRecord['job']): ScrapeRecord['job'] {
  return job;
}

for (const record of readRecords()) {
  const difference = differenceOf(record.name);
  test(`${record.name}${difference === undefined ? '' : ` (differs: ${difference})`}`, async () => {
    const actual = await scrape(record);
    if (difference === undefined) assert.deepEqual(actual, record.scrapes);
    else assert.notDeepEqual(actual, record.scrapes);
  });
}
