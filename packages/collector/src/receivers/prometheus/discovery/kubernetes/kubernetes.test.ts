import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '@otelier/transport';
import { pino } from 'pino';
import { FakeApiServer } from '../../../../kubernetes/fake-api-server.testing.ts';
import { kubernetesDiscoveryField } from '../../config/kubernetes.ts';
import type { DiscoveredLabels } from '../../labels/target-labels.ts';
import { createKubernetesDiscovery } from './kubernetes.ts';

const PODS = '/api/v1/pods';
const SERVICES = '/api/v1/services';
const SLICES = '/apis/discovery.k8s.io/v1/endpointslices';

/** Discovers targets of an API server; `until` resolves when they have some property. */
async function discovering(t: TestContext, fake: FakeApiServer, config: object) {
  const [parsed] = kubernetesDiscoveryField().parse([{ apiServer: fake.url, ...config }]);
  const clock = {
    ...systemClock,
    setTimeout: (fn: () => void, millis: number) => systemClock.setTimeout(fn, Math.min(millis, 5)),
  };
  const logger = pino({ level: 'silent' });
  const discovery = createKubernetesDiscovery(parsed as never, {
    clock,
    random: () => 0.5,
    logger,
    environment: {},
    job: 'j',
  });
  let targets: readonly DiscoveredLabels[] | undefined;
  let wake = (): void => {};
  await discovery.start((found) => {
    targets = found;
    wake();
  });
  t.after(() => discovery.stop());
  const until = async (
    holds: (found: readonly DiscoveredLabels[]) => boolean,
  ): Promise<readonly DiscoveredLabels[]> => {
    while (targets === undefined || !holds(targets)) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return targets;
  };
  return { until, first: () => until(() => true) };
}

/** Returns labels without their common prefix. */
function short(labels: DiscoveredLabels | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(labels ?? {}).map(([name, value]) => [name.replace('__meta_kubernetes_', ''), value]),
  );
}

const POD = {
  metadata: {
    name: 'web-1',
    namespace: 'shop',
    uid: 'pod-uid',
    labels: { 'app.kubernetes.io/name': 'web' },
    annotations: { 'prometheus.io/scrape': 'true' },
    ownerReferences: [{ kind: 'ReplicaSet', name: 'web-abc', uid: 'rs', controller: true }],
  },
  spec: {
    nodeName: 'node-1',
    containers: [
      {
        name: 'web',
        image: 'web:1',
        ports: [
          { containerPort: 8080, name: 'http', protocol: 'TCP' },
          { containerPort: 9090, name: 'admin', protocol: 'TCP' },
        ],
      },
    ],
    initContainers: [{ name: 'init', image: 'init:1' }],
  },
  status: {
    podIP: '10.0.0.1',
    hostIP: '192.168.0.1',
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [{ name: 'web', containerID: 'containerd://1' }],
  },
};
const POD_LABELS = {
  pod_name: 'web-1',
  pod_ip: '10.0.0.1',
  pod_ready: 'true',
  pod_phase: 'Running',
  pod_node_name: 'node-1',
  pod_host_ip: '192.168.0.1',
  pod_uid: 'pod-uid',
  pod_label_app_kubernetes_io_name: 'web',
  pod_labelpresent_app_kubernetes_io_name: 'true',
  pod_annotation_prometheus_io_scrape: 'true',
  pod_annotationpresent_prometheus_io_scrape: 'true',
  pod_controller_kind: 'ReplicaSet',
  pod_controller_name: 'web-abc',
};
const HTTP_PORT = {
  pod_container_name: 'web',
  pod_container_image: 'web:1',
  pod_container_init: 'false',
  pod_container_port_name: 'http',
  pod_container_port_number: '8080',
  pod_container_port_protocol: 'TCP',
};

