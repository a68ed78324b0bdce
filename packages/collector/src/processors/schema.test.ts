import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { keyValues } from '@otelier/testkit/otlp-json';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';
import { schema } from './schema.ts';

const FILE = join(import.meta.dirname, '../../../../test/interop/collector/data/schemas/1.3.0.yaml');

processorContract(schema, { config: { targets: ['https://example.com/schemas/1.0.0'] } });

/** Starts a schema file server whose files can be changed. */
async function schemaServer(t: TestContext, files: Record<string, string | number>) {
  const requests: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    requests.push(url);
    const file = files[url] ?? 404;
    response.statusCode = typeof file === 'number' ? file : 200;
    response.end(typeof file === 'number' ? '' : file);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { requests, files, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function logs(schemaUrl: string, attributes: Parameters<typeof keyValues>[0]) {
  const scopeLogs = [{ logRecords: [{ attributes: keyValues(attributes) }] }];
  return batchOf('logs', { resourceLogs: [{ scopeLogs, schemaUrl } as { scopeLogs: typeof scopeLogs }] });
}

const V1 = (host: string) => `file_format: 1.1.0
schema_url: ${host}/s/1.1.0
versions:
  1.1.0:
    all: { changes: [{ rename_attributes: { attribute_map: { old: new } } }] }
  1.0.0:
`;

test('fetches the schema file once, and translates by it', async (t) => {
  const server = await schemaServer(t, {});
  server.files['/s/1.1.0'] = V1(server.url);
  const bench = await createComponentBench(schema, {
    signals: ['logs'],
    config: { targets: [`${server.url}/s/1.1.0`] },
  });
  await bench.start();
  for (let index = 0; index < 3; index++) await bench.send(logs(`${server.url}/s/1.0.0`, { old: 1, other: 2 }));
  assert.deepEqual(server.requests, ['/s/1.1.0']);
  const [group] = decodeRequest('logs', bench.received[2]?.parts[0] ?? new Uint8Array()).resourceLogs ?? [];
  assert.deepEqual(group?.scopeLogs?.[0]?.logRecords?.[0]?.attributes, keyValues({ new: 1, other: 2 }));
  assert.equal((group as { schemaUrl?: string }).schemaUrl, `${server.url}/s/1.1.0`);
  await bench.close();
});

test('reads configured files instead of fetching them', async (t) => {
  const { requests } = await schemaServer(t, {});
  const bench = await createComponentBench(schema, {
    signals: ['logs'],
    config: { targets: ['http://schemas.test/conv/1.3.0'], files: [FILE] },
  });
  await bench.start();
  await bench.send(logs('http://schemas.test/conv/1.0.0', { exe: 'a' }));
  const text = JSON.stringify(decodeRequest('logs', bench.received[0]?.parts[0] ?? new Uint8Array()));
  assert.match(text, /"process.executable.name"/);
  assert.deepEqual(requests, []);
  await bench.close();
  assert.match(readFileSync(FILE, 'utf8'), /schema_url: http:\/\/schemas.test\/conv\/1.3.0/);
});

test('asks senders to try again while the file is not available, and waits after many failures', async (t) => {
  const server = await schemaServer(t, { '/s/1.1.0': 500 });
  const target = `${server.url}/s/1.1.0`;
  const bench = await createComponentBench(schema, {
    signals: ['logs'],
    config: { targets: [target], cache_retry_limit: 3, cache_cooldown: '1m' },
  });
  await bench.start();
  const send = async () => (await bench.send(logs(`${server.url}/s/1.0.0`, { old: 1 }))).kind;
  for (let index = 0; index < 5; index++) assert.equal(await send(), 'retry');
  assert.equal(server.requests.length, 3);
  server.files['/s/1.1.0'] = V1(server.url);
  await bench.clock.advance(59_999);
  assert.equal(await send(), 'retry');
  await bench.clock.advance(1);
  assert.equal(await send(), 'accepted');
  assert.equal(server.requests.length, 4);
  await bench.close();
});

test('refuses resources of a family without a target, as the Collector does, and leaves such scopes', async () => {
  const bench = await createComponentBench(schema, {
    signals: ['logs'],
    config: { targets: ['http://schemas.test/conv/1.3.0'], files: [FILE] },
  });
  await bench.start();
  assert.deepEqual(await bench.send(logs('http://other.test/1.0.0', {})), {
    kind: 'refused',
    reason: "schema URL of a resource: expected telemetry of a target's family, got http://other.test",
  });
  const scopeLogs = [{ logRecords: [{ attributes: keyValues({ exe: 'a' }) }], schemaUrl: 'http://other.test/1.0.0' }];
  assert.equal((await bench.send(batchOf('logs', { resourceLogs: [{ scopeLogs }] }))).kind, 'accepted');
  assert.ok(bench.logs.some(({ msg }) => String(msg).startsWith('scope not translated')));
  await bench.close();
});

test('does not start with a broken file, and starts without a file to prefetch', async (t) => {
  const server = await schemaServer(t, {});
  const config = { targets: [`${server.url}/s/1.1.0`], prefetch: [`${server.url}/s/1.1.0`] };
  const bench = await createComponentBench(schema, { signals: ['logs'], config });
  await bench.start();
  await bench.close();
  const broken = await createComponentBench(schema, {
    signals: ['logs'],
    config: { ...config, files: [import.meta.filename] },
  });
  await assert.rejects(broken.start(), /schema\.test\.ts: /);
});
