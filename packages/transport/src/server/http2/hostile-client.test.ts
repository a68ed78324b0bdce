import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import {
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  frame,
  HEADERS,
  PADDED,
  PING,
  RESET,
  SETTINGS,
  settings,
  uint32,
  WINDOW,
} from '../../client/http2/raw-server.testing.ts';
import { encodeHeaderBlock } from '../../http2/hpack/encoder.ts';
import {
  CANCEL,
  COMPRESSION_ERROR,
  ENHANCE_YOUR_CALM,
  FLOW_CONTROL_ERROR,
  fields,
  goawayCode,
  PROTOCOL_ERROR,
  REFUSED_STREAM,
  repeat,
  resetCode,
  withServer,
} from './hostile-client.testing.ts';
import { CALL, call, callHeaders, message } from './raw-client.testing.ts';

describe('a client that wastes resources', { concurrency: true }, () => {
  test('is disconnected for rapid resets (CVE-2023-44487)', () =>
    withServer(async ({ connect, handler }) => {
      const client = connect();
      client.send(
        repeat(1500, (i) => Buffer.concat([callHeaders(2 * i + 1), frame(RESET, 0, 2 * i + 1, uint32(CANCEL))])),
      );
      assert.equal(await goawayCode(client), ENHANCE_YOUR_CALM);
      assert.equal(handler.requests.length, 1);
    }));

  test('has no more concurrent calls than streams, even if it resets them', () =>
    withServer(
      async ({ connect, handler }) => {
        const held = Promise.withResolvers<Outcome>();
        handler.response = () => held.promise;
        const client = connect();
        client.send(repeat(4, (i) => call(2 * i + 1)));
        await handler.untilRequests(5);
        client.send(
          repeat(4, (i) => frame(RESET, 0, 2 * i + 1, uint32(CANCEL))),
          call(9),
        );
        assert.equal(await resetCode(client, 9), REFUSED_STREAM);
        assert.equal(handler.requests.length, 5);
        held.resolve(ACCEPTED);
        await handler.untilReleased();
        handler.response = () => ACCEPTED;
        client.send(call(11));
        await client.next(DATA, 11);
      },
      { maxConcurrentStreams: 4 },
    ));

  test('is disconnected for provoking resets (CVE-2025-8671)', () =>
    withServer(async ({ connect }) => {
      const client = connect();
      client.send(repeat(1500, (i) => Buffer.concat([callHeaders(2 * i + 1), frame(WINDOW, 0, 2 * i + 1, uint32(0))])));
      assert.equal(await goawayCode(client), ENHANCE_YOUR_CALM);
    }));

  const floods: Readonly<Record<string, (index: number) => Uint8Array>> = {
    PING: () => frame(PING, 0, 0, Buffer.alloc(8)),
    SETTINGS: () => settings({ 4: 65_535 }),
    PRIORITY: () => frame(2, 0, 1, Buffer.alloc(5)),
    WINDOW_UPDATE: () => frame(WINDOW, 0, 0, uint32(1)),
    'RST_STREAM for closed streams': () => frame(RESET, 0, 1, uint32(CANCEL)),
    'unknown frames': () => frame(99, 0, 0),
  };
  for (const [name, flood] of Object.entries(floods)) {
    test(`is disconnected for a flood of ${name}`, () =>
      withServer(async ({ connect }) => {
        const client = connect();
        client.send(call(1), repeat(1500, flood));
        assert.equal(await goawayCode(client), ENHANCE_YOUR_CALM);
      }));
  }

  for (const [name, payload] of [
    ['empty DATA', []],
    ['DATA with padding only', [3, 0, 0, 0]],
  ] as const) {
    test(`is disconnected for a flood of ${name}`, () =>
      withServer(async ({ connect }) => {
        const client = connect();
        const flags = payload.length > 0 ? PADDED : 0;
        client.send(
          callHeaders(1),
          repeat(1500, () => frame(DATA, flags, 1, payload)),
        );
        assert.equal(await goawayCode(client), ENHANCE_YOUR_CALM);
      }));
  }

  test('is served when it probes and adjusts windows with each of many calls', () =>
    withServer(async ({ connect }) => {
      const client = connect();
      for (let i = 0; i < 3000; i++) {
        client.send(frame(PING, 0, 0, Buffer.alloc(8)), frame(WINDOW, 0, 0, uint32(5)), call(2 * i + 1));
        if (i % 100 === 99) await client.next(DATA, 2 * i + 1);
      }
      assert.equal(client.socket.destroyed, false);
    }));
});

