import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { randomFrom } from '../../http2/hpack/random.testing.ts';
import { createGrpcClient, type GrpcClientOptions } from '../grpc.ts';
import {
  accepted,
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  frame,
  GOAWAY,
  HEADERS,
  headers,
  PADDED,
  PING,
  PUSH,
  RESET,
  SETTINGS,
  settings,
  uint32,
  WINDOW,
  withRawServer,
} from './raw-server.testing.ts';

const [_TABLE_SIZE, _MAX_STREAMS, INITIAL_WINDOW, MAX_FRAME] = [1, 3, 4, 5];

function clientFor(endpoint: string, options: Partial<GrpcClientOptions> = {}) {
  return createGrpcClient({ endpoint, timeoutMillis: 8000, ...options });
}

/** Sends one request to a server that responds with `frames`, and returns the outcome. */
async function outcomeOf(...frames: readonly Uint8Array[]) {
  const outcomes: unknown[] = [];
  await withRawServer(
    async (connection) => {
      connection.write(settings());
      await connection.request();
      connection.write(...frames);
    },
    async (endpoint) => {
      const client = clientFor(endpoint);
      outcomes.push(await client.export('traces', [Buffer.from('body')]));
      await client.shutdown();
    },
  );
  return outcomes[0];
}

describe('HTTP/2 connection of a client, with a hostile server', { concurrency: true }, () => {
  test('reports a protocol violation of the server as retryable, with the reason', async () => {
    const status: readonly [string, string] = [':status', '200'];
    const violations: readonly (readonly [RegExp, ...Uint8Array[]])[] = [
      [/expected no PUSH_PROMISE/, frame(PUSH, END_HEADERS, 1, [0, 0, 0, 2])],
      [/WINDOW_UPDATE above 0/, frame(WINDOW, 0, 0, uint32(0))],
      [/WINDOW_UPDATE above 0/, frame(WINDOW, 0, 1, uint32(0))],
      [/window of at most 31 bits/, frame(WINDOW, 0, 0, uint32(0x7fffffff))],
      [/window of at most 31 bits/, frame(WINDOW, 0, 1, uint32(0x7fffffff))],
      [/INITIAL_WINDOW_SIZE: expected at most 31 bits/, settings({ [INITIAL_WINDOW]: 0x80000000 })],
      [/MAX_FRAME_SIZE: expected at least 16384/, settings({ [MAX_FRAME]: 16_383 })],
      [/settings of six bytes/, frame(SETTINGS, 0, 0, [1, 2, 3, 4, 5])],
      [/an open stream, got 3/, accepted(3)],
      [/an open stream, got 2/, accepted(2)],
      [/headers before data/, frame(DATA, END_STREAM, 1, [0])],
      [/expected a :status/, headers(1, [['grpc-status', '0']], END_STREAM)],
      [/pseudo-header field of a response, got ":path"/, headers(1, [[':path', '/']], END_STREAM)],
      [/trailers with END_STREAM/, headers(1, [status]), headers(1, [['grpc-status', '0']])],
      [/trailers without pseudo-header fields/, headers(1, [status]), headers(1, [status], END_STREAM)],
      [/index of a field, got 62/, frame(HEADERS, END_HEADERS, 1, [0xbe])],
      [/at most 65536 bytes of headers/, tooManyFields()],
      [
        /smaller header block in fewer fragments/,
        frame(HEADERS, 0, 1),
        ...Array.from({ length: 300 }, () => frame(CONTINUATION, 0, 1)),
      ],
      [/frame that is allowed here/, frame(HEADERS, 0, 1), frame(PING, 0, 0, Buffer.alloc(8))],
      [/frame that is allowed here/, frame(CONTINUATION, END_HEADERS, 1)],
      [/padding/, frame(HEADERS, END_HEADERS | PADDED, 1, [9, 0x88])],
      [/at most 16384 bytes/, frame(HEADERS, END_HEADERS, 1, Buffer.alloc(16_385))],
      [/reset the stream \(INTERNAL_ERROR\)/, frame(RESET, 0, 1, uint32(2))],
      [/reset the stream \(error 99\)/, frame(RESET, 0, 1, uint32(99))],
      [/without a gRPC status/, headers(1, [status], END_STREAM)],
    ];
    await Promise.all(
      violations.map(async ([reason, ...frames]) => {
        const outcome = await outcomeOf(...frames);
        assert.equal((outcome as { kind: string }).kind, 'retry', String(reason));
        assert.match((outcome as { reason: string }).reason, reason);
      }),
    );
  });

  test('reports a server that does not speak HTTP/2', () =>
    withRawServer(
      async (connection) => connection.write(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')),
      async (endpoint) => {
        const client = clientFor(endpoint);
        assert.match(JSON.stringify(await client.export('traces', [])), /does not speak HTTP\/2/);
        await client.shutdown();
      },
    ));

  test('limits the replies to a server that does not read', () =>
    withRawServer(
      async (connection) => {
        connection.write(settings());
        await connection.request();
        connection.socket.pause();
        const pings = Buffer.concat(Array.from({ length: 1000 }, () => frame(PING, 0, 0, Buffer.alloc(8))));
        while (!connection.socket.destroyed) {
          if (!connection.socket.write(pings)) await new Promise((resolve) => setImmediate(resolve));
        }
      },
      async (endpoint) => {
        const client = clientFor(endpoint, { timeoutMillis: 60_000 });
        // More than the socket can have accepted.
        assert.match(JSON.stringify(await client.export('traces', [])), /too many unread replies/);
        await client.shutdown();
      },
    ));

  test('shuts down despite a server that neither responds nor reads', async () => {
    await withRawServer(
      async (connection) => {
        connection.write(settings({ [INITIAL_WINDOW]: 0x7fffffff }), frame(WINDOW, 0, 0, uint32(0x7fff0000)));
        await connection.next(HEADERS);
        connection.socket.pause();
      },
      async (endpoint) => {
        const client = clientFor(endpoint, { timeoutMillis: 300 });
        const outcome = await client.export('traces', [Buffer.alloc(64 * 1024 * 1024)]);
        assert.match(JSON.stringify(outcome), /within 300 ms/);
        await client.shutdown();
      },
    );
  });

  test('terminates on any input of a server', async () => {
    const random = randomFrom(7);
    const script = [
      settings({ [INITIAL_WINDOW]: 100_000 }),
      headers(1, [[':status', '200']]),
      frame(WINDOW, 0, 1, uint32(1000)),
      frame(DATA, PADDED, 1, [2, 0, 0, 0, 0, 0, 0, 0]),
      frame(PING, 0, 0, Buffer.alloc(8)),
      headers(1, [['grpc-status', '0']], END_STREAM),
      frame(GOAWAY, 0, 0, Buffer.concat([uint32(1), uint32(0)])),
    ];
    const kinds = new Set<string>();
    await withRawServer(
      async (connection) => {
        connection.write(settings());
        await connection.next(DATA);
        const bytes = Buffer.concat(script.filter(() => random(8) > 0));
        for (let change = random(4); change > 0; change--) bytes[random(bytes.length)] = random(256);
        const cut = random(bytes.length);
        connection.write(bytes.subarray(0, cut));
        connection.socket.end(bytes.subarray(cut));
      },
      async (endpoint) => {
        for (let round = 0; round < 400; round++) {
          const client = clientFor(endpoint);
          kinds.add((await client.export('traces', [Buffer.alloc(100)])).kind);
          await client.shutdown();
        }
      },
    );
    assert.deepEqual([...kinds].sort(), ['accepted', 'refused', 'retry']);
  });
});

/** Returns about 100 kB of fields, encoded as static table indices. */
function tooManyFields(): Buffer {
  return frame(HEADERS, END_HEADERS | END_STREAM, 1, Buffer.concat([Buffer.of(0x88), Buffer.alloc(3000, 0x90)]));
}
