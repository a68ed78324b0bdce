import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { releaseBytes, takeBytes } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { keyValues } from '@otelier/testkit/otlp-json';
import { batchOf, decodeRequest, encodeRequest } from '@otelier/testkit/request-codec';
import { systemClock } from '@otelier/transport';
import { FakeApiServer, type WrittenObject } from '../kubernetes/fake-api-server.testing.ts';
import { k8sAttributes } from './k8s_attributes.ts';

processorContract(k8sAttributes, { config: { passthrough: true } });

const PODS = '/api/v1/pods';
const directory = await mkdtemp(join(tmpdir(), 'k8s-attributes-'));
after(() => rm(directory, { recursive: true }));

type Texts = Readonly<Record<string, string>>;

/** A pod of a deployment with one container. */
function pod(name: string, address: string, more: { labels?: Texts; annotations?: Texts; created?: string } = {}) {
  const { labels = {}, annotations = {}, created = '2026-01-02T03:04:05Z' } = more;
  return {
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-of-${name}`,
      creationTimestamp: created,
      labels: { 'pod-template-hash': '6c45f8d6f6', ...labels },
      annotations,
      ownerReferences: [{ kind: 'ReplicaSet', name: 'cart-6c45f8d6f6', uid: 'rs-1', controller: true }],
    },
    spec: { nodeName: 'node-1', containers: [{ name: 'app', image: 'registry.example.com:5000/shop/cart:1.2' }] },
    status: {
      podIP: address,
      startTime: created,
      containerStatuses: [{ name: 'app', containerID: `containerd://id-${name}`, restartCount: 2 }],
    },
  } satisfies WrittenObject;
}

/** The attributes of `pod` that are set by default. */
function defaults(name: string): Readonly<Record<string, string>> {
  return {
    'k8s.pod.name': name,
    'k8s.namespace.name': 'shop',
    'k8s.pod.start_time': '2026-01-02T03:04:05Z',
    'k8s.pod.uid': `uid-of-${name}`,
    'k8s.deployment.name': 'cart',
    'k8s.node.name': 'node-1',
    'container.image.name': 'registry.example.com:5000/shop/cart',
    'container.image.tag': '1.2',
  };
}

/** Starts the processor over an API server, with metadata that is there. */
async function enriching(t: TestContext, fake: FakeApiServer, config: object = {}, environment: Texts = {}) {
  const path = join(directory, `config-${Math.random()}`);
  await writeFile(path, fake.kubeConfig);
  const bench = await createComponentBench(k8sAttributes, {
    signals: ['logs'],
    clock: systemClock,
    environment: { ...environment, KUBECONFIG: path },
    config: { auth_type: 'kubeConfig', wait_for_metadata: true, ...config },
  });
  await bench.start();
  t.after(() => bench.close());
  /** Returns the resource attributes of telemetry that comes from an address. */
  const enrich = async (peer: string | undefined, attributes: Readonly<Record<string, string | number>> = {}) => {
    const sent = batchOf('logs', {
      resourceLogs: [
        { resource: { attributes: keyValues(attributes) }, scopeLogs: [{ logRecords: [{ severityNumber: 9 }] }] },
      ],
    });
    await bench.send({ ...sent, context: { ...sent.context, peer } });
    const [part] = bench.received.at(-1)?.parts ?? [];
    const found = part && decodeRequest('logs', part).resourceLogs?.[0]?.resource?.attributes;
    return Object.fromEntries(
      (found ?? []).map(({ key, value }) => [key, value?.stringValue ?? value?.arrayValue?.values ?? value?.intValue]),
    );
  };
  /** Waits until telemetry of an address has an attribute of some value. */
  const until = async (peer: string, key: string, value: string | undefined): Promise<void> => {
    while ((await enrich(peer))[key] !== value) await new Promise((resolve) => setImmediate(resolve));
  };
  return { bench, enrich, until };
}

