import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ComponentCases, Configuration, Step } from '../cases.ts';

const FAMILY = 'http://schemas.test/conv';
const REGISTRY = 'http://schemas.test/registry';

/** Starts the schema file server in a separate process, because the recorder blocks this one. */
async function startServer(): Promise<number> {
  const server = spawn(process.execPath, [join(import.meta.dirname, '..', 'schema-server.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(server.stdout, 'data')) as [Buffer];
  server.unref();
  for (const stream of [server.stdin, server.stdout]) (stream as unknown as { unref(): void }).unref();
  return Number(line.toString());
}

type Plain = string | number | boolean;

function attributes(values: Readonly<Record<string, Plain>>): object[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value:
      typeof value === 'string'
        ? { stringValue: value }
        : typeof value === 'boolean'
          ? { boolValue: value }
          : { intValue: String(value) },
  }));
}

const RESOURCES = [
  { method: 'r', host: 'h', 'telemetry.auto.version': '1', text: 'a' },
  { 'http.verb': 'r', 'host.name': 'h', 'k8s.cluster': 'c' },
  { 'http.request.method': 'r', 'telemetry.distro.version': '2', 'text.value': 'a' },
  { other: 1 },
] as const;
const ITEMS = [
  { method: 'GET', peer: 'p', double: 1, int: 1, state: 's', exe: 'e' },
  { 'http.verb': 'GET', 'server.peer': 'p', 'double.value': 2, 'int.value': 2, 'process.state': 's' },
  { 'http.request.method': 'GET', 'process.executable': 'x', text: 't', bool: true },
  { method: 'GET', 'http.verb': 'GET', 'k8s.cluster.name': 'c', exe: 'e', 'process.executable.name': 'e' },
  { 'process.executable.name': 'n', 'text.value': 't' },
] as const;
const SPANS = ['checkout', 'GET /orders', 'pay', 'other'];
const EVENTS = ['trace', 'stacktrace', 'stack_trace', 'exception'];
const METRICS = ['reqs', 'requests', 'http.requests', 'queue', 'queue.length', 'paging'];

function pick<T>(list: readonly T[], index: number): T {
  return list[index % list.length] as T;
}

const MAKE = {
  traces: (index: number, url: string) => ({
    spans: ITEMS.map((item, at) => ({
      name: pick(SPANS, index + at),
      attributes: attributes(item),
      events: [
        { name: pick(EVENTS, index + at), attributes: attributes({ bool: false, int: 7, method: 'm' }) },
        { name: pick(EVENTS, at), attributes: attributes({ 'bool.value': true, 'int.value': 8 }) },
      ],
    })),
    schemaUrl: url,
  }),
  metrics: (_index: number, url: string) => ({
    metrics: METRICS.map((name, at) => ({
      name,
      ...pick(
        [
          { gauge: { dataPoints: ITEMS.map((item) => ({ asInt: '1', attributes: attributes(item) })) } },
          { histogram: { dataPoints: ITEMS.map((item) => ({ count: '1', attributes: attributes(item) })) } },
          { summary: { dataPoints: ITEMS.map((item) => ({ count: '1', attributes: attributes(item) })) } },
        ],
        at,
      ),
    })),
    schemaUrl: url,
  }),
  logs: (_index: number, url: string) => ({
    logRecords: ITEMS.map((item) => ({ attributes: attributes(item) })),
    schemaUrl: url,
  }),
} as const;

const LISTS = {
  traces: ['resourceSpans', 'scopeSpans'],
  metrics: ['resourceMetrics', 'scopeMetrics'],
  logs: ['resourceLogs', 'scopeLogs'],
} as const;

/** Returns requests with all resources and schema URLs, with and without schema URLs on the scopes. */
function stepsOf(signal: keyof typeof MAKE, urls: readonly string[]): Step[] {
  const [list, scopes] = LISTS[signal];
  return urls.flatMap((url, at) =>
    ['', url, pick(urls, at + 1)].map(
      (scopeUrl, index): Step => ({
        send: {
          [list]: RESOURCES.map((resource) => ({
            resource: { attributes: attributes(resource) },
            [scopes]: [MAKE[signal](index, scopeUrl)],
            schemaUrl: url,
          })),
        },
      }),
    ),
  );
}

const VERSIONS = ['1.0.0', '1.1.0', '1.2.0', '1.3.0'].map((version) => `${FAMILY}/${version}`);
const NEWEST = `${FAMILY}/1.3.0`;
const signals = ['traces', 'metrics', 'logs'] as const;

