import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, type RawSender } from './raw-sender.testing.ts';
import { allRead, challengeOf, large, small, withServer } from './server.testing.ts';
import { writeCookie } from './write-datagram.ts';

test('drops only the datagrams of an address beyond its rate', () =>
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

test('respects its limits under floods of incomplete messages and serves others', () =>
  withServer(
    { maxWaitingBytes: 200_000, maxWaitingBytesPerSender: 60_000, maxWaitingMessagesPerSender: 8 },
    async (world) => {
      const { server, handler, sender } = world;
      const honest = await sender();
      await honest.send(writeCookie(honest.writer, 'proof', await challengeOf(honest)));
      const [first, ...rest] = honest.datagramsOf(large, 1, 1);
      await honest.send(first as Buffer);
      // Many sessions, each with many messages whose first fragment is missing.
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

test('limits the incomplete messages of one sender', () =>
  withServer({ maxWaitingMessagesPerSender: 8 }, async (world) => {
    const raw = await world.sender();
    for (let message = 0; message < 20; message++) {
      await raw.send(...raw.datagramsOf(large, message, message * 20).slice(0, 1));
    }
    await allRead(world);
    assert.equal(world.server.stats().total.messagesIncomplete, 12);
    // The latest messages are retained.
    await raw.send(...raw.datagramsOf(large, 19, 400).slice(1));
    await eventually(() => world.server.stats().total.messagesTaken === 2, 'the last message to be taken');
  }));

test('charges an overhead for tiny fragments', () =>
  withServer({ maxWaitingBytesPerSender: 50_000 }, async (world) => {
    const flood = await world.sender();
    const datagrams = flood.datagramsOf(Buffer.alloc(1000), 0, 0, { fragmentCount: 1000 }).slice(1);
    await flood.send(...datagrams);
    await allRead(world);
    assert.equal(world.server.stats().total.messagesIncomplete, 1);
    assert.ok(world.handler.peakBytes < 55_000);
  }));

test('limits the known senders: forged addresses displace each other, and idle ones are dropped', () =>
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
    // A single address gets at most a quarter.
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
