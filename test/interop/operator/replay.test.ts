import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { systemClock } from '@otelier/transport';
import { pino } from 'pino';
import type { WrittenObject } from '../../../packages/collector/src/kubernetes/fake-api-server.testing.ts';
import { startOperator } from '../../../packages/collector/src/operator/operator.ts';
import { WritableApiServer } from '../../../packages/collector/src/operator/writable-api-server.testing.ts';
import { registry } from '../../../packages/collector/src/registry.generated.ts';
import { RECORDED, type RecordedObjects } from './record.ts';

test('an operator that starts writes no object that is as a real API server has stored it, and repairs one', async (t) => {
  const api = await WritableApiServer.start(t);
  const recorded = JSON.parse(await readFile(RECORDED, 'utf8')) as RecordedObjects;
  for (const [path, objects] of Object.entries(recorded))
    for (const object of objects) api.fake.set(path, object as WrittenObject);
  const kinds = Object.keys(recorded).map((path) => path.split('/').at(-1));
  for (const kind of ['configmaps', 'services', 'deployments', 'statefulsets', 'daemonsets', 'clusterroles'])
    assert.ok(kinds.includes(kind), `expected ${kind} in the recorded objects`);
  const operator = startOperator({
    server: api.settings,
    registry,
    environment: {},
    logger: pino({ level: 'silent' }),
    clock: systemClock,
    random: () => 0.5,
    identity: 'a',
    namespace: 'default',
    // The image of the recorded pods.
    image: 'otelier:1',
  });
  t.after(() => operator.stop());
  const writes = () => api.writes.filter(({ path }) => !path.includes('/leases')).map(({ path }) => path);
  const collectors = recorded['/apis/otelier.dev/v1alpha1/collectors']?.length ?? 0;
  assert.ok(collectors > 0);
  while (operator.queues.collector.processed < collectors) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(writes(), []);
  // Items of a list do not name their type, apart from custom resources.
  for (const [path, objects] of Object.entries(recorded).filter(([type]) => !type.includes('/otelier.dev/')))
    for (const { apiVersion: _, kind: __, ...object } of objects) api.fake.set(path, object as WrittenObject);
  for (let seen = -1; seen !== operator.queues.collector.processed; ) {
    seen = operator.queues.collector.processed;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.deepEqual(writes(), []);
  const service = '/api/v1/namespaces/default/services/scrape-targets';
  api.fake.delete('/api/v1/services', 'scrape-targets', 'default');
  while ((await api.get(service)) === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(writes(), [service]);
});
