import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@otelier/testkit/clock';
import { startRecordingHttpServer } from '@otelier/testkit/recording-http-server';
import { pino } from 'pino';
import { consulDiscoveryField, dockerDiscoveryField } from '../config/containers.ts';
import type { DiscoveredLabels } from '../labels/target-labels.ts';
import { createConsulDiscovery } from './consul.ts';
import type { Discovery } from './discovery.ts';
import { createDockerDiscovery } from './docker.ts';

const context = {
  clock: createManualClock(),
  random: () => 0.5,
  logger: pino({ level: 'silent' }),
  environment: {},
  job: 'j',
};

/** Returns the first targets of a discovery, then stops it. */
async function targetsOf(discovery: Discovery): Promise<readonly DiscoveredLabels[]> {
  const targets = await new Promise<readonly DiscoveredLabels[]>((resolve) => {
    discovery.start(resolve);
  });
  await discovery.stop();
  return targets;
}

/** Starts a server that responds with JSON by path. It stands for the documented API; it is no Docker and no Consul. */
function fakeApi(responses: Readonly<Record<string, unknown>>) {
  return startRecordingHttpServer(({ url }) => {
    const body = responses[url.split('?')[0] ?? ''];
    return body === undefined ? { status: 404 } : { body: JSON.stringify(body) };
  });
}

const CONTAINERS = [
  {
    Id: 'c1',
    Names: ['/web'],
    Image: 'web:1',
    ImageID: 'sha256:1',
    Labels: { 'com.example/team': 'x' },
    HostConfig: { NetworkMode: 'front' },
    NetworkSettings: {
      Networks: {
        front: { NetworkID: 'n1', IPAddress: '172.18.0.2' },
        back: { NetworkID: 'n2', IPAddress: '172.19.0.2' },
      },
    },
    Ports: [
      { Type: 'tcp', PrivatePort: 8080, PublicPort: 80, IP: '0.0.0.0' },
      { Type: 'tcp', PrivatePort: 9090 },
      { Type: 'udp', PrivatePort: 53 },
    ],
  },
  { Id: 'c2', Names: ['/side'], HostConfig: { NetworkMode: 'container:c1' }, NetworkSettings: { Networks: {} } },
  {
    Id: 'c3',
    Names: ['/host'],
    HostConfig: { NetworkMode: 'host' },
    NetworkSettings: { Networks: { host: { NetworkID: 'n3', IPAddress: '' } } },
  },
];
const NETWORKS = [
  { Id: 'n1', Name: 'front', Scope: 'local', Internal: false, Ingress: false, Labels: { l: 'v' } },
  { Id: 'n2', Name: 'back', Scope: 'local' },
];

test('Docker: a target for each port of a container in its first network, or a default port', async (t) => {
  const server = await fakeApi({ '/containers/json': CONTAINERS, '/networks': NETWORKS });
  t.after(() => server.close());
  const filters = [{ name: 'status', values: ['running'] }];
  const [config] = dockerDiscoveryField().parse([{ host: server.url, filters }]);
  const targets = await targetsOf(createDockerDiscovery(config as never, context));
  assert.deepEqual(
    targets.map(({ __address__, __meta_docker_container_name: name }) => [__address__, name]),
    [
      ['172.19.0.2:8080', '/web'],
      ['172.19.0.2:9090', '/web'],
      ['172.19.0.2:80', '/side'],
      ['localhost', '/host'],
    ],
  );
  assert.deepEqual(targets[0], {
    __address__: '172.19.0.2:8080',
    __meta_docker_container_id: 'c1',
    __meta_docker_container_image: 'web:1',
    __meta_docker_container_image_id: 'sha256:1',
    __meta_docker_container_label_com_example_team: 'x',
    __meta_docker_container_name: '/web',
    __meta_docker_container_network_mode: 'front',
    __meta_docker_network_id: 'n2',
    __meta_docker_network_ingress: 'false',
    __meta_docker_network_internal: 'false',
    __meta_docker_network_ip: '172.19.0.2',
    __meta_docker_network_name: 'back',
    __meta_docker_network_scope: 'local',
    __meta_docker_port_private: '8080',
    __meta_docker_port_public: '80',
    __meta_docker_port_public_ip: '0.0.0.0',
  });
  assert.equal(server.requests[0]?.url, '/containers/json?filters=%7B%22status%22%3A%5B%22running%22%5D%7D');
});

test('Docker: all networks, and a Unix socket', async (t) => {
  const socket = `/tmp/otelier-docker-${process.pid}.sock`;
  const server = await startRecordingHttpServer(
    ({ url }) => ({ body: JSON.stringify(url === '/networks' ? NETWORKS : CONTAINERS.slice(0, 1)) }),
    { socket },
  );
  t.after(() => server.close());
  const [config] = dockerDiscoveryField().parse([{ host: `unix://${socket}`, matchFirstNetwork: false }]);
  const targets = await targetsOf(createDockerDiscovery(config as never, context));
  assert.deepEqual(
    targets.map(({ __address__ }) => __address__),
    ['172.19.0.2:8080', '172.19.0.2:9090', '172.18.0.2:8080', '172.18.0.2:9090'],
  );
});

test('Consul: the instances of services with a tag', async (t) => {
  const instance = (id: string, address: string, checks: readonly object[]) => ({
    Node: { Node: 'n1', Address: '10.0.0.1', Meta: { rack: 'r1' }, TaggedAddresses: { lan: '10.0.0.1' } },
    Service: { ID: id, Address: address, Port: 80, Tags: ['a', 'b'], Meta: { v: '2' } },
    Checks: checks,
  });
  const server = await fakeApi({
    '/v1/agent/self': { Config: { Datacenter: 'dc1' } },
    '/v1/catalog/services': { web: ['a', 'b'], db: ['b'] },
    '/v1/health/service/web': [
      instance('web-1', '', [{ Status: 'passing' }, { Status: 'warning' }]),
      instance('web-2', 'fd00::2', [{ CheckID: '_node_maintenance', Status: 'critical' }]),
    ],
  });
  t.after(() => server.close());
  const [config] = consulDiscoveryField().parse([
    { server: server.url.slice('http://'.length), tags: ['a'], token: 'secret', nodeMeta: { rack: 'r1' } },
  ]);
  const targets = await targetsOf(createConsulDiscovery(config as never, context));
  assert.deepEqual(targets[0], {
    __address__: '10.0.0.1:80',
    __meta_consul_address: '10.0.0.1',
    __meta_consul_dc: 'dc1',
    __meta_consul_health: 'warning',
    __meta_consul_metadata_rack: 'r1',
    __meta_consul_namespace: '',
    __meta_consul_node: 'n1',
    __meta_consul_partition: '',
    __meta_consul_service: 'web',
    __meta_consul_service_address: '',
    __meta_consul_service_id: 'web-1',
    __meta_consul_service_metadata_v: '2',
    __meta_consul_service_port: '80',
    __meta_consul_tagged_address_lan: '10.0.0.1',
    __meta_consul_tags: ',a,b,',
  });
  assert.equal(targets[1]?.['__address__'], '[fd00::2]:80');
  assert.equal(targets[1]?.['__meta_consul_health'], 'maintenance');
  assert.equal(targets.length, 2);
  assert.ok(server.requests.every(({ headers }) => headers['x-consul-token'] === 'secret'));
  assert.match(server.requests.at(-1)?.url ?? '', /^\/v1\/health\/service\/web\?stale=&node-meta=rack%3Ar1&tag=a$/);
});
