import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { k8sObserver } from '../extensions/k8s_observer.ts';
import { FakeApiServer } from '../kubernetes/fake-api-server.testing.ts';
import { fileLog } from './file_log.ts';
import { nginx } from './nginx.ts';
import { unreachableConfig } from './object_logs/receiving.testing.ts';
import { receiverCreator } from './receiver_creator.ts';
import { bulk, startRedis } from './redis/redis-server.testing.ts';
import { redis } from './redis.ts';
import { pointLines } from './scraping/scraping.testing.ts';

const directory = await mkdtemp(join(tmpdir(), 'receiver_creator-'));
after(() => rm(directory, { recursive: true }));

const RECEIVERS = { redis, nginx, file_log: fileLog };
const OBSERVER = { k8s_observer: { definition: k8sObserver, config: { auth_type: 'kubeConfig' } } };
const PODS = '/api/v1/pods';

receiverContract(receiverCreator, {
  silent: true,
  config: { watch_observers: ['k8s_observer'] },
  environment: { KUBECONFIG: await unreachableConfig(directory) },
  extensions: OBSERVER,
  receivers: RECEIVERS,
});

async function creating(
  t: TestContext,
  fake: FakeApiServer,
  config: Readonly<Record<string, unknown>>,
  signals: readonly ('metrics' | 'logs')[] = ['metrics'],
) {
  const path = join(directory, t.name.replaceAll(/\W/g, '-'));
  await writeFile(path, fake.kubeConfig);
  const bench = await createComponentBench(receiverCreator, {
    config: { watch_observers: ['k8s_observer'], ...config },
    environment: { KUBECONFIG: path },
    extensions: OBSERVER,
    receivers: RECEIVERS,
    signals,
  });
  t.after(() => bench.close());
  await bench.start();
  return bench;
}

/** Serves the metrics of Redis, and sets a pod with that port. */
async function redisPod(
  t: TestContext,
  fake: FakeApiServer,
  name: string,
  annotations: Readonly<Record<string, string>> = {},
) {
  const server = await startRedis(t, () => bulk('redis_version:7\r\nused_memory:5\r\n'));
  const port = Number(server.endpoint.split(':')[1]);
  const set = (metadata: object = {}) =>
    fake.set(PODS, {
      metadata: { name, namespace: 'shop', uid: `uid-${name}`, annotations, labels: { app: name }, ...metadata },
      spec: { containers: [{ name: 'main', ports: [{ containerPort: port, name: 'redis' }] }] },
      status: {
        phase: 'Running',
        podIP: '127.0.0.1',
        containerStatuses: [{ name: 'main', state: { running: {} } }],
      },
    });
  set();
  return { ...server, port, set };
}

const started = ({ logs }: ComponentBench) => logs.filter(({ msg }) => msg === 'receiver started').length;

async function untilStarted(bench: ComponentBench, count: number): Promise<void> {
  while (started(bench) < count) await bench.clock.advance(0);
}

const RULE = 'type == "port" && name == "redis"';

test('starts a receiver for each endpoint that matches, and stops it when that is gone, beside the others', async (t) => {
  const fake = await FakeApiServer.start(t);
  const [a, b] = [await redisPod(t, fake, 'a'), await redisPod(t, fake, 'b')];
  const bench = await creating(t, fake, {
    receivers: {
      redis: {
        rule: RULE,
        config: { collection_interval: '10s' },
        resource_attributes: { 'service.name': 'redis-`pod.labels["app"]`', 'k8s.pod.uid': '' },
      },
      'redis/none': { rule: 'type == "pod" && name == "redis"' },
    },
    resource_attributes: { port: { zone: '`pod.annotations["zone"]`', 'redis.version': 'not replaced' } },
  });
  await untilStarted(bench, 2);
  while (bench.received.length < 2) await bench.clock.advance(1000);
  const lines = pointLines(bench.received.flatMap(({ parts }) => parts));
  const attributes = (name: string) =>
    `{k8s.namespace.name=shop,k8s.pod.name=${name},redis.version=7,service.name=redis-${name}}`;
  assert.deepEqual(
    lines.filter((line) => line.includes('redis.memory.used')),
    ['a', 'b'].map((name) => `${attributes(name)} redis.memory.used gauge By {} int 5`),
  );
  await fake.untilWatched(PODS);
  // What does not change the options of the receiver does not restart it.
  a.set({ annotations: { other: 'x' } });
  fake.delete(PODS, 'b', 'shop');
  const stopped = () => b.commands.length;
  let before = -1;
  while (stopped() !== before) {
    before = stopped();
    await bench.clock.advance(20_000);
  }
  const readBefore = a.commands.length;
  while (a.commands.length < readBefore + 2) await bench.clock.advance(10_000);
  assert.equal(stopped(), before);
  assert.equal(started(bench), 2);
  a.set({ labels: { app: 'renamed' } });
  await untilStarted(bench, 3);
  assert.equal(bench.error(), undefined);
});

