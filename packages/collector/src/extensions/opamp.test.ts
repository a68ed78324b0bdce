import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import { systemClock } from '@otelier/transport/clock';
import { formatUuid } from '../component/identity/uuid.ts';
import { managedConfig, startManaged } from './opamp/gateway.testing.ts';
import { CAPABILITY, SERVER_FLAG } from './opamp/messages.ts';
import { type Received, startServer } from './opamp/server.testing.ts';
import { opamp } from './opamp.ts';

extensionContract(opamp, { config: { server: { ws: { endpoint: 'ws://127.0.0.1:1/v1/opamp' } } } });

const UID = '01890a5d-ac96-774b-bcce-b302099a8057';

const attributesOf = (message: Received, kind: 'identifyingAttributes' | 'nonIdentifyingAttributes') =>
  Object.fromEntries((message.agentDescription?.[kind] ?? []).map(({ key = '', value }) => [key, value?.stringValue]));

for (const transport of ['ws', 'http'] as const) {
  const serverOf = (port: number, more: object = {}) => ({
    [transport]: { endpoint: `${transport}://127.0.0.1:${port}/v1/opamp`, ...more },
  });

  test(`${transport}: reports description, capabilities, health, components and configuration, then only changes`, async (t) => {
    const server = await startServer();
    t.after(() => server.close());
    const config = managedConfig({
      server: serverOf(server.port, { headers: { authorization: 'Bearer t0p' } }),
      instance_uid: UID,
      agent_description: { non_identifying_attributes: { zone: 'a' }, include_resource_attributes: true },
    });
    const gateway = await startManaged(t, config);
    const first = await server.until(() => true);
    assert.equal(formatUuid(first.instanceUid ?? new Uint8Array()), UID);
    assert.equal(first.sequenceNum, 1);
    assert.equal(first.headers.authorization, 'Bearer t0p');
    assert.equal(first.headers['opamp-instance-uid'], UID);
    const identifying = attributesOf(first, 'identifyingAttributes');
    assert.equal(identifying['service.instance.id'], UID);
    assert.equal(identifying['service.name'], 'otelier');
    const others = attributesOf(first, 'nonIdentifyingAttributes');
    assert.deepEqual([others['zone'], others['team'], typeof others['host.name']], ['a', 'shop', 'string']);
    const { reportsStatus, reportsHealth, acceptsRemoteConfig, reportsHeartbeat } = CAPABILITY;
    const bits = first.capabilities ?? 0;
    assert.ok(bits & reportsStatus && bits & reportsHealth && bits & reportsHeartbeat);
    assert.equal(bits & acceptsRemoteConfig, 0);
    assert.equal(first.availableComponents?.hash?.length, 32);
    assert.equal(first.availableComponents?.components, undefined);
    const file = first.effectiveConfig?.configMap?.configMap?.get('');
    const effective = Buffer.from(file?.body ?? []).toString();
    assert.match(effective, /otlp_http\/secret:/);
    assert.doesNotMatch(effective, /hunter2|t0p/);

    const healthy = await server.until(({ health }) => health?.healthy === true);
    assert.ok((healthy.sequenceNum ?? 0) <= server.received.length);
    assert.equal(healthy.health?.status, 'StatusOK');
    assert.deepEqual(
      [...(healthy.health?.componentHealthMap?.get('pipeline:traces')?.componentHealthMap?.keys() ?? [])].toSorted(),
      ['exporter:nop', 'exporter:otlp_http/secret', 'receiver:otlp'],
    );
    if (healthy !== first) assert.equal(healthy.agentDescription, undefined);

    server.respond = ({ instanceUid = new Uint8Array(), availableComponents }) => ({
      instanceUid,
      ...(availableComponents === undefined && { flags: SERVER_FLAG.reportAvailableComponents }),
    });
    await gateway.service.shutdown();
    const last = server.received.at(-1);
    assert.ok(last?.agentDisconnect);
    assert.deepEqual(
      server.received.map(({ sequenceNum }) => sequenceNum),
      server.received.map((_, index) => index + 1),
    );
  });

  test(`${transport}: reports everything again when asked, and all components`, async (t) => {
    const server = await startServer();
    t.after(() => server.close());
    const asked: number[] = [SERVER_FLAG.reportFullState | SERVER_FLAG.reportAvailableComponents];
    server.respond = ({ instanceUid = new Uint8Array() }) => ({ instanceUid, flags: asked.shift() ?? 0 });
    await startManaged(t, managedConfig({ server: serverOf(server.port) }));
    const details = await server.until(({ availableComponents }) => availableComponents?.components !== undefined);
    assert.ok(details.availableComponents?.components?.get('receivers')?.subComponentMap?.has('otlp'));
    assert.ok(details.agentDescription);
  });

  test(`${transport}: a server that always asks for everything gets it about once per second`, async (t) => {
    const server = await startServer();
    t.after(() => server.close());
    server.respond = ({ instanceUid = new Uint8Array() }) => ({ instanceUid, flags: SERVER_FLAG.reportFullState });
    const bench = await createComponentBench(opamp, { config: { server: serverOf(server.port) } });
    t.after(() => bench.close());
    await bench.start();
    await server.until(() => server.received.length === 2);
    for (let round = 0; round < 50; round++) await new Promise(setImmediate);
    const before = server.received.length;
    assert.ok(before <= 3, `got ${before} messages without any time passing`);
    await bench.clock.advance(1_000);
    await server.until(() => server.received.length > before);
  });

  test(`${transport}: returns after the time that an unavailable server asks for`, async (t) => {
    const server = await startServer();
    t.after(() => server.close());
    let isBusy = true;
    server.respond = ({ instanceUid = new Uint8Array() }) =>
      isBusy
        ? { instanceUid, errorResponse: { type: 2, errorMessage: 'busy', retryInfo: { retryAfterNanoseconds: 90e9 } } }
        : { instanceUid };
    const bench = await createComponentBench(opamp, { config: { server: serverOf(server.port) } });
    t.after(() => bench.close());
    await bench.start();
    await server.until(() => true);
    const waits = () => bench.logs.some(({ msg }) => msg === 'OpAMP server not reached, retrying');
    while (!waits()) await new Promise(setImmediate);
    isBusy = false;
    await bench.clock.advance(89_000);
    for (let round = 0; round < 50; round++) await new Promise(setImmediate);
    assert.equal(server.received.length, 1);
    await bench.clock.advance(2_000);
    const again = await server.until(({ sequenceNum = 0 }) => sequenceNum > 1);
    assert.ok(again.agentDescription);
  });

  test(`${transport}: honors Retry-After of a server that rejects the connection`, async (t) => {
    const server = await startServer();
    t.after(() => server.close());
    let rejected = 0;
    server.reject = () => {
      rejected += 1;
      return rejected === 1 ? { status: 503, headers: { 'retry-after': '120' } } : undefined;
    };
    const bench = await createComponentBench(opamp, { config: { server: serverOf(server.port) } });
    t.after(() => bench.close());
    await bench.start();
    const failed = () => bench.logs.find(({ msg }) => msg === 'OpAMP server not reached, retrying');
    while (failed() === undefined) await new Promise(setImmediate);
    assert.match(String(failed()?.['reason']), /got 503/);
    await bench.clock.advance(119_000);
    for (let round = 0; round < 50; round++) await new Promise(setImmediate);
    assert.equal(rejected, 1);
    await bench.clock.advance(2_000);
    await server.until(() => true);
  });
}

