import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createCertificates } from '@otelier/testkit/certificates';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import { systemClock } from '@otelier/transport/clock';
import { FakeApiServer } from '../kubernetes/fake-api-server.testing.ts';
import { startTarget } from '../receivers/prometheus/pages.testing.ts';
import { prometheus } from '../receivers/prometheus.ts';
import { allocateByHash, allocatePerNode } from './target_allocator/allocate.ts';
import { targetAllocator } from './target_allocator.ts';

const JOB = { job_name: 'web shop', scrape_interval: '10s', static_configs: [{ targets: ['a:1', 'b:1', 'c:1'] }] };
const CONFIG = {
  endpoint: '127.0.0.1:0',
  config: {
    global: { scrape_timeout: '5s', evaluation_interval: '1m', external_labels: { a: 'b' } },
    scrape_configs: [JOB],
  },
  collectors: { ids: ['one', 'two'] },
};

extensionContract(targetAllocator, { config: CONFIG });

async function start(
  t: TestContext,
  config: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string>> = {},
) {
  const bench = await createComponentBench(targetAllocator, { config, clock: systemClock, environment });
  t.after(() => bench.close());
  await bench.start();
  const address = bench.logs.find(({ msg }) => msg === 'target allocator listening')?.['address'];
  return `http://${address}`;
}

async function get(url: string): Promise<unknown> {
  const response = await fetch(url);
  const text = await response.text();
  return response.status === 200 ? JSON.parse(text) : response.status;
}

test('serves jobs, their targets by collector, and scrape configurations without discovery', async (t) => {
  const url = await start(t, CONFIG);
  assert.deepEqual(await get(`${url}/jobs`), { 'web shop': { _link: '/jobs/web%20shop/targets' } });
  assert.deepEqual(await get(`${url}/scrape_configs`), {
    'web shop': { job_name: 'web shop', scrape_interval: '10s', scrape_timeout: '5s' },
  });
  const all = (await get(`${url}/jobs/web+shop/targets`)) as Record<string, { _link: string; targets: object[] }>;
  assert.deepEqual(Object.keys(all), ['one', 'two']);
  assert.equal(all['one']?._link, '/jobs/web%20shop/targets?collector_id=one');
  const one = (await get(`${url}/jobs/web%20shop/targets?collector_id=one`)) as object[];
  const two = (await get(`${url}/jobs/web%20shop/targets?collector_id=two`)) as object[];
  assert.deepEqual([one, two], [all['one']?.targets, all['two']?.targets]);
  const addresses = [...one, ...two].map((group) => JSON.stringify(group)).sort();
  assert.deepEqual(
    addresses,
    ['a:1', 'b:1', 'c:1'].map((target) => JSON.stringify({ targets: [target], labels: {} })),
  );
  assert.deepEqual(await get(`${url}/jobs/web%20shop/targets?collector_id=three`), []);
  for (const path of ['/jobs/other/targets', '/jobs/%ff/targets', '/other']) assert.equal(await get(url + path), 404);
});

test('refuses wrong scrape configurations, secrets and two jobs of a name', async () => {
  const refused: readonly (readonly [object, RegExp])[] = [
    [{ ...JOB, scrape_interval: 'soon' }, /scrape_configs\[0\].*scrape_interval: expected a duration/],
    [{ ...JOB, basic_auth: { username: 'a', password: 'b' } }, /expected password_file, which is read by collectors/],
    [{ ...JOB, proxy_url: 'http://a:b@proxy:3128' }, /expected proxy_url without a password/],
  ];
  for (const [job, message] of refused) {
    const config = { ...CONFIG, config: { scrape_configs: [job] } };
    await assert.rejects(createComponentBench(targetAllocator, { config }), message);
  }
  const global = { basic_auth: { username: 'a', password: 'b' } };
  for (const scrape_configs of [[JOB], []]) {
    const config = {
      ...CONFIG,
      config: { global, scrape_configs },
      prometheus_cr: { enabled: true, pod_monitor_selector: {} },
    };
    const created = createComponentBench(targetAllocator, { config });
    await assert.rejects(created, /config\.global: expected password_file, which is read by collectors/);
  }
  const config = { ...CONFIG, config: { scrape_configs: [JOB, JOB] } };
  await assert.rejects(createComponentBench(targetAllocator, { config }), /expected a name that no other job has/);
});

