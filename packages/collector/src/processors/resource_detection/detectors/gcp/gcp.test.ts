import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detected } from '../../detected.testing.ts';
import { type FakeResponse, fakeMetadata } from '../../fake-metadata.testing.ts';

const metadata = (paths: Readonly<Record<string, string>>): Record<string, FakeResponse> =>
  Object.fromEntries(
    Object.entries(paths).map(([path, body]) => [
      `/computeMetadata/v1/${path}`,
      ({ headers }) => (headers['metadata-flavor'] === 'Google' ? body : 403),
    ]),
  );

const GCE = metadata({
  'project/project-id': 'shop-1',
  'instance/machine-type': 'projects/1/machineTypes/n1-standard-1',
  'instance/zone': 'projects/1/zones/us-central1-c',
  'instance/id': '472\n',
  'instance/name': 'vm-1',
  'instance/hostname': 'vm-1.internal',
  'instance/attributes/created-by': 'projects/1/zones/us-central1-c/instanceGroupManagers/igm-1',
  'instance/service-accounts/default/token': '{"access_token":"tok"}',
});

test('gce, with labels of the instance', async (t) => {
  const { port } = await fakeMetadata(t, GCE);
  const compute = await fakeMetadata(t, {
    '/compute/v1/projects/shop-1/zones/us-central1-c/instances/vm-1': ({ headers }) =>
      headers.authorization === 'Bearer tok' ? '{"labels":{"team":"a","other":"b"}}' : 401,
  });
  const config = { detectors: ['gcp'], gcp: { labels: ['^team'], compute_endpoint: compute.url } };
  const environment = { GCE_METADATA_HOST: `127.0.0.1:${port}` };
  const expected = {
    'cloud.provider': 'gcp',
    'cloud.platform': 'gcp_compute_engine',
    'cloud.account.id': 'shop-1',
    'cloud.availability_zone': 'us-central1-c',
    'cloud.region': 'us-central1',
    'host.type': 'projects/1/machineTypes/n1-standard-1',
    'host.id': '472',
    'host.name': 'vm-1',
    'gcp.gce.instance_group_manager.name': 'igm-1',
    'gcp.gce.instance_group_manager.zone': 'us-central1-c',
  };
  assert.deepEqual((await detected(config, environment)).attributes, {
    ...expected,
    'gcp.gce.instance.labels.team': 'a',
  });
  const withoutApi = { ...config, gcp: { ...config.gcp, compute_endpoint: 'http://127.0.0.1:1' } };
  assert.deepEqual((await detected(withoutApi, environment)).attributes, expected);
});

test('gke, with the machine type of the Compute API', async (t) => {
  const { port } = await fakeMetadata(t, {
    ...GCE,
    ...metadata({
      'instance/attributes/cluster-location': 'us-central1',
      'instance/attributes/cluster-name': 'cluster',
    }),
  });
  const compute = await fakeMetadata(t, {
    '/compute/v1/projects/shop-1/zones/us-central1-c/instances/vm-1': '{"machineType":"zones/z/machineTypes/e2-small"}',
  });
  const environment = { GCE_METADATA_HOST: `127.0.0.1:${port}`, KUBERNETES_SERVICE_HOST: '10.0.0.1' };
  const found = await detected({ detectors: ['gcp'], gcp: { compute_endpoint: compute.url } }, environment);
  assert.deepEqual(found.attributes, {
    'cloud.provider': 'gcp',
    'cloud.platform': 'gcp_kubernetes_engine',
    'cloud.account.id': 'shop-1',
    'cloud.region': 'us-central1',
    'k8s.cluster.name': 'cluster',
    'host.id': '472',
    'host.name': 'vm-1',
    'host.type': 'e2-small',
  });
});

test('Cloud Run, Cloud Functions, App Engine and bare metal by their environment', async (t) => {
  const { port } = await fakeMetadata(t, {
    ...GCE,
    ...metadata({ 'instance/region': 'projects/1/regions/us-central1' }),
  });
  const on = async (environment: Readonly<Record<string, string>>) => {
    const all = { GCE_METADATA_HOST: `127.0.0.1:${port}`, ...environment };
    const { attributes } = await detected({ detectors: ['gcp'] }, all);
    const { 'cloud.provider': provider, 'cloud.account.id': _, ...rest } = attributes;
    assert.equal(provider, 'gcp');
    return rest;
  };
  const faas = { 'cloud.region': 'us-central1', 'faas.instance': '472', 'faas.name': 'svc' };
  assert.deepEqual(await on({ K_CONFIGURATION: 'c', K_SERVICE: 'svc', K_REVISION: 'r' }), {
    ...faas,
    'cloud.platform': 'gcp_cloud_run',
    'faas.version': 'r',
  });
  assert.deepEqual(await on({ FUNCTION_TARGET: 'f', K_SERVICE: 'svc', K_REVISION: 'r' }), {
    ...faas,
    'cloud.platform': 'gcp_cloud_functions',
    'faas.version': 'r',
  });
  assert.deepEqual(await on({ CLOUD_RUN_JOB: 'svc', CLOUD_RUN_EXECUTION: 'e', CLOUD_RUN_TASK_INDEX: '0' }), {
    ...faas,
    'cloud.platform': 'gcp_cloud_run',
    'gcp.cloud_run.job.execution': 'e',
    'gcp.cloud_run.job.task_index': '0',
  });
  const engine = { GAE_SERVICE: 'svc', GAE_VERSION: 'v', GAE_INSTANCE: 'i' };
  const location = { 'cloud.availability_zone': 'us-central1-c', 'cloud.region': 'us-central1' };
  for (const variables of [engine, { ...engine, GAE_ENV: 'standard' }])
    assert.deepEqual(await on(variables), {
      ...location,
      'cloud.platform': 'gcp_app_engine',
      'faas.name': 'svc',
      'faas.version': 'v',
      'faas.instance': 'i',
    });
  assert.deepEqual(await on({ BMS_PROJECT_ID: 'p', BMS_REGION: 'r', BMS_INSTANCE_ID: 'i' }), {
    'cloud.platform': 'gcp_bare_metal_solution',
    'cloud.region': 'r',
    'host.name': 'i',
  });
});
