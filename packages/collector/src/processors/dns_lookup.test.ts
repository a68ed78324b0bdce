import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { keyValues } from '@otelier/testkit/otlp-json';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';
import { fakeDns } from '../component/lookup/fake-dns.testing.ts';
import { dnsLookup } from './dns_lookup.ts';

processorContract(dnsLookup);

async function hostsFile(t: TestContext, text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'enrich-'));
  t.after(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, 'hosts'), text);
  return join(directory, 'hosts');
}

async function startBench(config: object): Promise<ComponentBench> {
  const bench = await createComponentBench(dnsLookup, { signals: ['logs'], config: { ...config } });
  await bench.start();
  return bench;
}

/** Returns the attributes of a resource and a record after processing. */
async function lookedUp(
  bench: ComponentBench,
  resource: Readonly<Record<string, string>>,
  record: Readonly<Record<string, string>> = {},
) {
  const logRecords = [{ attributes: keyValues(record) }];
  await bench.send(
    batchOf('logs', { resourceLogs: [{ resource: { attributes: keyValues(resource) }, scopeLogs: [{ logRecords }] }] }),
  );
  const [group] = decodeRequest('logs', bench.received.at(-1)?.parts[0] ?? new Uint8Array()).resourceLogs ?? [];
  const plain = (attributes: readonly { key?: string; value?: { stringValue?: string } }[] = []) =>
    Object.fromEntries(attributes.map(({ key, value }) => [key, value?.stringValue]));
  return {
    resource: plain(group?.resource?.attributes),
    record: plain(group?.scopeLogs?.[0]?.logRecords?.[0]?.attributes),
  };
}

const offline = { enable_system_resolver: false };

test('resolves by hosts files in both directions, normalized', async (t) => {
  const file = await hostsFile(
    t,
    '# comment\n10.0.0.1  Host.Example.com. alias # more\n10.0.0.2 host.example.com\nbad name\n',
  );
  const bench = await startBench({
    ...offline,
    hostfiles: [file],
    reverse: { enabled: true, context: 'record', source_attributes: ['ip', 'client.ip'], target_attribute: 'name' },
  });
  assert.deepEqual(
    await lookedUp(bench, { 'source.address': 'HOST.example.com.' }, { ip: 'x', 'client.ip': '10.0.0.2' }),
    {
      resource: { 'source.address': 'HOST.example.com.', 'source.ip': '10.0.0.1' },
      record: { ip: 'x', 'client.ip': '10.0.0.2', name: 'host.example.com' },
    },
  );
  assert.deepEqual(await lookedUp(bench, { 'source.address': 'unknown' }, { ip: '0.0.0.0' }), {
    resource: { 'source.address': 'unknown' },
    record: { ip: '0.0.0.0' },
  });
  await bench.close();
});

test('asks name servers in their order, and prefers IPv4', async (t) => {
  const first = await fakeDns(t, { 'only-first A': ['10.0.0.1'] });
  const second = await fakeDns(t, { 'both A': ['10.0.0.9'] });
  const bench = await startBench({ ...offline, nameservers: [first.server, second.server] });
  const resolve = async (name: string) => (await lookedUp(bench, { 'source.address': name })).resource['source.ip'];
  assert.equal(await resolve('only-first'), '10.0.0.1');
  // A server that reports a nonexistent name is authoritative.
  assert.equal(await resolve('both'), undefined);
  assert.deepEqual(second.queries, []);
  await bench.close();

  const ipv6 = await fakeDns(t, { 'six AAAA': ['2001:db8:0:0:0:0:0:1'] });
  const other = await startBench({ ...offline, nameservers: [ipv6.server] });
  assert.equal((await lookedUp(other, { 'source.address': 'six' })).resource['source.ip'], '2001:db8::1');
  await other.close();
});

test('both directions in one context: the reverse lookup sees the address that was found', async (t) => {
  const file = await hostsFile(t, '10.0.0.1 canonical\n10.0.0.1 alias\n');
  const bench = await startBench({ ...offline, hostfiles: [file], reverse: { enabled: true } });
  assert.deepEqual((await lookedUp(bench, { 'source.address': 'alias' })).resource, {
    'source.address': 'canonical',
    'source.ip': '10.0.0.1',
  });
  await bench.close();
});

test('caches results and their absence for their lifetimes', async (t) => {
  const dns = await fakeDns(t, { 'known A': ['10.0.0.1'] });
  const bench = await startBench({ ...offline, nameservers: [dns.server], hit_cache_ttl: 100, miss_cache_ttl: '10s' });
  const queries = async (name: string) => {
    const before = dns.queries.length;
    await lookedUp(bench, { 'source.address': name });
    return dns.queries.length - before;
  };
  assert.equal(await queries('known'), 1);
  assert.equal(await queries('known'), 0);
  assert.ok((await queries('unknown')) > 0);
  assert.equal(await queries('unknown'), 0);
  await bench.clock.advance(10_000);
  assert.ok((await queries('unknown')) > 0);
  assert.equal(await queries('known'), 0);
  await bench.clock.advance(90_000);
  assert.equal(await queries('known'), 1);
  await bench.close();
});

test('a server that does not respond delays a batch for a bounded time', async (t) => {
  const dns = await fakeDns(t, { 'silent A': [] });
  const bench = await startBench({ ...offline, nameservers: [dns.server], timeout: '100ms', max_retries: 100 });
  const sent = lookedUp(bench, { 'source.address': 'silent' });
  while (dns.queries.length === 0) await new Promise(setImmediate);
  await bench.clock.advance(1000);
  assert.deepEqual((await sent).resource, { 'source.address': 'silent' });
  await bench.close();
});

test('refuses invalid configurations', async () => {
  const refused = (config: object, message: RegExp) =>
    assert.rejects(createComponentBench(dnsLookup, { config: { ...config } }), message);
  await refused({ resolve: { source_attributes: [] } }, /source_attributes: /);
  await refused({ resolve: { target_attribute: '' } }, /target_attribute: /);
  await refused({ reverse: { context: 'scope' } }, /context: expected/);
  await refused({ nameservers: ['dns.example.com:53'] }, /nameservers\[0\]: expected an IP address/);
  await refused({ enable_system_resolver: false }, /enable_system_resolver: expected true, or/);
  await refused({ timeout: 0 }, /timeout: expected a duration above 0/);
  const bench = await createComponentBench(dnsLookup, { config: { hostfiles: ['/nonexistent'] } });
  await assert.rejects(bench.start(), /\/nonexistent: expected a hosts file, got ENOENT/);
});
