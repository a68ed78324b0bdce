import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { batchOf, type ComponentBench, createComponentBench, exporterContract } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { createCertificates } from '../../../testkit/src/certificates.ts';
import { fluentForward as receiver } from '../receivers/fluent_forward.ts';
import { portOf, waitForRecords } from '../receivers/log_stream/read-records.testing.ts';
import { fluentForward } from './fluent_forward.ts';

async function startReceiver(config: Record<string, unknown> = {}) {
  const bench = await createComponentBench(receiver, {
    clock: systemClock,
    config: { endpoint: '127.0.0.1:0', ...config },
  });
  await bench.start();
  return bench;
}

exporterContract(fluentForward, {
  config: { endpoint: '127.0.0.1:1' },
  destination: async () => {
    const bench = await startReceiver();
    return { config: { endpoint: `127.0.0.1:${portOf(bench)}` }, close: () => bench.close() };
  },
});

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });

function logs() {
  const resource = {
    attributes: [
      text('k8s.namespace.name', 'shop'),
      text('k8s.pod.name', 'cart-1'),
      text('k8s.pod.labels.app', 'cart'),
    ],
  };
  const logRecords = [
    {
      timeUnixNano: '1700000000123456789',
      severityText: 'WARN',
      body: { kvlistValue: { values: [text('b', 'x'), { key: 'a', value: { doubleValue: 1.5 } }] } },
      attributes: [text('user', 'ada'), { key: 'count', value: { intValue: '3' } }],
    },
    { observedTimeUnixNano: '1700000001000000000', body: { stringValue: 'plain' }, attributes: [text('level', 'own')] },
  ];
  return batchOf('logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] } as never);
}

async function sendTo(config: Record<string, unknown>): Promise<ComponentBench> {
  const bench = await createComponentBench(fluentForward, {
    clock: systemClock,
    config: { sending_queue: { enabled: false }, retry_on_failure: { enabled: false }, ...config },
  });
  await bench.start();
  return bench;
}

for (const compressed of [false, true]) {
  test(`sends entries ${compressed ? 'compressed' : 'uncompressed'}, acknowledged, with the fields of the Collector`, async () => {
    const destination = await startReceiver();
    const bench = await sendTo({
      endpoint: { tcp_addr: `127.0.0.1:${portOf(destination)}` },
      tag: 'otel',
      require_ack: true,
      compress_gzip: compressed,
      kubernetes_metadata: { include_pod_labels: true },
    });
    assert.equal((await bench.send(logs())).kind, 'accepted');
    // The same connection carries the next batch.
    assert.equal((await bench.send(logs())).kind, 'accepted');
    const records = await waitForRecords(destination, 4);
    const pairs = (...values: object[]) => ({ values });
    const kubernetes = pairs(
      text('namespace_name', 'shop'),
      text('container_name', ''),
      text('pod_name', 'cart-1'),
      text('host', ''),
      { key: 'labels', value: { kvlistValue: pairs(text('app', 'cart')) } },
    );
    assert.deepEqual(records.slice(0, 2), [
      {
        body: '{"a":1.5,"b":"x"}',
        severityNumber: undefined,
        attributes: {
          timestamp: '2023-11-14T22:13:20.123456789Z',
          level: 'WARN',
          user: 'ada',
          count: '3',
          kubernetes,
          'fluent.tag': 'otel',
        },
      },
      {
        body: 'plain',
        severityNumber: undefined,
        attributes: { timestamp: '1970-01-01T00:00:00Z', level: 'own', kubernetes, 'fluent.tag': 'otel' },
      },
    ]);
    await bench.close();
    await destination.close();
  });
}

test('authenticates by a shared key over TLS, and leaves out labels', async () => {
  const { ca, server } = await createCertificates();
  const destination = await startReceiver({
    tls: { cert_pem: server.cert, key_pem: server.key },
    security: { shared_key: 'secret', users: { ada: 'pw' } },
  });
  const config = {
    endpoint: `127.0.0.1:${portOf(destination)}`,
    tls: { ca_pem: ca.cert },
    shared_key: 'secret',
    username: 'ada',
    password: 'pw',
    require_ack: true,
    default_labels_enabled: { timestamp: false, level: false },
  };
  const bench = await sendTo(config);
  assert.equal((await bench.send(logs())).kind, 'accepted');
  const [record] = await waitForRecords(destination, 2);
  assert.deepEqual(record?.attributes, { user: 'ada', count: '3', 'fluent.tag': 'tag' });
  await bench.close();
  const wrong = await sendTo({ ...config, shared_key: 'wrong' });
  const outcome = await wrong.send(logs());
  assert.equal(outcome.kind, 'retry');
  assert.match(outcome.kind === 'retry' ? outcome.reason : '', /rejected the handshake: shared_key mismatch/);
  await wrong.close();
  await destination.close();
});

test('sends again what was not acknowledged', async () => {
  const sockets: Socket[] = [];
  // A server that closes every connection after the first bytes.
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.once('data', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const bench = await sendTo({ endpoint: `127.0.0.1:${port}`, require_ack: true });
  for (const count of [1, 2]) {
    const outcome = await bench.send(logs());
    assert.equal(outcome.kind, 'retry');
    assert.equal(sockets.length, count);
  }
  await bench.close();
  server.close();
});

test('loses nothing while the server is away', async () => {
  const before = await startReceiver();
  const port = portOf(before);
  const bench = await createComponentBench(fluentForward, {
    clock: systemClock,
    config: {
      endpoint: `127.0.0.1:${port}`,
      require_ack: true,
      retry_on_failure: { initial_interval: '10ms', max_interval: '20ms' },
    },
  });
  await bench.start();
  await bench.send(logs());
  await waitForRecords(before, 2);
  await before.close();
  for (let i = 0; i < 5; i++) await bench.send(logs());
  const after = await startReceiver({ endpoint: `127.0.0.1:${port}` });
  await waitForRecords(after, 10);
  assert.equal((await bench.service.drain()).lostItems, 0);
  await bench.close();
  await after.close();
});