test('pods: a target for each port, and for each container without ports', async (t) => {
  const fake = await FakeApiServer.start(t);
  fake.set(PODS, POD);
  fake.set(PODS, { metadata: { name: 'pending', namespace: 'shop' }, spec: POD.spec });
  fake.set('/api/v1/nodes', { metadata: { name: 'node-1', labels: { zone: 'a' } } });
  fake.set('/api/v1/namespaces', { metadata: { name: 'shop', labels: { team: 'x' } } });
  fake.set('/apis/apps/v1/replicasets', {
    metadata: {
      name: 'web-abc',
      namespace: 'shop',
      ownerReferences: [{ kind: 'Deployment', name: 'web', uid: 'd', controller: true }],
    },
  });
  const attach = { node: true, namespace: true, deployment: true };
  const { first, until } = await discovering(t, fake, { role: 'pod', attachMetadata: attach });
  const targets = await first();
  assert.deepEqual(
    targets.map(({ __address__ }) => __address__),
    ['10.0.0.1:8080', '10.0.0.1:9090', '10.0.0.1'],
  );
  assert.deepEqual(short(targets[0]), {
    __address__: '10.0.0.1:8080',
    namespace: 'shop',
    ...POD_LABELS,
    ...HTTP_PORT,
    pod_container_id: 'containerd://1',
    pod_deployment_name: 'web',
    node_name: 'node-1',
    node_label_zone: 'a',
    node_labelpresent_zone: 'true',
    namespace_label_team: 'x',
    namespace_labelpresent_team: 'true',
  });
  assert.equal(short(targets[2])['pod_container_init'], 'true');
  await fake.untilWatched(PODS);
  fake.delete(PODS, 'web-1', 'shop');
  assert.deepEqual(await until((found) => found.length === 0), []);
});

test('services, nodes and ingresses', async (t) => {
  const fake = await FakeApiServer.start(t);
  const ports = [{ port: 80, name: 'http', protocol: 'TCP' }];
  fake.set(SERVICES, {
    metadata: { name: 'web', namespace: 'shop' },
    spec: { type: 'LoadBalancer', clusterIP: '10.9.0.1', ports },
    status: { loadBalancer: { ingress: [{ ip: '1.1.1.1' }, { ip: '2.2.2.2' }] } },
  });
  fake.set(SERVICES, {
    metadata: { name: 'ext', namespace: 'shop' },
    spec: { type: 'ExternalName', externalName: 'example.com', ports },
  });
  fake.set('/api/v1/nodes', {
    metadata: { name: 'node-1' },
    spec: { providerID: 'p' },
    status: {
      addresses: [
        { type: 'Hostname', address: 'n1' },
        { type: 'InternalIP', address: '192.168.0.1' },
      ],
      conditions: [{ type: 'DiskPressure', status: 'False' }],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    },
  });
  fake.set('/apis/networking.k8s.io/v1/ingresses', {
    metadata: { name: 'in', namespace: 'shop' },
    spec: {
      ingressClassName: 'nginx',
      tls: [{ hosts: ['*.example.com'] }],
      rules: [{ host: 'a.example.com', http: { paths: [{ path: '/x' }, {}] } }, { host: 'example.org' }],
    },
  });
  const services = await (await discovering(t, fake, { role: 'service' })).first();
  const port = { service_port_name: 'http', service_port_number: '80', service_port_protocol: 'TCP' };
  assert.deepEqual(services.map(short), [
    {
      ...{ __address__: 'web.shop.svc:80', namespace: 'shop', service_name: 'web', ...port },
      ...{ service_type: 'LoadBalancer', service_cluster_ip: '10.9.0.1', service_loadbalancer_ip: '1.1.1.1,2.2.2.2' },
    },
    {
      ...{ __address__: 'ext.shop.svc:80', namespace: 'shop', service_name: 'ext', ...port },
      ...{ service_type: 'ExternalName', service_external_name: 'example.com' },
    },
  ]);
  const [node] = await (await discovering(t, fake, { role: 'node' })).first();
  assert.deepEqual(short(node), {
    __address__: '192.168.0.1:10250',
    instance: 'node-1',
    node_name: 'node-1',
    node_provider_id: 'p',
    node_condition_diskpressure: 'false',
    node_address_Hostname: 'n1',
    node_address_InternalIP: '192.168.0.1',
  });
  const ingresses = await (await discovering(t, fake, { role: 'ingress' })).first();
  const common = { namespace: 'shop', ingress_name: 'in', ingress_class_name: 'nginx' };
  const target = (host: string, scheme: string, path: string) => ({
    ...{ __address__: host, ...common, ingress_host: host, ingress_scheme: scheme, ingress_path: path },
  });
  assert.deepEqual(ingresses.map(short), [
    target('a.example.com', 'https', '/x'),
    target('a.example.com', 'https', '/'),
    target('example.org', 'http', '/'),
  ]);
});

