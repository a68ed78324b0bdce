import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  frame,
  HEADERS,
  PADDED,
  PING,
  settings,
  uint32,
  WINDOW,
} from '../../client/http2/raw-server.testing.ts';
import {
  FLOW_CONTROL_ERROR,
  FRAME_SIZE_ERROR,
  fields,
  goawayCode,
  PROTOCOL_ERROR,
  REFUSED_STREAM,
  repeat,
  resetCode,
  STREAM_CLOSED,
  withServer,
} from './hostile-client.testing.ts';
import { call, callHeaders, message, prefix } from './raw-client.testing.ts';

describe('a client with hostile bodies', { concurrency: true }, () => {
  test('has calls beyond the limit refused and the others served', () =>
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

  test('holds the memory of an incomplete message only while it arrives', () =>
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

  test('has rejected data discarded without exhausting the windows', () =>
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

  test('may use any padding within its frames', () =>
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

describe('a client that violates the protocol', { concurrency: true }, () => {
  const violations: Readonly<Record<string, readonly [code: number, ...frames: Uint8Array[]]>> = {
    'an oversized frame': [FRAME_SIZE_ERROR, frame(DATA, 0, 1, Buffer.alloc(16_385))],
    'a PING of seven bytes': [FRAME_SIZE_ERROR, frame(PING, 0, 0, Buffer.alloc(7))],
    'DATA without a stream': [PROTOCOL_ERROR, frame(DATA, 0, 0, [1])],
    'DATA for an idle stream': [PROTOCOL_ERROR, frame(DATA, 0, 5, [1])],
    'an even stream': [PROTOCOL_ERROR, callHeaders(2)],
    'a stream below one that is open': [PROTOCOL_ERROR, callHeaders(5), callHeaders(3)],
    'another frame inside a header block': [PROTOCOL_ERROR, callHeaders(1, 0), frame(PING, 0, 0, Buffer.alloc(8))],
    'CONTINUATION without HEADERS': [PROTOCOL_ERROR, frame(CONTINUATION, 0, 1, [])],
    'HEADERS shorter than their padding': [PROTOCOL_ERROR, frame(HEADERS, PADDED, 1, [9, 0x82])],
    PUSH_PROMISE: [PROTOCOL_ERROR, frame(5, END_HEADERS, 1, [0, 0, 0, 2])],
    'invalid SETTINGS': [FLOW_CONTROL_ERROR, settings({ 4: 0x8000_0000 })],
    'WINDOW_UPDATE of 0': [PROTOCOL_ERROR, frame(WINDOW, 0, 0, uint32(0))],
  };
  for (const [name, [code, ...frames]] of Object.entries(violations)) {
    test(`is disconnected: ${name}`, () =>
      withServer(async ({ connect }) => {
        const client = connect();
        client.send(...frames);
        assert.equal(await goawayCode(client), code);
      }));
  }

  test('cannot continue a stream that it has ended', () =>
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