test('moves few targets when collectors come and go, and distributes them evenly', () => {
  const urls = Array.from({ length: 10_000 }, (_, index) => `http://10.0.${index >> 8}.${index & 255}:9100/metrics`);
  const assign = (count: number): readonly (string | undefined)[] => {
    const allocation = allocateByHash(Array.from({ length: count }, (_, index) => ({ id: `agent-${index}` })));
    return urls.map((url) => allocation.collectorOf(url, undefined));
  };
  for (const count of [1, 2, 4, 9]) {
    const [before, after] = [assign(count), assign(count + 1)];
    const moved = before.filter((id, index) => id !== after[index]).length / urls.length;
    assert.ok(Math.abs(moved - 1 / (count + 1)) < 0.02, `${moved} of the targets moved from ${count} collectors`);
    // A target moves only to the new collector.
    assert.ok(after.every((id, index) => id === before[index] || id === `agent-${count}`));
    const sizes = Object.values(Object.groupBy(after, (id) => id ?? '')).map((list) => list?.length ?? 0);
    assert.ok(Math.max(...sizes) < (1.1 * urls.length) / (count + 1), `${sizes}`);
  }
  const perNode = allocatePerNode([
    { id: 'a', node: 'n1' },
    { id: 'b', node: 'n2' },
  ]);
  assert.deepEqual(
    ['n1', 'n2'].map((node) => perNode.collectorOf('http://x', node)),
    ['a', 'b'],
  );
  assert.ok(['a', 'b'].includes(perNode.collectorOf('http://x', 'n3') ?? ''));
  assert.equal(allocatePerNode([]).collectorOf('http://x', 'n1'), undefined);
});

test('the receiver scrapes the targets that are assigned to it, and no others', async (t) => {
  const targets = await Promise.all(Array.from({ length: 4 }, () => startTarget('up_here 1\n')));
  t.after(() => Promise.all(targets.map((target) => target.close())));
  const addresses = targets.map(({ address }) => address);
  const job = { job_name: 'shop', metrics_path: '/a b%20c', static_configs: [{ targets: addresses }] };
  const url = await start(t, { ...CONFIG, config: { scrape_configs: [job] } });
  const scrapedBy = async (collector: string): Promise<readonly string[]> => {
    const allocator = { endpoint: url, collector_id: collector };
    const bench = await createComponentBench(prometheus, { config: { target_allocator: allocator } });
    await bench.start();
    const groups = (await get(`${url}/jobs/shop/targets?collector_id=${collector}`)) as { targets: string[] }[];
    const own = groups.flatMap((group) => group.targets).sort();
    const before = targets.map(({ requests }) => requests.length);
    const scraped = () =>
      targets.flatMap(({ address, requests }, i) => (requests.length > (before[i] ?? 0) ? [address] : []));
    while (scraped().length < own.length) await bench.clock.advance(1000);
    await bench.clock.advance(60_000);
    assert.deepEqual([...scraped()].sort(), own);
    await bench.close();
    return own;
  };
  const [one, two] = [await scrapedBy('one'), await scrapedBy('two')];
  assert.deepEqual([...one, ...two].sort(), addresses.sort());
  // Prometheus escapes the path.
  assert.equal(targets[0]?.requests[0]?.url, '/a%20b%2520c');
});

