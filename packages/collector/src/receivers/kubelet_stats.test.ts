import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { FakeApiServer } from '../kubernetes/fake-api-server.testing.ts';
import { COMPARED_CONFIG, kubeletLines } from './kubelet_stats/compared.testing.ts';
import { type KubeletResponse, startFakeKubelet } from './kubelet_stats/fake-kubelet.testing.ts';
import { kubeletStats } from './kubelet_stats.ts';
import { receiving } from './object_logs/receiving.testing.ts';
import { readingError, readOnce, startReading, valuesOf } from './scraping/scraping.testing.ts';

receiverContract(kubeletStats, { silent: true, config: { auth_type: 'none', endpoint: '127.0.0.1:1' } });

const directory = await mkdtemp(join(tmpdir(), 'kubelet_stats-'));
after(() => rm(directory, { recursive: true }));
const recorded = JSON.parse(await readFile(join(import.meta.dirname, 'kubelet_stats', 'recorded.json'), 'utf8')) as {
  readonly lines: readonly string[];
};

async function fakeKubelet(t: TestContext, respond?: (path: string) => KubeletResponse | undefined) {
  const kubelet = await startFakeKubelet(respond);
  t.after(() => kubelet.close());
  return kubelet;
}

async function untilReceived(bench: ComponentBench, holds: (lines: readonly string[]) => boolean) {
  for (;;) {
    const lines = kubeletLines(bench.received.at(-1)?.parts ?? []);
    if (holds(lines)) return lines;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('all metrics and attributes equal those of the Collector for the same responses', async (t) => {
  const kubelet = await fakeKubelet(t);
  const api = await FakeApiServer.start(t);
  api.set('/api/v1/nodes', { metadata: { name: 'node-1' }, status: { capacity: { cpu: '4', memory: '16Gi' } } });
  api.set('/api/v1/persistentvolumeclaims', {
    metadata: { name: 'data', namespace: 'shop' },
    spec: { volumeName: 'disk' },
  });
  const disk = { pdName: 'disk-1', fsType: 'ext4', partition: 2 };
  api.set('/api/v1/persistentvolumes', { metadata: { name: 'disk' }, spec: { gcePersistentDisk: disk } });
  const config = { ...COMPARED_CONFIG, auth_type: 'none', endpoint: kubelet.url, timeout: '2m' };
  const bench = await receiving(t, api, kubeletStats, config);
  const names = ['memory.node.utilization', 'cpu.node.utilization'];
  const hasAll = (some: readonly string[]): boolean => names.every((name) => some.some((line) => line.includes(name)));
  const lines = await untilReceived(bench, hasAll);
  assert.deepEqual(lines, recorded.lines);
  assert.equal(api.requests.filter((request) => request.includes('/persistentvolumes/')).length, 1);
});

test('reads chosen groups of the first interface, and the list of pods only if it is needed', async (t) => {
  const kubelet = await fakeKubelet(t);
  const config = { auth_type: 'none', endpoint: kubelet.url, metric_groups: ['node'] };
  const lines = await readOnce(t, kubeletStats, config);
  assert.ok(lines.every((line) => line.startsWith('{k8s.node.name=node-1} ')));
  assert.deepEqual(valuesOf(lines, 'k8s.node.cpu.time'), ['k8s.node.cpu.time counter s {} double 309.50306756']);
  assert.deepEqual(valuesOf(lines, 'k8s.node.network.io'), [
    'k8s.node.network.io counter By {direction=receive,interface=eth0} int 9483050',
    'k8s.node.network.io counter By {direction=transmit,interface=eth0} int 125420',
  ]);
  assert.deepEqual(
    kubelet.requests.map(({ url }) => url),
    ['/stats/summary'],
  );
});

test('authenticates with the token of the service account, or through the proxy of the API server', async (t) => {
  const kubelet = await fakeKubelet(t);
  await writeFile(join(directory, 'token'), 'first\n');
  await writeFile(join(directory, 'ca.crt'), '');
  const config = { auth_type: 'serviceAccount', endpoint: kubelet.url, service_account_dir: directory };
  await readOnce(t, kubeletStats, config);
  assert.equal(kubelet.requests[0]?.headers.authorization, 'Bearer first');
  const kubeConfig = join(directory, 'config');
  await writeFile(
    kubeConfig,
    JSON.stringify({
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: kubelet.url } }],
      users: [{ name: 'u', user: { token: 'of-config' } }],
    }),
  );
  const bench = await createComponentBench(kubeletStats, {
    environment: { KUBECONFIG: kubeConfig },
    config: { auth_type: 'kubeConfig', endpoint: 'node-1', initial_delay: '0s' },
  });
  t.after(() => bench.close());
  await bench.start();
  await bench.clock.advance(0);
  while (bench.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(kubelet.requests[1]?.url, '/api/v1/nodes/node-1/proxy/stats/summary');
  assert.equal(kubelet.requests[1]?.headers.authorization, 'Bearer of-config');
});

