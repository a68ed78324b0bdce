import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SIGNAL_NAMES } from '@otelier/otlp';
import { createManualClock, createRandom, type ManualClock, sampleBatch } from '@otelier/testkit';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/transport';
import fc from 'fast-check';
import { compress } from '../compression/compression.ts';
import { ListenError } from '../server/listen.ts';
import { COUNTERS, readDatagram, type UdpCounters } from './datagram.ts';
import { eventually, kindsOf, openRawSender, type RawSender, type RawSenderOptions } from './raw-sender.testing.ts';
import { createUdpServer, type UdpServer, type UdpServerOptions } from './server.ts';
import { writeCookie, writeMark, writeReport } from './write-datagram.ts';

interface World {
  readonly server: UdpServer;
  readonly handler: RecordingHandler;
  readonly clock: ManualClock;
  sender(options?: RawSenderOptions): Promise<RawSender>;
}

async function withServer(options: Partial<UdpServerOptions>, run: (world: World) => Promise<void>): Promise<void> {
  const handler = createRecordingHandler();
  const clock = createManualClock();
  const server = await createUdpServer({ endpoint: '127.0.0.1:0', clock, ...options }, handler);
  const senders: RawSender[] = [];
  const sender = async (more: RawSenderOptions = {}) => {
    const opened = await openRawSender(server, more);
    senders.push(opened);
    return opened;
  };
  try {
    await run({ server, handler, clock, sender });
  } finally {
    await server.shutdown(0);
    await Promise.all(senders.map((each) => each.close()));
    assert.equal(clock.pending, 0, 'expected no timer to wait');
    assert.equal(handler.open, 0, 'expected all memory to be given back');
  }
}

const [small] = sampleBatch('traces', 3).parts as [Uint8Array];
const [large] = sampleBatch('traces', 200).parts as [Uint8Array];

/** Everything sent before has been read once a message of a fresh sender has come. */
async function allRead({ sender, handler }: World): Promise<void> {
  const last = await sender({ address: '127.0.0.9', session: `last${Math.random()}`.slice(0, 8) });
  const count = handler.requests.length;
  await last.send(...last.datagramsOf(small, 0, 0));
  await eventually(() => handler.requests.length > count, 'the last message to arrive');
}