test('serves collectors that have a certificate over TLS, and no others', async (t) => {
  const certificates = await createCertificates();
  const directory = await mkdtemp(join(tmpdir(), 'target-allocator-'));
  t.after(() => rm(directory, { recursive: true }));
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(directory, name), text);
    return join(directory, name);
  };
  const { ca, server, client, otherClient } = certificates;
  const caFile = await write('ca.pem', ca.cert);
  const files = async (name: string, { cert, key }: typeof client) => ({
    cert_file: await write(`${name}.pem`, cert),
    key_file: await write(`${name}.key`, key),
  });
  const target = await startTarget('up_here 1\n');
  t.after(() => target.close());
  const job = { job_name: 'shop', static_configs: [{ targets: [target.address] }] };
  const url = await start(t, {
    ...CONFIG,
    config: { scrape_configs: [job] },
    collectors: { ids: ['one'] },
    tls: { ...(await files('server', server)), client_ca_file: caFile },
  });
  const collector = async (tls: object) => {
    const endpoint = url.replace('http:', 'https:');
    const allocator = { endpoint, collector_id: 'one', tls: { ca_file: caFile, ...tls } };
    const bench = await createComponentBench(prometheus, { config: { target_allocator: allocator } });
    t.after(() => bench.close());
    await bench.start();
    return bench;
  };
  for (const tls of [{}, await files('other', otherClient)]) {
    const { logs, clock } = await collector(tls);
    const failed = () => logs.some(({ msg }) => msg === 'cannot read jobs from the target allocator, keeping them');
    while (!failed()) await clock.advance(1000);
  }
  assert.equal(target.requests.length, 0);
  const { clock } = await collector(await files('client', client));
  while (target.requests.length === 0) await clock.advance(1000);
});

test('assigns targets to pods, and to none before they are known', async (t) => {
  const api = await FakeApiServer.start(t);
  const pod = (name: string, node: string, status = 'True') => ({
    metadata: { name, namespace: 'obs', labels: { app: 'agent' } },
    spec: { nodeName: node },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status, lastTransitionTime: '2020-01-01T00:00:00Z' }] },
  });
  const pods = '/api/v1/pods';
  api.set(pods, pod('agent-1', 'n1'));
  api.set(pods, pod('agent-2', 'n2', 'False'));
  const selection = { namespace: 'obs', label_selector: 'app=agent', auth_type: 'kubeConfig' };
  const directory = await mkdtemp(join(tmpdir(), 'target-allocator-'));
  t.after(() => rm(directory, { recursive: true }));
  const kubeConfig = join(directory, 'config');
  await writeFile(kubeConfig, api.kubeConfig);
  const url = await start(
    t,
    { ...CONFIG, allocation_strategy: 'per-node', collectors: { pods: selection } },
    { KUBECONFIG: kubeConfig },
  );
  const collectors = async (): Promise<string> => {
    const response = await get(`${url}/jobs/web%20shop/targets`);
    return typeof response === 'number' ? '' : Object.keys(response as object).join();
  };
  const until = async (expected: string) => {
    while ((await collectors()) !== expected) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  // The second pod has not been ready for longer than the grace period.
  await until('agent-1');
  api.set(pods, pod('agent-2', 'n2'));
  await until('agent-1,agent-2');
  api.delete(pods, 'agent-1', 'obs');
  await until('agent-2');
});

