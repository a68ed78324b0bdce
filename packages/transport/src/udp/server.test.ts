import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SIGNAL_NAMES } from '@otelier/otlp';
import { createRandom } from '@otelier/testkit/otlp/random';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import fc from 'fast-check';
import { compress } from '../compression/compression.ts';
import { ListenError } from '../server/listen.ts';
import { COUNTERS, readDatagram, type UdpCounters } from './datagram.ts';
import { eventually, kindsOf } from './raw-sender.testing.ts';
import { allRead, challengeOf, large, small, withServer } from './server.testing.ts';
import { createUdpServer } from './server.ts';
import { writeCookie, writeMark, writeReport } from './write-datagram.ts';

test('passes on every signal, encoding and compression unchanged', () =>
  withServer({}, async ({ handler, sender }) => {
    const raw = await sender();
    let [message, sequence] = [0, 0];
    for (const signal of SIGNAL_NAMES) {
      for (const encoding of ['protobuf', 'json'] as const) {
        for (const compression of ['none', 'gzip', 'zstd', 'deflate', 'brotli'] as const) {
          const body = compression === 'none' ? large : await compress(compression, [large]);
          const datagrams = raw.datagramsOf(body, message++, sequence, { signal, encoding, compression });
          sequence += datagrams.length;
          await raw.send(...datagrams);
          await handler.untilRequests(message);
          const request = handler.requests.at(-1);
          assert.ok(request);
          assert.deepEqual([request.signal, request.encoding, request.transport], [signal, encoding, 'udp']);
          assert.deepEqual(Buffer.from(request.body), Buffer.from(large));
        }
      }
    }
  }));

test('delivers each message once, for any repetition and order of its datagrams', () =>
  withServer({}, async (world) => {
    const raw = await world.sender();
    const datagrams = raw.datagramsOf(large, 0, 0);
    await raw.send(...datagrams.toReversed(), ...datagrams, ...raw.datagramsOf(large, 0, datagrams.length));
    await allRead(world);
    assert.equal(world.handler.requests.length, 2);
    const { total } = world.server.stats();
    assert.equal(total.duplicated, datagrams.length);
    assert.equal(total.reordered, datagrams.length - 1);
  }));

test('drops a message with missing fragments and releases its memory', () =>
  withServer({ reassemblyTimeoutMillis: 500 }, async (world) => {
    const { server, handler, clock, sender } = world;
    const raw = await sender();
    const datagrams = raw.datagramsOf(large, 0, 0);
    await raw.send(...datagrams.slice(1));
    await eventually(() => server.stats().waitingBytes > 17_000, 'fragments to wait');
    await clock.advance(1000);
    assert.equal(server.stats().total.messagesIncomplete, 1);
    assert.equal(handler.reservedBytes, 0);
    await raw.send(datagrams[0] as Buffer);
    await allRead(world);
    assert.equal(server.stats().waitingBytes, 0);
  }));

test('counts messages that are rejected as too large, not served or without memory', () =>
  withServer({ maxMessageBytes: 20_000, signals: ['traces'] }, async (world) => {
    const { server, handler, sender } = world;
    const raw = await sender();
    await raw.send(...raw.datagramsOf(Buffer.alloc(20_001), 0, 0));
    await raw.send(...raw.datagramsOf(small, 1, 100, { signal: 'logs' }));
    const bomb = await compress('gzip', [Buffer.alloc(30_000)]);
    await raw.send(...raw.datagramsOf(bomb, 2, 200, { compression: 'gzip' }));
    handler.rejection = { kind: 'retry', afterMillis: 1, reason: 'full' };
    await raw.send(...raw.datagramsOf(large, 3, 300));
    await eventually(() => server.stats().total.messagesRefused === 4, 'four messages to be refused');
    handler.rejection = undefined;
    handler.response = () => ({ kind: 'refused', reason: 'no' });
    await raw.send(...raw.datagramsOf(small, 4, 400));
    await eventually(() => server.stats().total.messagesRefused === 5, 'five messages to be refused');
    assert.equal(handler.requests.length, 1);
  }));

