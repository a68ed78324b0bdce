import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Batch, forEachItem, type Signal } from '@otelier/otlp';
import { batchOf, type ComponentBench, createComponentBench, createRandom, exporterContract } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { fakeDns } from '../component/lookup/fake-dns.testing.ts';
import { fileStorage } from '../extensions/file_storage.ts';
import { FakeApiServer } from '../kubernetes/fake-api-server.testing.ts';
import { HashRing } from './load_balancing/hash-ring.ts';
import { countSpans, membersByTrace, SpanSource, TestMember } from './load_balancing/members.testing.ts';
import { createIdentifier, type IdentifierOptions } from './load_balancing/routing-key.ts';
import { loadBalancing } from './load_balancing.ts';

exporterContract(loadBalancing, {
  destination: async () => {
    const member = await new TestMember('127.0.0.1').start();
    return { config: configOf([member.address]), close: () => member.stop() };
  },
  config: configOf(['127.0.0.1:1']),
});

function configOf(hostnames: readonly string[], otlp: object = {}, more: object = {}) {
  return { protocol: { otlp: { tls: { insecure: true }, ...otlp } }, resolver: { static: { hostnames } }, ...more };
}

const QUICK_RETRY = { retry_on_failure: { initial_interval: '5ms', max_interval: '20ms' } };

async function startMembers(t: TestContext, hosts: readonly string[]): Promise<TestMember[]> {
  const members: TestMember[] = [];
  for (const host of hosts) members.push(await new TestMember(host, members[0]?.port).start());
  t.after(() => Promise.all(members.map((member) => member.stop())));
  return members;
}

