import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Lifetime, type ManagedGateway, managedConfig, startManaged } from './gateway.testing.ts';
import type { AgentRemoteConfig, ServerToAgent } from './messages.ts';
import { type Received, startServer, type TestServer } from './server.testing.ts';

const APPLIED = 1;
const APPLYING = 2;
const FAILED = 3;

function offerOf(files: Readonly<Record<string, unknown>>, hash: string): AgentRemoteConfig {
  const configMap = new Map(
    Object.entries(files).map(([name, value]) => [
      name,
      { body: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)) },
    ]),
  );
  return { config: { configMap }, configHash: Buffer.from(hash) };
}

/** Responds to each message with the current offer, as servers do. */
function offering(server: TestServer): { offer: AgentRemoteConfig | undefined } {
  const current: { offer: AgentRemoteConfig | undefined } = { offer: undefined };
  server.respond = ({ instanceUid = new Uint8Array() }): ServerToAgent => ({
    instanceUid,
    ...(current.offer !== undefined && { remoteConfig: current.offer }),
  });
  return current;
}

const statusIs = (hash: string, status: number) => (message: Received) =>
  message.remoteConfigStatus?.status === status &&
  Buffer.from(message.remoteConfigStatus.lastRemoteConfigHash ?? []).toString() === hash;

const exporters = ({ service }: ManagedGateway) =>
  service
    .graph()
    .nodes.filter(({ kind }) => kind === 'exporter')
    .map(({ component }) => component)
    .toSorted();

async function started(t: Lifetime, server: TestServer, more: object = {}, extensions: object = {}) {
  const endpoint = `ws://127.0.0.1:${server.port}/v1/opamp`;
  const opamp = { server: { ws: { endpoint } }, capabilities: { accepts_remote_config: true }, ...more };
  return await startManaged(t, managedConfig(opamp, { extensions }));
}

const withExporters = (...names: string[]) => ({
  exporters: Object.fromEntries(names.map((name) => [name, {}])),
  service: { pipelines: { traces: { receivers: ['otlp'], exporters: names } } },
});

const effectiveOf = (message: Received) =>
  Buffer.from(message.effectiveConfig?.configMap?.configMap?.get('')?.body ?? []).toString();

test('applies a configuration over the local one, rolls back a bad one with the reason, and goes on', async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  const current = offering(server);
  const gateway = await started(t, server);
  const first = await server.until(() => true);
  assert.deepEqual(first.remoteConfigStatus, {});

  current.offer = offerOf({ '': withExporters('nop/remote') }, 'one');
  server.push({ remoteConfig: current.offer });
  await server.until(statusIs('one', APPLIED));
  assert.ok(server.received.findIndex(statusIs('one', APPLYING)) < server.received.findIndex(statusIs('one', APPLIED)));
  assert.deepEqual(exporters(gateway), ['nop/remote']);
  const changed = await server.until((message) => effectiveOf(message).includes('nop/remote'));
  assert.match(effectiveOf(changed), /opamp:/);

  current.offer = offerOf({ '': withExporters('nop/a', 'nonsense') }, 'bad');
  server.push({ remoteConfig: current.offer });
  const failed = await server.until(statusIs('bad', FAILED));
  assert.match(
    failed.remoteConfigStatus?.errorMessage ?? '',
    /remote configuration:1:\d+: exporters\.nonsense: expected/,
  );
  assert.deepEqual(exporters(gateway), ['nop/remote']);

  // A component that does not start is as bad.
  const taken = { receivers: { 'otlp/2': { protocols: { http: { endpoint: `127.0.0.1:${server.port}` } } } } };
  const { service } = withExporters('nop');
  const receivers = ['otlp', 'otlp/2'];
  const blocked = { ...taken, service: { pipelines: { traces: { ...service.pipelines.traces, receivers } } } };
  current.offer = offerOf({ '': blocked }, 'blocked');
  server.push({ remoteConfig: current.offer });
  const refused = await server.until(statusIs('blocked', FAILED));
  assert.match(refused.remoteConfigStatus?.errorMessage ?? '', /receiver otlp\/2: .* is in use/);
  assert.deepEqual(exporters(gateway), ['nop/remote']);

  current.offer = offerOf({ b: withExporters('nop/b'), a: withExporters('nop/a'), '': {} }, 'two');
  server.push({ remoteConfig: current.offer });
  await server.until(statusIs('two', APPLIED));
  assert.deepEqual(exporters(gateway), ['nop/b']);

  current.offer = offerOf({}, 'none');
  server.push({ remoteConfig: current.offer });
  await server.until(statusIs('none', APPLIED));
  assert.deepEqual(exporters(gateway), ['nop', 'otlp_http/secret']);
});