test('reports a message as corrupt when its check fails, although every datagram is intact', () =>
  withServer({}, async ({ server, handler, sender }) => {
    const raw = await sender();
    await raw.send(...raw.datagramsOf(large, 0, 0, { check: 'ABCDEFGH' }));
    await eventually(() => server.stats().total.corrupt === 1, 'the damage to be found');
    assert.deepEqual(handler.requests, []);
  }));

test('never sends more to an address than it received before a cookie is returned', () =>
  withServer({}, async (world) => {
    const raw = await world.sender();
    for (let round = 0; round < 30; round++) {
      const small = raw.datagramsOf(Buffer.alloc(0), round, round);
      await raw.send(...(round % 3 === 0 ? [writeMark(raw.writer, round, round)] : small));
      await world.clock.advance(round % 5 === 0 ? 5000 : 0);
      await allRead(world);
      assert.ok(raw.respondedBytes <= raw.sentBytes, `got ${raw.respondedBytes} bytes for ${raw.sentBytes}`);
      assert.ok(raw.responses.length <= round + 1, `got ${raw.responses.length} responses`);
    }
    await allRead(world);
    assert.ok(raw.responses.length > 8, `expected responses, got ${raw.responses.length}`);
    assert.deepEqual([...new Set(kindsOf(raw.responses))].sort(), ['challenge', 'report']);
    // Silence produces no output.
    const before = raw.responses.length;
    await world.clock.advance(200_000);
    await allRead(world);
    assert.equal(raw.responses.length, before);
    assert.equal(
      world.server.stats().senders.some(({ proved }) => proved),
      false,
    );
  }));

test('sends unsolicited reports to an address that has returned its cookie', () =>
  withServer({}, async ({ server, clock, sender }) => {
    const raw = await sender();
    await raw.send(writeCookie(raw.writer, 'proof', await challengeOf(raw)));
    await eventually(() => raw.responses.length === 2, 'a report');
    assert.equal(server.stats().senders[0]?.proved, true);
    await raw.send(...raw.datagramsOf(small, 2, 3));
    await eventually(() => server.stats().total.messagesTaken === 2, 'the message to be taken');
    await clock.advance(1000);
    await eventually(() => raw.responses.length === 3, 'another report');
    const report = readDatagram(raw.responses[2] as Buffer, undefined);
    assert.ok(typeof report !== 'string' && report.kind === 'report');
    assert.equal(report.expected, 4);
    assert.deepEqual([report.counters.received, report.counters.lost, report.counters.messagesTaken], [2, 2, 2]);
    await clock.advance(10_000);
    assert.equal(raw.responses.length, 3, 'expected no report without news');
  }));

test('rejects cookies that are forged, old, or of another address or session', () =>
  withServer({}, async (world) => {
    const { server, clock, sender } = world;
    const [raw, other] = [await sender(), await sender({ address: '127.0.0.2' })];
    const cookie = await challengeOf(raw);
    await challengeOf(other);
    const second = { ...raw.writer, session: 'session2' };
    await raw.send(writeMark(second, 0, 0), writeCookie(second, 'proof', cookie));
    await raw.send(writeCookie(raw.writer, 'proof', Buffer.alloc(16)));
    await other.send(writeCookie(other.writer, 'proof', cookie));
    await clock.advance(120_000);
    await raw.send(writeCookie(raw.writer, 'proof', cookie));
    await allRead(world);
    assert.deepEqual(
      server.stats().senders.filter(({ proved }) => proved),
      [],
    );
  }));

test('accepts only datagrams with the tag of the shared key', () =>
  withServer({ sharedKey: 'hunter2' }, async ({ server, handler, sender }) => {
    for (const key of [undefined, 'hunter3', 'hunter2']) {
      const raw = await sender(key === undefined ? {} : { key });
      await raw.send(...raw.datagramsOf(small, 0, 0));
    }
    await handler.untilRequests(1);
    assert.equal(server.stats().unauthenticated, 2);
    assert.equal(server.connectionCount, 1);
  }));

