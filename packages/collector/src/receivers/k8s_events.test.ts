import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { receiverContract } from '@otelier/testkit/component-contract';
import { FakeApiServer } from '../kubernetes/fake-api-server.testing.ts';
import { k8sEvents } from './k8s_events.ts';
import { groupsOf, receiving, textsOf, unreachableConfig } from './object_logs/receiving.testing.ts';

const directory = await mkdtemp(join(tmpdir(), 'k8s_events-'));
after(() => rm(directory, { recursive: true }));
receiverContract(k8sEvents, {
  silent: true,
  environment: { KUBECONFIG: await unreachableConfig(directory) },
  config: { auth_type: 'kubeConfig' },
});

const EVENTS = '/api/v1/events';

function event(name: string, lastTimestamp: string, more: object = {}) {
  return {
    metadata: { name, namespace: 'shop', uid: `uid-of-${name}`, creationTimestamp: '2099-01-02T03:04:05Z' },
    message: `message of ${name}`,
    reason: 'BackOff',
    type: 'Warning',
    count: 3,
    lastTimestamp,
    source: { host: 'node-1', component: 'kubelet' },
    involvedObject: { kind: 'Pod', namespace: 'shop', name: 'cart', uid: 'u1', apiVersion: 'v1', fieldPath: 'spec' },
    ...more,
  };
}

const LATER = '2099-01-02T03:04:05Z';

test('events since the start become log records, each version once', async (t) => {
  const fake = await FakeApiServer.start(t);
  fake.set(EVENTS, event('old', '2020-01-02T03:04:05Z'));
  fake.set(EVENTS, event('first', LATER));
  const bench = await receiving(t, fake, k8sEvents, {});
  await fake.untilWatched(EVENTS);
  fake.set(EVENTS, event('first', LATER, { count: 4, type: 'Normal' }));
  fake.delete(EVENTS, 'old', 'shop');
  await groupsOf(bench, 2);
  fake.endWatches();
  fake.forgetChanges();
  fake.set(EVENTS, event('second', LATER));
  const groups = await groupsOf(bench, 3);
  const records = groups.flatMap(({ scopeLogs = [] }) => scopeLogs.flatMap(({ logRecords = [] }) => logRecords));
  assert.deepEqual(
    records.map(({ body, severityNumber, severityText }) => [body?.stringValue, severityNumber, severityText]),
    [
      ['message of first', 13, 'Warning'],
      ['message of first', 9, 'Normal'],
      ['message of second', 13, 'Warning'],
    ],
  );
  assert.equal(records[0]?.timeUnixNano, String(BigInt(Date.parse(LATER)) * 1_000_000n));
  assert.deepEqual(textsOf(records[0]?.attributes), {
    'k8s.event.reason': 'BackOff',
    'k8s.event.action': '',
    'k8s.event.start_time': '2099-01-02 03:04:05 +0000 UTC',
    'k8s.event.name': 'first',
    'k8s.event.uid': 'uid-of-first',
    'k8s.namespace.name': 'shop',
    'k8s.event.count': '3',
  });
  assert.deepEqual(textsOf(groups[0]?.resource?.attributes), {
    'k8s.node.name': 'node-1',
    'k8s.object.kind': 'Pod',
    'k8s.object.name': 'cart',
    'k8s.object.uid': 'u1',
    'k8s.object.fieldpath': 'spec',
    'k8s.object.api_version': 'v1',
    'k8s.object.resource_version': '',
  });
});

test('events of chosen namespaces; what is forbidden becomes the status', async (t) => {
  const fake = await FakeApiServer.start(t);
  fake.respond = ({ url = '' }) => (url.includes('/b/') ? { status: 403, body: {} } : undefined);
  const bench = await receiving(t, fake, k8sEvents, { namespaces: ['a', 'b'] });
  while (bench.error() === undefined) await new Promise((resolve) => setImmediate(resolve));
  assert.match(bench.error() ?? '', /list of events in the namespace b: expected permission/);
  assert.ok(fake.requests.some((request) => request.startsWith('/api/v1/namespaces/a/events?')));
});