test('ws: connects again at once after a lost connection, and reports everything', async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  const endpoint = `ws://127.0.0.1:${server.port}/v1/opamp`;
  await startManaged(t, managedConfig({ server: { ws: { endpoint } } }));
  await server.until(() => true);
  const before = server.received.length;
  server.cut();
  const again = await server.until(
    (message) => server.received.indexOf(message) >= before && !!message.agentDescription,
  );
  assert.equal(server.connections, 2);
  assert.ok(again.effectiveConfig);
});

test('ws: a message that is malformed or for another agent changes nothing', async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  const endpoint = `ws://127.0.0.1:${server.port}/v1/opamp`;
  const gateway = await startManaged(t, managedConfig({ server: { ws: { endpoint } } }));
  await server.until(({ health }) => health?.healthy === true);
  const before = server.received.length;
  server.push({ instanceUid: new Uint8Array(16), flags: SERVER_FLAG.reportFullState });
  server.push(Buffer.from([0, 0xff, 0xff, 0xff]));
  while (!gateway.logs.some(({ msg }) => msg === 'message of the OpAMP server ignored: malformed'))
    await new Promise(setImmediate);
  assert.equal(server.received.length, before);
  // Another header is another protocol (OpAMP, "WebSocket Message Format").
  server.push(Buffer.from([1, 2, 3]));
  await server.until((message) => server.received.indexOf(message) >= before && !!message.agentDescription);
});

