import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ACCEPTED, type Batch, forEachLogRecord, type Outcome, requestToJson, type Signal } from '@otelier/otlp';
import { batchOf, createComponentBench, receiverContract } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { TestBroker } from '../kafka/broker.testing.ts';
import { FAST, produce, until, withReceiver } from './kafka/receive.testing.ts';
import { kafka } from './kafka.ts';

const TOPICS: Readonly<Record<Signal, string>> = {
  traces: 'otlp_spans',
  metrics: 'otlp_metrics',
  logs: 'otlp_logs',
  profiles: 'otlp_profiles',
};

const shared = await TestBroker.start();
for (const topic of Object.values(TOPICS)) shared.createTopic(topic);
test.after(() => shared.stop());

receiverContract(kafka, {
  clock: systemClock,
  config: { ...FAST, brokers: [shared.address] },
  oneWay: true,
  send: async (_bench, batch) => {
    await produce(
      shared,
      TOPICS[batch.signal],
      batch.parts.map((value) => ({ value })),
    );
    return ACCEPTED;
  },
});

function logs(...bodies: string[]): Batch {
  return batchOf('logs', {
    resourceLogs: [{ scopeLogs: [{ logRecords: bodies.map((stringValue) => ({ body: { stringValue } })) }] }],
  });
}

function bodies(batches: readonly Batch[]): string[] {
  const found: string[] = [];
  for (const { parts } of batches)
    for (const part of parts) forEachLogRecord(part, ({ body }) => void found.push(String(body)));
  return found;
}

const encoded = (batch: Batch) => Buffer.concat(batch.parts);

suite('offsets', () => {
  test('are committed only after the pipeline has accepted the messages', async () => {
    let isFull = true;
    let attempts = 0;
    const respond = (): Outcome => {
      attempts += 1;
      return isFull ? { kind: 'retry', afterMillis: undefined, reason: 'full' } : ACCEPTED;
    };
    await withReceiver(
      {},
      async (bench, broker) => {
        // With an offset from the start, a restart misses nothing.
        await until(() => broker.committed.get('otlp_logs/0') === 0n);
        await produce(broker, 'otlp_logs', [{ value: encoded(logs('a')) }, { value: encoded(logs('b')) }]);
        await until(() => attempts > 3);
        assert.equal(broker.committed.get('otlp_logs/0'), 0n);
        assert.match(bench.error() ?? '', /waiting: full/);
        isFull = false;
        await until(() => broker.committed.get('otlp_logs/0') === 2n);
        // Both messages were one batch, which was tried again as a whole.
        assert.deepEqual(bodies(bench.received.slice(-1)), ['a', 'b']);
      },
      respond,
    );
  });

  test('are where the next receiver of the group begins', async () => {
    const broker = await TestBroker.start();
    broker.createTopic('otlp_logs');
    const receive = async (body: string) => {
      const config = { ...FAST, brokers: [broker.address] };
      const bench = await createComponentBench(kafka, { clock: systemClock, signals: ['logs'], config });
      await bench.start();
      await produce(broker, 'otlp_logs', [{ value: encoded(logs(body)) }]);
      await until(() => bench.received.length > 0);
      await bench.close();
      return bodies(bench.received);
    };
    assert.deepEqual(await receive('first'), ['first']);
    assert.deepEqual(await receive('second'), ['second']);
    await broker.stop();
  });

  test('survive a broker that is gone for a while, and a rebalance', async () => {
    await withReceiver({}, async (bench, broker) => {
      await produce(broker, 'otlp_logs', [{ value: encoded(logs('a')) }]);
      await until(() => broker.committed.get('otlp_logs/0') === 1n);
      const { port } = broker;
      await broker.stop();
      await until(() => bench.error() !== undefined);
      await broker.listen(port);
      await produce(broker, 'otlp_logs', [{ value: encoded(logs('b')) }]);
      await until(() => broker.committed.get('otlp_logs/0') === 2n);
      broker.rebalance();
      await produce(broker, 'otlp_logs', [{ value: encoded(logs('c')) }]);
      await until(() => broker.committed.get('otlp_logs/0') === 3n);
      assert.deepEqual(bodies(bench.received), ['a', 'b', 'c']);
    });
  });

  test('that do not exist any more are replaced', async () => {
    const broker = await TestBroker.start();
    broker.createTopic('otlp_logs');
    broker.committed.set('otlp_logs/0', 100n);
    const config = { ...FAST, brokers: [broker.address] };
    const bench = await createComponentBench(kafka, { clock: systemClock, signals: ['logs'], config });
    await produce(broker, 'otlp_logs', [{ value: encoded(logs('a')) }]);
    await bench.start();
    await until(() => bench.received.length > 0);
    assert.ok(bench.logs.some(({ msg }) => msg === 'offset does not exist any more, continuing at another'));
    await until(() => broker.committed.get('otlp_logs/0') === 1n);
    await bench.close();
    await broker.stop();
  });
});