test('associates by the address of the sender and by attributes', async (t) => {
  const fake = await FakeApiServer.start(t);
  fake.set(PODS, pod('a', '10.0.0.1'));
  fake.set(PODS, pod('b', '10.0.0.2', { annotations: { 'opentelemetry.io/k8s-processor/ignore': ' TRUE ' } }));
  fake.set(PODS, pod('jaeger-agent-x', '10.0.0.3'));
  fake.set(PODS, { ...pod('h', '10.0.0.4'), spec: { hostNetwork: true } });
  const { enrich } = await enriching(t, fake);
  assert.deepEqual(await enrich('10.0.0.1'), defaults('a'));
  assert.deepEqual(await enrich('::ffff:10.0.0.1'), defaults('a'));
  assert.deepEqual(await enrich('10.9.9.9', { 'k8s.pod.ip': '10.0.0.1' }), {
    'k8s.pod.ip': '10.0.0.1',
    ...defaults('a'),
  });
  assert.equal((await enrich(undefined, { 'host.name': '10.0.0.1' }))['k8s.pod.name'], 'a');
  assert.deepEqual(await enrich(undefined, { 'host.name': 'a' }), { 'host.name': 'a' });
  for (const peer of ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', undefined])
    assert.deepEqual(await enrich(peer), {});
  const kept = await enrich('10.0.0.1', { 'k8s.pod.name': 'mine', 'k8s.node.name': '', other: 1 });
  assert.deepEqual(kept, { ...defaults('a'), 'k8s.pod.name': 'mine', other: '1' });
});

test('uses the memory of requests again, and what it passes on does not change', async (t) => {
  const fake = await FakeApiServer.start(t);
  for (let number = 0; number < 20; number++) fake.set(PODS, pod(`p${number}`, `10.0.0.${number}`));
  const { bench } = await enriching(t, fake);
  const resourceLogs = Array.from({ length: 20 }, (_, number) => ({
    resource: { attributes: keyValues({ 'k8s.pod.ip': `10.0.0.${number}` }) },
    scopeLogs: [{ logRecords: [{ body: { stringValue: 'x'.repeat(100) } }] }],
  }));
  const sent = encodeRequest('logs', { resourceLogs });
  for (let request = 0; request < 5; request++) {
    const body = takeBytes(sent.length);
    body.set(sent);
    await bench.sendOwned({ ...batchOf('logs', {}), parts: [body], itemCount: 20, sizeBytes: body.length });
    const free = Array.from({ length: 16 }, () => takeBytes(sent.length));
    assert.ok(free.some(({ buffer }) => buffer === body.buffer));
    for (const bytes of free) releaseBytes(bytes.fill(0xdb));
  }
  const names = bench.received.map(({ parts: [part = sent] }) =>
    JSON.stringify(decodeRequest('logs', part)).match(/"p\d+"/g),
  );
  assert.deepEqual(names, Array(5).fill(resourceLogs.map((_, number) => `"p${number}"`)));
});

test('applies the rules of association in order', async (t) => {
  const fake = await FakeApiServer.start(t);
  fake.set(PODS, pod('a', '10.0.0.1', { labels: { team: 'red' } }));
  const source = (name: string) => ({ from: 'resource_attribute', name });
  const { enrich } = await enriching(t, fake, {
    extract: { metadata: ['k8s.pod.name', 'container.id'], labels: [{ tag_name: 'team', key: 'team' }] },
    pod_association: [
      { sources: [source('k8s.pod.name'), source('k8s.namespace.name')] },
      { sources: [source('container.id')] },
      { sources: [source('team')] },
      { sources: [source('host.name')] },
      { sources: [{ from: 'connection' }] },
    ],
  });
  const found = { 'k8s.pod.name': 'a', team: 'red', 'container.id': 'id-a' };
  const both = { 'k8s.pod.name': 'a', 'k8s.namespace.name': 'shop' };
  assert.deepEqual(await enrich(undefined, both), { ...found, ...both });
  assert.deepEqual(await enrich(undefined, { 'container.id': 'id-a' }), found);
  assert.deepEqual(await enrich(undefined, { team: 'red' }), found);
  assert.equal((await enrich('10.0.0.1', { 'host.name': 'x' }))['k8s.pod.name'], 'a');
  assert.deepEqual(await enrich('10.0.0.1'), found);
  // The first rule whose sources are there decides.
  assert.deepEqual(await enrich('10.0.0.1', { 'container.id': 'other' }), { 'container.id': 'other' });
});

test('follows changes of pods, and knows deleted ones for some time', async (t) => {
  const fake = await FakeApiServer.start(t);
  fake.set(PODS, pod('a', '10.0.0.1'));
  const { enrich, until } = await enriching(t, fake, { pod_delete_grace_period: '20ms' });
  await fake.untilWatched(PODS);
  fake.set(PODS, pod('b', '10.0.0.2'));
  await until('10.0.0.2', 'k8s.pod.name', 'b');
  fake.set(PODS, pod('b', '10.0.0.3'));
  await until('10.0.0.3', 'k8s.pod.name', 'b');
  await until('10.0.0.2', 'k8s.pod.name', undefined);
  // A later pod has the address of an earlier one, whose last event comes late.
  fake.set(PODS, pod('c', '10.0.0.1', { created: '2026-02-02T03:04:05Z' }));
  await until('10.0.0.1', 'k8s.pod.name', 'c');
  fake.set(PODS, pod('a', '10.0.0.1', { labels: { changed: 'yes' } }));
  fake.delete(PODS, 'a', 'shop');
  fake.delete(PODS, 'b', 'shop');
  await until('10.0.0.3', 'k8s.pod.name', undefined);
  assert.equal((await enrich('10.0.0.1'))['k8s.pod.name'], 'c');
});

test('extracts labels and annotations of pods and of all that they belong to', async (t) => {
  const fake = await FakeApiServer.start(t);
  const labelled = (name: string, uid: string, more: object = {}) => ({
    metadata: { name, uid, labels: { tier: `tier of ${name}` }, annotations: { note: `note of ${name}` }, ...more },
  });
  fake.set('/api/v1/namespaces', labelled('kube-system', 'cluster-1'));
  fake.set('/api/v1/namespaces', labelled('shop', 'ns-1'));
  fake.set('/api/v1/nodes', labelled('node-1', 'node-uid'));
  const controlled = { ownerReferences: [{ kind: 'Deployment', name: 'cart', uid: 'deploy-1', controller: true }] };
  fake.set('/apis/apps/v1/replicasets', labelled('cart-6c45f8d6f6', 'rs-1', controlled));
  fake.set('/apis/apps/v1/deployments', labelled('cart', 'deploy-1'));
  fake.set(
    PODS,
    pod('a', '10.0.0.1', {
      labels: { 'app.kubernetes.io/name': 'carts', 'app.kubernetes.io/version': '9', plain: 'p', 'x/one': '1' },
      annotations: { 'resource.opentelemetry.io/service.version': '10', owner: 'me' },
    }),
  );
  const { enrich } = await enriching(t, fake, {
    extract: {
      otel_annotations: true,
      metadata: ['k8s.cluster.uid', 'k8s.deployment.name', 'k8s.deployment.uid', 'service.name', 'service.version'],
      labels: [
        { key: 'plain' },
        { key_regex: 'x/(.*)', tag_name: 'label.$1' },
        { key_regex: 'pod-.*' },
        ...['namespace', 'node', 'deployment', 'replicaset'].map((from) => ({ key: 'tier', from })),
      ],
      annotations: [
        { key: 'owner', tag_name: 'owner' },
        { key_regex: 'no.*', from: 'deployment' },
      ],
    },
  });
  const belongs = {
    'k8s.namespace.labels.tier': 'tier of shop',
    'k8s.node.labels.tier': 'tier of node-1',
  };
  assert.deepEqual(await enrich('10.0.0.1'), {
    'service.name': 'carts',
    'service.version': '10',
    'k8s.pod.labels.plain': 'p',
    'label.one': '1',
    'k8s.pod.labels.pod-template-hash': '6c45f8d6f6',
    owner: 'me',
    'k8s.cluster.uid': 'cluster-1',
    'k8s.deployment.name': 'cart',
    'k8s.deployment.uid': 'deploy-1',
    'k8s.replicaset.label.tier': 'tier of cart-6c45f8d6f6',
    'k8s.deployment.label.tier': 'tier of cart',
    'k8s.deployment.annotation.note': 'note of cart',
    ...belongs,
  });
  // Without a pod, the attributes of a resource name what it belongs to.
  const named = { 'k8s.namespace.name': 'shop', 'k8s.node.name': 'node-1' };
  assert.deepEqual(await enrich(undefined, named), { ...named, ...belongs });
});

test('names owners and services, and cron jobs by the time in the name of a job', async (t) => {
  const fake = await FakeApiServer.start(t);
  const owned = (name: string, address: string, kind: string, owner: string, created = '2026-01-02T03:04:05Z') => {
    const base = pod(name, address, { created });
    const ownerReferences = [{ kind, name: owner, uid: `uid-of-${owner}`, controller: true }];
    return { ...base, metadata: { ...base.metadata, ownerReferences } };
  };
  const minutes = Math.floor(Date.parse('2026-01-02T03:04:05Z') / 60_000);
  fake.set(PODS, owned('s-0', '10.0.0.1', 'StatefulSet', 's'));
  fake.set(PODS, owned('d-0', '10.0.0.2', 'DaemonSet', 'd'));
  fake.set(PODS, owned('j-0', '10.0.0.3', 'Job', `nightly-${minutes}`));
  fake.set(PODS, owned('j-1', '10.0.0.4', 'Job', 'backup-20260102'));
  fake.set(PODS, owned('r-0', '10.0.0.5', 'ReplicaSet', 'own'));
  const metadata = ['statefulset', 'daemonset', 'job', 'cronjob', 'replicaset', 'deployment'].map(
    (kind) => `k8s.${kind}.name`,
  );
  const { enrich } = await enriching(t, fake, {
    extract: {
      metadata: [...metadata, 'k8s.statefulset.uid', 'service.name', 'service.namespace', 'service.instance.id'],
    },
  });
  const service = (name: string, podName: string) => ({
    'service.name': name,
    'service.namespace': 'shop',
    'service.instance.id': `shop.${podName}.app`,
  });
  assert.deepEqual(await enrich('10.0.0.1'), {
    'k8s.statefulset.name': 's',
    'k8s.statefulset.uid': 'uid-of-s',
    ...service('s', 's-0'),
  });
  assert.deepEqual(await enrich('10.0.0.2'), { 'k8s.daemonset.name': 'd', ...service('d', 'd-0') });
  assert.deepEqual(await enrich('10.0.0.3'), {
    'k8s.job.name': `nightly-${minutes}`,
    'k8s.cronjob.name': 'nightly',
    ...service('nightly', 'j-0'),
  });
  assert.deepEqual(await enrich('10.0.0.4'), {
    'k8s.job.name': 'backup-20260102',
    ...service('backup-20260102', 'j-1'),
  });
  assert.deepEqual(await enrich('10.0.0.5'), { 'k8s.replicaset.name': 'own', ...service('own', 'r-0') });
});

test('finds the container that a resource names', async (t) => {
  const fake = await FakeApiServer.start(t);
  const digest = `sha256:${'a'.repeat(64)}`;
  const base = pod('a', '10.0.0.1');
  fake.set(PODS, {
    ...base,
    spec: {
      containers: [
        { name: 'app', image: `nginx:1.27@${digest}` },
        { name: 'proxy', image: 'envoy' },
      ],
    },
    status: {
      podIP: '10.0.0.1',
      containerStatuses: [
        { name: 'app', containerID: 'containerd://c1', imageID: `docker.io/library/nginx@${digest}`, restartCount: 3 },
        { name: 'proxy', containerID: 'containerd://c2', imageID: 'sha256:1', restartCount: 0 },
      ],
    },
  });
  const { enrich } = await enriching(t, fake, {
    extract: {
      metadata: [
        ...['container.id', 'container.image.name', 'container.image.repo_digests', 'container.image.tag'],
        ...['container.image.tags', 'k8s.container.name', 'service.version'],
      ],
    },
  });
  const app = {
    'k8s.container.name': 'app',
    'container.image.name': 'nginx',
    'container.image.tag': '1.27',
    'container.image.tags': [{ stringValue: '1.27' }],
    'service.version': `1.27@${digest}`,
  };
  const run = {
    'container.id': 'c1',
    'container.image.repo_digests': [{ stringValue: `docker.io/library/nginx@${digest}` }],
  };
  assert.deepEqual(await enrich('10.0.0.1'), {});
  assert.deepEqual(await enrich('10.0.0.1', { 'k8s.container.name': 'app' }), { ...app, ...run });
  assert.deepEqual(await enrich('10.0.0.1', { 'container.id': 'c1' }), { ...app, ...run });
  for (const count of [3, '3']) {
    const named = { 'k8s.container.name': 'app', 'k8s.container.restart_count': count };
    assert.deepEqual(await enrich('10.0.0.1', named), { ...app, ...run, 'k8s.container.restart_count': '3' });
  }
  const former = { 'k8s.container.name': 'app', 'k8s.container.restart_count': 1 };
  assert.deepEqual(await enrich('10.0.0.1', former), { ...app, 'k8s.container.restart_count': '1' });
  assert.deepEqual(await enrich('10.0.0.1', { 'container.id': 'c2' }), {
    'k8s.container.name': 'proxy',
    'container.image.name': 'envoy',
    'container.image.tag': 'latest',
    'container.image.tags': [{ stringValue: 'latest' }],
    'container.id': 'c2',
  });
});

test('passes filters to the API server', async (t) => {
  const fake = await FakeApiServer.start(t);
  const filter = {
    node_from_env_var: 'NODE',
    namespace: 'shop',
    fields: [{ key: 'status.phase', value: 'a,b', op: 'not-equals' }],
    labels: [
      { key: 'app', value: 'x' },
      { key: 'debug', op: 'does-not-exist' },
      { key: 'tier', op: 'exists' },
    ],
  };
  await enriching(t, fake, { filter }, { NODE: 'node-1' });
  const { pathname, searchParams } = new URL(fake.requests[0] ?? '', 'http://x');
  assert.equal(pathname, '/api/v1/namespaces/shop/pods');
  assert.equal(searchParams.get('fieldSelector'), 'status.phase!=a\\,b,spec.nodeName=node-1');
  assert.equal(searchParams.get('labelSelector'), 'app=x,!debug,tier');
  await assert.rejects(enriching(t, fake, { filter }), /expected the environment variable NODE, got none/);
});

test('leaves out pods beyond its limit', async (t) => {
  const fake = await FakeApiServer.start(t);
  for (let index = 1; index <= 3; index++) fake.set(PODS, pod(`p${index}`, `10.0.0.${index}`));
  const { enrich, bench } = await enriching(t, fake, { max_pods: 2 });
  let found = 0;
  for (let index = 1; index <= 3; index++) if ('k8s.pod.name' in (await enrich(`10.0.0.${index}`))) found += 1;
  assert.equal(found, 2);
  assert.equal(bench.logs.filter(({ msg }) => String(msg).startsWith('more pods than max_pods')).length, 1);
});

test('fails to start without metadata in time, or starts without waiting', async (t) => {
  const fake = await FakeApiServer.start(t);
  fake.respond = () => ({ status: 403, body: { message: 'pods is forbidden' } });
  const config = { wait_for_metadata_timeout: '50ms' };
  await assert.rejects(enriching(t, fake, config), /expected all metadata within 50 ms: list of pods .* got 403/);
  const { enrich, bench } = await enriching(t, fake, { wait_for_metadata: false });
  assert.deepEqual(await enrich('10.0.0.1'), {});
  while (bench.error() === undefined) await new Promise((resolve) => setImmediate(resolve));
  assert.match(bench.error() ?? '', /list of pods at the cluster scope: expected permission/);
});

test('sets only the address without asking the API server', async (t) => {
  const fake = await FakeApiServer.start(t);
  const { enrich } = await enriching(t, fake, { passthrough: true });
  assert.deepEqual(await enrich('10.0.0.1', { a: 'b' }), { a: 'b', 'k8s.pod.ip': '10.0.0.1' });
  assert.deepEqual(await enrich('10.0.0.1', { 'k8s.pod.ip': '10.0.0.9' }), { 'k8s.pod.ip': '10.0.0.9' });
  assert.deepEqual(fake.requests, []);
});

test('refuses what the Collector refuses', async () => {
  const refused = (config: object, message: RegExp) =>
    assert.rejects(createComponentBench(k8sAttributes, { config: { ...config } }), message);
  await refused({ extract: { metadata: ['k8s.pod.color'] } }, /extract\.metadata/);
  await refused({ extract: { labels: [{ key: 'a', key_regex: 'b' }] } }, /expected key or key_regex, got both/);
  await refused({ extract: { labels: [{ key_regex: '(' }] } }, /expected a regular expression/);
  await refused({ extract: { labels: [{ key: 'a', from: 'service' }] } }, /from/);
  const source = { from: 'connection' };
  await refused({ pod_association: [{ sources: Array(5).fill(source) }] }, /sources/);
  await refused({ pod_association: [{ sources: [source] }, { sources: [source] }] }, /expected other sources/);
  await refused({ filter: { fields: [{ key: 'a', op: 'exists' }] } }, /op/);
});