test('names what is missing: permissions, files, and options that metrics need', async (t) => {
  const forbidden = await fakeKubelet(t, () => ({ status: 403, body: 'Forbidden (user=x)' }));
  assert.match(
    await readingError(t, kubeletStats, { auth_type: 'none', endpoint: forbidden.url }),
    /expected status 200 of http:.*, got 403: Forbidden \(user=x\); the ClusterRole needs the rule .*nodes\/stats/,
  );
  await assert.rejects(
    startReading(t, kubeletStats, { ca_file: '/none', cert_file: '/none', key_file: '/none' }),
    /ENOENT/,
  );
  const metrics = { 'k8s.pod.cpu.node.utilization': { enabled: true } };
  await assert.rejects(
    createComponentBench(kubeletStats, { config: { metrics } }),
    /node: expected the name of the node/,
  );
});

/** Responses that no kubelet sends, and the error of each, if there is one. */
const HOSTILE: readonly (readonly [body: string, error: RegExp | undefined])[] = [
  ['', /JSON/],
  ['<html>', /JSON/],
  ['null', /expected an object/],
  ['7', /expected an object/],
  ['{', /JSON/],
  ['{"node":[],"pods":{}}', undefined],
  ['{"node":{"cpu":7,"memory":"x","network":[],"fs":null,"systemContainers":7}}', undefined],
  ['{"pods":[null,7,"x",[],{"podRef":null},{"podRef":{"uid":{}},"containers":[null],"volume":[7]}]}', undefined],
  ['{"node":{"memory":{"usageBytes":"1"}}}', /usageBytes: expected a number of 63 bits, got "1"/],
  ['{"node":{"memory":{"usageBytes":-1}}}', /got -1/],
  ['{"node":{"memory":{"usageBytes":18446744073709551615}}}', /got 18446744073709551615/],
  ['{"node":{"memory":{"usageBytes":1e400}}}', /got null/],
  ['{"node":{"startTime":"yesterday","cpu":{"time":"now","usageCoreNanoSeconds":1}}}', undefined],
  ['{"node":{"startTime":"-271821-04-20T00:00:00Z","nodeName":["x"],"__proto__":{"cpu":1}}}', undefined],
  [`{"node":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, /call stack/],
];

test('hostile responses of a kubelet become errors or nothing, and later ones are read', async (t) => {
  for (const [body, error] of HOSTILE) {
    let given: string | undefined = body;
    const kubelet = await fakeKubelet(t, () => (given === undefined ? undefined : { status: 200, body: given }));
    const config = {
      auth_type: 'none',
      endpoint: kubelet.url,
      extra_metadata_labels: ['container.id'],
      metric_groups: ALL,
      timeout: '1000h',
    };
    const bench = await startReading(t, kubeletStats, config);
    // The second request is that of the pods, which follows a summary that was read.
    while (error === undefined ? kubelet.requests.length < 2 : bench.error() === undefined)
      await new Promise((resolve) => setImmediate(resolve));
    if (error !== undefined) assert.match(bench.error() ?? '', error, body.slice(0, 80));
    given = undefined;
    const isRead = (): boolean =>
      kubeletLines(bench.received.at(-1)?.parts ?? []).some((line) => line.includes('k8s.pod.memory.usage'));
    while (!isRead()) {
      await bench.clock.advance(10_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
});

const ALL = ['node', 'pod', 'container', 'volume'];