suite('without autocommit', () => {
  test('messages wait until the offset of those before them is committed', async () => {
    await withReceiver({ autocommit: { enable: false } }, async (bench, broker) => {
      const held: (() => void)[] = [];
      broker.heldCommits = held;
      await produce(broker, 'otlp_logs', [{ value: encoded(logs('a')) }]);
      await until(() => held.length === 1);
      await produce(broker, 'otlp_logs', [{ value: encoded(logs('b')) }]);
      await until(() => broker.fetched.get('otlp_logs/0') === 2n);
      // Another partition does not wait, and its messages are fetched after the others.
      await produce(broker, 'otlp_logs', [{ value: encoded(logs('other')), partition: 1 }]);
      await until(() => bench.received.length === 2);
      assert.deepEqual(bodies(bench.received), ['a', 'other']);
      broker.heldCommits = undefined;
      for (const release of held) release();
      await until(() => broker.committed.get('otlp_logs/0') === 2n && broker.committed.get('otlp_logs/1') === 1n);
      assert.deepEqual(bodies(bench.received), ['a', 'other', 'b']);
    });
  });
});

suite('messages that cannot be delivered', () => {
  const messages = [
    { value: encoded(logs('a')) },
    { value: Buffer.from([0xff, 0xff]) },
    { value: encoded(logs('refused')) },
    { value: encoded(logs('b')) },
  ];
  const refuse = (batch: Batch): Outcome =>
    bodies([batch]).includes('refused') ? { kind: 'refused', reason: 'no' } : ACCEPTED;

  test('are skipped and counted', async () => {
    await withReceiver(
      {},
      async (bench, broker) => {
        await produce(broker, 'otlp_logs', messages);
        await until(() => broker.committed.get('otlp_logs/0') === 4n);
        assert.deepEqual(bench.dropped(), { malformed: 1, refused: 1 });
        assert.deepEqual(new Set(bodies(bench.received)), new Set(['a', 'refused', 'b']));
        const warning = bench.logs.find(({ msg }) => String(msg).startsWith('message skipped'));
        assert.equal(warning?.['kafka.offset'], '1');
      },
      refuse,
    );
  });

  test('block their partition if asked for, but no other', async () => {
    await withReceiver(
      { message_marking: { on_permanent_error: false } },
      async (bench, broker) => {
        await produce(broker, 'otlp_logs', messages);
        await until(() => /blocked/.test(bench.error() ?? ''));
        await produce(broker, 'otlp_logs', [{ value: encoded(logs('other')), partition: 1 }]);
        await until(() => broker.committed.get('otlp_logs/1') === 1n);
        assert.equal(broker.committed.get('otlp_logs/0'), 1n);
      },
      refuse,
    );
  });

  test('are given up after a time if asked for', async () => {
    const config = {
      message_marking: { on_error: true },
      error_backoff: { initial_interval: '1ms', max_elapsed_time: '5ms' },
    };
    await withReceiver(
      config,
      async (bench, broker) => {
        await produce(broker, 'otlp_logs', [{ value: encoded(logs('a')) }]);
        await until(() => broker.committed.get('otlp_logs/0') === 1n);
        assert.deepEqual(bench.dropped(), { retries_exhausted: 1 });
      },
      () => ({ kind: 'retry', afterMillis: undefined, reason: 'full' }),
    );
  });
});

