import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ACCEPTED, type Batch, requestFromJson } from '@otelier/otlp';
import { batchOf, createComponentBench, exporterContract } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { TestBroker } from '../kafka/broker.testing.ts';
import { fnvPartition, NO_LINGER, sent } from './kafka/send.testing.ts';
import { kafka } from './kafka.ts';

exporterContract(kafka, {
  clock: systemClock,
  destination: async () => {
    const broker = await TestBroker.start();
    for (const topic of ['otlp_spans', 'otlp_metrics', 'otlp_logs', 'otlp_profiles']) broker.createTopic(topic);
    const config = { brokers: [broker.address], producer: NO_LINGER, sending_queue: { enabled: false } };
    return { config, close: () => broker.stop() };
  },
});

const TRACES = ['a1', 'b2', 'c3'].map((byte) => byte.repeat(16));

function logs(count: number, body = 'line'): Batch {
  const logRecords = Array.from({ length: count }, (_, i) => ({
    body: { stringValue: `${body} ${i}` },
    traceId: TRACES[i % 3] ?? '',
  }));
  const resource = (name: string) => ({
    attributes: [
      { key: 'service.name', value: { stringValue: name } },
      { key: 'topic', value: { stringValue: `logs-${name}` } },
    ],
  });
  return batchOf('logs', {
    resourceLogs: [
      { resource: resource('shop'), scopeLogs: [{ logRecords: logRecords.slice(0, count / 2) }] },
      { resource: resource('bank'), scopeLogs: [{ logRecords: logRecords.slice(count / 2) }] },
    ],
  });
}

suite('messages', () => {
  test('has the bytes of the batch as its value', async () => {
    const batch = logs(6);
    const { outcome, messages } = await sent({}, batch);
    assert.deepEqual(outcome, ACCEPTED);
    assert.equal(messages['otlp_logs']?.length, 1);
    assert.deepEqual(messages['otlp_logs']?.[0]?.value, Buffer.concat(batch.parts));
    assert.equal(messages['otlp_logs']?.[0]?.key, undefined);
  });

  test('is OTLP/JSON if asked for', async () => {
    const batch = logs(6);
    const { messages } = await sent({ logs: { encoding: 'otlp_json' } }, batch);
    const read = requestFromJson('logs', messages['otlp_logs']?.[0]?.value ?? Buffer.alloc(0));
    assert.ok(read.ok);
    assert.deepEqual(Buffer.from(read.bytes), Buffer.concat(batch.parts));
  });

  test('raw: has one message for each body', async () => {
    const bodies = [
      { stringValue: 'text' },
      { bytesValue: Buffer.from('bytes').toString('base64') },
      { intValue: '5' },
      undefined,
    ];
    const logRecords = bodies.map((body) => (body === undefined ? {} : { body }));
    const { messages } = await sent(
      { logs: { encoding: 'raw' } },
      batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
    );
    assert.deepEqual(messages['otlp_logs']?.map(({ value }) => String(value)).sort(), ['"text"', '5', 'bytes']);
  });

  test('has a key for each trace, which decides about the partition', async () => {
    const { messages } = await sent({ partition_logs_by_trace_id: true }, logs(12));
    assert.deepEqual(messages['otlp_logs']?.map(({ key }) => String(key)).sort(), TRACES);
    // The partitions that Sarama chooses: FNV-1a of the hexadecimal digits.
    const partitions = Object.fromEntries(
      (messages['otlp_logs'] ?? []).map(({ key, partition }) => [String(key), partition]),
    );
    assert.deepEqual(partitions, Object.fromEntries(TRACES.map((key) => [key, fnvPartition(key, 4)])));
  });

  test('has the hash of its resource as a key', async () => {
    const { messages } = await sent({ partition_logs_by_resource_attributes: true }, logs(12));
    const keys = messages['otlp_logs']?.map(({ key }) => key?.length);
    assert.deepEqual(keys, [16, 16]);
  });

  test('goes to the topic that an attribute names', async () => {
    const topics = ['otlp_logs', 'logs-shop', 'logs-bank'];
    const { messages } = await sent({ topic_from_attribute: 'topic' }, logs(6), topics);
    assert.deepEqual(
      Object.values(messages).map((list) => list.length),
      [0, 1, 1],
    );
  });

  test('has headers, the topic and the key from the metadata', async () => {
    const batch = logs(2);
    const context = { ...batch.context, metadata: { 'x-tenant': ['a', 'b'], topic: ['elsewhere'], key: ['k'] } };
    const config = {
      include_metadata_keys: ['x-tenant', 'missing'],
      record_headers: { source: 'test' },
      signal_header: true,
      logs: { topic_from_metadata_key: 'topic', message_key_from_metadata_key: 'key' },
    };
    const { messages } = await sent(config, { ...batch, context }, ['otlp_logs', 'elsewhere']);
    const [message] = messages['elsewhere'] ?? [];
    assert.equal(String(message?.key), 'k');
    assert.deepEqual(message?.headers, [
      ['x-tenant', 'a'],
      ['x-tenant', 'b'],
      ['source', 'test'],
      ['otelcol.signal', 'logs'],
    ]);
  });

  test('is split until it is small enough, and what is too large alone is rejected', async () => {
    const small = await sent({ producer: { max_message_bytes: 400 } }, logs(40));
    assert.deepEqual(small.outcome, ACCEPTED);
    const values = small.messages['otlp_logs']?.map(({ value }) => value) ?? [];
    assert.ok(values.length > 5 && values.every((value) => value.length <= 400));
    const large = await sent({ producer: { max_message_bytes: 400 } }, logs(2, 'x'.repeat(1000)));
    assert.equal(large.outcome.kind, 'refused');
    assert.match(
      JSON.stringify(large.outcome),
      /expected a message of at most \d+ bytes \(producer.max_message_bytes\)/,
    );
  });

  for (const compression of ['gzip', 'snappy', 'lz4', 'zstd']) {
    test(`can be compressed with ${compression}`, async () => {
      const batch = logs(100);
      const { messages } = await sent({ producer: { compression } }, batch);
      assert.deepEqual(messages['otlp_logs']?.[0]?.value, Buffer.concat(batch.parts));
    });
  }
});