test('follows the monitors of a cluster, and refuses those with secrets by name', async (t) => {
  const api = await FakeApiServer.start(t);
  const directory = await mkdtemp(join(tmpdir(), 'target-allocator-'));
  t.after(() => rm(directory, { recursive: true }));
  const kubeconfigFile = join(directory, 'config');
  await writeFile(kubeconfigFile, api.kubeConfig);
  const [services, pods] = ['servicemonitors', 'podmonitors'].map((name) => `/apis/monitoring.coreos.com/v1/${name}`);
  assert.ok(services !== undefined && pods !== undefined);
  let isDefined = false;
  // The cluster has no definition of pod monitors at first.
  api.respond = ({ url = '' }) => (isDefined || !url.startsWith(pods) ? undefined : { status: 404, body: {} });
  const namespace = (name: string, labels: Readonly<Record<string, string>>) =>
    api.set('/api/v1/namespaces', { metadata: { name, labels } });
  const monitor = (name: string, within: string, endpoint: object = { port: 'http' }) =>
    api.set(services, {
      metadata: { name, namespace: within, labels: { team: 'a' } },
      spec: { selector: { matchLabels: { app: 'web' } }, endpoints: [endpoint] },
    });
  namespace('shop', { scrape: 'yes' });
  namespace('other', {});
  for (const within of ['shop', 'other', 'denied']) monitor('web', within);
  api.set(services, { metadata: { name: 'unlabeled', namespace: 'shop' }, spec: { selector: {}, endpoints: [{}] } });
  const bench = await createComponentBench(targetAllocator, {
    clock: systemClock,
    config: {
      ...CONFIG,
      prometheus_cr: {
        enabled: true,
        service_monitor_selector: { match_labels: { team: 'a' } },
        service_monitor_namespace_selector: { match_expressions: [{ key: 'scrape', operator: 'Exists' }] },
        pod_monitor_selector: {},
        deny_namespaces: ['denied'],
        kubeconfig_file: kubeconfigFile,
      },
      collectors: { ids: ['one'] },
    },
  });
  t.after(() => bench.close());
  await bench.start();
  const url = `http://${bench.logs.find(({ msg }) => msg === 'target allocator listening')?.['address']}`;
  const until = async (path: string, isExpected: (text: string) => boolean): Promise<void> => {
    while (!isExpected(JSON.stringify(await get(url + path)))) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  const untilJobs = (...names: readonly string[]) =>
    until('/jobs', (text) => Object.keys(JSON.parse(text)).sort().join() === [...names, 'web shop'].sort().join());
  await untilJobs('serviceMonitor/shop/web/0');
  assert.equal(bench.logs.filter(({ msg }) => msg === 'cannot read from the Kubernetes API, trying again').length, 1);

  namespace('other', { scrape: 'now' });
  namespace('denied', { scrape: 'never' });
  await untilJobs('serviceMonitor/shop/web/0', 'serviceMonitor/other/web/0');
  api.delete(services, 'web', 'other');
  await untilJobs('serviceMonitor/shop/web/0');
  monitor('web', 'shop', { port: 'http', path: '/changed' });
  await until('/scrape_configs', (text) => text.includes('"metrics_path":"/changed"'));

  const refused: readonly (readonly [string, object, string])[] = [
    ['auth', { basicAuth: { password: { name: 'web', key: 'password' } } }, 'endpoints[0].basicAuth'],
    ['ca', { tlsConfig: { ca: { secret: { name: 'web', key: 'ca' } } } }, 'endpoints[0].tlsConfig.ca'],
    ['token', { authorization: { credentials: { name: 'web', key: 'a' } } }, 'endpoints[0].authorization.credentials'],
    ['file', { bearerTokenFile: '/token' }, 'endpoints[0].bearerTokenFile: expected no file'],
    ['key', { tlsConfig: { keyFile: '/key' } }, 'endpoints[0].tlsConfig.keyFile: expected no file'],
    ['wrong', null as never, 'null'],
    ['regex', { relabelings: [{ regex: '(' }] }, 'serviceMonitor/shop/regex/0: relabel_configs[10].regex'],
    ['slow', { interval: '1s', scrapeTimeout: '2s' }, 'scrapeTimeout of at most the interval'],
  ];
  for (const [name, endpoint] of refused) monitor(name, 'shop', endpoint);
  await until('/monitors', (text) => refused.every(([name]) => text.includes(`ServiceMonitor shop/${name}`)));
  const states = (await get(`${url}/monitors`)) as readonly { monitor: string; jobs: string[]; refused?: string }[];
  for (const [name, , reason] of refused) {
    const state = states.find((one) => one.monitor === `ServiceMonitor shop/${name}`);
    assert.deepEqual(state?.jobs, []);
    assert.ok(state?.refused?.includes(reason), `${name}: ${state?.refused}`);
    const logged = bench.logs.filter((line) => line['monitor'] === state?.monitor && line.msg === 'monitor refused');
    assert.equal(logged.length, 1);
  }
  await untilJobs('serviceMonitor/shop/web/0');
  for (const [name] of refused) api.delete(services, name, 'shop');

  isDefined = true;
  api.set(pods, { metadata: { name: 'agents', namespace: 'shop' }, spec: { podMetricsEndpoints: [{ port: 'http' }] } });
  await untilJobs('serviceMonitor/shop/web/0', 'podMonitor/shop/agents/0');
  const port = { name: 'http', containerPort: 80 };
  api.set('/api/v1/pods', {
    metadata: { name: 'agent-1', namespace: 'shop' },
    spec: { nodeName: 'n1', containers: [{ name: 'main', image: 'agent:1', ports: [port] }] },
    status: { phase: 'Running', podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] },
  });
  const targets = '/jobs/podMonitor%2Fshop%2Fagents%2F0/targets?collector_id=one';
  await until(targets, (text) => text.includes('"targets":["10.0.0.1:80"]'));
});
