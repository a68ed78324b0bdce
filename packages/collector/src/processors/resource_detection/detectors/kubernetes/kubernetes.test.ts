import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createCertificates } from '@otelier/testkit/certificates';
import { detected } from '../../detected.testing.ts';
import { fakeMetadata } from '../../fake-metadata.testing.ts';

/** Starts an API server with TLS, and writes the service account files. */
async function fakeCluster(t: TestContext, objects: Readonly<Record<string, unknown>>) {
  const { ca, server: certificate } = await createCertificates();
  const server = createServer({ cert: certificate.cert, key: certificate.key }, ({ url = '', headers }, response) => {
    const object = headers.authorization === 'Bearer sa-token' ? (objects[url] ?? 404) : 401;
    response.statusCode = typeof object === 'number' ? object : 200;
    response.end(JSON.stringify(object));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const directory = await mkdtemp(join(tmpdir(), 'enrich-'));
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true });
  });
  await writeFile(join(directory, 'token'), 'sa-token\n');
  await writeFile(join(directory, 'ca.crt'), ca.cert);
  const { port } = server.address() as AddressInfo;
  const environment = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(port) };
  return { directory, environment, ca: ca.cert, url: `https://127.0.0.1:${port}` };
}

const OBJECTS = {
  '/api/v1/nodes/node-1': {
    metadata: { name: 'node-1', uid: 'node-uid' },
    spec: { providerID: 'aws:///eu-west-1a/i-1' },
  },
  '/api/v1/namespaces/kube-system': { metadata: { name: 'kube-system', uid: 'cluster-uid' } },
  '/api/v1/namespaces/kube-system/configmaps/kubeadm-config': {
    data: { ClusterConfiguration: 'apiVersion: kubeadm.k8s.io/v1beta3\nclusterName: shop\n' },
  },
  '/version': { gitVersion: 'v1.30.0-eks-abc' },
  '/apis/config.openshift.io/v1/infrastructures/cluster/status': {
    status: { infrastructureName: 'infra', platformStatus: { type: 'AWS', aws: { region: 'US-East-1' } } },
  },
};

test('k8s_api reads the node and the cluster with the service account', async (t) => {
  const { directory, environment } = await fakeCluster(t, OBJECTS);
  const all = { ...environment, K8S_NODE_NAME: 'node-1' };
  for (const detector of ['k8s_api', 'k8snode']) {
    const config = { detectors: [detector], [detector]: { service_account_dir: directory } };
    assert.deepEqual((await detected(config, all)).attributes, {
      'k8s.node.uid': 'node-uid',
      'k8s.node.name': 'node-1',
      'k8s.cluster.uid': 'cluster-uid',
    });
  }
});

test('k8s_api leaves out the cluster without permission, and fails on other errors', async (t) => {
  const config = (directory: string) => ({
    detectors: ['k8s_api'],
    retry: { enabled: false },
    k8s_api: { service_account_dir: directory, resource_attributes: { 'k8s.node.uid': { enabled: false } } },
  });
  const forbidden = await fakeCluster(t, { ...OBJECTS, '/api/v1/namespaces/kube-system': 403 });
  const variables = { ...forbidden.environment, K8S_NODE_NAME: 'node-1' };
  const found = await detected(config(forbidden.directory), variables);
  assert.deepEqual(found.attributes, { 'k8s.node.name': 'node-1' });
  const broken = await fakeCluster(t, { ...OBJECTS, '/api/v1/namespaces/kube-system': 500 });
  const start = detected(config(broken.directory), { ...broken.environment, K8S_NODE_NAME: 'node-1' });
  await assert.rejects(start, /k8s.cluster.uid: expected status 200 .*, got 500/);
});

test('kubeadm reads its configuration, with a kubeconfig file', async (t) => {
  const { directory, url, ca } = await fakeCluster(t, OBJECTS);
  const file = join(directory, 'config');
  await writeFile(
    file,
    JSON.stringify({
      'current-context': 'main',
      contexts: [{ name: 'main', context: { cluster: 'c', user: 'u' } }],
      clusters: [
        {
          name: 'c',
          cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') },
        },
      ],
      users: [{ name: 'u', user: { tokenFile: 'token' } }],
    }),
  );
  const config = { detectors: ['kubeadm'], kubeadm: { auth_type: 'kubeConfig' } };
  assert.deepEqual((await detected(config, { KUBECONFIG: file })).attributes, {
    'k8s.cluster.name': 'shop',
    'k8s.cluster.uid': 'cluster-uid',
  });
  const other = { detectors: ['kubeadm'], kubeadm: { auth_type: 'kubeConfig', context: 'other' } };
  await assert.rejects(detected(other, { KUBECONFIG: file }), /expected the context "other", got none/);
});

test('openshift reads the infrastructure', async (t) => {
  const { directory, environment } = await fakeCluster(t, OBJECTS);
  const config = { detectors: ['openshift'], openshift: { service_account_dir: directory } };
  assert.deepEqual((await detected(config, environment)).attributes, {
    'k8s.cluster.name': 'infra',
    'cloud.provider': 'aws',
    'cloud.platform': 'aws_openshift',
    'cloud.region': 'us-east-1',
  });
});

test('eks asks the API server and EC2 where there is no instance metadata', async (t) => {
  const { directory, environment } = await fakeCluster(t, OBJECTS);
  const api = await fakeMetadata(t, {
    '/':
      '<DescribeInstancesResponse><reservationSet><item><ownerId>123</ownerId><instancesSet><item>' +
      '<instanceId>i-1</instanceId><imageId>ami-1</imageId><privateDnsName>ip-1</privateDnsName><instanceType>m5.large</instanceType>' +
      '<tagSet><item><key>Name</key><value>n</value></item><item><key>kubernetes.io/cluster/shop</key><value>owned</value></item></tagSet>' +
      '</item></instancesSet></item></reservationSet></DescribeInstancesResponse>',
  });
  const keys = ['cloud.account.id', 'cloud.availability_zone', 'cloud.region', 'host.id', 'host.image.id', 'host.name'];
  const enabled = Object.fromEntries([...keys, 'host.type', 'k8s.cluster.name'].map((key) => [key, { enabled: true }]));
  const config = {
    detectors: ['eks'],
    eks: { service_account_dir: directory, node_from_env_var: 'NODE', resource_attributes: enabled },
  };
  const variables = {
    ...environment,
    NODE: 'node-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL_EC2: api.url,
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'key',
  };
  assert.deepEqual((await detected(config, variables)).attributes, {
    'cloud.provider': 'aws',
    'cloud.platform': 'aws_eks',
    'host.id': 'i-1',
    'cloud.availability_zone': 'eu-west-1a',
    'cloud.region': 'eu-west-1',
    'cloud.account.id': '123',
    'host.image.id': 'ami-1',
    'host.type': 'm5.large',
    'host.name': 'ip-1',
    'k8s.cluster.name': 'shop',
  });
  const elsewhere = await detected(config, { ...variables, AWS_ENDPOINT_URL_EC2: 'http://127.0.0.1:1' });
  assert.equal(elsewhere.attributes['host.id'], 'i-1');
  assert.equal(elsewhere.attributes['k8s.cluster.name'], undefined);
});