test('endpoints and endpoint slices: with their service and pods, and further ports of those', async (t) => {
  const fake = await FakeApiServer.start(t);
  fake.set(PODS, POD);
  fake.set(SERVICES, { metadata: { name: 'web', namespace: 'shop', labels: { s: '1' } }, spec: {} });
  const targetRef = { kind: 'Pod', name: 'web-1', namespace: 'shop' };
  fake.set(SLICES, {
    metadata: { name: 'web-x', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: [
      { addresses: ['10.0.0.1'], conditions: { ready: true }, nodeName: 'node-1', zone: 'a', targetRef },
      { addresses: ['10.0.0.9'], conditions: { ready: false } },
    ],
  });
  fake.set('/api/v1/endpoints', {
    metadata: { name: 'web', namespace: 'shop' },
    subsets: [
      {
        addresses: [{ ip: '10.0.0.1', nodeName: 'node-1', targetRef }],
        ports: [{ port: 8080, name: 'http', protocol: 'TCP' }],
      },
      { notReadyAddresses: [{ ip: 'fd00::1' }], ports: [{ port: 1 }] },
    ],
  });
  const slices = await (await discovering(t, fake, { role: 'endpointslice' })).first();
  const group = {
    namespace: 'shop',
    service_name: 'web',
    service_label_s: '1',
    service_labelpresent_s: 'true',
    endpointslice_name: 'web-x',
    endpointslice_address_type: 'IPv4',
    endpointslice_label_kubernetes_io_service_name: 'web',
    endpointslice_labelpresent_kubernetes_io_service_name: 'true',
  };
  const port = { endpointslice_port: '8080', endpointslice_port_name: 'http', endpointslice_port_protocol: 'TCP' };
  assert.deepEqual(short(slices[0]), {
    __address__: '10.0.0.1:8080',
    ...group,
    ...port,
    endpointslice_endpoint_conditions_ready: 'true',
    endpointslice_address_target_kind: 'Pod',
    endpointslice_address_target_name: 'web-1',
    endpointslice_endpoint_node_name: 'node-1',
    endpointslice_endpoint_zone: 'a',
    ...POD_LABELS,
    ...HTTP_PORT,
  });
  assert.deepEqual(short(slices[1]), {
    __address__: '10.0.0.9:8080',
    ...group,
    ...port,
    endpointslice_endpoint_conditions_ready: 'false',
  });
  assert.equal(slices[2]?.['__address__'], '10.0.0.1:9090');
  assert.equal(slices.length, 3);
  const endpoints = await (await discovering(t, fake, { role: 'endpoints' })).first();
  assert.deepEqual(
    endpoints.map(({ __address__, __meta_kubernetes_endpoint_ready }) => [
      __address__,
      __meta_kubernetes_endpoint_ready,
    ]),
    [
      ['10.0.0.1:8080', 'true'],
      ['[fd00::1]:1', 'false'],
      ['10.0.0.1:9090', undefined],
    ],
  );
});

test('reads the namespaces and selectors of a configuration', async (t) => {
  const fake = await FakeApiServer.start(t);
  for (const namespace of ['a', 'b', 'c'])
    fake.set(PODS, { ...POD, metadata: { ...POD.metadata, namespace, uid: namespace } });
  const config = { role: 'pod', namespaces: { names: ['a', 'b'] }, selectors: [{ role: 'pod', label: 'x!=y' }] };
  const targets = await (await discovering(t, fake, config)).first();
  assert.deepEqual([...new Set(targets.map((labels) => labels['__meta_kubernetes_namespace']))].sort(), ['a', 'b']);
  assert.ok(fake.requests.every((request) => request.includes('labelSelector=x%21%3Dy')));
  const refused = (written: object, message: RegExp) =>
    assert.throws(() => kubernetesDiscoveryField().parse([written]), message);
  refused({ role: 'job' }, /role/);
  refused({ role: 'node', selectors: [{ role: 'pod' }] }, /expected node for the role node, got pod/);
  refused({ role: 'pod', apiServer: 'http://x', kubeconfigFile: 'y' }, /got both/);
});