suite('headers', () => {
  test('are metadata of the batch, without credentials, and attributes if asked for', async () => {
    const config = { header_extraction: { extract_headers: true, headers: ['X-Tenant'] } };
    await withReceiver(config, async (bench, broker) => {
      await produce(broker, 'otlp_logs', [
        { value: encoded(logs('a')), headers: { 'X-Tenant': 'shop', authorization: 'secret' } },
      ]);
      await until(() => bench.received.length === 1);
      const [batch] = bench.received;
      assert.deepEqual(batch?.context.metadata, {
        'x-tenant': ['shop'],
        'kafka.topic': ['otlp_logs'],
        'kafka.partition': ['0'],
        'kafka.offset': ['0'],
      });
      assert.match(requestToJson('logs', batch?.parts[0] ?? new Uint8Array()), /"kafka.header.X-Tenant".*"shop"/);
    });
  });
});

suite('tenants', () => {
  test('are those of a header, and a header that names none is no reason to take another', async () => {
    await withReceiver({ tenant: { header: 'X-Tenant', name: 'rest' } }, async (bench, broker) => {
      const send = (body: string, headers: Record<string, string> = {}) =>
        produce(broker, 'otlp_logs', [{ value: encoded(logs(body)), headers }]);
      await send('a', { 'X-Tenant': 'acme' });
      await send('b', { 'X-Tenant': '../umbra' });
      await send('c', { 'X-Tenant': '' });
      await send('d');
      await send('e', { 'x-tenant': 'umbra' });
      await until(() => bench.received.length === 3);
      assert.deepEqual(
        bench.received.map((batch) => `${bodies([batch]).join()} ${batch.context.tenant}`),
        ['a acme', 'd rest', 'e umbra'],
      );
      assert.deepEqual(bench.dropped(), { malformed: 2 });
      const warning = bench.logs.find(({ msg }) => String(msg).startsWith('message skipped'));
      assert.match(String(warning?.['reason']), /^X-Tenant: expected the name of a tenant, .*, got "..\/umbra"$/);
    });
  });
});

suite('topics', () => {
  test('are found by regular expression, and when they appear later', async () => {
    const config = {
      logs: { topics: ['^app-', 'later'], exclude_topics: ['secret'] },
      metadata: { refresh_interval: '20ms', retry: { backoff: '10ms' } },
    };
    await withReceiver(config, async (bench, broker) => {
      for (const topic of ['app-1', 'app-secret', 'other']) broker.createTopic(topic);
      for (const topic of ['app-1', 'app-secret', 'other'])
        await produce(broker, topic, [{ value: encoded(logs(topic)) }]);
      await until(() => bench.received.length === 1);
      assert.deepEqual(bodies(bench.received), ['app-1']);
    });
  });
});

suite('configuration', () => {
  test('rejects what cannot work, naming the field', async () => {
    const rejects = (config: Record<string, unknown>, message: RegExp) =>
      assert.rejects(createComponentBench(kafka, { config }), message);
    await rejects({ logs: { encoding: 'xml' } }, /logs.encoding.*expected one of/s);
    await rejects({ logs: { encoding: 'text_klingon' } }, /text_shift_jis/);
    await rejects({ logs: { topics: ['^('] } }, /logs.topics.*expected regular expressions/s);
    await rejects({ logs: { exclude_topics: ['a'] } }, /exclude_topics.*begins with \^/s);
    await rejects({ logs: { topics: ['otlp_spans'] } }, /expected other topics than those of traces/);
    await rejects({ heartbeat_interval: '10s' }, /heartbeat_interval.*session_timeout/s);
    await rejects({ group_rebalance_strategies: ['sticky'] }, /does not support sticky/);
  });
});