test('a reload for another reason keeps the remote configuration', async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  const gateway = await started(t, server);
  server.respond = ({ instanceUid = new Uint8Array() }) => ({
    instanceUid,
    remoteConfig: offerOf({ '': withExporters('nop/remote') }, 'one'),
  });
  await server.until(statusIs('one', APPLIED));
  gateway.local = gateway.local.replace('"batch":{}', '"batch":{"timeout":"1s"}');
  const report = await gateway.service.host.configuration?.reload({ trigger: 'signal' });
  assert.notEqual(report?.result, 'rolled_back');
  assert.deepEqual(exporters(gateway), ['nop/remote']);
});

test('a remote configuration cannot change the connection to the server, nor overwrite secrets with their replacement', async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  const gateway = await started(t, server);
  const remote = {
    exporters: { 'otlp_http/secret': { headers: { 'x-key': '[REDACTED]' }, timeout: '9s' } },
    extensions: { opamp: { server: { ws: { endpoint: 'ws://attacker/v1' } } }, zpages: { endpoint: '127.0.0.1:0' } },
    service: { extensions: ['zpages'] },
  };
  await server.until(() => true);
  server.push({ remoteConfig: offerOf({ '': remote }, 'one') });
  const before = server.connections;
  await server.until(statusIs('one', APPLIED));
  assert.equal(server.connections, before);
  const changed = await server.until((message) => effectiveOf(message).includes('zpages'));
  assert.doesNotMatch(effectiveOf(changed), /attacker/);
  assert.match(effectiveOf(changed), /extensions:\n {4}- opamp\n {4}- zpages/);

  server.push({ remoteConfig: offerOf({ '': { exporters: { nop: { password: '[REDACTED]' } } } }, 'two') });
  const failed = await server.until(statusIs('two', FAILED));
  assert.match(
    failed.remoteConfigStatus?.errorMessage ?? '',
    /exporters\.nop\.password: expected the value itself, got \[REDACTED\]/,
  );
  assert.ok(gateway.service.host.health().accepting);
});

test('accepts no configuration unless it is allowed', async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  const gateway = await started(t, server, { capabilities: {} });
  const first = await server.until(() => true);
  assert.equal(first.remoteConfigStatus, undefined);
  server.push({ remoteConfig: offerOf({ '': withExporters('nop/remote') }, 'one') });
  server.push({ flags: 1 });
  await server.until((message) => message !== first && message.agentDescription !== undefined);
  assert.deepEqual(exporters(gateway), ['nop', 'otlp_http/secret']);
});

test('keeps the instance UID, the configuration and its status over restarts with storage', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-opamp-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const server = await startServer();
  t.after(() => server.close());
  const storage = { file_storage: { directory } };
  const gateway = await started(t, server, { storage: 'file_storage' }, storage);
  const first = await server.until(() => true);
  server.push({ remoteConfig: offerOf({ '': withExporters('nop/remote') }, 'one') });
  await server.until(statusIs('one', APPLIED));
  server.push({ remoteConfig: offerOf({ '': 'nonsense: [' }, 'bad') });
  await server.until(statusIs('bad', FAILED));
  await gateway.service.shutdown();
  const before = server.received.length;
  const again = await started(t, server, { storage: 'file_storage' }, storage);
  const next = await server.until((message) => server.received.indexOf(message) >= before);
  assert.deepEqual(next.instanceUid, first.instanceUid);
  assert.ok(statusIs('bad', FAILED)(next));
  while (exporters(again)[0] !== 'nop/remote') await new Promise(setImmediate);
});

test('restarts all components at the command of the server, if it is allowed', async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  const gateway = await started(t, server, { capabilities: { accepts_restart_command: true } });
  await server.until(() => true);
  server.push({ command: {}, flags: 1 });
  const last = () => gateway.service.host.configuration?.last;
  while (last() === undefined) await new Promise(setImmediate);
  assert.equal(last()?.result, 'applied');
  assert.deepEqual(last()?.restarted.toSorted(), ['exporters/nop', 'exporters/otlp_http/secret', 'receivers/otlp']);
  assert.deepEqual(last()?.kept, ['extensions/opamp']);
});

test('tells the server that it refuses connection settings other than the interval of heartbeats', async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  await started(t, server);
  await server.until(() => true);
  const headers = { headers: [{ key: 'authorization', value: 'x' }] };
  server.push({ connectionSettings: { hash: Buffer.of(7), opamp: { destinationEndpoint: 'wss://other', headers } } });
  const { connectionSettingsStatus } = await server.until(
    (message) => message.connectionSettingsStatus?.status === FAILED,
  );
  assert.deepEqual([...(connectionSettingsStatus?.lastConnectionSettingsHash ?? [])], [7]);
});
