import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { createManualClock, type ManualClock } from '@otelier/testkit';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/transport';
import {
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  frame,
  GOAWAY,
  HEADERS,
  PADDED,
  PING,
  RESET,
  SETTINGS,
  settings,
  uint32,
  WINDOW,
} from '../../client/http2/raw-server.testing.ts';
import type { ExportServer } from '../../contract.ts';
import { HpackDecoder } from '../../http2/hpack/decoder.ts';
import { encodeHeaderBlock } from '../../http2/hpack/encoder.ts';
import type { GrpcServerOptions } from '../grpc/options.ts';
import { createGrpcServer } from '../grpc/server.ts';
import { CALL, call, callHeaders, message, prefix, RawClient } from './raw-client.testing.ts';

const PROTOCOL_ERROR = 1;
const FLOW_CONTROL_ERROR = 3;
const STREAM_CLOSED = 5;
const FRAME_SIZE_ERROR = 6;
const REFUSED_STREAM = 7;
const CANCEL = 8;
const COMPRESSION_ERROR = 9;
const ENHANCE_YOUR_CALM = 11;

interface Bench {
  readonly handler: RecordingHandler;
  readonly clock: ManualClock;
  readonly server: ExportServer;
  connect(values?: Readonly<Record<number, number>>): RawClient;
}

/** Runs `body` with a server and, at its end, sees that other connections were served all along and nothing is held. */
async function withServer(
  body: (bench: Bench) => Promise<void>,
  options: Partial<GrpcServerOptions> = {},
): Promise<void> {
  const handler = createRecordingHandler();
  const clock = createManualClock();
  const server = await createGrpcServer({ endpoint: '127.0.0.1:0', clock, ...options }, handler);
  const clients: RawClient[] = [];
  const connect = (values: Readonly<Record<number, number>> = {}) => {
    const client = RawClient.connect(server.address, values);
    clients.push(client);
    return client;
  };
  const neighbour = connect();
  try {
    neighbour.send(call(1));
    await neighbour.next(DATA, 1);
    await body({ handler, clock, server, connect });
    handler.response = () => ACCEPTED;
    handler.rejection = undefined;
    neighbour.send(call(3));
    assert.deepEqual([...(await neighbour.next(DATA, 3)).payload], [0, 0, 0, 0, 0]);
  } finally {
    for (const { socket } of clients) socket.destroy();
    await server.shutdown(0);
  }
  await handler.untilReleased();
  assert.equal(handler.reservedBytes, 0);
}

function codeOf(payload: Buffer, at: number): number {
  return payload.readUInt32BE(at);
}

async function goawayCode(client: RawClient): Promise<number> {
  const { payload } = await client.next(GOAWAY);
  await client.closed();
  return codeOf(payload, 4);
}

async function resetCode(client: RawClient, streamId: number): Promise<number> {
  return codeOf((await client.next(RESET, streamId)).payload, 0);
}

function fields(block: Buffer): Readonly<Record<string, unknown>> {
  const decoded = new HpackDecoder({ maxListBytes: 16_384, messages: 'response' }).decode(block);
  assert.ok(decoded.kind === 'block');
  return decoded.fields;
}

function repeat(count: number, make: (index: number) => Uint8Array): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, index) => make(index)));
}