describe('a client with hostile headers', { concurrency: true }, () => {
  for (const [name, fragment] of [
    ['empty', Buffer.alloc(0)],
    ['large', Buffer.alloc(16_000, 0x82)],
  ] as const) {
    test(`is disconnected for a flood of ${name} CONTINUATION frames`, () =>
      withServer(async ({ connect }) => {
        const client = connect();
        client.send(
          callHeaders(1, 0),
          repeat(200, () => frame(CONTINUATION, 0, 1, fragment)),
        );
        assert.equal(await goawayCode(client), ENHANCE_YOUR_CALM);
      }));
  }

  test('cannot expand a small block by a thousand references to a field of 4 kB', () =>
    withServer(async ({ connect, handler }) => {
      const client = connect();
      const name = Buffer.from('x-bomb');
      const value = Buffer.alloc(4000, 'x');
      const entry = Buffer.concat([Buffer.of(0x40, name.length), name, Buffer.of(0x7f, 0xa1, 0x1e), value]);
      client.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, Buffer.concat([encodeHeaderBlock(CALL), entry])));
      await client.next(HEADERS, 1);
      const bomb = Buffer.concat([encodeHeaderBlock(CALL), Buffer.alloc(10_000, 0xbe)]);
      client.send(repeat(20, (i) => frame(HEADERS, END_HEADERS | END_STREAM, 2 * i + 3, bomb)));
      const response = await client.next(HEADERS, 41);
      assert.equal(fields(response.payload)[':status'], '431');
      assert.equal(handler.requests.length, 1);
      client.send(call(43));
      await client.next(DATA, 43);
    }));

  test('is disconnected for an invalid table index', () =>
    withServer(async ({ connect }) => {
      const client = connect();
      client.send(frame(HEADERS, END_HEADERS, 1, [0xff, 0xff, 0x01]));
      assert.equal(await goawayCode(client), COMPRESSION_ERROR);
    }));

  test('has malformed requests reset and valid ones served', () =>
    withServer(async ({ connect, handler }) => {
      const without = (name: string) => CALL.filter(([field]) => field !== name);
      const malformed = [
        without(':path'),
        without(':method'),
        without(':scheme'),
        [...CALL, ['connection', 'close'] as const],
        [...CALL, ['Upper', 'x'] as const],
        [...CALL, [':path', '/'] as const],
        [...CALL, ['content-length', '7'] as const],
      ];
      const client = connect();
      for (const [index, list] of malformed.entries()) {
        const id = 2 * index + 1;
        client.send(frame(HEADERS, END_HEADERS, id, encodeHeaderBlock(list)), message(id));
        assert.equal(await resetCode(client, id), PROTOCOL_ERROR, JSON.stringify(list));
      }
      client.send(callHeaders(101, END_HEADERS, [['content-length', '8']]), message(101));
      await client.next(DATA, 101);
      assert.equal(handler.requests.length, 2);
    }));
});

describe('a client that manipulates windows', { concurrency: true }, () => {
  test('receives its response byte by byte through a small window', () =>
    withServer(async ({ connect }) => {
      const client = connect({ 4: 0 });
      client.send(call(1));
      await client.next(HEADERS, 1);
      for (let byte = 0; byte < 5; byte++) {
        client.send(frame(WINDOW, 0, 1, uint32(1)));
        const { payload, flags } = await client.next(DATA, 1);
        assert.deepEqual([payload.length, flags], [1, 0]);
      }
      const trailers = await client.next(HEADERS, 1);
      assert.equal(trailers.flags, END_STREAM | END_HEADERS);
      assert.equal(fields(trailers.payload)['grpc-status'], '0');
    }));

  test('holds at most one response per stream with an empty window, for a limited time', () =>
    withServer(
      async ({ connect, clock, handler }) => {
        const client = connect({ 4: 0 });
        client.send(repeat(60, (i) => call(2 * i + 1)));
        assert.equal(await resetCode(client, 119), REFUSED_STREAM);
        assert.equal(handler.requests.length, 51);
        await clock.advance(1001);
        assert.equal(await resetCode(client, 99), CANCEL);
        client.send(settings({ 4: 100 }), call(121));
        await client.next(DATA, 121);
      },
      { maxConcurrentStreams: 50, requestTimeoutMillis: 1000 },
    ));

  test('receives pending data when the window or settings allow it', () =>
    withServer(async ({ connect }) => {
      const client = connect({ 4: 5 });
      client.send(settings({ 4: 0 }), call(1));
      await client.next(HEADERS, 1);
      client.send(settings({ 4: 5 }));
      assert.equal((await client.next(DATA, 1)).payload.length, 5);
      // The connection window starts at 65,535 bytes, of which 5 have been used.
      for (let i = 0; i < 13_106; i++) {
        client.send(call(2 * i + 3));
        if (i % 500 === 0 || i === 13_105) await client.next(DATA, 2 * i + 3);
      }
      client.send(call(90_001));
      await client.next(HEADERS, 90_001);
      client.send(frame(WINDOW, 0, 0, uint32(3)));
      assert.equal((await client.next(DATA, 90_001)).payload.length, 3);
      client.send(frame(WINDOW, 0, 0, uint32(100)));
      assert.equal((await client.next(DATA, 90_001)).payload.length, 2);
    }));

  test('is disconnected for an overflow of the connection window, and loses a stream whose window overflows', () =>
    withServer(async ({ connect }) => {
      const stream = connect();
      stream.send(callHeaders(1), frame(WINDOW, 0, 1, uint32(0x7fff_ffff)));
      assert.equal(await resetCode(stream, 1), FLOW_CONTROL_ERROR);
      stream.send(frame(WINDOW, 0, 0, uint32(0x7fff_ffff)));
      assert.equal(await goawayCode(stream), FLOW_CONTROL_ERROR);
      const initial = connect({ 4: 1 });
      initial.send(callHeaders(1), frame(WINDOW, 0, 1, uint32(0x7fff_fffe)), settings({ 4: 2 }));
      assert.equal(await goawayCode(initial), FLOW_CONTROL_ERROR);
    }));

  test('is not read from while it does not read, and is disconnected when that lasts', () =>
    withServer(
      async ({ connect, clock, handler, server }) => {
        const client = connect();
        await client.next(SETTINGS);
        client.socket.pause();
        handler.rejection = { kind: 'retry', afterMillis: 1, reason: 'x'.repeat(4000) };
        let calls = 0;
        // The kernel buffers several megabytes. Then the server's writes block, and so do the client's.
        while (client.socket.writableLength < 500_000) {
          client.send(repeat(100, (i) => call(2 * (calls + i) + 1)));
          calls += 100;
          await new Promise((resolve) => setImmediate(resolve));
          assert.ok(calls < 500_000, 'expected the server to stop reading');
        }
        // The kernel may still accept some of the output, which counts as reading.
        while (server.connectionCount > 1) await clock.advance(1);
        client.socket.resume();
        await client.closed();
      },
      { requestTimeoutMillis: 1000 },
    ));
});
