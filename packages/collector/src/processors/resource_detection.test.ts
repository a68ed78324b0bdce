import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { keyValues } from '@otelier/testkit/otlp-json';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { detected } from './resource_detection/detected.testing.ts';
import { fakeMetadata } from './resource_detection/fake-metadata.testing.ts';
import { resourceDetection } from './resource_detection.ts';

processorContract(resourceDetection);

const SCHEMA = 'https://opentelemetry.io/schemas/1.40.0';

test('reads the environment variable with values in URL encoding', async () => {
  const { attributes, schemaUrl } = await detected(
    {},
    { OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prod, team = a%2Cb+c ,empty=' },
  );
  assert.deepEqual(attributes, { 'deployment.environment.name': 'prod', team: 'a,b c', empty: '' });
  assert.equal(schemaUrl, '');
});

test('fails the start on an invalid environment variable, after the retries', async () => {
  const environment = { OTEL_RESOURCE_ATTRIBUTES: 'no pair' };
  const start = detected({ retry: { enabled: false } }, environment);
  await assert.rejects(
    start,
    /detector env: OTEL_RESOURCE_ATTRIBUTES: expected key=value pairs with commas, got "no pair"/,
  );
});

test('retries with growing delays until the timeout, which fails the start', async () => {
  const bench = await createComponentBench(resourceDetection, {
    signals: ['logs'],
    config: { timeout: '10s', retry: { randomization_factor: 0, multiplier: 2 } },
    environment: { OTEL_RESOURCE_ATTRIBUTES: 'no pair' },
  });
  const attempts = () => bench.logs.filter(({ msg }) => msg === 'detection failed, retrying').length;
  const start = assert.rejects(bench.start(), /no pair/);
  await bench.clock.untilPending(2);
  await bench.clock.advance(2999);
  assert.equal(attempts(), 2);
  await bench.clock.advance(7001);
  assert.equal(attempts(), 4);
  await start;
});

test('sets or keeps existing attributes, as `override` says, and adds a schema URL where there is none', async () => {
  for (const override of [true, false]) {
    const bench = await createComponentBench(resourceDetection, {
      signals: ['traces'],
      config: { detectors: ['env', 'system'], override, system: { hostname_sources: ['os'] } },
      environment: { OTEL_RESOURCE_ATTRIBUTES: 'host.name=first,new=1' },
    });
    await bench.start();
    const scopeSpans = [{ spans: [{ name: 'a' }] }];
    await bench.send(
      batchOf('traces', {
        resourceSpans: [
          { resource: { attributes: keyValues({ 'host.name': 'own', kept: 1 }) }, scopeSpans },
          { scopeSpans, schemaUrl: 'https://example.com/1.0.0' } as { scopeSpans: typeof scopeSpans },
        ],
      }),
    );
    const [part] = bench.received[0]?.parts ?? [];
    assert.ok(part);
    assert.deepEqual(decodeRequest('traces', part), {
      resourceSpans: [
        {
          resource: {
            attributes: keyValues({
              'host.name': override ? 'first' : 'own',
              kept: 1,
              new: '1',
              'os.type': process.platform,
            }),
          },
          scopeSpans,
          schemaUrl: SCHEMA,
        },
        {
          resource: { attributes: keyValues({ 'host.name': 'first', new: '1', 'os.type': process.platform }) },
          scopeSpans,
          schemaUrl: 'https://example.com/1.0.0',
        },
      ],
    });
    await bench.close();
  }
});

test('detects every attribute of the host', async () => {
  const keys = ['host.arch', 'host.id', 'host.ip', 'host.mac', 'host.interface', 'os.description', 'os.name']
    .concat(['os.build.id', 'os.version', 'host.cpu.vendor.id', 'host.cpu.family', 'host.cpu.model.name'])
    .concat(['host.cpu.stepping', 'host.cpu.cache.l2.size', 'host.cpu.model.id']);
  const { attributes } = await detected({
    detectors: ['system'],
    system: {
      hostname_sources: ['os'],
      resource_attributes: Object.fromEntries(keys.map((key) => [key, { enabled: true }])),
    },
  });
  assert.equal(attributes['host.name'], hostname());
  assert.equal(typeof attributes['host.arch'], 'string');
  assert.ok(Array.isArray(attributes['host.interface']));
  assert.match(String(attributes['os.description']), new RegExp(hostname()));
  const disabled = { detectors: ['system'], system: { resource_attributes: { 'host.name': { enabled: false } } } };
  assert.deepEqual((await detected(disabled)).attributes, { 'os.type': process.platform });
});

test('leaves out a service that does not respond, unless its metadata are required', async (t) => {
  const { url } = await fakeMetadata(t, {});
  const config = { detectors: ['env', 'hetzner', 'upcloud'], hetzner: { endpoint: url }, upcloud: { endpoint: url } };
  const environment = { OTEL_RESOURCE_ATTRIBUTES: 'a=b' };
  assert.deepEqual((await detected(config, environment)).attributes, { a: 'b' });
  const required = { ...config, fail_on_missing_metadata: true, retry: { enabled: false } };
  await assert.rejects(
    detected(required, environment),
    /detector hetzner: expected status 200 of .*; detector upcloud/,
  );
  const own = { ...config, retry: { enabled: false }, upcloud: { endpoint: url, fail_on_missing_metadata: true } };
  await assert.rejects(
    detected(own, environment),
    /^StartError: processor tested: detector upcloud: expected status 200 of /,
  );
});

test('a service that never responds delays the start by the timeout only', async (t) => {
  const { createServer } = await import('node:net');
  const silent = createServer((socket) => void t.after(() => socket.destroy()));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.after(() => silent.close());
  const { port } = silent.address() as { port: number };
  const bench = await createComponentBench(resourceDetection, {
    signals: ['logs'],
    config: { detectors: ['vultr'], timeout: '3s', vultr: { endpoint: `http://127.0.0.1:${port}` } },
  });
  let started = false;
  const start = bench.start().then(() => {
    started = true;
  });
  await bench.clock.untilPending();
  await bench.clock.advance(2999);
  assert.equal(started, false);
  await bench.clock.advance(1);
  await start;
  await bench.send(sampleBatch('logs'));
  assert.equal(bench.received.length, 1);
  await bench.close();
});

test('refreshes at intervals and keeps the attributes when it fails', async (t) => {
  let region: string | number = 'one';
  const { url } = await fakeMetadata(t, {
    '/metadata/v1.json': () => (typeof region === 'number' ? region : JSON.stringify({ region, droplet_id: 7 })),
  });
  const bench = await createComponentBench(resourceDetection, {
    signals: ['logs'],
    config: {
      detectors: ['digitalocean'],
      refresh_interval: '1m',
      fail_on_missing_metadata: true,
      retry: { enabled: false },
      digitalocean: { endpoint: url },
    },
  });
  await bench.start();
  const current = async () => {
    bench.received.length = 0;
    await bench.send(sampleBatch('logs'));
    const json = JSON.stringify(decodeRequest('logs', bench.received[0]?.parts[0] ?? new Uint8Array()));
    return /"cloud.region","value":\{"stringValue":"(\w+)"/.exec(json)?.[1];
  };
  assert.equal(await current(), 'one');
  const failures = () => bench.logs.filter(({ msg }) => String(msg).startsWith('detection failed, keeping')).length;
  region = 'two';
  await bench.clock.advance(60_000);
  while ((await current()) !== 'two') await new Promise(setImmediate);
  region = 500;
  await bench.clock.advance(60_000);
  while (failures() === 0) await new Promise(setImmediate);
  assert.equal(await current(), 'two');
  await bench.close();
});

test('pipelines with the same processor detect once', async (t) => {
  const { url, paths } = await fakeMetadata(t, { '/metadata/v1.json': '{"droplet_id":1}' });
  const config = { detectors: ['digitalocean'], digitalocean: { endpoint: url } };
  const bench = await createComponentBench(resourceDetection, { config });
  await bench.start();
  assert.deepEqual(paths, ['GET /metadata/v1.json']);
  await bench.close();
});

test('refuses what the Collector refuses', async () => {
  const refused = (config: Readonly<Record<string, unknown>>, message: RegExp) =>
    assert.rejects(createComponentBench(resourceDetection, { config }), message);
  await refused({ detectors: ['ec3'] }, /detectors\[0\]: expected akamai, .*got "ec3"; did you mean "ec2"\?/);
  await refused({ detectors: [] }, /detectors: expected/);
  await refused({ timeout: '0s' }, /timeout: expected a duration above 0/);
  await refused({ system: { hostname_sources: ['hosts'] } }, /hostname_sources\[0\]: expected/);
  await refused({ system: { resource_attributes: { 'host.nam': { enabled: true } } } }, /host\.nam/);
  await refused({ ec2: { tags: ['('] } }, /tags\[0\]: expected a regular expression/);
  await assert.rejects(detected({ detectors: ['k8s_api'] }), /expected the name of the node .* K8S_NODE_NAME/);
  await assert.rejects(detected({ detectors: ['eks'] }), /KUBERNETES_SERVICE_HOST/);
});
