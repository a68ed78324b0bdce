import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createManualClock } from '@otelier/testkit/clock';
import { systemClock } from '@otelier/transport';
import { pino } from 'pino';
import { createObjectWriter } from '../kubernetes/object-writer.ts';
import { registry } from '../registry.generated.ts';
import { allocatorOf } from './allocation/model.ts';
import { checkConfiguration } from './collector/check-configuration.ts';
import { companionsOf } from './collector/children.ts';
import type { Collector, CollectorStatus } from './collector/model.ts';
import { revisionOf } from './collector/workload.ts';
import { includes } from './core/content.ts';
import { WorkQueue } from './core/work-queue.ts';
import { OPERATOR_RESOURCES } from './definitions/custom-resources.ts';
import { startOperator } from './operator.ts';
import { operatorMetrics } from './operator-metrics.ts';
import { WritableApiServer } from './writable-api-server.testing.ts';

const COLLECTORS = '/apis/otelier.dev/v1alpha1/collectors';
const COLLECTOR = '/apis/otelier.dev/v1alpha1/namespaces/shop/collectors/gateway';
const DEPLOYMENT = '/apis/apps/v1/namespaces/shop/deployments/gateway';
const SERVICE = '/api/v1/namespaces/shop/services/gateway';
const NEVER = new AbortController().signal;
const CONFIG = {
  receivers: { otlp: { protocols: { http: { endpoint: '0.0.0.0:4318' } } } },
  exporters: { nop: {} },
  service: { pipelines: { traces: { receivers: ['otlp'], exporters: ['nop'] } } },
};