async function startBench(config: object, directory?: string): Promise<ComponentBench> {
  const extensions = directory && {
    file_storage: { definition: fileStorage, config: { directory, create_directory: true, fsync: false } },
  };
  const bench = await createComponentBench(loadBalancing, {
    config: { ...config },
    signals: ['traces'],
    clock: systemClock,
    ...(extensions && { extensions }),
  });
  await bench.start();
  return bench;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

async function send(bench: ComponentBench, source: SpanSource, batches: number): Promise<void> {
  for (let count = 0; count < batches; count++) {
    const batch = source.batch(50);
    // A sender tries again when it is told to.
    while ((await bench.send(batch)).kind === 'retry') await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function storageDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-balancing-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

test('the spans of a trace go to one endpoint, also after it was unreachable', async (t) => {
  const members = await startMembers(t, ['127.0.0.1', '127.0.0.2', '127.0.0.3']);
  const hostnames = members.map(({ address }) => address);
  const bench = await startBench(configOf(hostnames, QUICK_RETRY));
  const source = new SpanSource(60);
  await send(bench, source, 5);
  await members[1]?.stop();
  await send(bench, source, 5);
  await members[1]?.start();
  await until(() => countSpans(members).different === source.sent);
  for (const owners of membersByTrace(members).values()) assert.equal(owners.size, 1);
  for (const { received } of members) assert.ok(received.length > 0);
  await bench.service.shutdown();
});

test('no span is lost and no trace split needlessly while endpoints come and go, with queues on disk', async (t) => {
  const members = await startMembers(t, ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4']);
  const records: Record<string, readonly string[]> = { 'members.test A': ['127.0.0.1', '127.0.0.2'] };
  const dns = await fakeDns(t, records);
  const resolver = { dns: { hostname: 'members.test', port: members[0]?.port, interval: '20ms', server: dns.server } };
  const otlp = { sending_queue: { storage: 'file_storage' }, ...QUICK_RETRY };
  const config = { ...configOf([], otlp), resolver };
  const directory = storageDirectory(t);
  const source = new SpanSource(60);
  let bench = await startBench(config, directory);
  await send(bench, source, 5);
  // The second one fails, then is replaced by the third one while spans wait for it.
  await members[1]?.stop();
  await send(bench, source, 5);
  records['members.test A'] = ['127.0.0.1', '127.0.0.3'];
  await until(() => (members[2]?.received.length ?? 0) > 0);
  await send(bench, source, 5);
  await until(() => countSpans(members).different === source.sent);
  // Traces of the first one stay, except for the share of the third one.
  const [before, after] = [
    ['127.0.0.1', '127.0.0.2'],
    ['127.0.0.1', '127.0.0.3'],
  ].map((hosts) => new HashRing(hosts.map((host) => `${host}:${members[0]?.port}`)));
  for (const [traceId, owners] of membersByTrace(members)) {
    const id = Buffer.from(traceId, 'hex');
    if (before?.indexOf(id) === 0 && after?.indexOf(id) === 0) assert.deepEqual([...owners], [0]);
  }
  // The third one fails, the process ends, and starts again with other endpoints.
  await members[2]?.stop();
  await send(bench, source, 5);
  await bench.service.shutdown();
  assert.ok(countSpans(members).different < source.sent);
  records['members.test A'] = ['127.0.0.1', '127.0.0.4'];
  bench = await startBench(config, directory);
  await until(() => countSpans(members).different === source.sent);
  assert.deepEqual(bench.dropped(), {});
  assert.deepEqual(countSpans(members), { different: source.sent, again: 0 });
  await bench.service.shutdown();
});

test('a queue on disk in front of the endpoints loses nothing while they come and go', async (t) => {
  const members = await startMembers(t, ['127.0.0.1', '127.0.0.2', '127.0.0.3']);
  const records: Record<string, readonly string[]> = { 'members.test A': ['127.0.0.1', '127.0.0.2'] };
  const dns = await fakeDns(t, records);
  const resolver = { dns: { hostname: 'members.test', port: members[0]?.port, interval: '20ms', server: dns.server } };
  const config = { ...configOf([], QUICK_RETRY), resolver, sending_queue: { storage: 'file_storage' } };
  const bench = await startBench(config, storageDirectory(t));
  const source = new SpanSource(60);
  await send(bench, source, 3);
  await members[1]?.stop();
  await send(bench, source, 3);
  records['members.test A'] = ['127.0.0.1', '127.0.0.3'];
  await until(() => countSpans(members).different === source.sent);
  assert.deepEqual(bench.dropped(), {});
  await bench.service.shutdown();
});

test('without an endpoint, senders are asked to try again', async (t) => {
  const records: Record<string, readonly string[]> = {};
  const dns = await fakeDns(t, records);
  const [member] = await startMembers(t, ['127.0.0.1']);
  const resolver = { dns: { hostname: 'members.test', port: member?.port, interval: '20ms', server: dns.server } };
  const bench = await startBench({ ...configOf([]), resolver });
  const source = new SpanSource(5);
  const outcome = await bench.send(source.batch(1));
  assert.deepEqual(outcome, { kind: 'retry', afterMillis: undefined, reason: 'no endpoint is known yet' });
  const warning = bench.logs.find(({ msg }) => msg === 'cannot resolve the name, keeping the endpoints');
  assert.equal(warning?.['reason'], 'the name has no address');
  records['members.test A'] = ['127.0.0.1'];
  await until(() => bench.logs.some(({ msg }) => msg === 'endpoints changed'));
  // The name disappears, and the endpoint stays.
  delete records['members.test A'];
  const queries = dns.queries.length;
  await until(() => dns.queries.length > queries + 2);
  assert.equal((await bench.send(source.batch(1))).kind, 'accepted');
  await until(() => member?.received.length === 1);
  await bench.service.shutdown();
});

test('an endpoint that comes or goes moves only its share', () => {
  const random = createRandom(3);
  for (let round = 0; round < 20; round++) {
    const count = 2 + random(10);
    const endpoints = Array.from({ length: count }, (_, index) => `10.0.${random(200)}.${index}:4317`);
    const [whole, fewer] = [new HashRing(endpoints), new HashRing(endpoints.slice(1))];
    let moved = 0;
    for (let trace = 0; trace < 500; trace++) {
      const id = Uint8Array.from({ length: 16 }, () => random(256));
      const [owner, other] = [whole.endpoints[whole.indexOf(id)], fewer.endpoints[fewer.indexOf(id)]];
      if (owner === other) continue;
      assert.equal(owner, endpoints[0]);
      moved += 1;
    }
    assert.ok(moved < (500 / count) * 2, `${moved} of 500 with ${count} endpoints`);
  }
});

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const RESOURCE = { attributes: [text('service.name', 'shop'), text('zone', 'a')] };

function identifiers(signal: Signal, batch: Batch, options: Partial<IdentifierOptions>): unknown[] {
  const identifierOf = createIdentifier({ signal, key: 'attributes', attributes: [], random: () => 0.5, ...options });
  const found: unknown[] = [];
  for (const part of batch.parts) forEachItem(signal, part, (item) => found.push(identifierOf(item)));
  return found.map((one) => (one instanceof Uint8Array ? Buffer.from(one).toString('hex') : one));
}

test('spans are identified by trace, service or attributes', () => {
  const span = (traceId: string, name: string, more: object) => ({ traceId: traceId.repeat(16), name, ...more });
  const scope = { attributes: [text('team', 'x')] };
  const double = { key: 'n', value: { doubleValue: 1e6 } };
  const spans = [
    span('0a', 'first', { kind: 3, attributes: [double] }),
    span('0a', 'second', { kind: 2 }),
    span('0b', 'third', { attributes: [{ key: 'n', value: { arrayValue: { values: [{ intValue: '1' }, {}] } } }] }),
  ];
  const batch = batchOf('traces', { resourceSpans: [{ resource: RESOURCE, scopeSpans: [{ scope, spans }] }] });
  const [a, b] = ['0a'.repeat(16), '0b'.repeat(16)];
  assert.deepEqual(identifiers('traces', batch, { key: 'traceID' }), [a, a, b]);
  const service = 'service.name=shop|';
  assert.deepEqual(identifiers('traces', batch, { key: 'service' }), [service, service, service]);
  const attributes = ['n', 'zone', 'team', 'span.kind', 'span.name', 'none'];
  const first = 'n=1e+06|zone=a|team=x|span.kind=Client|span.name=first|none=|';
  const third = 'n=[1,]|zone=a|team=x|span.kind=Unspecified|span.name=third|none=|';
  assert.deepEqual(identifiers('traces', batch, { attributes }), [first, first, third]);
});

test('log records are identified by service, trace or attributes', () => {
  const logRecords = [
    { traceId: '0a'.repeat(16), severityText: 'INFO', body: { intValue: '7' }, attributes: [text('user', 'u')] },
    { severityText: 'WARN' },
  ];
  const batch = batchOf('logs', { resourceLogs: [{ resource: RESOURCE, scopeLogs: [{ logRecords }] }] });
  assert.deepEqual(identifiers('logs', batch, { key: 'service' }), ['shop', 'shop']);
  assert.deepEqual(identifiers('logs', batch, { key: 'traceID' }), ['0a'.repeat(16), '0.5']);
  assert.deepEqual(identifiers('logs', batch, { attributes: ['user', 'log.severity', 'log.body', 'zone'] }), [
    'zone=a|user=u|log.severity=INFO|log.body=7|',
    'zone=a|user=|log.severity=WARN|log.body=|',
  ]);
});

test('data points are identified by service, metric or attributes', () => {
  const dataPoints = [{ asInt: '1', attributes: [text('k', 'v')] }, { asInt: '2' }];
  const metrics = [{ name: 'requests', gauge: { dataPoints } }];
  const batch = batchOf('metrics', { resourceMetrics: [{ resource: RESOURCE, scopeMetrics: [{ metrics }] }] });
  assert.deepEqual(identifiers('metrics', batch, { key: 'service' }), ['shop', 'shop']);
  assert.deepEqual(identifiers('metrics', batch, { key: 'metric' }), ['requests', 'requests']);
  assert.deepEqual(identifiers('metrics', batch, { attributes: ['k'] }), ['k=v|', 'k=|']);
});

test('a Kubernetes service tells the endpoints that are ready', async (t) => {
  const fake = await FakeApiServer.start(t);
  const [first, second] = await startMembers(t, ['127.0.0.1', '127.0.0.2']);
  const directory = mkdtempSync(join(tmpdir(), 'load-balancing-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'config');
  writeFileSync(path, fake.kubeConfig);
  const slice = (name: string, ...endpoints: readonly object[]) => ({
    metadata: { name, namespace: 'obs', labels: { 'kubernetes.io/service-name': 'collectors' } },
    endpoints,
  });
  const slices = '/apis/discovery.k8s.io/v1/endpointslices';
  const notReady = { addresses: ['127.0.0.2'], conditions: { ready: false } };
  fake.set(slices, slice('a', { addresses: ['127.0.0.1'] }, notReady));
  fake.set(slices, { metadata: { name: 'other', namespace: 'obs' }, endpoints: [{ addresses: ['127.0.0.9'] }] });
  const k8s = { service: 'collectors.obs', ports: [first?.port ?? 0] };
  const bench = await createComponentBench(loadBalancing, {
    config: { ...configOf([], QUICK_RETRY), resolver: { k8s } },
    environment: { KUBECONFIG: path },
    signals: ['traces'],
    clock: systemClock,
  });
  await bench.start();
  t.after(() => bench.close());
  const source = new SpanSource(50);
  await send(bench, source, 4);
  await until(() => first?.received.length === source.sent);
  fake.set(slices, slice('b', { addresses: ['127.0.0.2'], conditions: { ready: true } }));
  while (second?.received.length === 0) await send(bench, source, 1);
});

test('configurations that cannot work are rejected', async () => {
  const rejects = (more: object, signals: readonly Signal[], message: RegExp) =>
    assert.rejects(createComponentBench(loadBalancing, { config: configOf(['a:1'], {}, more), signals }), message);
  await rejects({ routing_key: 'metric' }, ['traces'], /routing_key: expected traceID, service, attributes for/);
  await rejects({ routing_key: 'traceID' }, ['metrics'], /routing_key: expected service, resource/);
  await rejects({ routing_key: 'attributes' }, ['traces'], /routing_attributes: expected at least one attribute/);
  await rejects({ routing_attributes: ['a'] }, ['traces'], /routing_attributes: expected nothing unless/);
  await rejects({ resolver: {} }, ['traces'], /resolver: expected one of static, dns and k8s/);
  const k8s = { resolver: { static: { hostnames: ['a'] }, k8s: { service: 's' } } };
  await rejects(k8s, ['traces'], /resolver: expected one of static, dns and k8s/);
  await rejects({ sending_queue: { storage: 'none' } }, ['traces'], /sending_queue.storage: expected a storage/);
  const otlp = { sending_queue: { storage: 'none' } };
  const config = configOf(['a:1'], otlp);
  const path = /protocol.otlp.sending_queue.storage: expected a storage/;
  await assert.rejects(createComponentBench(loadBalancing, { config, signals: ['traces'] }), path);
});
