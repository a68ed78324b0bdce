import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { elasticsearch } from './elasticsearch.ts';
import { startPage } from './scraping/page.testing.ts';
import { readingError, readOnce, startReading } from './scraping/scraping.testing.ts';

receiverContract(elasticsearch, { config: { endpoint: 'http://127.0.0.1:1' }, silent: true });

const ROOT = { cluster_name: 'logs', version: { number: '8.15.0' } };
const HEALTH = { cluster_name: 'logs', status: 'yellow', number_of_nodes: 3, unassigned_shards: 2 };
const NODE = {
  name: 'n1',
  jvm: { uptime_in_millis: 5000, mem: { heap_used_percent: 25, pools: { young: { used_in_bytes: 7 } } } },
  thread_pool: { write: { threads: 4, active: 1, queue: 9, rejected: 0, completed: 5 } },
  indices: { indexing: { index_total: 12 }, translog: { operations: 3 } },
  discovery: { cluster_state_queue: { pending: 2, committed: 1 } },
  breakers: { parent: { limit_size_in_bytes: 100, tripped: 1 } },
};
const STATS = { cluster_name: 'logs', nodes: { 'a-B_1': NODE } };
const INDEX = {
  primaries: { docs: { count: 5 }, search: { query_total: 1 } },
  total: { docs: { count: 10 }, search: { query_total: 2 }, store: { size_in_bytes: 9 } },
};
const INDICES = { _all: INDEX, indices: { 'logs.a': INDEX } };

/** Responds to the paths of a server. */
function respond(path: string): object {
  if (path === '/') return ROOT;
  if (path.startsWith('/_cluster/health')) return HEALTH;
  if (path.startsWith('/_cluster/stats')) return { indices: { query_cache: { evictions: 4 } } };
  if (path.includes('/_stats')) return INDICES;
  return path.includes('/stats/') ? STATS : { nodes: { 'a-B_1': { version: '8.15.0' } } };
}

function enabled(...names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, { enabled: true }]));
}

function baseOf(url: string): string {
  return new URL(url).origin;
}