/** Returns a configuration per signal, because the requests differ. */
function each(name: string, config: object, urls: readonly string[] = VERSIONS): Configuration[] {
  return signals.map((signal) => ({
    name: `${name}, ${signal}`,
    config: config as Configuration['config'],
    signals: [signal],
    steps: stepsOf(signal, urls),
  }));
}

function refused(name: string, config: object): Configuration {
  return { name, config: config as Configuration['config'], signals: ['logs'] };
}

const migration = (from: string, target = NEWEST) => [{ target, from: `${FAMILY}/${from}` }];

/** Test cases for `schema`, with files from a server. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'schema',
  environment: { HTTP_PROXY: `http://127.0.0.1:${await startServer()}` },
  configurations: [
    ...each('to the newest', { targets: [NEWEST] }),
    ...each('to the newest, prefetched', { targets: [NEWEST], prefetch: [NEWEST] }),
    // The newest version comes first, because only its file contains all changes.
    ...each('to an older one', { targets: [`${FAMILY}/1.1.0`] }, [NEWEST, ...VERSIONS]),
    ...each('to the oldest', { targets: [`${FAMILY}/1.0.0`] }, [NEWEST, ...VERSIONS]),
    ...each('migration', { targets: [NEWEST], migration: migration('1.1.0') }),
    ...each('migration of everything', { targets: [NEWEST], migration: migration('1.0.0') }),
    ...each(
      'migration to an older one',
      { targets: [`${FAMILY}/1.1.0`], migration: migration('1.2.0', `${FAMILY}/1.1.0`) },
      [NEWEST, ...VERSIONS],
    ),
    ...each('a registry', { targets: [`${REGISTRY}/2.0.0`] }, [`${REGISTRY}/1.0.0`, `${REGISTRY}/2.0.0`]),
    ...each(
      'a registry, migration',
      { targets: [`${REGISTRY}/2.0.0`], migration: [{ target: `${REGISTRY}/2.0.0`, from: `${REGISTRY}/1.0.0` }] },
      [`${REGISTRY}/1.0.0`],
    ),
    ...each('two families', { targets: [NEWEST, `${REGISTRY}/2.0.0`] }, [`${REGISTRY}/1.5.0`, ...VERSIONS]),
    ...each('another family', { targets: [NEWEST] }, ['http://schemas.test/other/1.0.0', ...VERSIONS]),
    ...each('without schema URL', { targets: [NEWEST] }, ['']),
    ...each('invalid schema URL', { targets: [NEWEST] }, ['1.0.0', `${FAMILY}/1`, VERSIONS[0] ?? '']),
    ...each('a file that does not exist', { targets: [`${FAMILY}/1.9.0`] }, [`${FAMILY}/1.0.0`]),
    ...each('an unknown version', { targets: [NEWEST] }, [`${FAMILY}/1.2.5`, NEWEST]),
    refused('no targets', {}),
    refused('empty targets', { targets: [] }),
    refused('target without version', { targets: [FAMILY] }),
    refused('target with two numbers', { targets: [`${FAMILY}/1.0`] }),
    refused('target of another protocol', { targets: ['file:///conv/1.0.0'] }),
    refused('target without host', { targets: ['http:///1.0.0'] }),
    refused('target with a slash', { targets: [`${NEWEST}/`] }),
    refused('targets of one family', { targets: VERSIONS }),
    refused('invalid prefetch', { targets: [NEWEST], prefetch: ['nope'] }),
    refused('negative cooldown', { targets: [NEWEST], cache_cooldown: '-1s' }),
    refused('negative limit', { targets: [NEWEST], cache_retry_limit: -1 }),
    refused('migration of no target', { targets: [NEWEST], migration: migration('1.0.0', VERSIONS[0]) }),
    refused('migration from nothing', { targets: [NEWEST], migration: [{ target: NEWEST }] }),
    refused('migration from an invalid version', { targets: [NEWEST], migration: migration('x') }),
    refused('two migrations', { targets: [NEWEST], migration: [...migration('1.0.0'), ...migration('1.1.0')] }),
    refused('migration from another family', {
      targets: [NEWEST],
      migration: [{ target: NEWEST, from: `${REGISTRY}/1.0.0` }],
    }),
    refused('prefetch that fails', { targets: [NEWEST], prefetch: [`${FAMILY}/1.0.0`] }),
  ],
};
