import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { compileImageFilter } from './docker_stats/image-filter.ts';
import { dockerStats } from './docker_stats.ts';
import { startPage } from './scraping/page.testing.ts';
import { readingError, readOnce, startReading, valuesOf } from './scraping/scraping.testing.ts';

receiverContract(dockerStats, { config: { endpoint: 'http://127.0.0.1:1' }, silent: true });

const CONTAINER = { Id: 'a1', Name: '/web', Config: { Image: 'nginx' }, State: { StartedAt: '2026-01-01T00:00:00Z' } };
const STATS = { pids_stats: { current: 3 }, memory_stats: { usage: 10, limit: 20 } };

/** Serves responses by path, without the version. A path without a response does not exist. */
function serve(t: Parameters<typeof startPage>[0], pages: Readonly<Record<string, unknown>>) {
  return startPage(t, (request, response) => {
    const path = (request.url ?? '').replace(/^\/v[\d.]+|\?.*/g, '');
    const page = pages[path];
    const isStatus = typeof page === 'number';
    response.writeHead(page === undefined ? 404 : isStatus ? page : 200);
    response.end(typeof page === 'string' ? page : JSON.stringify(isStatus ? { message: 'not now' } : (page ?? {})));
  });
}

function endpointOf({ url }: { readonly url: string }): string {
  return new URL(url).origin;
}

test('reads the others if containers end or cannot be read, and reports the latter', async (t) => {
  const page = await serve(t, {
    '/containers/json': ['gone', 'ended', 'a1', 'broken', 'odd', 'denied'].map((Id) => ({ Id, Image: 'nginx' })),
    '/containers/a1/json': CONTAINER,
    '/containers/a1/stats': STATS,
    '/containers/ended/json': CONTAINER,
    '/containers/broken/json': '{"Id":',
    '/containers/odd/json': '"text"',
    '/containers/denied/json': 500,
  });
  const bench = await startReading(t, dockerStats, { endpoint: endpointOf(page), timeout: '1h' });
  while (bench.error() === undefined) await new Promise(setImmediate);
  const error = bench.error() ?? '';
  assert.match(error, /JSON/);
  assert.match(error, /containers\/odd\/json: expected an object, got/);
  assert.match(error, /expected status 200 from \/containers\/denied\/json, got 500 not now/);
  assert.equal(bench.received.length, 1);
});

test('names the version of the API, and leaves out excluded images and paused containers', async (t) => {
  const page = await serve(t, {
    '/containers/json': [
      { Id: 'a1', Image: 'nginx' },
      { Id: 'b1', Image: 'test-image' },
      { Id: 'c1', Image: 'nginx' },
    ],
    '/containers/a1/json': CONTAINER,
    '/containers/a1/stats': STATS,
    '/containers/c1/json': { ...CONTAINER, State: { Paused: true } },
  });
  const lines = await readOnce(t, dockerStats, {
    endpoint: endpointOf(page).replace('http:', 'tcp:'),
    api_version: '1.44',
    excluded_images: ['test-*'],
    timeout: '1h',
  });
  assert.deepEqual(valuesOf(lines, 'container.memory.percent'), ['container.memory.percent gauge 1 {} double 50']);
  assert.deepEqual(page.requests.map(({ url }) => url).sort(), [
    '/v1.44/containers/a1/json',
    '/v1.44/containers/a1/stats?stream=false',
    '/v1.44/containers/c1/json',
    `/v1.44/containers/json?filters=${encodeURIComponent('{"status":["running"]}')}`,
  ]);
});

test('reads odd documents without failing', async (t) => {
  const odd = [
    {},
    { cpu_stats: 'x', memory_stats: { stats: [1], usage: -1 }, networks: { eth0: 7 }, pids_stats: null },
  ];
  for (const stats of [...odd, { blkio_stats: { io_time_recursive: [null, 5, { op: 9 }] }, networks: [] }]) {
    const page = await serve(t, {
      '/containers/json': [{ Id: 'a1' }, null, 5],
      '/containers/a1/json': {
        ...CONTAINER,
        HostConfig: { CpusetCpus: '0-1' },
        Config: { Env: [5, 'A=b'], Labels: 7 },
      },
      '/containers/a1/stats': stats,
    });
    const lines = await readOnce(t, dockerStats, { endpoint: endpointOf(page), timeout: '1h' });
    assert.ok(lines.length > 0);
  }
});

test('reports a daemon that does not list its containers', async (t) => {
  const cases: [unknown, RegExp][] = [
    [{ message: 'x' }, /expected a list of containers, got an object/],
    [403, /expected status 200 from \/containers\/json.*, got 403 not now/],
    ['<html>', /JSON/],
  ];
  for (const [page, expected] of cases) {
    const { url } = await serve(t, { '/containers/json': page });
    assert.match(await readingError(t, dockerStats, { endpoint: new URL(url).origin, timeout: '1h' }), expected);
  }
  assert.match(await readingError(t, dockerStats, { endpoint: 'unix:///nowhere.sock', timeout: '1h' }), /ENOENT/);
});

test('reports a CPU set that is none, and reads the rest', async (t) => {
  const host = { CpusetCpus: '3-1' };
  const page = await serve(t, {
    '/containers/json': [{ Id: 'a1' }],
    '/containers/a1/json': { ...CONTAINER, HostConfig: host, State: {} },
    '/containers/a1/stats': STATS,
  });
  const bench = await startReading(t, dockerStats, { endpoint: endpointOf(page), timeout: '1h' });
  while (bench.received.length === 0 || bench.error() === undefined) await new Promise(setImmediate);
  assert.match(bench.error() ?? '', /a1: State.StartedAt: expected a time/);
  assert.match(bench.error() ?? '', /a1: HostConfig.CpusetCpus: expected CPUs such as/);
});

test('matches images by name, glob and regular expression', () => {
  const cases: [readonly string[], string, boolean][] = [
    [['nginx'], 'nginx', true],
    [['nginx'], 'nginx:1', false],
    [['registry/*'], 'registry/a/b', true],
    [['/^app(-|$)/'], 'app-1', true],
    [['/^app(-|$)/'], 'apps', false],
    [['!nginx'], 'nginx', false],
    [['!nginx'], 'redis', true],
    [['!/^keep/'], 'keep-1', false],
    [[], 'nginx', false],
  ];
  for (const [patterns, image, expected] of cases)
    assert.equal(compileImageFilter(patterns)(image), expected, `${patterns} ${image}`);
});

test('rejects configurations that cannot work, naming the fields', async () => {
  const expected: [Record<string, unknown>, RegExp][] = [
    [{ endpoint: 'localhost' }, /endpoint: expected unix:\/\/\/path or a URL/],
    [{ api_version: 1.4 }, /api_version: expected a text such as "1.44", in quotes/],
    [{ excluded_images: ['/(/'] }, /excluded_images/],
    [{ metrics: { 'container.other': {} } }, /metrics."container.other": expected one of/],
  ];
  for (const [config, message] of expected)
    await assert.rejects(createComponentBench(dockerStats, { config }), message);
});
