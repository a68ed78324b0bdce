import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { FakeApiServer } from '../kubernetes/fake-api-server.testing.ts';
import { k8sObjects } from './k8s_objects.ts';
import { groupsOf, receiving, textsOf, unreachableConfig } from './object_logs/receiving.testing.ts';

const directory = await mkdtemp(join(tmpdir(), 'k8s_objects-'));
after(() => rm(directory, { recursive: true }));
receiverContract(k8sObjects, {
  silent: true,
  environment: { KUBECONFIG: await unreachableConfig(directory) },
  config: { auth_type: 'kubeConfig', objects: [{ name: 'pods' }] },
});

/** The discovery API of a server. */
const DISCOVERY: Readonly<Record<string, unknown>> = {
  '/api/v1': { groupVersion: 'v1', resources: [{ name: 'pods' }, { name: 'pods/status' }] },
  '/apis': { groups: [{ name: 'apps', preferredVersion: { groupVersion: 'apps/v1' } }] },
  '/apis/apps/v1': { groupVersion: 'apps/v1', resources: [{ name: 'deployments' }] },
};

test('objects are pulled as they are, and changes are watched', async (t) => {
  const fake = await FakeApiServer.start(t);
  fake.respond = ({ url = '' }) => (url in DISCOVERY ? { status: 200, body: DISCOVERY[url] } : undefined);
  const deployments = '/apis/apps/v1/deployments';
  fake.set('/api/v1/pods', { metadata: { name: 'p', namespace: 'shop' }, spec: { priority: 7, list: ['a', null] } });
  fake.set(deployments, { metadata: { name: 'old', namespace: 'shop' } });
  const objects = [
    { name: 'pods', interval: '1h' },
    { name: 'deployments', mode: 'watch', exclude_watch_type: ['ADDED'] },
  ];
  const bench = await receiving(t, fake, k8sObjects, { objects });
  await groupsOf(bench, 1);
  await fake.untilWatched(deployments);
  fake.set(deployments, { metadata: { name: 'new', namespace: 'shop' } });
  fake.delete(deployments, 'old', 'shop');
  const [pulled, watched] = await groupsOf(bench, 2);
  assert.deepEqual(textsOf(pulled?.resource?.attributes), { 'k8s.namespace.name': 'shop' });
  const [pod] = pulled?.scopeLogs?.[0]?.logRecords ?? [];
  assert.deepEqual(textsOf(pod?.attributes), { 'k8s.resource.name': 'pods' });
  const spec = pod?.body?.kvlistValue?.values?.find(({ key }) => key === 'spec')?.value?.kvlistValue?.values;
  assert.deepEqual(spec?.[0], { key: 'priority', value: { intValue: '7' } });
  const [change] = watched?.scopeLogs?.[0]?.logRecords ?? [];
  assert.deepEqual(textsOf(change?.attributes), {
    'k8s.resource.name': 'deployments',
    'event.domain': 'k8s',
    'event.name': 'old',
  });
  assert.deepEqual(change?.body?.kvlistValue?.values?.[0], { key: 'type', value: { stringValue: 'DELETED' } });
});

test('names resources that the server has in the place of one that it has not', async (t) => {
  const fake = await FakeApiServer.start(t);
  fake.respond = ({ url = '' }) => (url in DISCOVERY ? { status: 200, body: DISCOVERY[url] } : undefined);
  const bench = await receiving(t, fake, k8sObjects, { objects: [{ name: 'pod' }] });
  while (bench.error() === undefined) await new Promise((resolve) => setImmediate(resolve));
  assert.match(bench.error() ?? '', /pod: expected a resource such as pods, deployments, got pod/);
  const excluded = { objects: [{ name: 'pods', exclude_watch_type: ['ADDED'] }] };
  await assert.rejects(createComponentBench(k8sObjects, { config: excluded }), /exclude_watch_type: expected nothing/);
});
