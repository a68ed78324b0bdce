import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { forEachLogRecord } from '@otelier/otlp';
import { batchOf, type ComponentBench } from '@otelier/testkit';
import { compress } from '@otelier/transport/compression';
import { produce, until, withReceiver } from './receive.testing.ts';
import { record, recordBatch, varint } from './record-batch.testing.ts';

const TOPIC = 'otlp_logs';
const CODINGS = ['gzip', 'snappy', 'lz4', 'zstd'] as const;

function logs(body: string): Buffer {
  const logRecords = [{ body: { stringValue: body } }];
  return Buffer.concat(batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }).parts);
}

function bodies({ received }: ComponentBench): string[] {
  const found: string[] = [];
  for (const { parts } of received)
    for (const part of parts) forEachLogRecord(part, ({ body }) => void found.push(String(body)));
  return found;
}

async function compressed(coding: (typeof CODINGS)[number], records: Uint8Array): Promise<Buffer> {
  return Buffer.from(await compress(coding, [records]));
}

/** Receives batches between two good messages, which must arrive. Returns the number of malformed messages. */
async function receive(batches: readonly Buffer[], config: Readonly<Record<string, unknown>> = {}) {
  let result = { bodies: [] as readonly string[], malformed: 0, reason: '' };
  await withReceiver(config, async (bench, broker) => {
    await produce(broker, TOPIC, [{ value: logs('before') }]);
    for (const batch of batches) broker.append(TOPIC, 0, batch);
    await produce(broker, TOPIC, [{ value: logs('after') }, { value: logs('other'), partition: 1 }]);
    await until(() => broker.committed.get(`${TOPIC}/0`) === BigInt(broker.counts(TOPIC)[0] ?? 0));
    await until(() => broker.committed.get(`${TOPIC}/1`) === 1n);
    const all = bodies(bench);
    for (const body of ['before', 'after', 'other']) assert.ok(all.includes(body), `${body} is lost`);
    const warning = bench.logs.find(({ msg }) => String(msg).startsWith('message skipped'));
    const own = all.filter((body) => !['before', 'after', 'other'].includes(body));
    result = { bodies: own, malformed: bench.dropped()['malformed'] ?? 0, reason: String(warning?.['reason'] ?? '') };
  });
  return result;
}

suite('compressed batches', () => {
  for (const [index, coding] of CODINGS.entries()) {
    const compression = index + 1;

    test(`with ${coding} of another client are received`, async () => {
      await withReceiver({}, async (bench, broker) => {
        await produce(broker, TOPIC, [{ value: logs('a') }, { value: logs('b') }], coding);
        await until(() => broker.committed.get(`${TOPIC}/0`) === 2n);
        assert.deepEqual(bodies(bench), ['a', 'b']);
        // A part does not keep the memory of the response.
        for (const { parts } of bench.received)
          for (const part of parts) assert.equal(part.buffer.byteLength, part.length);
      });
    });

    test(`that are no ${coding} are skipped, with the number of their messages`, async () => {
      const good = await compressed(coding, record(0, logs('a')));
      const cut = good.subarray(0, good.length - 5);
      const { malformed, reason } = await receive([
        recordBatch(cut, { count: 3, compression }),
        recordBatch(Buffer.from('no compression'), { count: 1, compression }),
        recordBatch(Buffer.alloc(0), { count: 1, compression }),
      ]);
      assert.equal(malformed, 5);
      assert.match(reason, new RegExp(`records: expected a body compressed with ${coding}`));
    });

    test(`that are too large without ${coding} are skipped before they need memory`, async () => {
      const bomb = await compressed(coding, Buffer.alloc(8 * 2 ** 20));
      const config = { max_decompress_batch_bytes: 2 ** 20 };
      const { malformed, reason } = await receive([recordBatch(bomb, { count: 2, compression })], config);
      assert.equal(malformed, 2);
      assert.match(reason, /expected at most 1048576 bytes after decompression \(max_decompress_batch_bytes\)/);
    });
  }

  test('with the framing of snappy that Java clients use are received', async () => {
    const records = record(0, logs('a'));
    const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
    const blocks: Buffer[] = [header];
    for (const half of [records.subarray(0, 10), records.subarray(10)]) {
      const block = await compressed('snappy', half);
      const size = Buffer.alloc(4);
      size.writeUInt32BE(block.length);
      blocks.push(size, block);
    }
    const framed = Buffer.concat(blocks);
    const damaged = Buffer.concat([header, Buffer.from([0xff, 0xff, 0xff, 0xff, 1])]);
    const { bodies: received, malformed } = await receive([
      recordBatch(framed, { count: 1, compression: 2 }),
      recordBatch(damaged, { count: 1, compression: 2 }),
    ]);
    assert.deepEqual(received, ['a']);
    assert.equal(malformed, 1);
  });

  test('that are small arrive all, even if they are too large together', async () => {
    const batches = ['a', 'b', 'c', 'd'].map((letter) =>
      recordBatch(record(0, logs(letter.repeat(700))), { count: 1 }),
    );
    const { bodies: received } = await receive(batches, { max_decompress_batch_bytes: 1000 });
    assert.deepEqual(
      received,
      ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(700)),
    );
  });
});