test('reads nodes, health and indices', async (t) => {
  const { url, requests } = await startPage(t, (request, response) =>
    response.end(JSON.stringify(respond(request.url ?? ''))),
  );
  const lines = await readOnce(t, elasticsearch, {
    endpoint: `${baseOf(url)}/`,
    username: 'monitor',
    password: 'secret',
    indices: ['logs-*', 'a b'],
    metrics: enabled(
      'elasticsearch.index.documents',
      'jvm.memory.heap.utilization',
      'elasticsearch.cluster.indices.cache.evictions',
    ),
  });
  assert.ok(requests.every(({ headers }) => headers.authorization === `Basic ${btoa('monitor:secret')}`));
  assert.deepEqual(
    requests.map((request) => request.url?.replace(/stats\/.*/, 'stats/…')),
    [
      '/',
      '/_nodes/_all/stats/…',
      '/_nodes/_all?filter_path=nodes.*.version',
      '/_cluster/health',
      '/_cluster/stats',
      '/logs-*,a%20b/_stats?filter_path=_all,indices.*.primaries,indices.*.total',
    ],
  );
  assert.match(requests[1]?.url ?? '', /,indexing_pressure\//);
  const node = '{elasticsearch.cluster.name=logs,elasticsearch.node.name=n1,elasticsearch.node.version=8.15.0} ';
  assert.deepEqual(
    lines.filter((line) => line.startsWith(node)).map((line) => line.slice(node.length)),
    [
      'elasticsearch.breaker.memory.limit sum By {name=parent} int 100',
      'elasticsearch.breaker.tripped counter 1 {name=parent} int 1',
      'elasticsearch.cluster.state_queue sum 1 {state=committed} int 1',
      'elasticsearch.cluster.state_queue sum 1 {state=pending} int 2',
      'elasticsearch.node.operations.completed counter {operations} {operation=index} int 12',
      'elasticsearch.node.thread_pool.tasks.finished counter {tasks} {state=completed,thread_pool_name=write} int 5',
      'elasticsearch.node.thread_pool.tasks.finished counter {tasks} {state=rejected,thread_pool_name=write} int 0',
      'elasticsearch.node.thread_pool.tasks.queued sum {tasks} {thread_pool_name=write} int 9',
      'elasticsearch.node.thread_pool.threads sum {threads} {state=active,thread_pool_name=write} int 1',
      'elasticsearch.node.thread_pool.threads sum {threads} {state=idle,thread_pool_name=write} int 3',
      'elasticsearch.node.translog.operations counter {operations} {} int 3',
      'jvm.memory.heap.utilization gauge 1 {} double 0.25',
      'jvm.memory.pool.used gauge By {name=young} int 7',
    ],
  );
  const cluster = '{elasticsearch.cluster.name=logs} ';
  assert.deepEqual(
    lines.filter((line) => line.startsWith(cluster)).map((line) => line.slice(cluster.length)),
    [
      'elasticsearch.cluster.health sum {status} {status=green} int 0',
      'elasticsearch.cluster.health sum {status} {status=red} int 0',
      'elasticsearch.cluster.health sum {status} {status=yellow} int 1',
      'elasticsearch.cluster.indices.cache.evictions counter {evictions} {cache_name=query} int 4',
      'elasticsearch.cluster.nodes sum {nodes} {} int 3',
      'elasticsearch.cluster.shards sum {shards} {state=unassigned} int 2',
    ],
  );
  const index = '{elasticsearch.cluster.name=logs,elasticsearch.index.name=logs.a} ';
  assert.deepEqual(
    lines.filter((line) => line.startsWith(index)).map((line) => line.slice(index.length)),
    [
      'elasticsearch.index.documents sum {documents} {aggregation=primary_shards,state=active} int 5',
      'elasticsearch.index.documents sum {documents} {aggregation=total,state=active} int 10',
      'elasticsearch.index.operations.completed counter {operations} {aggregation=primary_shards,operation=query} int 1',
      'elasticsearch.index.operations.completed counter {operations} {aggregation=total,operation=query} int 2',
      'elasticsearch.index.shards.size sum By {aggregation=total} int 9',
    ],
  );
});

test('reads only what is wanted, in the manner of the version of the server', async (t) => {
  const versions = { '7.8.1': false, '7.9.0': true, '2.19.1': true };
  for (const [number, hasPressure] of Object.entries(versions)) {
    const distribution = number.startsWith('2') ? 'opensearch' : undefined;
    const { url, requests } = await startPage(t, (request, response) =>
      response.end(
        JSON.stringify(request.url === '/' ? { version: { number, distribution } } : respond(request.url ?? '')),
      ),
    );
    await readOnce(t, elasticsearch, {
      endpoint: baseOf(url),
      skip_cluster_metrics: true,
      indices: [],
      nodes: ['_local'],
    });
    assert.equal(requests.length, 3);
    assert.equal(requests[1]?.url?.includes('indexing_pressure'), hasPressure, number);
  }
});

test('reports a part that fails and values that are no numbers, and reads the rest', async (t) => {
  const { url } = await startPage(t, (request, response) => {
    const path = request.url ?? '';
    if (path.includes('/_nodes')) {
      response.statusCode = 403;
      response.end('no');
    } else if (path.includes('health')) response.end('{"status":"blue","number_of_nodes":"3","active_shards":1}');
    else if (path.includes('_stats')) response.end('{"_all":{"total":{"docs":{"count":99999999999999999999}}}}');
    else response.end(JSON.stringify(ROOT));
  });
  const bench = await startReading(t, elasticsearch, {
    endpoint: baseOf(url),
    metrics: enabled('elasticsearch.index.documents'),
  });
  while (bench.error() === undefined) await bench.clock.advance(0);
  assert.match(
    bench.error() ?? '',
    /status: expected green, yellow or red, got "blue"; number_of_nodes: expected a number, got "3"; docs.count: expected a number, got 99999999999999999999 and 1 more/,
  );
  assert.equal(bench.received[0]?.itemCount, 1);
});

test('reports servers that reject or are others, without credentials', async (t) => {
  const bodies: [string, RegExp][] = [
    ['<html>', /Unexpected token/],
    ['[]', /expected status 200|expected/],
    ['null', /expected an object, got "null"/],
    ['{"a":', /JSON/],
  ];
  for (const [body, expected] of bodies) {
    const { url } = await startPage(t, (request, response) => {
      response.statusCode = request.url === '/' ? 200 : 500;
      response.end(body);
    });
    const options = { endpoint: baseOf(url), username: 'a', password: 'secret' };
    const error = await readingError(t, elasticsearch, options);
    assert.match(error, expected);
    assert.doesNotMatch(error, /secret/);
  }
});

test('rejects configurations that cannot work, naming the fields', async () => {
  const expected: [Record<string, unknown>, RegExp][] = [
    [{ endpoint: 'localhost:9200' }, /endpoint: expected an http or https URL/],
    [{ username: 'a' }, /username: expected username and password/],
    [{ nodes: [''] }, /nodes/],
    [{ metrics: { other: {} } }, /metrics.other: expected one of/],
  ];
  for (const [config, message] of expected)
    await assert.rejects(createComponentBench(elasticsearch, { config }), message);
});
