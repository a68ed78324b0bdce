/**
 * Runs the official Jaeger UI, unchanged, against the Jaeger API in a browser: `node test/interop/jaeger-ui/run.ts BUILD
 * [--record]`. BUILD is `packages/jaeger-ui/build` of its repository (`npm ci --ignore-scripts`, then
 * `vite build` in that package). `--record` writes the requests of the UI to `requests.json`, which `npm test` replays.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { batchOf, startTestApi } from '@otelier/testkit';
import { launchBrowser, openPage } from '@otelier/testkit/browser';
import { shopTraces, TRACE_IDS } from './telemetry.ts';

const [build, flag] = process.argv.slice(2);
if (build === undefined) throw new Error('expected the directory of a built Jaeger UI');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

const nowMillis = Date.now();
const api = await startTestApi();
await api.store.append(batchOf('traces', shopTraces(nowMillis)));
const requests = new Map<string, { readonly view: string; readonly path: string; readonly status: number }>();
let view = '';
const server = createServer(async (incoming, outgoing) => {
  const url = new URL(incoming.url ?? '/', 'http://ui');
  if (url.pathname.startsWith('/api/')) {
    const response = await fetch(`${api.url}/jaeger${url.pathname}${url.search}`);
    const body = Buffer.from(await response.arrayBuffer());
    const path = withoutTimes(url);
    requests.set(path, { view, path, status: response.status });
    outgoing.writeHead(response.status, { 'content-type': response.headers.get('content-type') ?? '' }).end(body);
    return;
  }
  const file = normalize(url.pathname).startsWith('/static/') ? join(build, normalize(url.pathname)) : undefined;
  const found = file === undefined ? undefined : await readFile(file).catch(() => undefined);
  const type = found === undefined ? 'text/html' : (TYPES[extname(url.pathname)] ?? 'application/octet-stream');
  outgoing.writeHead(200, { 'content-type': type }).end(found ?? (await indexPage()));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
const browser = await launchBrowser();
const { page, errors } = await openPage(browser);

/** Returns the page of the UI, with its tab "Monitor" enabled as Jaeger's query service does. */
async function indexPage(): Promise<string> {
  const html = await readFile(join(build ?? '', 'index.html'), 'utf8');
  const config = JSON.stringify({ monitor: { menuEnabled: true } });
  return html
    .replace('const JAEGER_CONFIG = DEFAULT_CONFIG;', `const JAEGER_CONFIG = ${config};`)
    .replace(
      'const JAEGER_STORAGE_CAPABILITIES = DEFAULT_STORAGE_CAPABILITIES;',
      'const JAEGER_STORAGE_CAPABILITIES = { archiveStorage: false, metricsStorage: true };',
    );
}

/** Opens a view and waits until it contains texts. */
async function open(name: string, path: string, ...texts: readonly string[]): Promise<void> {
  view = name;
  await page.goto(`http://127.0.0.1:${port}${path}`);
  for (const text of texts) await page.getByText(text).first().waitFor({ state: 'attached', timeout: 15_000 });
  console.log(`✔ ${name}`);
}

/** Opens a view and waits for the response to a request of it. */
async function requesting(path: string, show: () => Promise<void>): Promise<void> {
  const response = page.waitForResponse((one) => new URL(one.url()).pathname === path, { timeout: 15_000 });
  await Promise.all([show(), response]);
}

try {
  const [first, second] = TRACE_IDS;
  const range = `end=${nowMillis * 1000}&start=${(nowMillis - 3_600_000) * 1000}&lookback=1h&limit=20`;
  await open('services', '/search', 'Find Traces', 'Service (2)');
  await open('search', `/search?service=shop&${range}`, '2 Traces', 'POST /checkout');
  await open('search by tags', `/search?service=shop&tags=%7B%22error%22%3A%22true%22%7D&${range}`, '1 Trace');
  await open('trace', `/trace/${second}`, 'POST /checkout', 'bank', 'charge');
  await open('compare', `/trace/${first}...${second}?cohort=${first}&cohort=${second}`, 'POST /checkout');
  await requesting('/api/dependencies', () => open('dependencies', '/dependencies', 'System Architecture'));
  await requesting('/api/metrics/errors', () => open('monitor', '/monitor', 'Service'));
  await page.waitForLoadState('networkidle');
  const failed = [...requests.values()].filter(({ status }) => status >= 400);
  assert.deepEqual(failed, []);
  assert.deepEqual(api.errors, []);
} catch (error) {
  console.error(await page.locator('body').textContent());
  throw error;
} finally {
  console.log([...requests.values()].map(({ view: name, path, status }) => `${name}: ${path} ${status}`).join('\n'));
  if (errors.length > 0) console.log(`console: ${errors.join('\n')}`);
  await browser.close();
  server.close();
  await api.shutdown(0);
}
if (flag === '--record') {
  const recorded = [...requests.values()].map(({ view: name, path }) => ({ view: name, path }));
  await writeFile(join(import.meta.dirname, 'requests.json'), `${JSON.stringify(recorded, undefined, 2)}\n`);
}

/** Replaces times, which are now, by names. */
function withoutTimes(url: URL): string {
  const parameters = [...url.searchParams].map(([name, value]) => {
    const isTime = ['start', 'end', 'endTs'].includes(name) || /StartTime|start_time|startTime/.test(name);
    return `${name}=${isTime ? `{${name}}` : encodeURIComponent(value)}`;
  });
  return `${url.pathname}${parameters.length === 0 ? '' : `?${parameters.join('&')}`}`;
}
