import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ACCEPTED, type Batch } from '@otelier/otlp';
import { batchOf, createComponentBench, exporterContract } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { TestServer } from '../nats/server.testing.ts';
import { nats } from './nats.ts';

const ONCE = { sending_queue: { enabled: false }, retry_on_failure: { enabled: false } };

exporterContract(nats, {
  clock: systemClock,
  destination: async () => {
    const server = await TestServer.start();
    return { config: { servers: [server.url], sending_queue: { enabled: false } }, close: () => server.stop() };
  },
});

function logs(count: number, body = 'line'): Batch {
  const logRecords = Array.from({ length: count }, (_, i) => ({ body: { stringValue: `${body} ${i}` } }));
  return batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
}

/** Runs an exporter of log records with its own server. */
async function withExporter(
  config: Record<string, unknown>,
  run: (
    send: (batch: Batch) => ReturnType<Awaited<ReturnType<typeof createComponentBench>>['send']>,
    server: TestServer,
  ) => Promise<void>,
): Promise<void> {
  const server = await TestServer.start();
  const bench = await createComponentBench(nats, {
    clock: systemClock,
    signals: ['logs'],
    config: { servers: [server.url], ...ONCE, ...config },
  });
  try {
    await bench.start();
    await run((batch) => bench.send(batch), server);
  } finally {
    await bench.close();
    await server.stop();
  }
}

suite('messages', () => {
  test('have the bytes of the batch, in a stream that is created', async () => {
    await withExporter({}, async (send, server) => {
      const batch = logs(5);
      assert.deepEqual(await send(batch), ACCEPTED);
      const stream = server.streams.get('otlp');
      assert.deepEqual(stream?.subjects, ['otlp.logs']);
      assert.deepEqual(stream?.messages[0]?.payload, Buffer.concat(batch.parts));
    });
  });

  test('add their subject to a stream that has others', async () => {
    await withExporter({ stream: { name: 'other' } }, async (send, server) => {
      server.createStream('other', ['app.>']);
      assert.deepEqual(await send(logs(5)), ACCEPTED);
      assert.deepEqual(server.streams.get('other')?.subjects, ['app.>', 'otlp.logs']);
    });
  });

  test('are split at the limit of the server, and what is too large alone is rejected', async () => {
    await withExporter({}, async (send, server) => {
      assert.deepEqual(await send(logs(2000)), ACCEPTED);
      const sizes = server.streams.get('otlp')?.messages.map(({ payload }) => payload.length) ?? [];
      assert.ok(sizes.length > 3 && sizes.every((size) => size <= 16_384 - 4096));
      const outcome = await send(logs(2, 'x'.repeat(20_000)));
      assert.equal(outcome.kind, 'refused');
      assert.match(JSON.stringify(outcome), /expected a message of at most 12288 bytes/);
    });
  });

  test('have headers from the metadata', async () => {
    await withExporter({ include_metadata_keys: ['X-Tenant'] }, async (send, server) => {
      const batch = logs(1);
      await send({ ...batch, context: { ...batch.context, metadata: { 'x-tenant': ['a', 'b'] } } });
      assert.match(String(server.streams.get('otlp')?.messages[0]?.headers), /X-Tenant: a\r\nX-Tenant: b\r\n/i);
    });
  });

  test('that are sent again, because the acknowledgment was lost, are stored once', async () => {
    const config = { timeout: '200ms', retry_on_failure: { initial_interval: '1ms' } };
    await withExporter(config, async (send, server) => {
      server.createStream('otlp', ['otlp.logs']);
      server.unacknowledged = 1;
      assert.deepEqual(await send(logs(5)), ACCEPTED);
      assert.equal(server.streams.get('otlp')?.messages.length, 1);
    });
  });
});

test('an unreachable server is a reason to retry', async () => {
  const server = await TestServer.start();
  await server.stop();
  const bench = await createComponentBench(nats, {
    clock: systemClock,
    signals: ['logs'],
    config: { servers: [server.url], ...ONCE },
  });
  await bench.start();
  const outcome = await bench.send(logs(1));
  await bench.close();
  assert.equal(outcome.kind, 'retry');
  assert.match(JSON.stringify(outcome), /refused/i);
});

test('rejects what cannot work, naming the field', async () => {
  const rejects = (config: Record<string, unknown>, message: RegExp) =>
    assert.rejects(createComponentBench(nats, { config }), message);
  await rejects({ servers: ['http://a/b'] }, /servers.*expected `nats:\/\/host:port`/s);
  await rejects({ logs: { subject: 'otlp.>' } }, /logs.subject.*without wildcards/s);
  await rejects({ logs: { encoding: 'xml' } }, /logs.encoding.*expected one of/s);
  await rejects({ auth: { token: 'a', username: 'b' } }, /auth.*expected one way/s);
});
