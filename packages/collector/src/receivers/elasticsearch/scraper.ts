import { errorMessage } from '../../component/error-message.ts';
import { membersAt, parseDocument, readPaths, valueAt } from '../scraping/json-paths.ts';
import type { Reading } from '../scraping/reading.ts';
import type { ReportFailure } from '../scraping/scraping-receiver.ts';
import type { ServerGroup, ServerScraper } from '../scraping/server-scraper.ts';
import { CLUSTER_STATS, HEALTH, INDEX, INDEX_TOTAL, NODE, NODE_INDICES, NODE_MEMBERS } from './paths.ts';

/** Options for `createElasticsearchScraper`. */
export interface ElasticsearchScraperOptions {
  /** Nodes to read, by name, address or filter. */
  readonly nodes: readonly string[];
  readonly indices: readonly string[];
  readonly skipClusterMetrics: boolean;
  isEnabled(metric: string): boolean;
  /** Reads a path of the server. */
  read(path: string, signal: AbortSignal): Promise<string>;
}

const NODE_STATS = 'breaker,discovery,fs,http,indices,ingest,jvm,os,process,script,thread_pool,transport';
const NODE_INDEX_STATS =
  'docs,fielddata,flush,get,indexing,merge,query_cache,refresh,search,segments,store,translog,warmer';

/** The version of Elasticsearch from which on nodes report the pressure of indexing. */
const FIRST_WITH_PRESSURE = 7.009;

/** Creates a scraper. What cannot be read is reported, and the rest is read; it rejects if that is everything. */
export function createElasticsearchScraper(options: ElasticsearchScraperOptions): ServerScraper {
  return {
    async scrape(signal, fail) {
      const root = parseDocument(await options.read('', signal), '/');
      const readers = [
        ...(options.nodes.length > 0 ? [() => readNodes(root, options, signal, fail)] : []),
        ...(options.skipClusterMetrics ? [] : [() => readCluster(options, signal, fail)]),
        ...(options.indices.length > 0 ? [() => readIndices(root, options, signal, fail)] : []),
      ];
      const groups: ServerGroup[] = [];
      const errors: string[] = [];
      for (const read of readers) {
        try {
          groups.push(...(await read()));
        } catch (error) {
          signal.throwIfAborted();
          errors.push(errorMessage(error));
        }
      }
      if (errors.length === readers.length && errors.length > 0) throw new Error(errors.join('; '));
      for (const error of errors) fail(error);
      return groups;
    },
  };
}

async function readNodes(
  root: object,
  { nodes, isEnabled, read }: ElasticsearchScraperOptions,
  signal: AbortSignal,
  fail: ReportFailure,
): Promise<readonly ServerGroup[]> {
  const names = encodeNames(nodes);
  const stats = hasIndexingPressure(root) ? `${NODE_STATS},indexing_pressure` : NODE_STATS;
  const path = `_nodes/${names}/stats/${stats}/${NODE_INDEX_STATS}`;
  const document = parseDocument(await read(path, signal), '_nodes/stats');
  const versions = parseDocument(await read(`_nodes/${names}?filter_path=nodes.*.version`, signal), '_nodes');
  return membersAt(document, 'nodes').map(([id, node]) => {
    const uptime = valueAt(node, 'jvm.uptime_in_millis');
    return {
      resource: {
        'elasticsearch.cluster.name': textOf(valueAt(document, 'cluster_name')),
        'elasticsearch.node.name': textOf(valueAt(node, 'name')),
        'elasticsearch.node.version': textOf(valueAt(versions, `nodes.${id}.version`)),
      },
      ...(typeof uptime === 'number' && { ageMillis: uptime }),
      readings: [
        ...readPaths(node, NODE, fail),
        ...readPaths(valueAt(node, 'indices'), NODE_INDICES, fail),
        ...NODE_MEMBERS.flatMap(([place, attribute, paths]) =>
          membersAt(node, place).flatMap(([name, member]) => readPaths(member, paths, fail, { [attribute]: name })),
        ),
        ...idleThreads(node),
        ...shares(node, isEnabled),
      ],
    };
  });
}