suite('brokers', () => {
  test('a message that the broker does not take is refused', async () => {
    const { outcome } = await sent({}, logs(2), ['otlp_logs'], (broker) => {
      broker.rejectedProduces = 100;
    });
    assert.equal(outcome.kind, 'refused');
    assert.match(JSON.stringify(outcome), /larger than the max message size/i);
  });

  test('an unreachable broker is a reason to retry, and says why', async () => {
    const broker = await TestBroker.start();
    await broker.stop();
    const config = {
      brokers: [broker.address],
      timeout: '300ms',
      sending_queue: { enabled: false },
      retry_on_failure: { enabled: false },
    };
    const bench = await createComponentBench(kafka, { clock: systemClock, signals: ['logs'], config });
    await bench.start();
    const outcome = await bench.send(logs(2));
    await bench.close();
    assert.equal(outcome.kind, 'retry');
    assert.match(JSON.stringify(outcome), /ECONNREFUSED|Connection to .* failed/);
  });
});

suite('configuration', () => {
  const rejects = (config: Record<string, unknown>, message: RegExp) =>
    assert.rejects(createComponentBench(kafka, { config }), message);

  test('rejects what cannot work, naming the field', async () => {
    await rejects({ brokers: ['http://a:1/b'] }, /brokers.*expected `host:port`/s);
    await rejects({ logs: { encoding: 'xml' } }, /logs.encoding.*expected one of otlp_proto, otlp_json, raw/s);
    await rejects(
      { traces: { encoding: 'otlp_encoding/x' } },
      /traces.encoding.*zipkin_proto.*got "otlp_encoding\/x"; otelier has no encoding extensions/s,
    );
    await rejects({ profiles: { encoding: 'otlp_json' } }, /profiles.encoding.*expected one of otlp_proto, got/s);
    await rejects({ producer: { required_acks: 2 } }, /required_acks.*expected 0, 1, -1 or "all"/s);
    await rejects(
      { auth: { sasl: { mechanism: 'AWS_MSK_IAM_OAUTHBEARER' } } },
      /does not support AWS_MSK_IAM_OAUTHBEARER/,
    );
    await rejects({ auth: { sasl: { mechanism: 'PLAIN', username: 'a' } } }, /password.*which PLAIN needs/s);
    await rejects(
      { auth: { sasl: { mechanism: 'OAUTHBEARER', oauthbearer_token_source: 'none' } } },
      /oauthbearer_token_source/,
    );
    await rejects(
      { partition_logs_by_trace_id: true, partition_logs_by_resource_attributes: true },
      /partition_logs_by_trace_id/,
    );
    await rejects({ record_partitioner: { round_robin: {}, least_backup: {} } }, /expected one strategy/);
    await rejects({ include_metadata_keys: ['a'], sending_queue: { batch: {} } }, /metadata_keys.*expected the keys/s);
    await rejects({ signal_header: true, record_headers: { 'otelcol.signal': 'x' } }, /signal_header/);
  });
});