test('sends heartbeats at the interval that the server sets, counted from the last message', async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  server.respond = ({ instanceUid = new Uint8Array(), sequenceNum }) => ({
    instanceUid,
    ...(sequenceNum === 1 && { connectionSettings: { hash: Buffer.of(1), opamp: { heartbeatIntervalSeconds: 5 } } }),
  });
  const config = {
    server: { ws: { endpoint: `ws://127.0.0.1:${server.port}/v1/opamp` } },
    capabilities: { reports_health: false },
  };
  const bench = await createComponentBench(opamp, { config });
  t.after(() => bench.close());
  await bench.start();
  const status = await server.until(({ connectionSettingsStatus }) => connectionSettingsStatus?.status !== undefined);
  assert.equal(status.connectionSettingsStatus?.status, 1);
  while (server.received.length < 2) await new Promise(setImmediate);
  const before = server.received.length;
  await bench.clock.advance(4_900);
  assert.equal(server.received.length, before);
  await bench.clock.advance(200);
  const beat = await server.until((message) => server.received.indexOf(message) === before);
  assert.deepEqual(Object.keys(beat).toSorted(), ['capabilities', 'headers', 'instanceUid', 'sequenceNum']);
});

test('uses the instance UID that the server gives it', async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  const given = Buffer.from(UID.replaceAll('-', ''), 'hex');
  server.respond = ({ instanceUid = new Uint8Array(), sequenceNum }) => ({
    instanceUid,
    ...(sequenceNum === 1 && { agentIdentification: { newInstanceUid: given } }),
  });
  const endpoint = `ws://127.0.0.1:${server.port}/v1/opamp`;
  await startManaged(t, managedConfig({ server: { ws: { endpoint } } }));
  const renamed = await server.until(({ instanceUid = [] }) => given.equals(Buffer.from(instanceUid)));
  assert.equal(attributesOf(renamed, 'identifyingAttributes')['service.instance.id'], UID);
});

for (const [config, message] of [
  [{}, /server: expected/],
  [{ server: {} }, /server: expected either ws or http/],
  [{ server: { ws: { endpoint: 'http://x/v1' } } }, /endpoint: expected a URL such as "wss:/],
  [{ server: { ws: { endpoint: 'ws://x/v1', auth: 'other' } } }, /server\.ws\.auth: expected/],
  [{ server: { ws: { endpoint: 'ws://x/v1' } }, instance_uid: 'x' }, /instance_uid: expected a UUID or a ULID/],
  [{ server: { ws: { endpoint: 'ws://x/v1' } }, storage: 'x' }, /storage: expected a storage extension/],
  [
    { server: { ws: { endpoint: 'ws://x/v1' } }, capabilities: { reports_own_metrics: true } },
    /does not support this yet/,
  ],
] as const) {
  test(`refuses ${JSON.stringify(config)}`, async () => {
    await assert.rejects(createComponentBench(opamp, { config, clock: systemClock }), (error: Error) =>
      message.test(error.message),
    );
  });
}
