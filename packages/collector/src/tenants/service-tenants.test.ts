import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { TenantDirectory, TenantSettings } from '@otelier/identity';
import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import { type BenchOptions, type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { basicHeaders } from '@otelier/transport/auth';
import { systemClock } from '@otelier/transport/clock';
import { createGrpcClient } from '@otelier/transport/grpc-client';
import { createHttpClient } from '@otelier/transport/http-client';
import { defineExtension } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { basicAuth } from '../extensions/basic_auth.ts';
import { otlp } from '../receivers/otlp.ts';
import { createAdmissions } from '../service/admission.ts';
import { tenantsConfig } from './config.ts';
import { ServiceTenants } from './service-tenants.ts';

const LOCAL = { trusted_proxies: ['127.0.0.1'] };
const PROTOCOLS = { grpc: { endpoint: '127.0.0.1:0' }, http: { endpoint: '127.0.0.1:0' } };

async function started(t: TestContext, tenants: unknown, more: BenchOptions = {}): Promise<ComponentBench> {
  const bench = await createComponentBench(otlp, {
    config: { protocols: PROTOCOLS },
    signals: ['logs'],
    tenants,
    ...more,
  });
  t.after(() => bench.service.shutdown());
  await bench.start();
  return bench;
}

async function send(
  { service }: ComponentBench,
  headers: Record<string, string>,
  { signal, parts }: Batch = sampleBatch('logs'),
  protocol = 'http',
): Promise<Outcome> {
  const address = service.host.endpoints().find((endpoint) => endpoint.protocol === protocol)?.address ?? '';
  const client =
    protocol === 'http'
      ? createHttpClient({ endpoint: `http://${address}` })
      : createGrpcClient({ endpoint: address, tls: { insecure: true } });
  const outcome = await client.export(signal, parts, { headers });
  await client.shutdown();
  return outcome;
}

const tenantsOf = ({ received }: ComponentBench) => received.map(({ context }) => context.tenant);
const named = (tenant: string) => ({ 'x-scope-orgid': tenant });
const usageOf = ({ service }: ComponentBench, tenant: string) =>
  service.host.ingestUsage?.().find((one) => one.tenant === tenant);

test('ignores the header without a configuration', async (t) => {
  const bench = await started(t, undefined);
  assert.deepEqual(await send(bench, named('acme')), ACCEPTED);
  assert.deepEqual(tenantsOf(bench), ['default']);
  assert.deepEqual(bench.service.host.ingestUsage?.(), []);
});

for (const protocol of ['http', 'grpc']) {
  test(`takes the tenant from the header of a trusted proxy, over ${protocol}`, async (t) => {
    const bench = await started(t, LOCAL);
    for (const headers of [named('acme'), named('umbra'), {}]) {
      assert.deepEqual(await send(bench, headers, undefined, protocol), ACCEPTED);
    }
    assert.deepEqual(tenantsOf(bench), ['acme', 'umbra', 'default']);
    assert.equal((await send(bench, named('a|b'), undefined, protocol)).kind, 'refused');
    assert.equal(bench.received.length, 3);
    const { itemCount, sizeBytes } = sampleBatch('logs');
    const { itemsPerSecond, bytesPerSecond, ...usage } = usageOf(bench, 'acme') ?? assert.fail();
    assert.deepEqual([itemsPerSecond, bytesPerSecond], [itemCount / 10, sizeBytes / 10]);
    assert.deepEqual(usage, {
      ...{ tenant: 'acme', state: 'active', receivedItems: itemCount, receivedBytes: sizeBytes },
      ...{ rejectedRequests: 0, inFlightBytes: 0, queries: 0, rejectedQueries: 0, connections: 0, activeSeries: 0 },
    });
  });

  test(`rejects the header of other senders, over ${protocol}`, async (t) => {
    const bench = await started(t, { header: 'X-Tenant', trusted_proxies: ['192.0.2.0/24'] });
    const outcome = await send(bench, { 'x-tenant': 'acme' }, undefined, protocol);
    assert.equal(outcome.kind, 'refused');
    assert.match(
      JSON.stringify(outcome),
      /header x-tenant: expected none, because 127\.0\.0\.1 is not one of the trusted/,
    );
    assert.deepEqual(await send(bench, named('acme'), undefined, protocol), ACCEPTED);
    assert.deepEqual(tenantsOf(bench), ['default']);
  });
}

test('checks credentials before the header', async (t) => {
  const extension = { definition: basicAuth, config: { htpasswd: { inline: 'ann:secret' } } };
  const http = { endpoint: '127.0.0.1:0', auth: { authenticator: 'basic_auth' } };
  const bench = await started(t, LOCAL, { config: { protocols: { http } }, extensions: { basic_auth: extension } });
  assert.equal((await send(bench, named('acme'))).kind, 'refused');
  assert.deepEqual(await send(bench, { ...named('acme'), ...basicHeaders('ann', 'secret') }), ACCEPTED);
  assert.deepEqual(
    bench.received.map(({ context }) => [context.tenant, context.subject]),
    [['acme', 'ann']],
  );
});

test('rejects suspended tenants, and unknown ones in the same words whether they exist', async (t) => {
  const named_ = { acme: {}, umbra: { state: 'suspended' } };
  const bench = await started(t, { ...LOCAL, unknown: 'reject', named: named_ });
  assert.deepEqual(await send(bench, named('acme')), ACCEPTED);
  assert.deepEqual(await send(bench, {}), ACCEPTED);
  assert.match(JSON.stringify(await send(bench, named('umbra'))), /tenant umbra is suspended/);
  const [one, other] = await Promise.all(['ghost', 'phantom'].map((name) => send(bench, named(name))));
  assert.deepEqual(one, other);
  assert.match(JSON.stringify(one), /expected one that may send telemetry here/);
  assert.deepEqual(tenantsOf(bench), ['acme', 'default']);
  assert.equal(usageOf(bench, 'umbra')?.rejectedRequests, 1);
});

test('limits the rates of each tenant without affecting others', async (t) => {
  const { itemCount } = sampleBatch('logs');
  const bench = await started(t, {
    ...LOCAL,
    limits: { ingest_bytes_per_second: '1MB' },
    named: { acme: { limits: { ingest_items_per_second: itemCount } } },
  });
  assert.deepEqual(await send(bench, named('acme')), ACCEPTED);
  const rejected = await send(bench, named('acme'));
  assert.equal(rejected.kind, 'retry');
  assert.match(JSON.stringify(rejected), new RegExp(`tenant acme may send ${itemCount} items per second`));
  for (let i = 0; i < 3; i++) assert.deepEqual(await send(bench, named('umbra')), ACCEPTED);
  await bench.clock.advance(1500);
  assert.deepEqual(await send(bench, named('acme')), ACCEPTED);
  assert.equal(usageOf(bench, 'acme')?.rejectedRequests, 1);
  assert.equal(usageOf(bench, 'acme')?.receivedItems, 2 * itemCount);
});

test('limits the bytes of a tenant in flight', async (t) => {
  const bench = await started(t, { ...LOCAL, named: { acme: { limits: { bytes_in_flight: 10 } } } });
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const arrived = Promise.withResolvers<void>();
  bench.response = ({ context }) => {
    if (context.tenant !== 'acme') return ACCEPTED;
    arrived.resolve();
    return promise;
  };
  const first = send(bench, named('acme'));
  await arrived.promise;
  assert.ok((usageOf(bench, 'acme')?.inFlightBytes ?? 0) > 0);
  assert.match(JSON.stringify(await send(bench, named('acme'))), /tenant acme may have 10B in flight/);
  assert.deepEqual(await send(bench, named('umbra')), ACCEPTED);
  resolve(ACCEPTED);
  assert.deepEqual(await first, ACCEPTED);
  assert.equal(usageOf(bench, 'acme')?.inFlightBytes, 0);
  bench.response = () => ACCEPTED;
  assert.deepEqual(await send(bench, named('acme')), ACCEPTED);
});

test('tells stores the maximum sizes of tenants, also after a change', () => {
  const directory = new Map<string, TenantSettings>();
  const listeners = new Set<(name: string) => void>();
  const tenants = new ServiceTenants(
    tenantsConfig().parse({ limits: { diskBytes: '1GB' }, named: { acme: { limits: { diskBytes: '2GB' } } } }) ??
      assert.fail(),
    { clock: systemClock, receivers: createAdmissions().receivers },
  );
  const sizes: unknown[] = [];
  const stop = tenants.watchSizes((size) => sizes.push(size));
  tenants.follow({
    get: (name) => directory.get(name),
    list: () => [...directory.values()],
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  directory.set('umbra', { name: 'umbra', state: 'suspended', limits: { diskBytes: 3e9, queryMillis: 500 } });
  for (const listener of listeners) listener('umbra');
  assert.deepEqual(sizes[0], { each: 1e9, named: { acme: 2e9 } });
  assert.deepEqual(sizes.at(-1), { each: 1e9, named: { acme: 2e9, umbra: 3e9 } });
  assert.equal(tenants.queryLimits('umbra').queryMillis, 500);
  assert.match(tenants.rejectionOfQuery('umbra') ?? '', /tenant umbra is suspended/);
  stop();
  tenants.follow(undefined);
  assert.equal(listeners.size, 0);
  assert.equal(tenants.rejectionOfQuery('umbra'), undefined);
});

test('uses the tenants that an identity extension defines', async (t) => {
  const suspended: TenantSettings = { name: 'umbra', state: 'suspended', limits: {} };
  const tenants: TenantDirectory = {
    get: (name) => (name === 'umbra' ? suspended : undefined),
    list: () => [suspended],
    onChange: () => () => undefined,
  };
  const definition = defineExtension({
    ...{ summary: 'For tests.', stability: 'development', examples: [], config: z.object({}), runsIn: 'everyThread' },
    create: () => ({ offers: { tenants } }),
  });
  const bench = await started(t, undefined, { extensions: { identity: { definition, config: {} } } });
  assert.deepEqual(await send(bench, named('umbra')), ACCEPTED, 'the header means nothing without a trusted proxy');
  assert.deepEqual(tenantsOf(bench), ['default']);
  const behindProxy = await started(t, LOCAL, { extensions: { identity: { definition, config: {} } } });
  assert.match(JSON.stringify(await send(behindProxy, named('umbra'))), /tenant umbra is suspended/);
  assert.deepEqual(await send(behindProxy, named('acme')), ACCEPTED);
});
