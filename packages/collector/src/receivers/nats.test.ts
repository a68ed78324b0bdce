import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { ACCEPTED, type Batch, forEachLogRecord, type Outcome, requestToJson, type Signal } from '@otelier/otlp';
import { batchOf, type ComponentBench, createComponentBench, receiverContract } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { TestServer } from '../nats/server.testing.ts';
import { DEFAULT_SUBJECTS, matchesSubject } from '../nats/subjects.ts';
import { nats } from './nats.ts';

const FAST = { reconnect_interval: '10ms', error_backoff: { initial_interval: '1ms', max_interval: '2ms' } };

const shared = await TestServer.start();
shared.createStream('otlp', ['otlp.>']);
test.after(() => shared.stop());

receiverContract(nats, {
  clock: systemClock,
  config: { ...FAST, servers: [shared.url] },
  oneWay: true,
  send: async (_bench, batch) => {
    shared.publish(DEFAULT_SUBJECTS[batch.signal as Signal], Buffer.concat(batch.parts));
    return ACCEPTED;
  },
});

/** Runs a receiver of log records with its own server. */
async function withReceiver(
  config: Record<string, unknown>,
  run: (bench: ComponentBench, server: TestServer) => Promise<void>,
  response?: (batch: Batch) => Outcome,
): Promise<void> {
  const server = await TestServer.start();
  server.createStream('otlp', ['otlp.>']);
  const bench = await createComponentBench(nats, {
    clock: systemClock,
    signals: ['logs'],
    config: { ...FAST, servers: [server.url], ...config },
  });
  if (response !== undefined) bench.response = response;
  try {
    await bench.start();
    await run(bench, server);
  } finally {
    await bench.close();
    await server.stop();
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(2);
}

function logs(...bodies: string[]): Buffer {
  const logRecords = bodies.map((stringValue) => ({ body: { stringValue } }));
  return Buffer.concat(batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }).parts);
}

function bodies(batches: readonly Batch[]): string[] {
  const found: string[] = [];
  for (const { parts } of batches)
    for (const part of parts) forEachLogRecord(part, ({ body }) => void found.push(String(body)));
  return found;
}

suite('messages', () => {
  test('are acknowledged only after the pipeline has accepted them', async () => {
    let attempts = 0;
    let isFull = true;
    const respond = (): Outcome => {
      attempts += 1;
      return isFull ? { kind: 'retry', afterMillis: undefined, reason: 'full' } : ACCEPTED;
    };
    const run = async (_bench: ComponentBench, server: TestServer) => {
      server.publish('otlp.logs', logs('a'));
      await until(() => attempts > 3);
      // The server is told meanwhile that the message is being delivered.
      await until(() => server.acknowledgments.includes('+WPI 1'));
      assert.ok(!server.acknowledgments.includes('+ACK 1'));
      isFull = false;
      await until(() => server.acknowledgments.includes('+ACK 1'));
    };
    await withReceiver({ ack_wait: '60ms' }, run, respond);
  });

  test('that cannot be delivered are acknowledged and counted', async () => {
    const refuse = (batch: Batch): Outcome =>
      bodies([batch]).includes('refused') ? { kind: 'refused', reason: 'no' } : ACCEPTED;
    await withReceiver(
      {},
      async (bench, server) => {
        for (const message of [logs('a'), Buffer.from([0xff, 0xff]), logs('refused'), logs('b')])
          server.publish('otlp.logs', message);
        await until(() => server.acknowledgments.filter((one) => one.startsWith('+ACK')).length === 4);
        assert.deepEqual(bench.dropped(), { malformed: 1, refused: 1 });
        assert.deepEqual(new Set(bodies(bench.received)), new Set(['a', 'refused', 'b']));
      },
      refuse,
    );
  });

  test('that cannot be delivered are returned if asked for, while others go on', async () => {
    await withReceiver({ skip_refused: false }, async (bench, server) => {
      for (const message of [Buffer.from([0xff, 0xff]), logs('b')]) server.publish('otlp.logs', message);
      await until(() => server.acknowledgments.includes('+ACK 2'));
      assert.ok(server.acknowledgments.some((one) => one.startsWith('-NAK')));
      assert.deepEqual(bodies(bench.received.slice(0, 1)), ['b']);
    });
  });

  test('that are not delivered before the shutdown are returned', async () => {
    const server = await TestServer.start();
    server.createStream('otlp', ['otlp.>']);
    let attempts = 0;
    const bench = await createComponentBench(nats, {
      clock: systemClock,
      signals: ['logs'],
      config: { ...FAST, servers: [server.url] },
    });
    bench.response = () => {
      attempts += 1;
      return { kind: 'retry', afterMillis: undefined, reason: 'full' };
    };
    await bench.start();
    server.publish('otlp.logs', logs('a'));
    await until(() => attempts > 0);
    const drained = bench.service.shutdown();
    await drained;
    assert.ok(!server.acknowledgments.includes('+ACK 1'));
    await bench.close();
    await server.stop();
  });

  test('have metadata and attributes from their headers', async () => {
    await withReceiver(
      { header_extraction: { extract_headers: true, headers: ['X-Tenant'] } },
      async (bench, server) => {
        server.publish('otlp.logs', logs('a'), 'X-Tenant: shop\r\nAuthorization: secret\r\nNats-Msg-Id: 1');
        await until(() => bench.received.length === 1);
        const [batch] = bench.received;
        assert.deepEqual(batch?.context.metadata, {
          'x-tenant': ['shop'],
          'nats.subject': ['otlp.logs'],
          'nats.stream': ['otlp'],
          'nats.sequence': ['1'],
        });
        assert.match(requestToJson('logs', batch?.parts[0] ?? new Uint8Array()), /"nats.header.X-Tenant".*"shop"/);
      },
    );
  });
});