test('reports a receiver that cannot start, and tries again with delays when its endpoint changes', async (t) => {
  const fake = await FakeApiServer.start(t);
  const [good, bad] = [await redisPod(t, fake, 'good'), await redisPod(t, fake, 'bad', { interval: 'soon' })];
  const config = { collection_interval: '`pod.annotations["interval"] ?? "10s"`' };
  const bench = await creating(t, fake, { receivers: { redis: { rule: RULE, config } } });
  while (bench.error() === undefined) await bench.clock.advance(0);
  assert.match(
    bench.error() ?? '',
    /^redis for 127.0.0.1:\d+: failed to start: collection_interval: expected a duration/,
  );
  await untilStarted(bench, 1);
  while (good.commands.length < 2) await bench.clock.advance(10_000);
  assert.equal(bad.commands.length, 0);
  const failures = () => bench.logs.filter(({ reason }) => String(reason).startsWith('failed to start')).length;
  assert.equal(failures(), 1, 'expected no second attempt without a change');
  await fake.untilWatched(PODS);
  for (const interval of ['never', 'later']) bad.set({ annotations: { interval } });
  while (failures() < 2) await bench.clock.advance(100);
  bad.set({ annotations: { interval: '5s' } });
  await bench.clock.advance(1500);
  assert.equal(started(bench), 1, 'expected a delay of two seconds after the second failure');
  while (started(bench) < 2) await bench.clock.advance(100);
  assert.equal(bench.error(), undefined);
});

test('runs no more receivers than max_receivers, and starts others when some are gone', async (t) => {
  const fake = await FakeApiServer.start(t);
  for (const name of ['a', 'b', 'c']) await redisPod(t, fake, name);
  const bench = await creating(t, fake, { max_receivers: 2, receivers: { redis: { rule: RULE } } });
  await untilStarted(bench, 2);
  assert.match(bench.error() ?? '', /max_receivers: 2 run, others wait/);
  await fake.untilWatched(PODS);
  fake.delete(PODS, 'a', 'shop');
  await untilStarted(bench, 3);
  assert.equal(bench.error(), undefined);
});

test('starts another waiting receiver if the next one is no longer needed, and forgets those that are gone', async (t) => {
  const fake = await FakeApiServer.start(t);
  const pods = { a: await redisPod(t, fake, 'a'), b: await redisPod(t, fake, 'b'), c: await redisPod(t, fake, 'c') };
  await redisPod(t, fake, 'd');
  const rule = `${RULE} && pod.labels["app"] != "off"`;
  const bench = await creating(t, fake, { max_receivers: 2, receivers: { redis: { rule } } });
  await untilStarted(bench, 2);
  const startedPods = () =>
    bench.logs.flatMap(({ msg, endpoint }) =>
      msg === 'receiver started' ? (/uid-(\w)/.exec(String(endpoint)) ?? []).slice(1) : [],
    );
  assert.deepEqual(startedPods().sort(), ['a', 'b']);
  await fake.untilWatched(PODS);
  pods.c.set({ labels: { app: 'off' } });
  fake.delete(PODS, 'a', 'shop');
  await untilStarted(bench, 3);
  assert.equal(startedPods().at(-1), 'd');
  assert.equal(bench.error(), undefined);
  await redisPod(t, fake, 'e');
  while (bench.error() === undefined) await bench.clock.advance(0);
  assert.match(bench.error() ?? '', /max_receivers: 2 run, others wait/);
  fake.delete(PODS, 'e', 'shop');
  while (bench.error() !== undefined) await bench.clock.advance(0);
});

