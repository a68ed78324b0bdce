import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '@otelier/testkit/seeded';
import fc from 'fast-check';
import { cutMessage } from './cut-message.ts';
import { COUNTERS, type Datagram, type MessageHeader, readDatagram, type UdpCounters } from './datagram.ts';
import { messageCheck } from './integrity.ts';
import { PendingMessage } from './pending-message.ts';
import { writeCookie, writeFragment, writeMark, writeReport } from './write-datagram.ts';

const counters = Object.fromEntries(COUNTERS.map((name, index) => [name, 2 ** 40 + index])) as UdpCounters;

function headerOf(body: Uint8Array, fragmentBytes: number, groupSize: number): MessageHeader {
  return {
    signal: 'logs',
    encoding: 'json',
    compression: 'brotli',
    length: body.length,
    fragmentCount: Math.max(1, Math.ceil(body.length / fragmentBytes)),
    groupSize,
    check: messageCheck(body),
  };
}

const key = fc.option(fc.string({ minLength: 1 }), { nil: undefined });
const session = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const body = fc.uint8Array({ maxLength: 300 });
const datagram = fc
  .record({ key, session, body, fragmentBytes: fc.integer({ min: 1, max: 64 }), groupSize: fc.nat(5), pick: fc.nat() })
  .map(({ key, session, body, fragmentBytes, groupSize, pick }) => {
    const writer = { key, session };
    const header = headerOf(body, fragmentBytes, groupSize);
    const all = [
      ...[...cutMessage({ header, body })].map((contents) => writeFragment(writer, 2 ** 52, 7, header, contents)),
      writeReport(writer, 3, 4, counters),
      writeMark(writer, 5, 6),
      writeCookie(writer, 'challenge', body.length < 16 ? Buffer.alloc(16, 7) : body.subarray(0, 16)),
      writeCookie(writer, 'proof', Buffer.alloc(16, 9)),
    ];
    return { bytes: all[pick % all.length] ?? Buffer.alloc(0), key };
  });

test('is laid out as docs/protocol/udp.md shows', () => {
  const text = Buffer.from('hello');
  const header: MessageHeader = {
    ...headerOf(text, 1000, 0),
    signal: 'traces',
    encoding: 'protobuf',
    compression: 'none',
  };
  const [contents] = cutMessage({ header, body: text });
  assert.ok(contents);
  const bytes = writeFragment({ session: 'ABCDEFGH', key: undefined }, 258, 3, header, contents);
  assert.equal(
    bytes.toString('hex').replace(/(.{32})/g, '$1 '),
    [
      '4f544c55010100004142434445464748',
      '00000000000001020000000000000003',
      '0000000500010000010000002cf24dba',
      '5fb0a30e68656c6c6f9ae091bf',
    ].join(' '),
  );
});

test('reads what it has written', () => {
  const writer = { session: 'ABCDEFGH', key: 'secret' };
  const read = (bytes: Buffer): Datagram => {
    const found = readDatagram(bytes, 'secret');
    assert.ok(typeof found !== 'string', `got ${String(found)}`);
    return found;
  };
  const report = read(writeReport(writer, 3, 2 ** 50, counters));
  assert.deepEqual(report, { kind: 'report', session: 'ABCDEFGH', number: 3, expected: 2 ** 50, counters });
  const mark = read(writeMark(writer, 5, 2 ** 52));
  assert.deepEqual(mark, { kind: 'mark', session: 'ABCDEFGH', sequence: 5, messageSequence: 2 ** 52 });
  for (const kind of ['challenge', 'proof'] as const) {
    const cookie = Buffer.alloc(16, 7);
    assert.deepEqual(read(writeCookie(writer, kind, cookie)), { kind, session: 'ABCDEFGH', cookie });
  }
});

test('reassembles any message in any order with one datagram of each group missing', () => {
  fc.assert(
    fc.property(
      body,
      fc.integer({ min: 1, max: 64 }),
      fc.nat(5),
      fc.infiniteStream(fc.nat()),
      (bytes, size, group, chance) => {
        const header = headerOf(bytes, size, group);
        const writer = { session: 'ABCDEFGH', key: undefined };
        const next = () => chance.next().value;
        const byGroup = Map.groupBy(cutMessage({ header, body: bytes }), ({ kind, index }) =>
          kind === 'parity' || group === 0 ? index : Math.floor(index / group),
        );
        const kept = [...byGroup.values()].flatMap((members) =>
          group === 0 ? members : members.toSpliced(next() % members.length, 1),
        );
        const shuffled = kept.map((contents) => ({ contents, at: next() })).sort((a, b) => a.at - b.at);
        const message = new PendingMessage(header);
        let progress = 'more';
        for (const { contents } of shuffled) {
          const fragment = readDatagram(writeFragment(writer, 0, 0, header, contents), undefined);
          assert.ok(typeof fragment !== 'string' && 'header' in fragment);
          progress = message.add(fragment);
        }
        assert.equal(progress, 'complete');
        assert.deepEqual(Buffer.from(message.body()), Buffer.from(bytes));
      },
    ),
    seeded(),
  );
});

test('detects every change and truncation of a datagram', () => {
  fc.assert(
    fc.property(datagram, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ bytes, key }, at, change) => {
      assert.equal(typeof readDatagram(bytes, key), 'object');
      const changed = Buffer.from(bytes);
      changed[at % bytes.length] = (changed[at % bytes.length] ?? 0) ^ change;
      assert.equal(typeof readDatagram(changed, key), 'string');
      assert.equal(typeof readDatagram(bytes.subarray(0, at % bytes.length), key), 'string');
      assert.equal(typeof readDatagram(Buffer.concat([bytes, bytes.subarray(0, 1 + (at % 20))]), key), 'string');
    }),
    { seed: 20_261_130, numRuns: 500 },
  );
});

test('rejects datagrams with another key, without a tag, or with an unexpected one', () => {
  const [open, tagged] = [undefined, 'secret'].map((key) => writeMark({ session: 'ABCDEFGH', key }, 1, 1));
  assert.ok(open && tagged);
  assert.equal(readDatagram(tagged, 'other'), 'unauthenticated');
  assert.equal(readDatagram(tagged, undefined), 'unauthenticated');
  assert.equal(readDatagram(open, 'secret'), 'unauthenticated');
});

test('survives any bytes', () => {
  const start = Buffer.from('4f544c5501', 'hex');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.equal(typeof readDatagram(Buffer.from(bytes), undefined), 'string');
      assert.equal(typeof readDatagram(Buffer.concat([start, bytes]), 'key'), 'string');
    }),
    seeded(),
  );
});