suite('tenants', () => {
  test('are the one of the configuration, whatever headers say, or those of the configured header', async () => {
    await withReceiver({ tenant: { name: 'acme' } }, async (bench, server) => {
      server.publish('otlp.logs', logs('a'), 'X-Scope-OrgID: umbra');
      await until(() => bench.received.length === 1);
      assert.equal(bench.received[0]?.context.tenant, 'acme');
    });
    await withReceiver({ tenant: { header: 'X-Scope-OrgID' } }, async (bench, server) => {
      server.publish('otlp.logs', logs('a'), 'X-Scope-OrgID: umbra');
      server.publish('otlp.logs', logs('b'));
      server.publish('otlp.logs', logs('c'), 'X-Scope-OrgID: acme\r\nX-Scope-OrgID: umbra');
      await until(() => bench.received.length === 2 && bench.dropped()['malformed'] === 1);
      assert.deepEqual(
        bench.received.map(({ context }) => context.tenant),
        ['umbra', 'default'],
      );
    });
  });
});

suite('servers', () => {
  test('that are gone for a while, and streams that appear later, are waited for', async () => {
    const server = await TestServer.start();
    const bench = await createComponentBench(nats, {
      clock: systemClock,
      signals: ['logs'],
      config: { ...FAST, servers: [server.url] },
    });
    try {
      await bench.start();
      await until(() => bench.error() !== undefined);
      server.createStream('otlp', ['otlp.>']);
      server.publish('otlp.logs', logs('a'));
      await until(() => server.acknowledgments.includes('+ACK 1'));
      const { port } = server;
      await server.stop();
      await until(() => bench.error() !== undefined);
      await server.listen(port);
      server.publish('otlp.logs', logs('b'));
      await until(() => server.acknowledgments.includes('+ACK 2'));
      assert.deepEqual(bodies(bench.received), ['a', 'b']);
    } finally {
      await bench.close();
      await server.stop();
    }
  });
});

test('matches subjects with wildcards', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['a.b', 'a.b', true],
    ['a.*', 'a.b', true],
    ['a.*', 'a.b.c', false],
    ['a.>', 'a.b.c', true],
    ['a.>', 'a', false],
    ['>', 'a', true],
    ['a.b', 'a', false],
    ['*.b', 'a.c', false],
  ];
  for (const [filter, subject, expected] of cases)
    assert.equal(matchesSubject(filter, subject), expected, `${filter} ${subject}`);
});

test('rejects what cannot work, naming the field', async () => {
  const rejects = (config: Record<string, unknown>, message: RegExp) =>
    assert.rejects(createComponentBench(nats, { config }), message);
  await rejects({ consumer: 'a.b' }, /consumer.*expected a name without dots/s);
  await rejects({ logs: { subject: 'a..b' } }, /logs.subject.*expected a subject/s);
  await rejects({ logs: { subject: 'otlp.traces' } }, /expected another subject than that of traces/);
  await rejects({ logs: { encoding: 'xml' } }, /logs.encoding/);
  await rejects({ tls: { crl_file: 'list.crl' } }, /tls: expected no crl_file and crl_pem/);
});
