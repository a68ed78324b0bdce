import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detected } from '../detected.testing.ts';
import { type FakeResponse, fakeMetadata } from '../fake-metadata.testing.ts';

interface Case {
  /** Name of the detector and its options. */
  readonly detector: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly responses: Readonly<Record<string, FakeResponse>>;
  readonly expected: Readonly<Record<string, string>>;
  readonly schemaUrl?: string;
}

/** Returns a handler that responds only to requests with a given header. */
function guarded(name: string, value: string, response: string): FakeResponse {
  return ({ headers }) => (headers[name] === value ? response : 401);
}

const withAliyunToken = (value: string) => guarded('x-aliyun-ecs-metadata-token', 'secret', value);
const json = (value: unknown): string => JSON.stringify(value);

const CASES: readonly Case[] = [
  {
    detector: 'akamai',
    responses: {
      '/v1/token': ({ method, headers }) =>
        method === 'PUT' && headers['metadata-token-expiry-seconds'] === '3600' ? '["abc"]' : 400,
      '/v1/instance': guarded(
        'metadata-token',
        'abc',
        json({
          id: 12345,
          label: 'linode-1',
          region: 'us-iad',
          type: 'g6-standard-6',
          account_euuid: 'euuid',
          image: { id: 'linode/ubuntu24.04', label: 'Ubuntu 24.04 LTS' },
        }),
      ),
    },
    expected: {
      'cloud.account.id': 'euuid',
      'cloud.platform': 'akamai_cloud.compute',
      'cloud.provider': 'akamai_cloud',
      'cloud.region': 'us-iad',
      'host.id': '12345',
      'host.image.id': 'linode/ubuntu24.04',
      'host.image.name': 'Ubuntu 24.04 LTS',
      'host.name': 'linode-1',
      'host.type': 'g6-standard-6',
    },
  },
  {
    detector: 'alibaba_ecs',
    responses: {
      '/latest/api/token': ({ method, headers }) =>
        method === 'PUT' && headers['x-aliyun-ecs-metadata-token-ttl-seconds'] === '21600' ? 'secret' : 403,
      '/latest/meta-data/hostname': withAliyunToken('ecs-1'),
      '/latest/meta-data/image-id': withAliyunToken('m-1'),
      '/latest/meta-data/instance-id': withAliyunToken('i-1'),
      '/latest/meta-data/instance/instance-type': withAliyunToken('ecs.g6.large'),
      '/latest/meta-data/owner-account-id': withAliyunToken('1234'),
      '/latest/meta-data/region-id': withAliyunToken('cn-hangzhou'),
      '/latest/meta-data/zone-id': withAliyunToken('cn-hangzhou-a'),
    },
    expected: {
      'cloud.account.id': '1234',
      'cloud.availability_zone': 'cn-hangzhou-a',
      'cloud.platform': 'alibaba_cloud_ecs',
      'cloud.provider': 'alibaba_cloud',
      'cloud.region': 'cn-hangzhou',
      'host.id': 'i-1',
      'host.image.id': 'm-1',
      'host.name': 'ecs-1',
      'host.type': 'ecs.g6.large',
    },
  },
  {
    detector: 'tencent_cvm',
    responses: {
      '/latest/meta-data/instance-name': 'cvm-1',
      '/latest/meta-data/instance/image-id': 'img-1',
      '/latest/meta-data/instance-id': 'ins-1',
      '/latest/meta-data/instance/instance-type': 'S5.MEDIUM4',
      '/latest/meta-data/app-id': '1251',
      '/latest/meta-data/placement/region': 'ap-guangzhou',
      '/latest/meta-data/placement/zone': 'ap-guangzhou-3',
    },
    expected: {
      'cloud.account.id': '1251',
      'cloud.availability_zone': 'ap-guangzhou-3',
      'cloud.platform': 'tencent_cloud_cvm',
      'cloud.provider': 'tencent_cloud',
      'cloud.region': 'ap-guangzhou',
      'host.id': 'ins-1',
      'host.image.id': 'img-1',
      'host.name': 'cvm-1',
      'host.type': 'S5.MEDIUM4',
    },
  },
  {
    detector: 'digitalocean',
    responses: { '/metadata/v1.json': json({ droplet_id: 2756294, hostname: 'sample', region: 'nyc3' }) },
    expected: { 'cloud.provider': 'digitalocean', 'cloud.region': 'nyc3', 'host.id': '2756294', 'host.name': 'sample' },
  },
  {
    detector: 'hetzner',
    options: { resource_attributes: { 'cloud.platform': { enabled: true } } },
    responses: {
      '/hetzner/v1/metadata/hostname': 'srv-123\n',
      '/hetzner/v1/metadata/instance-id': '987654321',
      '/hetzner/v1/metadata/region': 'eu-central',
      '/hetzner/v1/metadata/availability-zone': 500,
    },
    expected: {
      'cloud.platform': 'hetzner.cloud_server',
      'cloud.provider': 'hetzner',
      'cloud.region': 'eu-central',
      'host.id': '987654321',
      'host.name': 'srv-123',
    },
  },
  {
    detector: 'ibmcloud_classic',
    responses: Object.fromEntries(
      Object.entries({
        getId: '156800198\n',
        getHostname: ' otel ',
        getDatacenter: 'par01',
        getAccountId: '3186058',
        getGlobalIdentifier: '06220b70',
      }).map(([method, text]) => [`/rest/v3.1/SoftLayer_Resource_Metadata/${method}.txt`, text]),
    ),
    expected: {
      'cloud.account.id': '3186058',
      'cloud.availability_zone': 'par01',
      'cloud.platform': 'ibm_cloud.classic',
      'cloud.provider': 'ibm_cloud',
      'cloud.resource_id': '06220b70',
      'host.id': '156800198',
      'host.name': 'otel',
    },
  },
  {
    detector: 'ibmcloud_vpc',
    schemaUrl: 'https://opentelemetry.io/schemas/1.41.0',
    responses: {
      '/identity/v1/token?version=2026-01-30': ({ method, headers, body }) =>
        method === 'PUT' && headers['metadata-flavor'] === 'ibm' && body === '{"expires_in":300}'
          ? json({ access_token: 'tok', expires_in: 300 })
          : 400,
      '/metadata/v1/instance?version=2026-01-30': guarded(
        'authorization',
        'Bearer tok',
        json({
          id: '0717_1',
          crn: 'crn:v1:bluemix:public:is:us-south-1:a/123456::instance:0717_1',
          name: 'my-vsi',
          profile: { name: 'bx2-4x16' },
          zone: { name: 'us-south-1' },
          image: { id: 'r006', name: 'ibm-ubuntu' },
        }),
      ),
    },
    expected: {
      'cloud.account.id': '123456',
      'cloud.availability_zone': 'us-south-1',
      'cloud.platform': 'ibm_cloud.vpc',
      'cloud.provider': 'ibm_cloud',
      'cloud.region': 'us-south',
      'cloud.resource_id': 'crn:v1:bluemix:public:is:us-south-1:a/123456::instance:0717_1',
      'host.id': '0717_1',
      'host.image.id': 'r006',
      'host.image.name': 'ibm-ubuntu',
      'host.name': 'my-vsi',
      'host.type': 'bx2-4x16',
    },
  },
  {
    detector: 'nova',
    options: { labels: ['^team$', '^cost'] },
    responses: {
      '/openstack/latest/meta_data.json': json({
        uuid: 'uuid-1',
        hostname: 'vm.novalocal',
        project_id: 'project-1',
        availability_zone: 'nova',
        meta: { team: 'a', cost_center: '7', other: 'x' },
      }),
      '/latest/meta-data/instance-type': 'm1.small',
    },
    expected: {
      'cloud.account.id': 'project-1',
      'cloud.availability_zone': 'nova',
      'cloud.platform': 'openstack_nova',
      'cloud.provider': 'openstack',
      'host.id': 'uuid-1',
      'host.name': 'vm.novalocal',
      'host.type': 'm1.small',
      'openstack.nova.meta.cost_center': '7',
      'openstack.nova.meta.team': 'a',
    },
  },
  {
    detector: 'oraclecloud',
    responses: {
      '/opc/v2/instance/': guarded(
        'authorization',
        'Bearer Oracle',
        json({
          id: 'ocid1.instance',
          displayName: 'oke-node',
          shape: 'VM.Standard.E4',
          canonicalRegionName: 'us-ashburn-1',
          availabilityDomain: 'AD-1',
          metadata: { 'oke-cluster-display-name': 'oke-1', realm: 'oc1' },
        }),
      ),
    },
    expected: {
      'cloud.availability_zone': 'AD-1',
      'cloud.platform': 'oracle_cloud_oke',
      'cloud.provider': 'oracle_cloud',
      'cloud.region': 'us-ashburn-1',
      'host.id': 'ocid1.instance',
      'host.name': 'oke-node',
      'host.type': 'VM.Standard.E4',
      'k8s.cluster.name': 'oke-1',
      'oracle_cloud.realm': 'oc1',
    },
  },
  {
    detector: 'scaleway',
    responses: {
      '/': '',
      '/conf?format=json': json({
        id: 'id-1',
        name: 'scw-1',
        organization: 'org',
        commercial_type: 'DEV1-S',
        image: { id: 'img', name: 'Ubuntu' },
        location: { zone_id: 'fr-par-1' },
      }),
    },
    expected: {
      'cloud.account.id': 'org',
      'cloud.availability_zone': 'fr-par-1',
      'cloud.platform': 'scaleway_cloud_compute',
      'cloud.provider': 'scaleway_cloud',
      'cloud.region': 'fr-par',
      'host.id': 'id-1',
      'host.image.id': 'img',
      'host.image.name': 'Ubuntu',
      'host.name': 'scw-1',
      'host.type': 'DEV1-S',
    },
  },
  {
    detector: 'upcloud',
    responses: {
      '/metadata/v1.json': json({ cloud_name: 'upcloud', hostname: 'u1', instance_id: '0077', region: 'fi-hel1' }),
    },
    expected: { 'cloud.provider': 'upcloud', 'cloud.region': 'fi-hel1', 'host.id': '0077', 'host.name': 'u1' },
  },
  {
    detector: 'vultr',
    schemaUrl: 'https://opentelemetry.io/schemas/1.43.0',
    responses: { '/v1.json': json({ hostname: 'guest', instanceid: '42', region: { regioncode: 'EWR' } }) },
    expected: { 'cloud.provider': 'vultr', 'cloud.region': 'ewr', 'host.id': '42', 'host.name': 'guest' },
  },
  {
    detector: 'azure',
    options: { tags: ['^tag1$'], resource_attributes: { 'cloud.availability_zone': { enabled: true } } },
    responses: {
      '/metadata/instance/compute?api-version=2020-09-01&format=json': guarded(
        'metadata',
        'true',
        json({
          location: 'westeurope',
          name: 'vm-name',
          vmId: 'vm-id',
          vmSize: 'Standard_D2s_v3',
          subscriptionId: 'sub',
          resourceGroupName: 'group',
          vmScaleSetName: 'scaleset',
          zone: '1',
          osProfile: { computerName: 'computer' },
          tagsList: [
            { name: 'tag1', value: 'v1' },
            { name: 'tag2', value: 'v2' },
          ],
        }),
      ),
    },
    expected: {
      'azure.resourcegroup.name': 'group',
      'azure.tag.tag1': 'v1',
      'azure.vm.name': 'vm-name',
      'azure.vm.scaleset.name': 'scaleset',
      'azure.vm.size': 'Standard_D2s_v3',
      'cloud.account.id': 'sub',
      'cloud.availability_zone': '1',
      'cloud.platform': 'azure.vm',
      'cloud.provider': 'azure',
      'cloud.region': 'westeurope',
      'host.id': 'vm-id',
      'host.name': 'computer',
    },
  },
];

