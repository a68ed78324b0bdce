import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { keyValues, type PlainValue } from '@otelier/testkit/otlp-json';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';
import { fakeDns } from '../component/lookup/fake-dns.testing.ts';
import { lookup } from './lookup.ts';

const NOOP = { lookups: [{ key: 'resource.attributes["a"]', attributes: [{ destination: 'b' }] }] };

processorContract(lookup, { config: NOOP });

type Attributes = { readonly [key: string]: PlainValue };

async function directoryOf(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'enrich-'));
  t.after(() => rm(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return directory;
}

function send(bench: ComponentBench, ...records: readonly Attributes[]) {
  const logRecords = records.map((attributes) => ({ attributes: keyValues(attributes) }));
  return bench.send(
    batchOf('logs', {
      resourceLogs: [{ resource: { attributes: keyValues({ r: 'R' }) }, scopeLogs: [{ logRecords }] }],
    }),
  );
}

/** Returns the attributes of the resource and records in the last batch. */
function lastOf(bench: ComponentBench) {
  const [part] = bench.received.at(-1)?.parts ?? [];
  assert.ok(part);
  const [group] = decodeRequest('logs', part).resourceLogs ?? [];
  return {
    resource: group?.resource?.attributes ?? [],
    records: (group?.scopeLogs?.[0]?.logRecords ?? []).map(({ attributes }) => attributes ?? []),
  };
}

/** Returns the attributes of records after looking up the attribute `id`. */
async function enriched(source: object, attributes: readonly object[], ...records: readonly Attributes[]) {
  const config = { source, lookups: [{ key: 'log.attributes["id"]', attributes }] };
  const bench = await createComponentBench(lookup, { signals: ['logs'], config });
  await bench.start();
  try {
    await send(bench, ...records);
    return lastOf(bench).records;
  } finally {
    await bench.close();
  }
}

test('looks up scalars and fields of maps in YAML and JSON files, with defaults', async (t) => {
  const directory = await directoryOf(t, {
    'a.yaml': 'u1: Ada\n2: 7\nmap: {name: Grace, age: 85}\nnone: null\n1.50: text\n',
    'a.json': '{"u1":"Ada","map":{"name":"Grace","age":85,"ratio":0.5}}',
  });
  const yaml = { type: 'yaml', path: join(directory, 'a.yaml') };
  const scalar = [{ destination: 'name', default: 'unknown' }];
  const records = [{ id: 'u1' }, { id: 2 }, { id: '1.50' }, { id: 'x' }, { id: 'none' }, { other: 1 }, { id: '' }];
  assert.deepEqual(await enriched(yaml, scalar, ...records), [
    keyValues({ id: 'u1', name: 'Ada' }),
    keyValues({ id: 2, name: 7 }),
    keyValues({ id: '1.50', name: 'text' }),
    keyValues({ id: 'x', name: 'unknown' }),
    keyValues({ id: 'none', name: undefined }),
    keyValues({ other: 1 }),
    keyValues({ id: '' }),
  ]);
  const fields = [
    { source: 'name', destination: 'name' },
    { source: 'missing', destination: 'm', default: 'none' },
  ];
  assert.deepEqual(await enriched(yaml, fields, { id: 'map' }, { id: 'u1' }), [
    keyValues({ id: 'map', name: 'Grace', m: 'none' }),
    keyValues({ id: 'u1' }),
  ]);
  const json = { type: 'json', path: join(directory, 'a.json') };
  assert.deepEqual(await enriched(json, [{ destination: 'm' }], { id: 'map' }), [
    keyValues({ id: 'map', m: { name: 'Grace', age: 85, ratio: 0.5 } }),
  ]);
});

test('reads CSV files with and without a header', async (t) => {
  const directory = await directoryOf(t, {
    'a.csv': 'id,name,note\n1,Ada,"a ""quoted"", note"\n\n2,Grace\n3\n',
    'b.csv': '1;Ada\r\n2;Grace\r\n',
  });
  const source = { type: 'csv', path: join(directory, 'a.csv'), key_column: 'id' };
  const note = [
    { source: 'name', destination: 'name' },
    { source: 'note', destination: 'note', default: '-' },
  ];
  assert.deepEqual(await enriched(source, note, { id: 1 }, { id: '2' }, { id: '3' }), [
    keyValues({ id: 1, name: 'Ada', note: 'a "quoted", note' }),
    keyValues({ id: '2', name: 'Grace', note: '-' }),
    keyValues({ id: '3', note: '-' }),
  ]);
  const headerless = {
    ...{ type: 'csv', path: join(directory, 'b.csv'), has_header: false, delimiter: ';' },
    ...{ key_column_index: 0, value_column_index: 1 },
  };
  assert.deepEqual(await enriched(headerless, [{ destination: 'name' }], { id: 2 }), [
    keyValues({ id: 2, name: 'Grace' }),
  ]);
});

test('a later lookup sees the results of an earlier one, also in the resource', async (t) => {
  const directory = await directoryOf(t, { 'a.yaml': 'a: b\nb: c\nR: a\n' });
  const bench = await createComponentBench(lookup, {
    signals: ['logs'],
    config: {
      source: { type: 'yaml', path: join(directory, 'a.yaml') },
      lookups: [
        { key: 'resource.attributes["r"]', context: 'resource', attributes: [{ destination: 'first' }] },
        {
          key: 'resource.attributes["first"]',
          context: 'RESOURCE',
          attributes: [{ destination: 'second', context: 'record' }],
        },
        { key: 'Concat([log.attributes["second"]], "")', attributes: [{ destination: 'third' }] },
      ],
    },
  });
  await bench.start();
  await send(bench, {});
  assert.deepEqual(lastOf(bench), {
    resource: keyValues({ r: 'R', first: 'a' }),
    records: [keyValues({ second: 'b', third: 'c' })],
  });
  await bench.close();
});

test('reads the file again at intervals, and keeps the data of a file with errors', async (t) => {
  const directory = await directoryOf(t, { 'a.yaml': 'k: one\n' });
  const path = join(directory, 'a.yaml');
  const bench = await createComponentBench(lookup, {
    signals: ['logs'],
    config: {
      source: { type: 'yaml', path, reload_interval: '10s' },
      lookups: [{ key: 'log.attributes["id"]', attributes: [{ destination: 'v' }] }],
    },
  });
  await bench.start();
  const value = async () => {
    await send(bench, { id: 'k' });
    return lastOf(bench).records[0]?.[1]?.value?.stringValue;
  };
  assert.equal(await value(), 'one');
  await writeFile(path, 'k: two\n');
  await bench.clock.advance(10_000);
  while ((await value()) !== 'two') await new Promise(setImmediate);
  await writeFile(path, 'k: [\n');
  const isFailed = () => bench.logs.some(({ msg }) => String(msg).startsWith('reloading the lookup file failed'));
  while (!isFailed()) await bench.clock.advance(10_000);
  assert.equal(await value(), 'two');
  await bench.close();
});

test('looks up names and addresses in DNS, with a cache', async (t) => {
  const dns = await fakeDns(t, {
    '1.0.0.10.in-addr.arpa PTR': ['host.example.com', 'alias.example.com'],
    'host.example.com A': ['10.0.0.1', '10.0.0.2'],
  });
  const source = { type: 'dns', server: dns.server };
  const name = [{ destination: 'name', default: 'unknown' }];
  assert.deepEqual(await enriched(source, name, { id: '10.0.0.1' }, { id: '10.0.0.9' }, { id: 'no address' }), [
    keyValues({ id: '10.0.0.1', name: 'host.example.com' }),
    keyValues({ id: '10.0.0.9', name: 'unknown' }),
    keyValues({ id: 'no address' }),
  ]);
  const all = { ...source, record_type: 'A', multiple_results: true };
  assert.deepEqual(await enriched(all, name, { id: 'host.example.com' }, { id: 'host.example.com' }), [
    keyValues({ id: 'host.example.com', name: '10.0.0.1,10.0.0.2' }),
    keyValues({ id: 'host.example.com', name: '10.0.0.1,10.0.0.2' }),
  ]);
  assert.equal(dns.queries.filter((query) => query === 'host.example.com A').length, 1);

  const bench = await createComponentBench(lookup, {
    signals: ['logs'],
    config: {
      source: { ...source, cache: { ttl: '1m', negative_ttl: '10s' } },
      lookups: [{ key: 'log.attributes["id"]', attributes: name }],
    },
  });
  await bench.start();
  const queries = async (id: string) => {
    const before = dns.queries.length;
    await send(bench, { id });
    return dns.queries.length - before;
  };
  assert.equal(await queries('10.0.0.1'), 1);
  assert.equal(await queries('10.0.0.1'), 0);
  assert.equal(await queries('10.0.0.9'), 1);
  assert.equal(await queries('10.0.0.9'), 0);
  await bench.clock.advance(10_000);
  assert.equal(await queries('10.0.0.9'), 1);
  assert.equal(await queries('10.0.0.1'), 0);
  await bench.clock.advance(50_000);
  assert.equal(await queries('10.0.0.1'), 1);
  await bench.close();
});

/** Starts an HTTP user service. Requests for `slow` get no response. */
async function userService(t: TestContext) {
  let inFlight = 0;
  const stats = { requests: 0, maxInFlight: 0 };
  const server = createServer((request, response) => {
    stats.requests += 1;
    inFlight += 1;
    stats.maxInFlight = Math.max(stats.maxInFlight, inFlight);
    response.on('close', () => {
      inFlight -= 1;
    });
    const id = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
    if (id === 'slow') return;
    if (id === 'missing' || id === 'broken') response.statusCode = id === 'missing' ? 404 : 500;
    response.setHeader('content-type', 'application/json');
    setImmediate(() => response.end(JSON.stringify({ name: `user ${id}`, token: request.headers['x-token'] })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { stats, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/users/{key}` };
}

test('looks up keys by HTTP, a bounded number at a time', async (t) => {
  const { url, stats } = await userService(t);
  const source = { type: 'http', url, headers: { 'x-token': 'secret' }, max_concurrent: 3 };
  const attributes = [
    { source: 'name', destination: 'name', default: 'none' },
    { source: 'token', destination: 'token' },
  ];
  const ids = Array.from({ length: 20 }, (_, index) => ({ id: `a/${index}` }));
  const records = await enriched(source, attributes, ...ids, { id: 'missing' }, { id: 'broken' });
  assert.deepEqual(records.slice(0, 2), [
    keyValues({ id: 'a/0', name: 'user a/0', token: 'secret' }),
    keyValues({ id: 'a/1', name: 'user a/1', token: 'secret' }),
  ]);
  assert.deepEqual(records.slice(20), [keyValues({ id: 'missing', name: 'none' }), keyValues({ id: 'broken' })]);
  assert.ok(stats.maxInFlight <= 3, `${stats.maxInFlight} requests at a time`);
});

test('a batch waits for a service that does not respond for a bounded time, and others do not wait', async (t) => {
  const { url } = await userService(t);
  const bench = await createComponentBench(lookup, {
    signals: ['logs'],
    config: {
      source: { type: 'http', url, timeout: '2s' },
      lookups: [{ key: 'log.attributes["id"]', attributes: [{ source: 'name', destination: 'name' }] }],
    },
  });
  await bench.start();
  const slow = send(bench, { id: 'slow' }, { id: 'quick' });
  await send(bench, { id: 'other' });
  assert.deepEqual(lastOf(bench).records, [keyValues({ id: 'other', name: 'user other' })]);
  await bench.clock.advance(2000);
  await slow;
  assert.deepEqual(lastOf(bench).records, [keyValues({ id: 'slow' }), keyValues({ id: 'quick', name: 'user quick' })]);
  await bench.close();
});

test('sets attributes of spans and data points of every kind', async (t) => {
  const directory = await directoryOf(t, { 'a.yaml': 'k: v\n' });
  const source = { type: 'yaml', path: join(directory, 'a.yaml') };
  const config = (key: string) => ({ source, lookups: [{ key, attributes: [{ destination: 'd' }] }] });
  const attributes = keyValues({ id: 'k' });
  const bench = await createComponentBench(lookup, {
    signals: ['metrics'],
    config: config('datapoint.attributes["id"]'),
  });
  await bench.start();
  const dataPoints = [{ attributes, timeUnixNano: '1' }];
  const metrics = [
    { name: 'g', gauge: { dataPoints } },
    { name: 's', sum: { dataPoints } },
    { name: 'h', histogram: { dataPoints } },
    { name: 'e', exponentialHistogram: { dataPoints } },
    { name: 'q', summary: { dataPoints } },
  ];
  await bench.send(batchOf('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }));
  const json = JSON.stringify(decodeRequest('metrics', bench.received[0]?.parts[0] ?? new Uint8Array()));
  assert.equal(json.split('"d","value":{"stringValue":"v"}').length - 1, 5);
  await bench.close();
});

test('refuses what the Collector refuses', async () => {
  const refused = (config: object, message: RegExp) =>
    assert.rejects(createComponentBench(lookup, { signals: ['logs'], config: { ...config } }), message);
  const { lookups } = NOOP;
  await refused({}, /lookups: /);
  await refused({ lookups: [] }, /lookups: /);
  await refused(
    { lookups: [{ key: 'attributes["a"]', attributes: [{ destination: 'b' }] }] },
    /lookups\[0\]\.key: .*expected a path that begins with/,
  );
  await refused({ lookups: [{ key: 'log.attributes["a"]', attributes: [] }] }, /attributes: /);
  await refused({ source: { type: 'redis' }, lookups }, /source\.type: expected/);
  await refused({ source: { type: 'yaml' }, lookups }, /source\.path: expected the path/);
  await refused({ source: { type: 'csv', path: 'a' }, lookups }, /key_column: expected `key_column` or/);
  await refused(
    { source: { type: 'csv', path: 'a', key_column: 'a', delimiter: ';;' }, lookups },
    /delimiter: expected one/,
  );
  await refused({ source: { type: 'dns', timeout: '0s' }, lookups }, /timeout: expected a duration above 0/);
  await refused(
    { source: { type: 'http', url: 'ftp://a' }, lookups },
    /url: expected an http or https URL, got "ftp:\/\/a"/,
  );
  const bench = await createComponentBench(lookup, {
    signals: ['logs'],
    config: { source: { type: 'yaml', path: '/nonexistent' }, lookups },
  });
  await assert.rejects(bench.start(), /expected a readable file, got ENOENT/);
});