async function until<T>(read: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function start(t: TestContext, api: WritableApiServer, identity: string) {
  const operator = startOperator({
    server: api.settings,
    registry,
    environment: {},
    logger: pino({ level: 'silent' }),
    // Polls of the lease follow at once.
    clock: {
      ...systemClock,
      setTimeout: (fn, millis) => systemClock.setTimeout(fn, millis === 2000 ? 10 : millis),
    },
    random: () => 0.5,
    identity,
    namespace: 'shop',
    image: 'otelier:1',
  });
  t.after(() => operator.stop());
  return operator;
}

const ROLLOUT = { strategy: 'canary', healthyAfterSeconds: 0, failAfterSeconds: 60 };

function collector(config: object = CONFIG, generation = 1, status: object = {}) {
  return {
    apiVersion: 'otelier.dev/v1alpha1',
    kind: 'Collector',
    metadata: { name: 'gateway', namespace: 'shop', generation },
    spec: { mode: 'deployment', replicas: 1, rollout: ROLLOUT, config },
    status,
  };
}

test('creates, repairs and changes the objects of a collector, and writes nothing without a change', async (t) => {
  const api = await WritableApiServer.start(t);
  api.fake.set(COLLECTORS, collector());
  const operator = start(t, api, 'a');
  const follower = start(t, api, 'b');
  const status = async () => ((await api.get(COLLECTOR))?.['status'] ?? {}) as CollectorStatus;
  const condition = async (type: string) => (await status()).conditions?.find((one) => one.type === type);
  const deployment = (await until(() => api.get(DEPLOYMENT))) as {
    spec: { template: { spec: { volumes: { configMap?: { name: string } }[] } } };
  };
  const service = (await until(() => api.get(SERVICE))) as { spec: { ports: object[] } };
  assert.deepEqual(service.spec.ports, [{ name: 'otlp-http', port: 4318, targetPort: 4318, protocol: 'TCP' }]);
  const map = deployment.spec.template.spec.volumes.find(({ configMap }) => configMap)?.configMap?.name ?? '';
  const configMap = (await api.get(`/api/v1/namespaces/shop/configmaps/${map}`)) as { data: Record<string, string> };
  assert.match(configMap.data['config.yaml'] ?? '', /0\.0\.0\.0:13133/);
  const running = { observedGeneration: 1, replicas: 1, readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1 };
  await api.setPods('shop', 'gateway', running);
  const revision = await until(async () => (await status()).revision ?? undefined);
  assert.equal(map, `gateway-${revision}`);
  assert.equal((await condition('Ready'))?.status, 'True');

  // A deleted object comes back; an object that is only touched causes no write but those of the lease.
  api.fake.delete('/api/v1/services', 'gateway', 'shop');
  await until(() => api.get(SERVICE));
  const writes = () => api.writes.filter(({ path }) => !path.includes('/leases')).length;
  const idle = async () => {
    for (let seen = -1; seen !== operator.queues.collector.processed + follower.queues.collector.processed; ) {
      seen = operator.queues.collector.processed + follower.queues.collector.processed;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await idle();
  const before = writes();
  api.fake.set(COLLECTORS, collector(CONFIG, 1, await status()));
  await idle();
  assert.equal(writes(), before);

  // A wrong configuration is reported, and what runs stays.
  const wrong = { ...CONFIG, processors: { batch: { timeout: 'soon' } } };
  api.fake.set(COLLECTORS, collector(wrong, 2, await status()));
  const invalid = await until(async () => {
    const found = await condition('ConfigurationValid');
    return found?.status === 'False' ? found : undefined;
  });
  assert.match(invalid.message, /^spec\.config\.processors\.batch\.timeout: expected/);
  assert.equal((await status()).revision, revision);
  const modules = { ...CONFIG, components: ['./evil.ts'] };
  api.fake.set(COLLECTORS, collector(modules, 3, await status()));
  await until(async () => (await condition('ConfigurationValid'))?.message.includes('expected no modules'));

  // A sidecar has no workload.
  const agent = collector();
  const spec = { ...agent.spec, mode: 'sidecar' };
  api.fake.set(COLLECTORS, { ...agent, metadata: { ...agent.metadata, name: 'agent' }, spec });
  const ready = await until(async () => {
    const { conditions } = ((await api.get(COLLECTOR.replace('gateway', 'agent')))?.['status'] ??
      {}) as CollectorStatus;
    return conditions?.find(({ type }) => type === 'Ready');
  });
  assert.equal(ready.reason, 'Sidecar');
  assert.equal(await api.get(DEPLOYMENT.replace('gateway', 'agent')), undefined);

  // A change whose pods do not become ready is rolled back to the template of before.
  const changed = { ...CONFIG, exporters: { nop: {}, debug: {} } };
  await api.setPods('shop', 'gateway', { ...running, updatedReplicas: 0 });
  const past = { revision: '', updatedReplicas: 9, progressTime: '2020-01-01T00:00:00Z' };
  api.fake.set(COLLECTORS, collector(changed, 4, await status()));
  const rollout = await until(async () => (await status()).rollout ?? undefined);
  const late = { ...past, revision: rollout.revision };
  api.fake.set(COLLECTORS, collector(changed, 4, { ...(await status()), rollout: late }));
  await until(async () => (await status()).failedRevision ?? undefined);
  const back = (await api.get(DEPLOYMENT)) as typeof deployment;
  assert.deepEqual(back.spec.template, deployment.spec.template);
  assert.equal((await condition('Progressing'))?.reason, 'RolledBack');

  // A follower takes over from a leader that stops. It reads lists only, and writes nothing.
  const [leader, other] = operator.isLeader ? [operator, follower] : [follower, operator];
  assert.equal(other.isLeader, false);
  await leader.stop();
  const left = writes();
  api.reads.length = 0;
  await until(async () => other.isLeader && other.queues.collector.processed > 0);
  await idle();
  assert.equal(writes(), left);
  assert.deepEqual(
    api.reads.filter((path) => /(deployments|services|serviceaccounts)\/./.test(path)),
    [],
  );
  assert.match(operatorMetrics(other), /^leader_election_master_status\{name="otelier-operator"\} 1$/m);
});

test('an object that the server refuses is named in the status, and one that was created again stays known', async (t) => {
  const api = await WritableApiServer.start(t);
  api.rejections.set(DEPLOYMENT, 'spec.template.spec.tolerations[0].operator: Unsupported value: "Bad"');
  api.fake.set(COLLECTORS, collector());
  const operator = start(t, api, 'a');
  const progressing = async () => {
    const { conditions = [] } = ((await api.get(COLLECTOR))?.['status'] ?? {}) as CollectorStatus;
    return conditions.find(({ type }) => type === 'Progressing');
  };
  const refused = await until(async () => ((await progressing())?.reason === 'Refused' ? progressing() : undefined));
  assert.match(refused?.message ?? '', /deployments\.apps shop\/gateway: .* 422: spec\.template.*tolerations/);
  api.rejections.clear();
  await until(async () => (await progressing())?.reason === 'PodsStarting');

  // A watch that has missed the deletion reports the new object first.
  const again = { name: 'gateway', namespace: 'shop', generation: 1, uid: 'created-again' };
  api.fake.set(COLLECTORS, { ...collector(), metadata: again });
  const lists = () => api.fake.requests.filter((path) => path.startsWith(`${COLLECTORS}?`) && !path.includes('watch='));
  const before = lists().length;
  api.fake.forgetChanges();
  api.fake.endWatches();
  await until(async () => lists().length > before);
  await api.fake.untilWatched(COLLECTORS);
  const owner = async () => {
    const service = (await api.get(SERVICE)) as { metadata: { ownerReferences: { uid: string }[] } } | undefined;
    return service?.metadata.ownerReferences[0]?.uid;
  };
  await until(async () => (await owner()) === 'created-again');
  api.fake.delete('/api/v1/services', 'gateway', 'shop');
  await until(async () => (await owner()) === 'created-again');
  await operator.stop();
});

test('a target allocation becomes a collector that assigns targets to the pods of another one', async (t) => {
  const api = await WritableApiServer.start(t);
  api.defaults.set(COLLECTORS, { rollout: ROLLOUT });
  api.fake.set(COLLECTORS, collector());
  const scrapeConfigs = [{ job_name: 'pods', kubernetes_sd_configs: [{ role: 'pod' }] }];
  const prometheusCR = {
    enabled: true,
    scrapeInterval: '45s',
    serviceMonitorSelector: { matchLabels: { 'Team.name': 'a' } },
    podMonitorSelector: {},
    denyNamespaces: ['kube-system'],
    allowFiles: true,
  };
  const allocation = (replicas: number) => ({
    metadata: { name: 'scrape', namespace: 'shop', generation: replicas },
    spec: { collector: 'gateway', strategy: 'per-node', replicas, scrapeConfigs, prometheusCR },
  });
  const allocations = '/apis/otelier.dev/v1alpha1/targetallocations';
  api.fake.set(allocations, allocation(1));
  const operator = start(t, api, 'a');
  const path = '/apis/otelier.dev/v1alpha1/namespaces/shop/collectors/scrape-targets';
  const allocator = (await until(() => api.get(path))) as unknown as Collector;
  assert.deepEqual(allocator.spec.config.extensions?.['target_allocator'], {
    endpoint: '0.0.0.0:8080',
    allocation_strategy: 'per-node',
    config: { scrape_configs: scrapeConfigs },
    prometheus_cr: {
      enabled: true,
      scrape_interval: '45s',
      service_monitor_selector: { match_labels: { 'Team.name': 'a' } },
      pod_monitor_selector: {},
      deny_namespaces: ['kube-system'],
      allow_files: true,
    },
    collectors: {
      pods: {
        namespace: 'shop',
        label_selector:
          'app.kubernetes.io/name=otelier,app.kubernetes.io/instance=gateway,app.kubernetes.io/component=collector',
      },
    },
  });
  const checked = await checkConfiguration(allocator.spec.config, allocator, registry);
  assert.ok(checked.ok, JSON.stringify(checked));
  assert.match(JSON.stringify(checked.value.permissions), /endpointslices/);
  assert.match(JSON.stringify(checked.value.permissions), /"podmonitors","servicemonitors"/);
  await until(async () => {
    const { status } = (await api.get('/apis/otelier.dev/v1alpha1/namespaces/shop/targetallocations/scrape')) ?? {};
    const { conditions = [] } = (status ?? {}) as CollectorStatus;
    return conditions.some(({ type, status: holds }) => type === 'CollectorFound' && holds === 'True');
  });
  // Numbers of pods are no change of the allocation: after a change it is not ready, then ready.
  const statusOf = async () =>
    ((await api.get('/apis/otelier.dev/v1alpha1/namespaces/shop/targetallocations/scrape'))?.['status'] ??
      {}) as CollectorStatus;
  const untilReady = (generation: number, status: 'True' | 'False') =>
    until(async () => {
      const { conditions = [] } = await statusOf();
      const ready = conditions.find(({ type }) => type === 'Ready');
      return ready?.status === status && ready.observedGeneration === generation;
    });
  const pods = (count: number, ready: number) =>
    api.setPods('shop', 'scrape-targets', {
      ...{ observedGeneration: 1, replicas: count, updatedReplicas: count },
      ...{ readyReplicas: ready, availableReplicas: ready },
    });
  await until(() => api.get(DEPLOYMENT.replace('gateway', 'scrape-targets')));
  await pods(1, 1);
  await untilReady(1, 'True');
  const statusWrites = () => api.writes.filter((write) => write.path.includes('/targetallocations/scrape/')).length;
  const before = statusWrites();
  await api.set(allocations, { ...allocation(3), status: await statusOf() });
  await untilReady(3, 'False');
  for (const ready of [1, 2, 3]) {
    await pods(3, ready);
    await until(async () => ((await api.get(path))?.['status'] as CollectorStatus)?.readyReplicas === ready);
  }
  await untilReady(3, 'True');
  assert.equal(statusWrites() - before, 2);
  // A collector that was not made of an allocation stays.
  const own = collector();
  api.fake.set(COLLECTORS, { ...own, metadata: { ...own.metadata, name: 'other-targets' } });
  await until(() => api.get(DEPLOYMENT.replace('gateway', 'other-targets')));
  const { metadata, spec } = allocation(1);
  await api.set(allocations, { metadata: { ...metadata, name: 'other' }, spec });
  const taken = await until(async () => {
    const { status } = (await api.get('/apis/otelier.dev/v1alpha1/namespaces/shop/targetallocations/other')) ?? {};
    return ((status ?? {}) as CollectorStatus).conditions?.find(({ type }) => type === 'Ready');
  });
  assert.equal(taken.reason, 'NameTaken');
  assert.deepEqual((await api.get(path.replace('scrape-targets', 'other-targets')))?.['spec'], own.spec);
  // It comes back, and follows changes.
  api.fake.delete(COLLECTORS, 'scrape-targets', 'shop');
  await until(() => api.get(path));
  await api.set(allocations, allocation(2));
  await until(async () => ((await api.get(path)) as unknown as Collector | undefined)?.spec.replicas === 2);
  await operator.stop();
});

test('a target allocation with a secret serves HTTPS only, and its probes need no certificate', async () => {
  const metadata = { name: 'scrape', namespace: 'shop', uid: 'uid-1' };
  const spec = {
    collector: 'gateway',
    strategy: 'per-node',
    replicas: 1,
    scrapeConfigs: [{ job_name: 'pods' }],
  } as const;
  const desired = allocatorOf({ metadata, spec: { ...spec, tls: { secretName: 'scrape-tls' } } });
  const allocator = { ...desired, spec: { ...(desired['spec'] as Collector['spec']), rollout: ROLLOUT } } as Collector;
  const checked = await checkConfiguration(allocator.spec.config, allocator, registry);
  assert.ok(checked.ok, JSON.stringify(checked));
  const [service] = companionsOf(allocator, checked.value).filter(({ kind }) => kind === 'Service');
  assert.deepEqual((service?.['spec'] as { readonly ports: readonly object[] } | undefined)?.ports, [
    { name: 'https', port: 8443, targetPort: 8443, protocol: 'TCP' },
  ]);
  const at = '/etc/otelier/tls';
  const tls = { cert_file: `${at}/tls.crt`, key_file: `${at}/tls.key`, client_ca_file: `${at}/ca.crt` };
  assert.ok(includes(allocator.spec.config.extensions?.['target_allocator'], { endpoint: '0.0.0.0:8443', tls }));
  const { template } = revisionOf(allocator, checked.value, 'otelier:1') as unknown as {
    readonly template: {
      readonly spec: {
        readonly volumes: readonly object[];
        readonly containers: readonly {
          readonly ports: readonly object[];
          readonly volumeMounts: readonly object[];
          readonly livenessProbe: { readonly httpGet: object };
        }[];
      };
    };
  };
  const { volumes, containers } = template.spec;
  assert.ok(volumes.some((volume) => includes(volume, { name: 'tls', secret: { secretName: 'scrape-tls' } })));
  assert.ok(containers[0]?.volumeMounts.some((mount) => includes(mount, { name: 'tls', mountPath: at })));
  assert.deepEqual(containers[0]?.livenessProbe.httpGet, { path: '/status', port: 'health' });
});

test('an error names the object, the status and the fields that the server refuses', async (t) => {
  const api = await WritableApiServer.start(t);
  const writer = createObjectWriter(api.settings);
  t.after(() => writer.close());
  const type = OPERATOR_RESOURCES.collectors;
  const object = { ...collector(), apiVersion: 'otelier.dev/v1alpha1', kind: 'Collector' };
  const created = await writer.create(type, object, NEVER);
  const stale = { ...object, metadata: { ...object.metadata, resourceVersion: '1' } };
  await assert.rejects(writer.replace(type, stale, NEVER), {
    status: 409,
    message:
      /^update of collectors\.otelier\.dev shop\/gateway: expected success, got 409: the object has been modified/,
  });
  assert.equal(await writer.delete(type, created.metadata, { uid: created.metadata.uid }, NEVER), true);
  assert.equal(await writer.delete(type, created.metadata, {}, NEVER), false);
});

test('the queue processes a key once at a time, again after changes, and failures with growing delays', async () => {
  const clock = createManualClock();
  const delays: number[] = [];
  let fails = 3;
  let lastMillis = clock.monotonic();
  let release = (): void => {};
  const queue = new WorkQueue(
    { clock, random: () => 0.5 },
    {
      concurrency: 2,
      async process(key) {
        if (key === 'slow') await new Promise<void>((resolve) => (release = resolve));
        if (key !== 'bad') return;
        delays.push(clock.monotonic() - lastMillis);
        lastMillis = clock.monotonic();
        if (fails-- > 0) throw new Error('refused');
      },
      onFailure() {},
    },
  );
  queue.add('slow');
  queue.add('slow');
  queue.add('slow');
  assert.equal(queue.stats.depth, 1);
  release();
  await clock.advance(0);
  release();
  await clock.advance(0);
  assert.deepEqual({ ...queue.stats, busyMillis: 0 }, { depth: 0, adds: 3, retries: 0, processed: 2, busyMillis: 0 });
  queue.add('bad');
  await clock.advance(5000);
  assert.deepEqual(delays, [0, 100, 200, 400]);
  await queue.close();
});

test('an object of the server has the fields that were sent, apart from those that are zero or empty', () => {
  const sent = { minReadySeconds: 0, template: { metadata: { annotations: {} }, image: 'a' } };
  assert.equal(includes({ template: { image: 'a', imagePullPolicy: 'Always' } }, sent), true);
  assert.equal(includes({ minReadySeconds: 1, template: { image: 'a' } }, sent), false);
  assert.equal(includes({ template: {} }, sent), false);
  const limits = (memory: string | number) => ({ limits: { memory } });
  assert.equal(includes(limits('1Gi'), limits('1024Mi')), true);
  assert.equal(includes(limits('1Gi'), limits('1000Mi')), false);
});
