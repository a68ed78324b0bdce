import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { describe, test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import { createGrpcClient, type GrpcClientOptions } from '../grpc.ts';
import {
  ACK,
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
  RESET,
  SETTINGS,
  settings,
  uint32,
  WINDOW,
  withRawServer,
} from './raw-server.testing.ts';

const [TABLE_SIZE, MAX_STREAMS, INITIAL_WINDOW, MAX_FRAME] = [1, 3, 4, 5];

function clientFor(endpoint: string, options: Partial<GrpcClientOptions> = {}) {
  return createGrpcClient({ endpoint, timeoutMillis: 8000, ...options });
}

describe('HTTP/2 connection of a client', { concurrency: true }, () => {
  test('respects the maximum of concurrent streams and sends the rest in order', async () => {
    let [open, max, done] = [0, 0, 0];
    const bodies: string[] = [];
    const server = http2.createServer({ settings: { maxConcurrentStreams: 3 } });
    server.on('stream', (stream: http2.ServerHttp2Stream) => {
      open += 1;
      max = Math.max(max, open);
      let body = '';
      stream.setEncoding('latin1').on('data', (chunk: string) => {
        body += chunk;
      });
      stream.on('end', () => {
        bodies.push(body.slice(5));
        setImmediate(() => {
          open -= 1;
          stream.respond({ ':status': 200, 'grpc-status': '0' }, { endStream: true });
        });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const client = clientFor(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
    const names = Array.from({ length: 40 }, (_, index) => `request ${index}`);
    await Promise.all(
      names.map(async (name) => {
        assert.deepEqual(await client.export('logs', [Buffer.from(name)]), ACCEPTED);
        done += 1;
      }),
    );
    assert.deepEqual([max, done], [3, 40]);
    assert.deepEqual(bodies, names);
    await client.shutdown();
    await new Promise((resolve) => server.close(resolve));
  });

  test('respects windows and frame sizes, even if they change during a request', () =>
    withRawServer(
      async (connection) => {
        const received: Buffer[] = [];
        let window = 10;
        const data = async (flags: number, max: number) => {
          const { payload, flags: got } = await connection.next(DATA);
          received.push(payload);
          window -= payload.length;
          assert.ok(window >= 0 && payload.length <= max, `${payload.length} bytes, window ${window}`);
          assert.equal(got, flags);
        };
        connection.write(settings({ [INITIAL_WINDOW]: 10 }));
        await data(0, 10);
        connection.write(frame(WINDOW, 0, 1, uint32(7)));
        window += 7;
        await data(0, 7);
        // Shrinks the window. 17 bytes of 5 have now been sent, so the next 12 must wait.
        connection.write(
          settings({ [INITIAL_WINDOW]: 5 }),
          frame(WINDOW, 0, 1, uint32(15)),
          frame(PING, 0, 0, Buffer.alloc(8)),
        );
        window += 10;
        await data(0, 10);
        connection.write(settings({ [INITIAL_WINDOW]: 100_000, [MAX_FRAME]: 20_000 }));
        window += 99_995;
        // Now the connection window is the limit: 65,535 minus 27.
        for (const size of [20_000, 20_000, 20_000, 5508]) await data(0, size);
        assert.equal(Buffer.concat(received).length, 65_535);
        connection.write(frame(WINDOW, 0, 0, uint32(100_000)));
        for (const [index, size] of [20_000, 14_475].entries()) await data(index === 1 ? END_STREAM : 0, size);
        assert.deepEqual(Buffer.concat(received).subarray(5), Buffer.concat(parts));
        connection.write(accepted(1));
      },
      async (endpoint) => {
        const client = clientFor(endpoint);
        assert.deepEqual(await client.export('traces', parts), ACCEPTED);
        await client.shutdown();
      },
    ));

  test('does not delay other requests by one without a window', () =>
    withRawServer(
      async (connection) => {
        connection.write(settings({ [INITIAL_WINDOW]: 100 }));
        assert.equal(await connection.request(), 3);
        connection.write(accepted(3), frame(WINDOW, 0, 1, uint32(1000)));
        assert.equal(await connection.request(), 1);
        connection.write(accepted(1));
      },
      async (endpoint) => {
        const client = clientFor(endpoint);
        const outcomes = [client.export('traces', [Buffer.alloc(500)]), client.export('traces', [Buffer.alloc(50)])];
        assert.deepEqual(await Promise.all(outcomes), [ACCEPTED, ACCEPTED]);
        await client.shutdown();
      },
    ));

  test('neither loses nor repeats requests when the server closes the connection gracefully', async () => {
    const processed: string[] = [];
    await withRawServer(
      async (connection, count) => {
        connection.write(settings({ [MAX_STREAMS]: 4 }));
        if (count === 1) {
          // Responds to streams 1 and 3 and leaves 5 and 7 unprocessed. More requests are queued in the client.
          for (let i = 0; i < 4; i++) await connection.request();
          connection.write(accepted(1), frame(GOAWAY, 0, 0, Buffer.concat([uint32(3), uint32(0)])));
          connection.write(accepted(3));
          processed.push('1:1', '1:3');
          assert.equal((await connection.next(GOAWAY)).payload.readUInt32BE(4), 0);
          return;
        }
        for (let i = 0; i < 8; i++) {
          const streamId = await connection.request();
          processed.push(`${count}:${streamId}`);
          connection.write(accepted(streamId));
        }
      },
      async (endpoint) => {
        const client = clientFor(endpoint);
        const outcomes = Array.from({ length: 10 }, () => client.export('traces', [Buffer.from('x')]));
        assert.deepEqual(await Promise.all(outcomes), Array(10).fill(ACCEPTED));
        await client.shutdown();
      },
    );
    assert.deepEqual(processed, ['1:1', '1:3', ...[1, 3, 5, 7, 9, 11, 13, 15].map((id) => `2:${id}`)]);
  });

  test('reads responses in every form that HTTP/2 allows', () =>
    withRawServer(
      async (connection) => {
        connection.write(settings({ [TABLE_SIZE]: 0 }), frame(PING, 0, 0, Buffer.from('pingpong')));
        assert.equal((await connection.next(SETTINGS)).flags, 0);
        assert.equal((await connection.next(SETTINGS)).flags, ACK);
        const ping = await connection.next(PING);
        assert.deepEqual([ping.flags, ping.payload.toString()], [ACK, 'pingpong']);
        const block = headers(1, [
          [':status', '200'],
          ['x-long', 'y'.repeat(300)],
        ]).subarray(9);
        await connection.request();
        connection.write(
          headers(1, [
            [':status', '103'],
            ['link', 'x'],
          ]),
          frame(HEADERS, PADDED | 0x20, 1, [3, 0, 0, 0, 0, 7, ...block.subarray(0, 4), 0, 0, 0]),
          frame(CONTINUATION, 0, 1, block.subarray(4, 9)),
          frame(CONTINUATION, END_HEADERS, 1, block.subarray(9)),
          frame(0x77, 0xff, 1, [1, 2, 3]),
          frame(DATA, PADDED, 1, [2, 0, 0, 0, 0, 9, 9]),
          frame(DATA, 0, 1, []),
          frame(DATA, 0, 1, [0]),
          headers(1, [['grpc-status', '0']], END_STREAM),
        );
        await connection.request();
        const trailersOnly = headers(
          3,
          [
            [':status', '200'],
            ['grpc-status', '3'],
            ['grpc-message', 'no'],
          ],
          END_STREAM,
        );
        for (const byte of trailersOnly) connection.write(Buffer.of(byte));
        // An early error response: the rest of the request is not needed.
        connection.write(settings({ [INITIAL_WINDOW]: 2 }));
        await connection.next(DATA);
        connection.write(
          headers(
            5,
            [
              [':status', '200'],
              ['grpc-status', '8'],
            ],
            END_STREAM,
          ),
        );
        const reset = await connection.next(RESET);
        assert.deepEqual([reset.streamId, reset.payload.readUInt32BE()], [5, 8]);
      },
      async (endpoint) => {
        const client = clientFor(endpoint);
        assert.deepEqual(await client.export('traces', []), ACCEPTED);
        const no = { kind: 'refused', reason: 'the server responded INVALID_ARGUMENT: no' };
        assert.deepEqual(await client.export('traces', []), no);
        assert.equal((await client.export('traces', [Buffer.alloc(10)])).kind, 'refused');
        await client.shutdown();
      },
    ));

  test('updates the window of the server, so that long responses complete', async () => {
    const piece = frame(DATA, 0, 1, Buffer.alloc(16_384));
    const outcome = await withLongResponse(piece);
    assert.deepEqual(outcome, ACCEPTED);
  });

  test('does not send a request that was aborted while it waited', () => {
    const aborts = [new AbortController(), new AbortController()];
    return withRawServer(
      async (connection) => {
        connection.write(settings({ [MAX_STREAMS]: 1 }));
        assert.equal(await connection.request(), 1);
        for (const abort of aborts.toReversed()) abort.abort();
        const reset = await connection.next();
        assert.deepEqual([reset.type, reset.streamId, reset.payload.readUInt32BE()], [RESET, 1, 8]);
        const { payload } = await connection.next(DATA);
        assert.equal(payload.toString('latin1', 5), 'third');
        connection.write(accepted(3));
      },
      async (endpoint) => {
        const client = clientFor(endpoint);
        const outcomes = aborts.map(({ signal }) => client.export('traces', [Buffer.from('aborted')], { signal }));
        for (const outcome of await Promise.all(outcomes)) assert.match(JSON.stringify(outcome), /aborted/);
        assert.deepEqual(await client.export('traces', [Buffer.from('third')]), ACCEPTED);
        await client.shutdown();
      },
    );
  });
});

const parts = [0, 1, 3000, 1, 50_000, 0, 40_000, 7000].map((size, index) => Buffer.alloc(size, index + 1));

async function withLongResponse(piece: Buffer): Promise<unknown> {
  const outcomes: unknown[] = [];
  await withRawServer(
    async (connection) => {
      connection.write(settings());
      await connection.request();
      connection.write(headers(1, [[':status', '200']]));
      const windows = [65_535, 65_535];
      for (let sent = 0; sent < 30; sent++) {
        while (Math.min(...windows) < 16_384) {
          const { streamId, payload } = await connection.next(WINDOW);
          windows[streamId] += payload.readUInt32BE();
        }
        connection.write(piece);
        for (const index of [0, 1]) windows[index] -= 16_384;
      }
      connection.write(headers(1, [['grpc-status', '0']], END_STREAM));
    },
    async (endpoint) => {
      const client = clientFor(endpoint, { maxResponseBytes: 100_000 });
      outcomes.push(await client.export('traces', []));
      await client.shutdown();
    },
  );
  return outcomes[0];
}