for (const { detector, options, responses, expected, schemaUrl } of CASES) {
  test(`${detector} reads the documented metadata, and nothing elsewhere`, async (t) => {
    const { url } = await fakeMetadata(t, responses);
    const found = await detected({ detectors: [detector], [detector]: { endpoint: url, ...options } });
    assert.deepEqual(sorted(found.attributes), expected);
    assert.equal(found.schemaUrl, schemaUrl ?? 'https://opentelemetry.io/schemas/1.40.0');

    const elsewhere = await fakeMetadata(t, { '/': 'something else' });
    const nothing = await detected({ detectors: [detector], [detector]: { endpoint: elsewhere.url } });
    assert.deepEqual(nothing.attributes, {});
    assert.equal(nothing.schemaUrl, '');
  });
}

test('aks names the cluster of a node resource group', async (t) => {
  const { url } = await fakeMetadata(t, {
    '/metadata/instance/compute?api-version=2020-09-01&format=json': json({ resourceGroupName: 'MC_group_cluster_eu' }),
  });
  const config = {
    detectors: ['aks'],
    aks: { endpoint: url, resource_attributes: { 'k8s.cluster.name': { enabled: true } } },
  };
  const found = await detected(config, { KUBERNETES_SERVICE_HOST: '10.0.0.1' });
  assert.deepEqual(sorted(found.attributes), {
    'cloud.platform': 'azure.aks',
    'cloud.provider': 'azure',
    'k8s.cluster.name': 'cluster',
  });
  assert.deepEqual((await detected(config)).attributes, {});
});

function sorted(attributes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}