describe('a client that wastes our work', { concurrency: true }, () => {
  test('is sent away when it opens and resets streams in turn (CVE-2023-44487)', () =>
    withServer(async ({ connect, handler }) => {
      const client = connect();
      client.send(
        repeat(1500, (i) => Buffer.concat([callHeaders(2 * i + 1), frame(RESET, 0, 2 * i + 1, uint32(CANCEL))])),
      );
      assert.equal(await goawayCode(client), ENHANCE_YOUR_CALM);
      assert.equal(handler.requests.length, 1);
    }));

  test('has no more calls at work than streams, however many it resets', () =>
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

  test('is sent away when it makes us reset streams (CVE-2025-8671)', () =>
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
    'RST_STREAM for streams that are over': () => frame(RESET, 0, 1, uint32(CANCEL)),
    'unknown frames': () => frame(99, 0, 0),
  };
  for (const [name, flood] of Object.entries(floods)) {
    test(`is sent away when it floods us with ${name}`, () =>
      withServer(async ({ connect }) => {
        const client = connect();
        client.send(call(1), repeat(1500, flood));
        assert.equal(await goawayCode(client), ENHANCE_YOUR_CALM);
      }));
  }

  for (const [name, payload] of [
    ['empty DATA', []],
    ['DATA of padding alone', [3, 0, 0, 0]],
  ] as const) {
    test(`is sent away when it floods us with ${name}`, () =>
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

  test('is served when it probes us and adjusts windows with each of many calls', () =>
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
    test(`is sent away when it floods us with ${name} CONTINUATION frames`, () =>
      withServer(async ({ connect }) => {
        const client = connect();
        client.send(
          callHeaders(1, 0),
          repeat(200, () => frame(CONTINUATION, 0, 1, fragment)),
        );
        assert.equal(await goawayCode(client), ENHANCE_YOUR_CALM);
      }));
  }

  test('does not make a small block large: one of 4 kB a thousand times over', () =>
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

  test('ends its connection when its table is not ours', () =>
    withServer(async ({ connect }) => {
      const client = connect();
      client.send(frame(HEADERS, END_HEADERS, 1, [0xff, 0xff, 0x01]));
      assert.equal(await goawayCode(client), COMPRESSION_ERROR);
    }));

  test('has its malformed requests reset, and others taken', () =>
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

describe('a client that plays with windows', { concurrency: true }, () => {
  test('gets its answers byte by byte when it grants no more', () =>
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

  test('holds no more than an answer a stream with a window of nothing, and that not for ever', () =>
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

  test('gets what waits as soon as the connection or the settings have room', () =>
    withServer(async ({ connect }) => {
      const client = connect({ 4: 5 });
      client.send(settings({ 4: 0 }), call(1));
      await client.next(HEADERS, 1);
      client.send(settings({ 4: 5 }));
      assert.equal((await client.next(DATA, 1)).payload.length, 5);
      // The connection begins with 65,535 bytes, of which 5 are spent.
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

  test('is sent away when the connection window overflows, and loses the stream whose window does', () =>
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

  test('is not read from while it does not read, and cut when that lasts', () =>
    withServer(
      async ({ connect, clock, handler, server }) => {
        const client = connect();
        await client.next(SETTINGS);
        client.socket.pause();
        handler.rejection = { kind: 'retry', afterMillis: 1, reason: 'x'.repeat(4000) };
        let calls = 0;
        // The kernel's buffers take some megabytes; then our writes wait, and so do the client's.
        while (client.socket.writableLength < 500_000) {
          client.send(repeat(100, (i) => call(2 * (calls + i) + 1)));
          calls += 100;
          await new Promise((resolve) => setImmediate(resolve));
          assert.ok(calls < 500_000, 'the server reads on');
        }
        // The kernel may still make room for a part, which is reading.
        while (server.connectionCount > 1) await clock.advance(1);
        client.socket.resume();
        await client.closed();
      },
      { requestTimeoutMillis: 1000 },
    ));
});

describe('a client with hostile bodies', { concurrency: true }, () => {
  test('has calls refused beyond the limit, and the others served', () =>
    withServer(
      async ({ connect, handler }) => {
        const client = connect();
        client.send(repeat(6, (i) => callHeaders(2 * i + 1)));
        assert.equal(await resetCode(client, 9), REFUSED_STREAM);
        assert.equal(await resetCode(client, 11), REFUSED_STREAM);
        client.send(
          message(9),
          message(11),
          repeat(4, (i) => message(2 * i + 1)),
        );
        await client.next(DATA, 7);
        client.send(call(13));
        await client.next(DATA, 13);
        assert.equal(handler.requests.length, 6);
      },
      { maxConcurrentStreams: 4 },
    ));

  test('holds the memory of half a message for no longer than it goes on', () =>
    withServer(async ({ connect, clock, handler }) => {
      const client = connect();
      client.send(
        repeat(10, (i) =>
          Buffer.concat([callHeaders(2 * i + 1), frame(DATA, 0, 2 * i + 1, [...prefix(4_000_000), 1])]),
        ),
      );
      while (handler.reservedBytes < 40_000_000) await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(9_000);
      client.send(frame(DATA, 0, 1, Buffer.alloc(16_000)));
      client.send(frame(PING, 0, 0, Buffer.alloc(8)));
      await client.next(PING);
      await clock.advance(5001);
      const refused = await client.next(HEADERS, 19);
      assert.equal(fields(refused.payload)['grpc-status'], '4');
      while (handler.reservedBytes > 4_000_000) await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(15_001);
      assert.equal(fields((await client.next(HEADERS, 1)).payload)['grpc-status'], '4');
    }));

  test('sends what is refused into nothing, without an end to the windows', () =>
    withServer(async ({ connect, handler }) => {
      handler.rejection = { kind: 'retry', afterMillis: 1000, reason: 'full' };
      const client = connect();
      const part = frame(DATA, 0, 0, Buffer.alloc(16_384));
      for (let call = 0; call < 20; call++) {
        const id = 2 * call + 1;
        client.send(callHeaders(id), frame(DATA, 0, id, prefix(4_000_000)));
        part.writeUInt32BE(id, 5);
        client.send(
          repeat(243, () => part),
          frame(DATA, END_STREAM, id, [1]),
        );
        assert.equal(fields((await client.next(HEADERS, id)).payload)['grpc-status'], '8');
        assert.equal(await resetCode(client, id), 0);
      }
      assert.equal(handler.peakBytes, 3);
    }));

  test('may pad as it likes, within its frames', () =>
    withServer(async ({ connect, handler }) => {
      const client = connect();
      const padded = (id: number, byte: number, flags = 0) =>
        frame(DATA, PADDED | flags, id, Buffer.concat([Buffer.of(255, byte), Buffer.alloc(255)]));
      client.send(
        callHeaders(1),
        ...prefix(3)
          .values()
          .map((byte) => padded(1, byte)),
      );
      client.send(padded(1, 97), padded(1, 98), padded(1, 99, END_STREAM));
      await client.next(DATA, 1);
      assert.equal(Buffer.from(handler.requests[1]?.body ?? []).toString(), 'abc');
      client.send(callHeaders(3), frame(DATA, PADDED, 3, [9, 0, 0, 0]));
      assert.equal(await goawayCode(client), PROTOCOL_ERROR);
    }));
});

describe('a client that breaks the protocol', { concurrency: true }, () => {
  const breaches: Readonly<Record<string, readonly [code: number, ...frames: Uint8Array[]]>> = {
    'a frame that is too large': [FRAME_SIZE_ERROR, frame(DATA, 0, 1, Buffer.alloc(16_385))],
    'a PING of seven bytes': [FRAME_SIZE_ERROR, frame(PING, 0, 0, Buffer.alloc(7))],
    'DATA without a stream': [PROTOCOL_ERROR, frame(DATA, 0, 0, [1])],
    'DATA for a stream that has not begun': [PROTOCOL_ERROR, frame(DATA, 0, 5, [1])],
    'an even stream': [PROTOCOL_ERROR, callHeaders(2)],
    'a stream below one that it has opened': [PROTOCOL_ERROR, callHeaders(5), callHeaders(3)],
    'another frame amid a header block': [PROTOCOL_ERROR, callHeaders(1, 0), frame(PING, 0, 0, Buffer.alloc(8))],
    'CONTINUATION of nothing': [PROTOCOL_ERROR, frame(CONTINUATION, 0, 1, [])],
    'HEADERS shorter than their padding': [PROTOCOL_ERROR, frame(HEADERS, PADDED, 1, [9, 0x82])],
    PUSH_PROMISE: [PROTOCOL_ERROR, frame(5, END_HEADERS, 1, [0, 0, 0, 2])],
    'SETTINGS that cannot be': [FLOW_CONTROL_ERROR, settings({ 4: 0x8000_0000 })],
    'WINDOW_UPDATE of nothing': [PROTOCOL_ERROR, frame(WINDOW, 0, 0, uint32(0))],
  };
  for (const [name, [code, ...frames]] of Object.entries(breaches)) {
    test(`is told so and cut: ${name}`, () =>
      withServer(async ({ connect }) => {
        const client = connect();
        client.send(...frames);
        assert.equal(await goawayCode(client), code);
      }));
  }

  test('may not go on with a stream that it has ended', () =>
    withServer(async ({ connect }) => {
      for (const late of [callHeaders(1), message(1)]) {
        const halfClosed = connect();
        halfClosed.send(call(1), late, call(3));
        assert.equal(await resetCode(halfClosed, 1), STREAM_CLOSED);
        await halfClosed.next(DATA, 3);
      }
      const closed = connect();
      closed.send(call(1));
      await closed.next(DATA, 1);
      closed.send(message(1));
      assert.equal(await resetCode(closed, 1), STREAM_CLOSED);
      closed.send(callHeaders(1));
      assert.equal(await goawayCode(closed), STREAM_CLOSED);
    }));
});
