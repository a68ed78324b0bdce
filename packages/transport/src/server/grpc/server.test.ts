import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import { describe, test } from 'node:test';
import zlib from 'node:zlib';
import { decodeRpcStatus, SIGNALS } from '@otelier/otlp';
import { createManualClock } from '@otelier/testkit/clock';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import { createNodeHttp2GrpcServer } from './node-http2-server.testing.ts';
import type { GrpcServerOptions } from './options.ts';
import { createGrpcServer } from './server.ts';

interface Reply {
  readonly httpStatus: number | undefined;
  readonly status: string | undefined;
  readonly message: string | undefined;
  readonly details: Buffer | undefined;
  readonly body: Buffer;
  /** Error code with which the server reset the stream. */
  readonly reset: number | undefined;
}

interface Bench {
  readonly handler: RecordingHandler;
  readonly port: number;
  readonly session: http2.ClientHttp2Session;
  call(chunks: readonly Uint8Array[], headers?: http2.OutgoingHttpHeaders): Promise<Reply>;
}

const PATH = `/${SIGNALS.traces.grpcService}/Export`;

function open(session: http2.ClientHttp2Session, headers: http2.OutgoingHttpHeaders = {}): http2.ClientHttp2Stream {
  return session.request(
    { ':method': 'POST', ':path': PATH, 'content-type': 'application/grpc', te: 'trailers', ...headers },
    { endStream: false },
  );
}

async function replyOf(stream: http2.ClientHttp2Stream): Promise<Reply> {
  const fields: http2.IncomingHttpHeaders = {};
  const chunks: Buffer[] = [];
  stream.on('response', (headers) => Object.assign(fields, headers));
  stream.on('trailers', (headers) => Object.assign(fields, headers));
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('error', () => {});
  await new Promise((resolve) => stream.on('close', resolve));
  const details = fields['grpc-status-details-bin'];
  const httpStatus = fields[':status'];
  return {
    httpStatus: httpStatus === undefined ? undefined : Number(httpStatus),
    status: fields['grpc-status']?.toString(),
    message: fields['grpc-message']?.toString(),
    details: typeof details === 'string' ? Buffer.from(details, 'base64') : undefined,
    body: Buffer.concat(chunks),
    reset: stream.rstCode,
  };
}

function message(body: Uint8Array, flag = 0, length = body.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, body]);
}

const OK = '0';
const INVALID_ARGUMENT = '3';
const DEADLINE_EXCEEDED = '4';
const RESOURCE_EXHAUSTED = '8';
const UNIMPLEMENTED = '12';
const UNAVAILABLE = '14';

const SERVERS = { 'own frames': createGrpcServer, 'node:http2': createNodeHttp2GrpcServer };