const METRICS = 'io.opentelemetry.discovery.metrics';
const LOGS = 'io.opentelemetry.discovery.logs';

test('annotations start the receivers that they may, for their own pod', async (t) => {
  const fake = await FakeApiServer.start(t);
  const hints = { [`${METRICS}/enabled`]: 'true', [`${METRICS}/scraper`]: 'redis' };
  const own = await redisPod(t, fake, 'own', { ...hints, [`${METRICS}/config`]: 'collection_interval: 5s' });
  await redisPod(t, fake, 'logs', { [`${LOGS}/enabled`]: 'true', [`${LOGS}/config`]: 'start_at: beginning' });
  await redisPod(t, fake, 'off', { ...hints, [`${METRICS}/enabled`]: 'false' });
  const bench = await creating(
    t,
    fake,
    { discovery: { enabled: true, ignore_receivers: ['nginx'] }, receivers: { nginx: { rule: 'type == "k8s.node"' } } },
    ['metrics', 'logs'],
  );
  await untilStarted(bench, 2);
  while (bench.received.length === 0) await bench.clock.advance(1000);
  assert.ok(own.commands.length > 0);
  const receivers = bench.logs.flatMap(({ msg, receiver }) => (msg === 'receiver started' ? [String(receiver)] : []));
  assert.deepEqual(receivers.sort(), ['file_log/uid-logs_main', `redis/uid-own_${own.port}`]);
  assert.equal(bench.error(), undefined);
});

test('annotations cannot start, read or reach anything else', async (t) => {
  const fake = await FakeApiServer.start(t);
  const metrics = (config: string, scraper = 'redis') => ({
    [`${METRICS}/enabled`]: 'true',
    [`${METRICS}/scraper`]: scraper,
    [`${METRICS}/config`]: config,
  });
  const logs = (config: string) => ({ [`${LOGS}/enabled`]: 'true', [`${LOGS}/config`]: config });
  const cases: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [metrics('', 'file_log'), /expected a scraper \(.*got "file_log"/],
    [metrics('', 'receiver_creator'), /expected a scraper/],
    [metrics('', 'sql_query'), /expected a scraper/],
    [metrics('endpoint: 10.9.9.9:6379'), /endpoint: expected the address of the pod.*got "10.9.9.9:6379"/],
    [metrics('endpoint: "`endpoint`@10.9.9.9:80"'), /expected the address of the pod/],
    [metrics('endpoint: "http://`endpoint`:@10.9.9.9/"', 'nginx'), /expected the address of the pod/],
    [metrics('endpoint: "http://user:x@`endpoint`/"', 'nginx'), /expected the address of the pod/],
    [metrics('endpoint: /var/run/redis.sock'), /expected the address of the pod/],
    [metrics('endpoint: [a]'), /endpoint: expected a text/],
    [metrics('transport: unix'), /expected one of .*got "transport"/],
    [metrics('auth: {authenticator: oauth2_client}', 'nginx'), /got "auth"/],
    [metrics('tls: {ca_file: /etc/shadow}'), /got "tls.ca_file"/],
    [metrics('collection_interval: 1ms'), /collection_interval: expected a duration of at least 1s/],
    [metrics('collection_interval: 0'), /at least 1s/],
    [metrics('a: &a [x]\nb: *a'), /alias/i],
    [metrics('- x'), /expected a mapping of options/],
    [metrics('{'), /annotation io.opentelemetry.discovery.metrics\/config: /],
    [metrics('x'.repeat(20_000)), /expected at most 16384 characters/],
    [metrics('__proto__: {a: 1}'), /got "__proto__"/],
    [logs('include: [/etc/shadow]'), /got "include"/],
    [logs('storage: file_storage'), /got "storage"/],
    [logs('max_log_size: 1GiB'), /max_log_size: expected a size of at most 16MiB/],
    [logs('operators: [{type: recombine}]'), /operators: expected one of .*got "recombine"/],
    [logs('operators: [{type: container, max_log_size: 0}]'), /expected no max_log_size/],
    [logs('operators: {}'), /operators: expected a list/],
  ];
  const pods = await Promise.all(cases.map(([annotations], index) => redisPod(t, fake, `p${index}`, annotations)));
  const bench = await creating(t, fake, { discovery: { enabled: true } }, ['metrics', 'logs']);
  const reasons = () =>
    bench.logs.flatMap(({ msg, reason }) => (msg === 'receiver has an error' ? [String(reason)] : []));
  const reasonOf = (index: number) =>
    bench.logs.find(
      ({ msg, endpoint }) => msg === 'receiver has an error' && String(endpoint).includes(`uid-p${index}/`),
    );
  while (reasons().length < cases.length) await bench.clock.advance(0);
  for (const [index, [annotations, message]] of cases.entries())
    assert.match(String(reasonOf(index)?.['reason']), message, JSON.stringify(annotations));
  assert.equal(started(bench), 0);
  assert.deepEqual(
    pods.flatMap(({ commands }) => commands),
    [],
  );
  // What annotations write is no expression, and sees nothing of the environment.
  await fake.untilWatched(PODS);
  const last = await redisPod(t, fake, 'last', metrics('password: "`env(\\"KUBECONFIG\\")`"'));
  while (last.commands.length === 0) await bench.clock.advance(1000);
  assert.deepEqual(last.commands[0], 'AUTH `env("KUBECONFIG")`');
});

