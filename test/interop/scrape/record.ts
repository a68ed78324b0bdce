import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SCRAPE_CASES, type ScrapeCase } from './cases.ts';
import { normalizePoints } from './normalize.ts';
import { type ScrapeRecord, writeRecords } from './records.ts';

/**
 * Records what the Collector's receiver makes of the cases: `node test/interop/scrape/record.ts --collector PROGRAM
 * [--testdata DIRECTORY]`. The program needs the receiver `prometheus` and the exporter `file`. The directory is
 * `model/textparse/testdata` of Prometheus, whose pages become cases too.
 */
const { values } = parseArgs({ options: { collector: { type: 'string' }, testdata: { type: 'string' } } });
const { collector = '', testdata } = values;
if (!existsSync(collector))
  throw new Error('--collector: expected the path of a Collector with the receiver prometheus');

const cases = [...SCRAPE_CASES, ...(testdata === undefined ? [] : await upstreamCases(testdata))];
const served = new Map(cases.map(({ name }) => [name, 0]));
const server = createServer((request, response) => {
  const name = decodeURIComponent((request.url ?? '').slice(1));
  const one = cases.find((candidate) => candidate.name === name);
  const count = served.get(name) ?? 0;
  served.set(name, count + 1);
  const page = one?.pages[Math.min(count, one.pages.length - 1)] ?? '';
  response.writeHead(200, one?.contentType ? { 'content-type': one.contentType } : {}).end(page);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
const directory = await mkdtemp(join(tmpdir(), 'otelier-scrape-'));
const output = join(directory, 'out.jsonl');
const jobs = cases.map(({ name, job = {} }) => ({
  job_name: name,
  metrics_path: `/${name}`,
  scrape_interval: '2s',
  static_configs: [{ targets: [address] }],
  ...job,
}));
await writeFile(
  join(directory, 'config.yaml'),
  JSON.stringify({
    receivers: { prometheus: { config: { scrape_configs: jobs } } },
    exporters: { file: { path: output, flush_interval: '100ms' } },
    service: {
      telemetry: { metrics: { level: 'none' }, logs: { level: 'error' } },
      pipelines: { metrics: { receivers: ['prometheus'], exporters: ['file'] } },
    },
  }),
);
const child = spawn(collector, ['--config', join(directory, 'config.yaml')], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
// Every case is scraped as often as it has pages, and its last page once more.
while (cases.some(({ name, pages }) => (served.get(name) ?? 0) < pages.length + 1)) await setTimeout(200);
await setTimeout(1000);
child.kill('SIGTERM');
await new Promise((resolve) => child.once('exit', resolve));
server.close();
const requests = (await readFile(output, 'utf8'))
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line));
writeRecords(cases.map((one) => recordOf(one)));
await rm(directory, { recursive: true });

/** Each line of the file is one scrape, in which the job is the name of the case. */
function recordOf({ name, job = {}, contentType, pages }: ScrapeCase): ScrapeRecord {
  const scrapes = requests.filter(({ resourceMetrics }) =>
    resourceMetrics.some(({ resource }: { resource: { attributes: readonly { key: string; value: unknown }[] } }) =>
      resource.attributes.some(
        ({ key, value }) => key === 'service.name' && JSON.stringify(value) === JSON.stringify({ stringValue: name }),
      ),
    ),
  );
  const wanted = scrapes.slice(0, pages.length + 1).map((request) => normalizePoints([request], address));
  return { name, job, contentType, pages: pages.map((page) => Buffer.from(page).toString('base64')), scrapes: wanted };
}

async function upstreamCases(path: string): Promise<ScrapeCase[]> {
  const files = [
    ['1histogram.om.txt', 'application/openmetrics-text; version=1.0.0'],
    ['alltypes.5mfs.om.txt', 'application/openmetrics-text; version=1.0.0'],
    ['alltypes.237mfs.prom.txt', 'text/plain; version=0.0.4'],
    ['alltypes.237mfs.nometa.prom.txt', 'text/plain; version=0.0.4'],
  ] as const;
  return Promise.all(
    files.map(async ([file, contentType]) => ({
      name: file,
      contentType,
      pages: [await readFile(join(path, file), 'utf8')],
    })),
  );
}