test('delivers only messages that were sent, for any corruption of the datagrams', () =>
  withServer({ maxDatagramsPerSecond: 0, maxBytesPerSecond: 0 }, async (world) => {
    const { server, handler, sender } = world;
    const raw = await sender({ address: '127.0.0.2' });
    const counters = Object.fromEntries(COUNTERS.map((name) => [name, 1])) as UdpCounters;
    const random = createRandom(7);
    let message = 0;
    const sent = new Set<string>([Buffer.from(small).toString('hex')]);
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3000 }),
        fc.array(fc.record({ at: fc.nat(), change: fc.integer({ min: 0, max: 255 }), cut: fc.nat() }), {
          maxLength: 12,
        }),
        async (body, changes) => {
          sent.add(Buffer.from(body).toString('hex'));
          const originals = [
            ...raw.datagramsOf(body, message, message * 8, { groupSize: random(3), signal: 'logs' }),
            writeReport(raw.writer, 1, 1, counters),
            writeCookie(raw.writer, 'challenge', Buffer.alloc(16)),
          ];
          message++;
          const changed = changes.map(({ at, change, cut }) => {
            const bytes = Buffer.from(originals[at % originals.length] ?? []);
            bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ change;
            return cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes;
          });
          await raw.send(...changed, ...originals.slice(random(2)), ...changed);
        },
      ),
      { seed: 20_261_130, numRuns: 150 },
    );
    await allRead(world);
    assert.ok(handler.requests.length > 50, `expected most to arrive, got ${handler.requests.length}`);
    for (const { body } of handler.requests) assert.ok(sent.has(Buffer.from(body).toString('hex')));
    assert.ok(server.stats().total.corrupt > 100);
    assert.ok(server.stats().malformed > 100);
  }));

test('drops fragments that contradict earlier ones and still delivers the message', () =>
  withServer({}, async (world) => {
    const raw = await world.sender();
    const datagrams = raw.datagramsOf(large, 0, 0);
    const other = raw.datagramsOf(Buffer.from(large).fill(0, 5000), 0, 100);
    await raw.send(datagrams[0] as Buffer, ...other, ...datagrams.slice(1));
    await world.handler.untilRequests(1);
    assert.deepEqual(Buffer.from(world.handler.requests[0]?.body ?? []), Buffer.from(large));
    assert.equal(world.server.stats().malformed, other.length);
  }));

test('continues a session that began before it without counting a loss', () =>
  withServer({}, async ({ server, handler, sender }) => {
    const raw = await sender();
    await raw.send(...raw.datagramsOf(small, 5000, 90_000));
    await handler.untilRequests(1);
    assert.equal(server.stats().total.lost, 0);
    await raw.send(...raw.datagramsOf(small, 0, 2 ** 53));
    await eventually(() => server.stats().malformed === 1, 'an impossible sequence to be dropped');
  }));

test('reports a failing handler and continues', async () => {
  const errors: unknown[] = [];
  await withServer({ onInternalError: (error) => errors.push(error) }, async ({ server, handler, sender }) => {
    const raw = await sender();
    handler.response = () => Promise.reject(new Error('a bug'));
    await raw.send(...raw.datagramsOf(small, 0, 0));
    await eventually(() => server.stats().total.messagesRefused === 1, 'the message to be refused');
    assert.match(String(errors[0]), /a bug/);
  });
});

test('waits at shutdown for requests in flight and accepts no more', () =>
  withServer({}, async ({ server, handler, sender }) => {
    const raw = await sender();
    let finish = () => {};
    handler.response = () =>
      new Promise((resolve) => {
        finish = () => resolve({ kind: 'accepted' });
      });
    await raw.send(...raw.datagramsOf(small, 0, 0), raw.datagramsOf(large, 1, 1)[0] as Buffer);
    await handler.untilRequests(1);
    const end = server.shutdown();
    assert.equal(handler.open, 1, 'expected what waited to be given up');
    finish();
    await Promise.all([end, server.shutdown()]);
    assert.equal(handler.requests.length, 1);
    assert.equal(server.moveConnection(), false);
  }));

test('explains why it cannot listen', async () => {
  const handler = createRecordingHandler();
  const server = await createUdpServer({ endpoint: '127.0.0.1:0' }, handler);
  await assert.rejects(createUdpServer({ endpoint: server.address }, handler), (error) => {
    assert.ok(error instanceof ListenError);
    assert.match(error.message, /is in use by another program/);
    return true;
  });
  await server.shutdown();
  await assert.rejects(createUdpServer({ endpoint: 'unix:/tmp/x' }, handler), /expected host:port/);
});
