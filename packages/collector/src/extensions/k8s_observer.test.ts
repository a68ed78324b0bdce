import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import { recordingReceiver } from '../component/discovery/observing.testing.ts';
import { FakeApiServer } from '../kubernetes/fake-api-server.testing.ts';
import { unreachableConfig } from '../receivers/object_logs/receiving.testing.ts';
import { k8sObserver } from './k8s_observer.ts';

const directory = await mkdtemp(join(tmpdir(), 'k8s_observer-'));
after(() => rm(directory, { recursive: true }));

extensionContract(k8sObserver, {
  environment: { KUBECONFIG: await unreachableConfig(directory) },
  config: { auth_type: 'kubeConfig' },
});

const PODS = '/api/v1/pods';

async function observing(t: TestContext, fake: FakeApiServer, config: Readonly<Record<string, unknown>>) {
  const path = join(directory, t.name.replaceAll(/\W/g, '-'));
  await writeFile(path, fake.kubeConfig);
  const { definition, endpoints, changes } = recordingReceiver('k8s_observer');
  const bench = await createComponentBench(definition, {
    environment: { KUBECONFIG: path },
    extensions: { k8s_observer: { definition: k8sObserver, config: { auth_type: 'kubeConfig', ...config } } },
    startMillis: Date.parse('2026-03-01T00:00:00Z'),
  });
  t.after(() => bench.close());
  await bench.start();
  /** Waits until there are this many endpoints, and returns them in the order of their IDs. */
  const until = async (count: number) => {
    while (endpoints.size !== count) await bench.clock.advance(0);
    return [...endpoints.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  };
  return { bench, changes, until };
}

function pod(
  name: string,
  fields: { readonly metadata?: object; readonly status?: object; readonly spec?: object } = {},
) {
  return {
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, ...fields.metadata },
    spec: {
      nodeName: 'n1',
      containers: [{ name: 'main', image: 'redis:7', ports: [{ containerPort: 6379, name: 'redis' }] }],
      ...fields.spec,
    },
    status: {
      phase: 'Running',
      podIP: '10.0.0.1',
      containerStatuses: [{ name: 'main', containerID: 'containerd://abc', state: { running: {} } }],
      ...fields.status,
    },
  };
}

test('reports pods, their containers and their ports with what rules use', async (t) => {
  const fake = await FakeApiServer.start(t);
  fake.set(PODS, pod('a', { metadata: { labels: { app: 'x' }, annotations: { note: 'y' } } }));
  fake.set(PODS, pod('v6', { status: { podIP: 'fd00::1' } }));
  fake.set(PODS, pod('pending', { status: { phase: 'Pending' } }));
  fake.set(PODS, pod('waiting', { status: { containerStatuses: [{ name: 'main', state: { waiting: {} } }] } }));
  const { until } = await observing(t, fake, {});
  const details = { name: 'a', namespace: 'shop', uid: 'uid-a', labels: { app: 'x' }, annotations: { note: 'y' } };
  const container = { container_name: 'main', container_id: 'abc', container_image: 'redis:7' };
  const [whole, main, port, ...others] = await until(7);
  assert.deepEqual(whole, { id: 'k8s_observer/uid-a', type: 'pod', target: '10.0.0.1', details });
  assert.deepEqual(main, {
    id: 'k8s_observer/uid-a/main',
    type: 'pod.container',
    target: '10.0.0.1',
    details: { ...container, is_init_container: false, pod: details },
  });
  assert.deepEqual(port, {
    id: 'k8s_observer/uid-a/redis(6379)',
    type: 'port',
    target: '10.0.0.1:6379',
    details: { name: 'redis', port: 6379, transport: 'TCP', ...container, pod: details },
  });
  assert.deepEqual(
    others.map(({ target }) => target),
    ['fd00::1', 'fd00::1', '[fd00::1]:6379', '10.0.0.1'],
  );
});

test('follows changes, and reports only those of endpoints', async (t) => {
  const fake = await FakeApiServer.start(t);
  fake.set(PODS, pod('a'));
  const { bench, changes, until } = await observing(t, fake, {});
  await until(3);
  await fake.untilWatched(PODS);
  // A condition changes, a container ends, then the pod is gone.
  fake.set(PODS, pod('a', { status: { conditions: [{ type: 'Ready', status: 'True' }] } }));
  fake.set(PODS, pod('b'));
  await until(6);
  assert.equal(changes.length, 6);
  fake.delete(PODS, 'a', 'shop');
  await until(3);
  const ended = { terminated: { finishedAt: '2026-03-01T00:00:00Z' } };
  fake.set(PODS, pod('b', { status: { containerStatuses: [{ name: 'main', state: ended }] } }));
  while (changes.length < 11) await bench.clock.advance(0);
  await bench.clock.advance(15 * 60_000 - 1);
  assert.equal(changes.length, 11, 'expected the endpoints of the ended container to stay for 15 minutes');
  await bench.clock.advance(1);
  assert.deepEqual(changes.slice(11).sort(), ['-k8s_observer/uid-b/main', '-k8s_observer/uid-b/redis(6379)']);
});

