import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import type { ComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { FakeApiServer, type WrittenObject } from '../kubernetes/fake-api-server.testing.ts';
import { COMPARED_CONFIG, clusterLines } from './k8s_cluster/compared.testing.ts';
import { k8sCluster } from './k8s_cluster.ts';
import { receiving, unreachableConfig } from './object_logs/receiving.testing.ts';

const directory = await mkdtemp(join(tmpdir(), 'k8s_cluster-'));
after(() => rm(directory, { recursive: true }));
receiverContract(k8sCluster, {
  silent: true,
  environment: { KUBECONFIG: await unreachableConfig(directory) },
  config: { auth_type: 'kubeConfig' },
});

/** Objects of a real API server, and what the Collector made of them. */
interface Recorded {
  readonly lists: Readonly<Record<string, readonly WrittenObject[]>>;
  readonly lines: readonly string[];
}

const recorded = JSON.parse(
  await readFile(join(import.meta.dirname, 'k8s_cluster', 'recorded.json'), 'utf8'),
) as Recorded;

const HPA_GROUP = { resources: [{ name: 'horizontalpodautoscalers' }] };

async function fakeCluster(t: TestContext): Promise<FakeApiServer> {
  const fake = await FakeApiServer.start(t);
  fake.respond = ({ url }) => (url === '/apis/autoscaling/v2' ? { status: 200, body: HPA_GROUP } : undefined);
  return fake;
}

async function untilReceived(bench: ComponentBench, holds: (lines: readonly string[]) => boolean) {
  for (;;) {
    const parts = (wanted: string) =>
      bench.received.filter(({ signal }) => signal === wanted).flatMap((one) => one.parts);
    const lines = clusterLines(parts('metrics'), parts('logs'));
    if (holds(lines)) return lines;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('metrics and entities of recorded objects equal those of the Collector', async (t) => {
  const fake = await fakeCluster(t);
  for (const [path, objects] of Object.entries(recorded.lists)) for (const object of objects) fake.set(path, object);
  const bench = await receiving(t, fake, k8sCluster, COMPARED_CONFIG);
  const isComplete = (lines: readonly string[]): boolean =>
    lines.some((line) => line.includes('k8s.pod.phase gauge')) && lines.some((line) => line.includes('entity_state'));
  const lines = new Set(await untilReceived(bench, isComplete));
  assert.deepEqual(
    [...lines].filter((line) => !recorded.lines.includes(line)),
    [],
  );
  assert.deepEqual(
    recorded.lines.filter((line) => !lines.has(line)),
    [],
  );
});

const PODS = '/api/v1/pods';

function pod(name: string, containerId: string): WrittenObject {
  const containerStatuses = [
    { name: 'main', image: 'shop', containerID: `cri-o://${containerId}`, state: { running: {} } },
  ];
  return {
    metadata: { name, namespace: 'shop', uid: `uid-of-${name}` },
    spec: { containers: [{ name: 'main' }] },
    status: { phase: 'Running', containerStatuses },
  };
}

test('entities end with their objects, and the containers of a pod when they are replaced', async (t) => {
  const fake = await fakeCluster(t);
  fake.set(PODS, pod('cart', 'first'));
  const bench = await receiving(t, fake, k8sCluster, { metadata_collection_interval: '0s' });
  const events = (lines: readonly string[], event: string) =>
    lines.flatMap((line) =>
      line.includes(`type=entity_${event}`) ? (/entity.id=\{[^}=]*=([^}]*)/.exec(line)?.[1] ?? '') : [],
    );
  await untilReceived(bench, (lines) => events(lines, 'state').includes('first'));
  await fake.untilWatched(PODS);
  fake.set(PODS, pod('cart', 'second'));
  const replaced = await untilReceived(bench, (lines) => events(lines, 'state').includes('second'));
  assert.deepEqual(events(replaced, 'delete'), ['first']);
  assert.ok(!replaced.some((line) => line.includes('otel.entity.interval')));
  fake.delete(PODS, 'cart', 'shop');
  const ended = await untilReceived(bench, (lines) => events(lines, 'delete').length === 3);
  assert.deepEqual(events(ended, 'delete').sort(), ['first', 'second', 'uid-of-cart']);
});

test('reads only what it needs: kinds with metrics, in chosen namespaces, and quotas of OpenShift', async (t) => {
  const fake = await fakeCluster(t);
  const quotas = '/apis/quota.openshift.io/v1/clusterresourcequotas';
  fake.respond = ({ url }) =>
    url === '/apis/quota.openshift.io/v1'
      ? { status: 200, body: { resources: [{ name: 'clusterresourcequotas' }] } }
      : undefined;
  const hard = { 'requests.cpu': '1500m', pods: '10' };
  const namespaces = [{ namespace: 'shop', status: { hard, used: { pods: '3' } } }];
  fake.set(quotas, { metadata: { name: 'team', uid: 'q' }, status: { total: { hard }, namespaces } });
  const metrics = { 'k8s.service.endpoint.count': { enabled: false } };
  const openshift = await receiving(t, fake, k8sCluster, {
    distribution: 'openshift',
    collection_interval: '1s',
    metrics,
  });
  const lines = await untilReceived(openshift, (some) => some.some((line) => line.includes('openshift')));
  const resource = '{openshift.clusterquota.name=team,openshift.clusterquota.uid=q}';
  assert.deepEqual(
    lines.filter((line) => line.includes('openshift')),
    [
      `${resource} openshift.appliedclusterquota.limit gauge {resource} {k8s.namespace.name=shop,resource=pods} int 10`,
      `${resource} openshift.appliedclusterquota.limit gauge {resource} {k8s.namespace.name=shop,resource=requests.cpu} int 1500`,
      `${resource} openshift.appliedclusterquota.used gauge {resource} {k8s.namespace.name=shop,resource=pods} int 3`,
      `${resource} openshift.clusterquota.limit gauge {resource} {resource=pods} int 10`,
      `${resource} openshift.clusterquota.limit gauge {resource} {resource=requests.cpu} int 1500`,
    ],
  );
  const other = await fakeCluster(t);
  const one = await receiving(t, other, k8sCluster, { namespaces: ['shop'] });
  await untilReceived(one, () => other.requests.some((request) => request.startsWith('/api/v1/namespaces/shop/pods?')));
  assert.ok(
    !other.requests.some((request) => /nodes|endpointslices|persistentvolumes\b|\/v1\/namespaces\?/.test(request)),
  );
});

test('what is forbidden becomes the status', async (t) => {
  const fake = await fakeCluster(t);
  fake.respond = ({ url = '' }) =>
    url.startsWith('/apis/apps/v1/deployments') ? { status: 403, body: {} } : undefined;
  const bench = await receiving(t, fake, k8sCluster, {});
  while (bench.error() === undefined) await new Promise((resolve) => setImmediate(resolve));
  assert.match(bench.error() ?? '', /list of deployments.apps at the cluster scope: expected permission/);
});