/** Elasticsearch 7.9 and OpenSearch have it. */
function hasIndexingPressure(root: object): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(textOf(valueAt(root, 'version.number'))) ?? [];
  const isOpenSearch = valueAt(root, 'version.distribution') === 'opensearch';
  return isOpenSearch || Number(major) + Number(minor) / 1000 >= FIRST_WITH_PRESSURE;
}

function idleThreads(node: unknown): readonly Reading[] {
  return membersAt(node, 'thread_pool').flatMap(([name, pool]) => {
    const threads = valueAt(pool, 'threads');
    const active = valueAt(pool, 'active');
    if (typeof threads !== 'number' || typeof active !== 'number') return [];
    const attributes = { thread_pool_name: name, state: 'idle' };
    return [{ metric: 'elasticsearch.node.thread_pool.threads', value: threads - active, attributes }];
  });
}

/** Percentages that are metrics as shares. */
function shares(node: unknown, isEnabled: (metric: string) => boolean): readonly Reading[] {
  const places = [
    ['jvm.mem.heap_used_percent', 'jvm.memory.heap.utilization'],
    ['process.cpu.percent', 'elasticsearch.process.cpu.usage'],
  ] as const;
  return places.flatMap(([path, metric]) => {
    const percent = isEnabled(metric) ? valueAt(node, path) : undefined;
    return typeof percent === 'number' ? [{ metric, value: percent / 100 }] : [];
  });
}

const HEALTH_STATUSES = ['green', 'yellow', 'red'];

async function readCluster(
  { isEnabled, read }: ElasticsearchScraperOptions,
  signal: AbortSignal,
  fail: ReportFailure,
): Promise<readonly ServerGroup[]> {
  const health = parseDocument(await read('_cluster/health', signal), '_cluster/health');
  const status = textOf(valueAt(health, 'status'));
  if (!HEALTH_STATUSES.includes(status)) fail(`status: expected green, yellow or red, got "${status}"`);
  const statuses = HEALTH_STATUSES.includes(status) ? HEALTH_STATUSES : [];
  const stats = CLUSTER_STATS.some(([, metric]) => isEnabled(metric))
    ? parseDocument(await read('_cluster/stats', signal), '_cluster/stats')
    : {};
  const readings = [
    ...readPaths(health, HEALTH, fail),
    ...statuses.map((each) => ({
      metric: 'elasticsearch.cluster.health',
      value: each === status ? 1 : 0,
      attributes: { status: each },
    })),
    ...readPaths(stats, CLUSTER_STATS, fail),
  ];
  return [{ resource: { 'elasticsearch.cluster.name': textOf(valueAt(health, 'cluster_name')) }, readings }];
}

async function readIndices(
  root: object,
  { indices, read }: ElasticsearchScraperOptions,
  signal: AbortSignal,
  fail: ReportFailure,
): Promise<readonly ServerGroup[]> {
  const filter = 'filter_path=_all,indices.*.primaries,indices.*.total';
  const document = parseDocument(await read(`${encodeNames(indices)}/_stats?${filter}`, signal), '_stats');
  const members = [['_all', valueAt(document, '_all')] as const, ...membersAt(document, 'indices')];
  return members.map(([name, index]) => ({
    resource: {
      'elasticsearch.cluster.name': textOf(valueAt(root, 'cluster_name')),
      'elasticsearch.index.name': name,
    },
    readings: [
      ...readPaths(valueAt(index, 'primaries'), INDEX, fail, { aggregation: 'primary_shards' }),
      ...readPaths(valueAt(index, 'total'), [...INDEX, ...INDEX_TOTAL], fail, { aggregation: 'total' }),
    ],
  }));
}

function encodeNames(names: readonly string[]): string {
  return names.map((name) => encodeURIComponent(name)).join(',');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