suite('malformed batches', () => {
  const a = record(0, logs('a'));
  const c = record(2, logs('c'));

  test('lose the record that is malformed, and no other', async () => {
    const malformed = Buffer.concat([varint(3), Buffer.from([0, 0, 0x80])]);
    const result = await receive([recordBatch(Buffer.concat([a, malformed, c]), { count: 3 })]);
    assert.deepEqual(result.bodies, ['a', 'c']);
    assert.equal(result.malformed, 1);
  });

  test('lose the records after one that has no end', async () => {
    for (const size of [varint(1_000_000), varint(-2), Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])]) {
      const result = await receive([recordBatch(Buffer.concat([a, size, c]), { count: 3 })]);
      assert.deepEqual(result.bodies, ['a']);
      assert.equal(result.malformed, 2);
    }
  });

  test('with a number of records that is impossible need no memory for them', async () => {
    for (const count of [2 ** 31 - 1, -1]) {
      const result = await receive([recordBatch(a, { count })]);
      assert.deepEqual(result.bodies, []);
      assert.match(result.reason, /expected at most 1048576 records in a batch/);
    }
  });

  test('without records, which compaction keeps, are not malformed', async () => {
    const result = await receive([recordBatch(Buffer.alloc(0), { count: 0, compression: 1 })]);
    assert.deepEqual(result, { bodies: [], malformed: 0, reason: '' });
  });

  test('of old or unknown versions and compressions are skipped', async () => {
    const batches = [
      recordBatch(a, { count: 1, magic: 1 }),
      recordBatch(a, { count: 1, magic: 77 }),
      recordBatch(a, { count: 1, compression: 7 }),
    ];
    const result = await receive(batches);
    assert.equal(result.malformed, 3);
    assert.match(result.reason, /expected a batch of records of version 2, got \d+ bytes of version 1/);
  });

  test('block their partition if asked for', async () => {
    await withReceiver({ message_marking: { on_permanent_error: false } }, async (bench, broker) => {
      broker.append(TOPIC, 0, recordBatch(a, { count: 1, compression: 1 }));
      await until(() => /blocked.*gzip/.test(bench.error() ?? ''));
      assert.equal(broker.committed.get(`${TOPIC}/0`) ?? 0n, 0n);
    });
  });
});

suite('messages', () => {
  test('with very many headers are skipped at once', async () => {
    const headers = Array.from({ length: 200_000 }, () => ['', ''] as const);
    const batch = Buffer.concat([record(0, logs('a'), headers), record(1, logs('b'))]);
    const result = await receive([recordBatch(batch, { count: 2 })]);
    assert.deepEqual(result.bodies, ['b']);
    assert.match(result.reason, /expected at most 1000 headers, got 200000/);
  });

  test('that are larger than a response, and empty ones, are received', async () => {
    const large = 'x'.repeat(1.5 * 2 ** 20);
    const batch = Buffer.concat([record(0, Buffer.alloc(0)), record(1, logs(large))]);
    const result = await receive([recordBatch(batch, { count: 2 })]);
    assert.deepEqual(
      result.bodies.map(({ length }) => length),
      [large.length],
    );
    assert.equal(result.malformed, 0);
  });
});