for (const [name, createServer] of Object.entries(SERVERS)) {
  const withServer = async (
    body: (bench: Bench) => Promise<void>,
    options: Partial<GrpcServerOptions> = {},
  ): Promise<void> => {
    const handler = createRecordingHandler();
    const server = await createServer({ endpoint: '127.0.0.1:0', ...options }, handler);
    const session = http2.connect(`http://${server.address}`);
    session.on('error', () => {});
    const call = (chunks: readonly Uint8Array[], headers: http2.OutgoingHttpHeaders = {}) => {
      const stream = open(session, headers);
      for (const chunk of chunks) stream.write(chunk);
      stream.end();
      return replyOf(stream);
    };
    try {
      await body({ handler, port: Number(server.address.split(':').at(-1)), session, call });
    } finally {
      session.destroy();
      await server.shutdown(0);
    }
    await handler.untilReleased();
  };

  describe(`OTLP/gRPC server on ${name}`, { concurrency: true }, () => {
    test('reports success with an empty message and OK', () =>
      withServer(async ({ call, handler }) => {
        const reply = await call([message(Buffer.from('spans'))], { 'x-tenant': 'a' });
        assert.deepEqual([reply.httpStatus, reply.status, [...reply.body]], [200, OK, [0, 0, 0, 0, 0]]);
        const [request] = handler.requests;
        assert.deepEqual(
          [
            request?.signal,
            request?.transport,
            Buffer.from(request?.body ?? []).toString(),
            request?.headers['x-tenant'],
          ],
          ['traces', 'grpc', 'spans', 'a'],
        );
      }));

    test('assembles a message split at any byte', () =>
      withServer(async ({ call, handler }) => {
        const whole = message(Buffer.from('abcdefgh'));
        for (let cut = 1; cut < whole.length; cut++) {
          assert.equal((await call([whole.subarray(0, cut), whole.subarray(cut)])).status, OK);
        }
        assert.equal((await call([...whole].map((byte) => Uint8Array.of(byte)))).status, OK);
        for (const { body } of handler.requests) assert.equal(Buffer.from(body).toString(), 'abcdefgh');
        assert.equal(handler.requests.length, whole.length);
      }));

    test('rejects anything but exactly one message and serves the next call', () =>
      withServer(async ({ call, handler }) => {
        const broken: readonly (readonly [readonly Uint8Array[], RegExp])[] = [
          [[], /expected a message, got 0 bytes/],
          [[Uint8Array.of(0, 0, 0)], /expected a message, got 3 bytes/],
          [[message(Buffer.from('abc'), 0, 10)], /expected a message of 10 bytes, got 3/],
          [[message(Buffer.from('abc')), message(Buffer.from('abc'))], /expected one message of 3 bytes, got more/],
          [[message(Buffer.from('abc'), 7)], /begins with 0 or 1, got 7/],
          [
            [message(Buffer.from('abc'), 1)],
            /grpc-encoding: expected the encoding of the compressed message, got none/,
          ],
        ];
        for (const [chunks, expected] of broken) {
          const reply = await call(chunks);
          assert.equal(reply.status, INVALID_ARGUMENT, String(expected));
          assert.match(reply.message ?? '', expected);
        }
        assert.equal(handler.requests.length, 0);
        assert.equal((await call([message(Buffer.from('abc'))])).status, OK);
      }));

    test('decompresses the codings of gRPC and accepts messages without the compressed flag', () =>
      withServer(async ({ call, handler }) => {
        const body = Buffer.from('a body that is long enough to be worth it');
        const packed = {
          gzip: zlib.gzipSync(body),
          deflate: zlib.deflateSync(body),
          zstd: zlib.zstdCompressSync(body),
        };
        for (const [coding, bytes] of Object.entries(packed)) {
          const headers = { 'grpc-encoding': coding };
          assert.equal((await call([message(bytes, 1)], headers)).status, OK);
          assert.equal((await call([message(body, 0)], headers)).status, OK);
          const broken = await call([message(bytes.subarray(0, -4), 1)], headers);
          assert.equal(broken.status, INVALID_ARGUMENT);
          assert.match(broken.message ?? '', /does not decompress/);
        }
        for (const request of handler.requests) assert.deepEqual(Buffer.from(request.body), body);
        assert.equal(handler.requests.length, 6);
        const unknown = await call([message(body, 1)], { 'grpc-encoding': 'lzma' });
        assert.equal(unknown.status, UNIMPLEMENTED);
        assert.match(unknown.message ?? '', /expected one of identity, gzip, deflate, zstd, snappy, got "lzma"/);
      }));

    test('rejects methods outside OTLP, other encodings and plain HTTP', () =>
      withServer(async ({ call }) => {
        const method = await call([message(Buffer.from('x'))], { ':path': '/grpc.health.v1.Health/Check' });
        assert.equal(method.status, UNIMPLEMENTED);
        assert.match(method.message ?? '', /\/grpc\.health\.v1\.Health\/Check/);
        const json = await call([message(Buffer.from('x'))], { 'content-type': 'application/grpc+json' });
        assert.equal(json.status, UNIMPLEMENTED);
        assert.equal((await call([], { 'content-type': 'application/json' })).httpStatus, 415);
        assert.equal((await call([], { ':method': 'PUT' })).httpStatus, 405);
        assert.equal(
          (await call([message(Buffer.from('x'))], { 'content-type': 'application/grpc+proto' })).status,
          OK,
        );
      }));

    test('sends RetryInfo when the budget is full or the pipeline requests a retry', () =>
      withServer(async ({ call, handler }) => {
        handler.rejection = { kind: 'retry', afterMillis: undefined, reason: 'full' };
        const full = await call([message(Buffer.alloc(100_000))]);
        assert.equal(full.status, RESOURCE_EXHAUSTED);
        assert.deepEqual(decodeRpcStatus(full.details ?? Buffer.alloc(0), 'protobuf'), {
          code: 8,
          message: 'full',
          retryAfterMillis: 1000,
        });
        handler.rejection = undefined;
        handler.response = () => ({ kind: 'retry', afterMillis: 1500, reason: 'später' });
        const later = await call([message(Buffer.alloc(1))]);
        assert.deepEqual([later.status, later.message], [UNAVAILABLE, 'sp%C3%A4ter']);
        assert.equal(decodeRpcStatus(later.details ?? Buffer.alloc(0), 'protobuf')?.retryAfterMillis, 1500);
      }));

    test('rejects a message by its length prefix before it arrives', () =>
      withServer(
        async ({ session, handler, call }) => {
          const stream = open(session);
          stream.write(message(Buffer.from('abc'), 0, 0xffff_ffff));
          const reply = await replyOf(stream);
          assert.equal(reply.status, RESOURCE_EXHAUSTED);
          assert.equal(reply.reset, http2.constants.NGHTTP2_NO_ERROR);
          assert.equal(handler.peakBytes, 0);
          assert.equal((await call([message(Buffer.alloc(1000))])).status, OK);
          assert.equal((await call([message(Buffer.alloc(1001))])).status, RESOURCE_EXHAUSTED);
        },
        { maxMessageBytes: 1000 },
      ));

    test('reports DEADLINE_EXCEEDED at the deadline of the client and for a call that never ends', () =>
      withServer(
        async ({ session, handler }) => {
          const hung = Promise.withResolvers<never>();
          handler.response = () => hung.promise;
          const deadline = open(session, { 'grpc-timeout': '1m' });
          deadline.end(message(Buffer.from('abc')));
          const slow = open(session);
          slow.write(message(Buffer.from('abc'), 0, 10));
          const replies = await Promise.all([replyOf(deadline), replyOf(slow)]);
          assert.deepEqual(
            replies.map((reply) => reply.status),
            [DEADLINE_EXCEEDED, DEADLINE_EXCEEDED],
          );
          hung.reject(new Error('the test is over'));
        },
        { requestTimeoutMillis: 150 },
      ));

    test('drops a call that the client resets', () =>
      withServer(async ({ session, handler, call }) => {
        const stream = open(session);
        stream.on('error', () => {});
        stream.write(message(Buffer.from('abc'), 0, 10));
        while (handler.open === 0) await new Promise((resolve) => setImmediate(resolve));
        stream.close(http2.constants.NGHTTP2_CANCEL);
        await handler.untilReleased();
        assert.equal(handler.requests.length, 0);
        assert.equal((await call([message(Buffer.from('abc'))])).status, OK);
      }));

    test('closes connections that do not speak HTTP/2 and serves the others', () =>
      withServer(async ({ port, call }) => {
        for (const text of [
          'GET / HTTP/1.1\r\nhost: x\r\n\r\n',
          'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff',
        ]) {
          const socket = net.connect(port, '127.0.0.1');
          socket.on('error', () => {});
          socket.resume();
          socket.write(text, 'latin1');
          await once(socket, 'close');
        }
        assert.equal((await call([message(Buffer.from('abc'))])).status, OK);
      }));

    test('rejects a header block beyond the limit', () =>
      withServer(
        async ({ call }) => {
          // The limit applies as soon as the client has acknowledged it.
          assert.equal((await call([message(Buffer.from('abc'))])).status, OK);
          const reply = await call([message(Buffer.from('abc'))], { 'x-long': 'x'.repeat(5000) });
          assert.notEqual(reply.status, OK);
          assert.equal((await call([message(Buffer.from('abc'))])).status, OK);
        },
        { maxHeaderBytes: 2048 },
      ));
  });

  describe(`connections of an OTLP/gRPC server on ${name}`, { concurrency: true }, () => {
    test('end at their maximum age, and calls in flight after the grace period', async () => {
      const clock = createManualClock();
      await withServer(
        async ({ session, call, handler }) => {
          assert.equal((await call([message(Buffer.from('abc'))])).status, OK);
          const hung = Promise.withResolvers<never>();
          handler.response = () => hung.promise;
          const inFlight = call([message(Buffer.from('abc'))]);
          await handler.untilRequests(2);
          const goaway = once(session, 'goaway');
          await clock.advance(1101);
          assert.equal((await goaway)[0], http2.constants.NGHTTP2_NO_ERROR);
          await clock.advance(501);
          assert.equal((await inFlight).status, undefined);
          hung.reject(new Error('the test is over'));
        },
        { clock, keepalive: { maxConnectionAgeMillis: 1000, maxConnectionAgeGraceMillis: 500 } },
      );
    });

    test('end when idle for the configured time, but not before', async () => {
      const clock = createManualClock();
      await withServer(
        async ({ session, call }) => {
          assert.equal((await call([message(Buffer.from('abc'))])).status, OK);
          await clock.advance(900);
          assert.equal((await call([message(Buffer.from('abc'))])).status, OK);
          await clock.advance(900);
          assert.equal(session.closed, false);
          const closed = once(session, 'close');
          await clock.advance(200);
          await closed;
        },
        { clock, keepalive: { maxConnectionIdleMillis: 1000 } },
      );
    });

    test('are probed and closed when the peer is dead', async () => {
      const clock = createManualClock();
      await withServer(
        async ({ port, session, call }) => {
          assert.equal((await call([message(Buffer.from('abc'))])).status, OK);
          const dead = net.connect(port, '127.0.0.1');
          dead.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');
          dead.resume();
          await clock.untilPending(2);
          const closed = once(dead, 'close');
          const pinged = once(session, 'ping');
          await clock.advance(1000);
          await pinged;
          await clock.untilPending(2);
          await clock.advance(500);
          await closed;
          assert.equal((await call([message(Buffer.from('abc'))])).status, OK);
        },
        { clock, keepalive: { timeMillis: 1000, timeoutMillis: 400 } },
      );
    });

    test('end when the client probes too often', async () => {
      const clock = createManualClock();
      await withServer(
        async ({ session, call }) => {
          assert.equal((await call([message(Buffer.from('abc'))])).status, OK);
          const goaway = once(session, 'goaway');
          for (let i = 0; i < 4; i++) session.ping(() => {});
          assert.equal((await goaway)[0], http2.constants.NGHTTP2_ENHANCE_YOUR_CALM);
        },
        { clock, keepalive: { minTimeMillis: 1000 } },
      );
    });
  });
}