test('reports nodes, services and ingresses, within namespaces and of one node', async (t) => {
  const fake = await FakeApiServer.start(t);
  const address = (type: string, text: string) => ({ type, address: text });
  const status = {
    addresses: [address('Hostname', 'n1.local'), address('InternalIP', '10.1.0.1')],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
  };
  for (const name of ['n1', 'n2']) fake.set('/api/v1/nodes', { metadata: { name, uid: `uid-${name}` }, status });
  for (const namespace of ['shop', 'other'])
    fake.set('/api/v1/services', {
      metadata: { name: 'web', namespace, uid: `uid-${namespace}` },
      spec: { type: 'ClusterIP', clusterIP: '10.2.0.1' },
    });
  fake.set('/apis/networking.k8s.io/v1/ingresses', {
    metadata: { name: 'front', namespace: 'shop', uid: 'uid-i' },
    spec: {
      tls: [{ hosts: ['*.example.com'] }],
      rules: [
        { host: 'a.example.com', http: { paths: [{ path: '/x' }, { path: '/y' }] } },
        { host: 'example.com', http: { paths: [{ path: '/' }] } },
        { host: 'none' },
      ],
    },
  });
  const { until } = await observing(t, fake, {
    ...{ node: 'n1', namespaces: ['shop'], observe_pods: false },
    ...{ observe_nodes: true, observe_services: true, observe_ingresses: true },
  });
  const found = await until(5);
  assert.deepEqual(
    found.map(({ type, target }) => `${type} ${target}`),
    [
      'k8s.node 10.1.0.1',
      'k8s.ingress https://a.example.com/x',
      'k8s.ingress https://a.example.com/y',
      'k8s.ingress http://example.com/',
      'k8s.service web.shop.svc.cluster.local',
    ],
  );
  const node = found[0]?.details;
  assert.deepEqual(
    [node?.['hostname'], node?.['kubelet_endpoint_port'], node?.['external_ip']],
    ['n1.local', 10250, ''],
  );
  assert.equal(found[4]?.details['cluster_ip'], '10.2.0.1');
  assert.equal(found[3]?.details['uid'], 'k8s_observer/uid-i/example.com/');
});

test('observes init containers in the phases that are listed, and only pods of a node', async (t) => {
  const fake = await FakeApiServer.start(t);
  const spec = { containers: [], initContainers: [{ name: 'init' }] };
  const status = { phase: 'Pending', initContainerStatuses: [{ name: 'init', state: { running: {} } }] };
  fake.set(PODS, pod('a', { spec, status }));
  fake.set(PODS, pod('elsewhere', { spec: { ...spec, nodeName: 'n2' }, status }));
  const phases = ['Pending', 'Running'];
  const options = { node: 'n1', observe_init_containers: true, observe_pod_phases: phases };
  const [, container] = await (await observing(t, fake, options)).until(2);
  assert.deepEqual([container?.type, container?.details['is_init_container']], ['pod.container', true]);
});

test('keeps endpoints while the server fails, and refuses to observe nothing', async (t) => {
  const fake = await FakeApiServer.start(t);
  fake.set(PODS, pod('a'));
  const { bench, until, changes } = await observing(t, fake, {});
  await until(3);
  await fake.untilWatched(PODS);
  fake.respond = () => ({ status: 403, body: { kind: 'Status', code: 403, message: 'pods is forbidden' } });
  fake.endWatches();
  const failing = () => bench.logs.some(({ reason }) => /pods is forbidden/.test(String(reason)));
  while (!failing()) await bench.clock.advance(1000);
  fake.respond = () => undefined;
  fake.forgetChanges();
  fake.set(PODS, pod('b'));
  while (changes.length < 6) await bench.clock.advance(1000);
  await until(6);
  const none = createComponentBench(k8sObserver, { config: { observe_pods: false } });
  await assert.rejects(none, /expected observe_pods, observe_nodes.*to be true/);
});