test('hands on every signal, encoding and compression, byte for byte', () =>
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

test('takes each message once, however often and in whatever order its datagrams come', () =>
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

test('gives up a message whose fragments do not all come, and its memory', () =>
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

test('refuses what is too large, not served, or for which there is no memory, and counts it', () =>
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

test('takes a message for damaged when its check does not fit, although every datagram is whole', () =>
  withServer({}, async ({ server, handler, sender }) => {
    const raw = await sender();
    await raw.send(...raw.datagramsOf(large, 0, 0, { check: 'ABCDEFGH' }));
    await eventually(() => server.stats().total.corrupt === 1, 'the damage to be found');
    assert.deepEqual(handler.requests, []);
  }));

test('never sends more to an address than came from it until a cookie has come back', () =>
  withServer({}, async (world) => {
    const raw = await world.sender();
    for (let round = 0; round < 30; round++) {
      const small = raw.datagramsOf(Buffer.alloc(0), round, round);
      await raw.send(...(round % 3 === 0 ? [writeMark(raw.writer, round, round)] : small));
      await world.clock.advance(round % 5 === 0 ? 5000 : 0);
      await allRead(world);
      assert.ok(raw.respondedBytes <= raw.sentBytes, `got ${raw.respondedBytes} bytes for ${raw.sentBytes}`);
      assert.ok(raw.responses.length <= round + 1, `got ${raw.responses.length} answers`);
    }
    await allRead(world);
    assert.ok(raw.responses.length > 8, `expected answers, got ${raw.responses.length}`);
    assert.deepEqual([...new Set(kindsOf(raw.responses))].sort(), ['challenge', 'report']);
    // Silence brings nothing, however long.
    const before = raw.responses.length;
    await world.clock.advance(200_000);
    await allRead(world);
    assert.equal(raw.responses.length, before);
    assert.equal(
      world.server.stats().senders.some(({ proved }) => proved),
      false,
    );
  }));

async function challengeOf(raw: RawSender): Promise<Buffer> {
  await raw.send(...raw.datagramsOf(small, 0, 0));
  await eventually(() => raw.responses.length > 0, 'a challenge');
  const challenge = readDatagram(raw.responses[0] as Buffer, undefined);
  assert.ok(typeof challenge !== 'string' && challenge.kind === 'challenge');
  return challenge.cookie;
}

test('reports without being asked to an address that has sent its cookie back', () =>
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

test('takes no cookie that is forged, old, or of another address or session', () =>
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

test('drops what one address sends beyond its rate, and nothing of others', () =>
  withServer({ maxDatagramsPerSecond: 100 }, async (world) => {
    const { server, clock, sender } = world;
    const [loud, quiet] = [await sender({ address: '127.0.0.2' }), await sender({ address: '127.0.0.3' })];
    for (let round = 0; round < 50; round++) {
      for (let index = 0; index < 20; index++) {
        const at = round * 20 + index;
        await loud.send(...loud.datagramsOf(small, at, at));
      }
      await quiet.send(...quiet.datagramsOf(small, round, round));
    }
    await allRead(world);
    const of = (raw: RawSender) => server.stats().senders.find(({ address }) => address.endsWith(`:${raw.port}`));
    assert.deepEqual([of(loud)?.messagesTaken, of(loud)?.rateLimited], [101, 899]);
    assert.deepEqual([of(quiet)?.messagesTaken, of(quiet)?.rateLimited], [50, 0]);
    assert.equal(server.stats().total.rateLimited, 899);
    await clock.advance(1000);
    await loud.send(...loud.datagramsOf(small, 2000, 2000));
    await eventually(() => of(loud)?.messagesTaken === 102, 'to be heard again');
    await clock.advance(1000);
    assert.equal(of(loud)?.lost, 1899);
  }));

test('holds its bounds under floods of fragments that never make a message, and goes on for others', () =>
  withServer(
    { maxWaitingBytes: 200_000, maxWaitingBytesPerSender: 60_000, maxWaitingMessagesPerSender: 8 },
    async (world) => {
      const { server, handler, sender } = world;
      const honest = await sender();
      await honest.send(writeCookie(honest.writer, 'proof', await challengeOf(honest)));
      const [first, ...rest] = honest.datagramsOf(large, 1, 1);
      await honest.send(first as Buffer);
      // Many sessions, each with many messages that lack their first fragment.
      for (let session = 0; session < 20; session++) {
        const flood = await sender({ address: '127.0.0.2', session: `flood ${session}`.padEnd(8) });
        for (let message = 0; message < 20; message++) {
          await flood.send(...flood.datagramsOf(large, message, message * 20).slice(1));
          assert.ok(server.stats().waitingBytes <= 200_000);
        }
      }
      assert.ok(handler.peakBytes < 250_000, `got ${handler.peakBytes} bytes reserved at once`);
      assert.ok(server.stats().total.messagesIncomplete > 300);
      const before = handler.requests.length;
      await honest.send(...rest);
      await handler.untilRequests(before + 1);
      assert.deepEqual(Buffer.from(handler.requests.at(-1)?.body ?? []), Buffer.from(large));
    },
  ));

test('lets a bounded number of messages of one sender wait', () =>
  withServer({ maxWaitingMessagesPerSender: 8 }, async (world) => {
    const raw = await world.sender();
    for (let message = 0; message < 20; message++) {
      await raw.send(...raw.datagramsOf(large, message, message * 20).slice(0, 1));
    }
    await allRead(world);
    assert.equal(world.server.stats().total.messagesIncomplete, 12);
    // The latest are the ones that wait.
    await raw.send(...raw.datagramsOf(large, 19, 400).slice(1));
    await eventually(() => world.server.stats().total.messagesTaken === 2, 'the last message to be taken');
  }));

test('charges fragments of one byte for more than a byte', () =>
  withServer({ maxWaitingBytesPerSender: 50_000 }, async (world) => {
    const flood = await world.sender();
    const datagrams = flood.datagramsOf(Buffer.alloc(1000), 0, 0, { fragmentCount: 1000 }).slice(1);
    await flood.send(...datagrams);
    await allRead(world);
    assert.equal(world.server.stats().total.messagesIncomplete, 1);
    assert.ok(world.handler.peakBytes < 55_000);
  }));

test('knows a bounded number of senders: forged addresses displace each other, and idle ones are forgotten', () =>
  withServer({ maxSenders: 16, idleTimeoutMillis: 60_000 }, async (world) => {
    const { server, clock, sender } = world;
    const honest = await sender();
    await honest.send(writeCookie(honest.writer, 'proof', await challengeOf(honest)));
    const own = `127.0.0.1:${honest.port}`;
    for (let index = 0; index < 60; index++) {
      const forged = await sender({ address: `127.0.1.${index % 12}`, session: `forged${index}`.slice(0, 8) });
      await forged.send(...forged.datagramsOf(small, 0, 0));
      assert.ok(server.connectionCount <= 16);
    }
    assert.ok(server.stats().senders.some(({ address }) => address === own));
    assert.equal(server.stats().total.messagesTaken, 61);
    // One address alone gets no more than a quarter.
    for (let index = 0; index < 20; index++) {
      const forged = await sender({ address: '127.0.0.7', session: `many ${index}`.padEnd(8) });
      await forged.send(...forged.datagramsOf(small, 0, 0));
    }
    const ofOne = server.stats().senders.filter(({ address }) => address.startsWith('127.0.0.7:'));
    assert.equal(ofOne.length, 4);
    await clock.advance(120_000);
    assert.equal(server.connectionCount, 0);
    assert.equal(server.stats().total.messagesTaken, 81);
  }));

test('takes only datagrams with the tag of the shared key', () =>
  withServer({ sharedKey: 'hunter2' }, async ({ server, handler, sender }) => {
    for (const key of [undefined, 'hunter3', 'hunter2']) {
      const raw = await sender(key === undefined ? {} : { key });
      await raw.send(...raw.datagramsOf(small, 0, 0));
    }
    await handler.untilRequests(1);
    assert.equal(server.stats().unauthenticated, 2);
    assert.equal(server.connectionCount, 1);
  }));

test('accepts nothing but what was sent, whatever becomes of the datagrams', () =>
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
      { numRuns: 150 },
    );
    await allRead(world);
    assert.ok(handler.requests.length > 50, `expected most to arrive, got ${handler.requests.length}`);
    for (const { body } of handler.requests) assert.ok(sent.has(Buffer.from(body).toString('hex')));
    assert.ok(server.stats().total.corrupt > 100);
    assert.ok(server.stats().malformed > 100);
  }));

test('drops fragments that contradict those before them, and takes the message all the same', () =>
  withServer({}, async (world) => {
    const raw = await world.sender();
    const datagrams = raw.datagramsOf(large, 0, 0);
    const other = raw.datagramsOf(Buffer.from(large).fill(0, 5000), 0, 100);
    await raw.send(datagrams[0] as Buffer, ...other, ...datagrams.slice(1));
    await world.handler.untilRequests(1);
    assert.deepEqual(Buffer.from(world.handler.requests[0]?.body ?? []), Buffer.from(large));
    assert.equal(world.server.stats().malformed, other.length);
  }));

test('goes on with a session that began before it, and does not take that for loss', () =>
  withServer({}, async ({ server, handler, sender }) => {
    const raw = await sender();
    await raw.send(...raw.datagramsOf(small, 5000, 90_000));
    await handler.untilRequests(1);
    assert.equal(server.stats().total.lost, 0);
    await raw.send(...raw.datagramsOf(small, 0, 2 ** 53));
    await eventually(() => server.stats().malformed === 1, 'an impossible sequence to be dropped');
  }));

test('tells of a handler that fails, and goes on', async () => {
  const errors: unknown[] = [];
  await withServer({ onInternalError: (error) => errors.push(error) }, async ({ server, handler, sender }) => {
    const raw = await sender();
    handler.response = () => Promise.reject(new Error('a bug'));
    await raw.send(...raw.datagramsOf(small, 0, 0));
    await eventually(() => server.stats().total.messagesRefused === 1, 'the message to be refused');
    assert.match(String(errors[0]), /a bug/);
  });
});

test('waits at the end for what is with the handler, and takes nothing more', () =>
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

test('says why it cannot listen', async () => {
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