test('refuses wrong configurations and names the place', async () => {
  const base = { watch_observers: ['k8s_observer'] };
  const rule = RULE;
  const cases: readonly (readonly [object, RegExp])[] = [
    [{}, /watch_observers: expected/],
    [
      { watch_observers: ['other'] },
      /watch_observers\[0\]: expected an observer of service.extensions \(k8s_observer\), got "other"/,
    ],
    [{ ...base, receivers: { redis: {} } }, /receivers.redis.rule: expected/],
    [
      { ...base, receivers: { redis: { rule: 'port == 1' } } },
      /rule: expected a rule that begins with type == "…" \(pod, port/,
    ],
    [{ ...base, receivers: { redis: { rule: 'type == "vm"' } } }, /expected a rule that begins with/],
    [{ ...base, receivers: { redis: { rule: `${rule} && (` } } }, /rule: expected/],
    [{ ...base, receivers: { redis: { rule: `${rule} && name matches "("` } } }, /expected a regular expression/],
    [{ ...base, receivers: { redis: { rule, config: { a: ['`port'] } } } }, /config: expected a backtick/],
    [{ ...base, receivers: { redis: { rule, config: { a: '``' } } } }, /config: expected/],
    [{ ...base, receivers: { redis: { rule, config: { a: '`nope(1)`' } } } }, /expected a known function, got "nope"/],
    [
      { ...base, receivers: { redes: { rule } } },
      /receivers.redes: expected the type of another receiver, got "redes"/,
    ],
    [{ ...base, receivers: { receiver_creator: { rule } } }, /expected the type of another receiver/],
    [{ ...base, resource_attributes: { vm: { a: 'b' } } }, /resource_attributes.vm: expected a type of endpoint/],
  ];
  for (const [config, message] of cases) {
    const created = createComponentBench(receiverCreator, {
      config: config as Readonly<Record<string, unknown>>,
      extensions: OBSERVER,
      receivers: RECEIVERS,
    });
    await assert.rejects(created, message, JSON.stringify(config));
  }
});
