import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { describe, test } from 'node:test';
import zlib from 'node:zlib';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import { createNodeHttpServer } from '../http/node-http-server.testing.ts';
import type { HttpServerOptions } from '../http/options.ts';
import { createHttpServer } from './server.ts';

interface Response {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Bench {
  readonly handler: RecordingHandler;
  readonly port: number;
  send(options: http.RequestOptions, body?: Buffer | string): Promise<Response>;
}

type CreateServer = typeof createHttpServer;

async function withServerOf(
  create: CreateServer,
  body: (bench: Bench) => Promise<void>,
  options: Partial<HttpServerOptions> = {},
): Promise<void> {
  const handler = createRecordingHandler();
  const server = await create({ endpoint: '127.0.0.1:0', ...options }, handler);
  const port = Number(server.address.split(':').at(-1));
  const agent = new http.Agent({ keepAlive: true });
  const send = (request: http.RequestOptions, content: Buffer | string = '') =>
    new Promise<Response>((resolve, reject) => {
      const sent = http.request({ host: '127.0.0.1', port, agent, method: 'POST', path: '/v1/traces', ...request });
      sent.on('error', reject).on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      });
      sent.end(content);
    });
  try {
    await body({ handler, port, send });
  } finally {
    agent.destroy();
    await server.shutdown(0);
  }
  await handler.untilReleased();
}

/** Sends raw HTTP. Resolves with all bytes received until the connection is closed. */
function raw(port: number, ...writes: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    for (const text of writes) socket.write(text, 'latin1');
  });
}

const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

httpTests('OTLP/HTTP server', createHttpServer);
httpTests('OTLP/HTTP server on node:http', createNodeHttpServer);

/** Tests the behavior that both servers have in common. */
function httpTests(name: string, create: CreateServer): void {
  const withServer = (body: (bench: Bench) => Promise<void>, options: Partial<HttpServerOptions> = {}) =>
    withServerOf(create, body, options);
  describe(name, { concurrency: true }, () => exportTests(withServer));
  describe(`CORS of ${name}`, { concurrency: true }, () => corsTests(withServer));
}

type WithServer = (body: (bench: Bench) => Promise<void>, options?: Partial<HttpServerOptions>) => Promise<void>;

function exportTests(withServer: WithServer): void {
  test('reports success in the encoding of the request', () =>
    withServer(async ({ handler, send }) => {
      const protobuf = await send({ headers: PROTOBUF });
      assert.deepEqual(
        [protobuf.status, protobuf.headers['content-type'], protobuf.body.length],
        [200, 'application/x-protobuf', 0],
      );
      const json = await send({ headers: JSON_TYPE }, '{}');
      assert.deepEqual(
        [json.status, json.headers['content-type'], json.body.toString()],
        [200, 'application/json', '{}'],
      );
      assert.deepEqual(
        handler.requests.map((request) => [request.encoding, request.transport]),
        [
          ['protobuf', 'http'],
          ['json', 'http'],
        ],
      );
    }));

  test('reports partial success and errors in JSON for JSON requests', () =>
    withServer(async ({ handler, send }) => {
      handler.response = () => ({ kind: 'partial', rejectedItems: 3, reason: 'three were bad' });
      const partial = await send({ path: '/v1/logs', headers: JSON_TYPE }, '{}');
      assert.equal(partial.status, 200);
      assert.deepEqual(JSON.parse(partial.body.toString()), {
        partialSuccess: { rejectedLogRecords: '3', errorMessage: 'three were bad' },
      });
      handler.response = () => ({ kind: 'refused', reason: 'bad field' });
      const refused = await send({ headers: JSON_TYPE }, '{}');
      assert.equal(refused.status, 400);
      assert.deepEqual(JSON.parse(refused.body.toString()), { code: 3, message: 'bad field' });
    }));

  test('maps outcomes and admissions to 503 and 429 with Retry-After in whole seconds', () =>
    withServer(async ({ handler, send }) => {
      handler.response = () => ({ kind: 'retry', afterMillis: 1200, reason: 'later' });
      const later = await send({ headers: PROTOBUF });
      assert.deepEqual([later.status, later.headers['retry-after']], [503, '2']);
      handler.response = () => ({ kind: 'retry', afterMillis: undefined, reason: 'later' });
      assert.equal((await send({ headers: PROTOBUF })).headers['retry-after'], undefined);
      handler.rejection = { kind: 'retry', afterMillis: 10, reason: 'full' };
      const busy = await send({ headers: PROTOBUF }, 'x');
      assert.deepEqual([busy.status, busy.headers['retry-after']], [429, '1']);
      handler.rejection = { kind: 'refused', reason: 'never fits' };
      assert.equal((await send({ headers: PROTOBUF }, 'x')).status, 413);
    }));

  test('describes itself to a browser and lists its paths to other clients', () =>
    withServer(async ({ send }) => {
      const home = await send({ method: 'GET', path: '/' });
      assert.equal(home.status, 200);
      assert.match(home.body.toString(), /POST to \/v1\/traces, \/v1\/metrics, \/v1\/logs/);
      const lost = await send({ path: '/v1/trace\u0101'.replace('\u0101', '%01') });
      assert.equal(lost.status, 404);
      assert.match(lost.body.toString(), /expected one of the paths \/v1\/traces/);
      const got = await send({ method: 'GET' });
      assert.deepEqual([got.status, got.headers['allow']], [405, 'POST']);
    }));

  test('serves configured paths and signals only', () =>
    withServer(
      async ({ handler, send }) => {
        assert.equal((await send({ path: '/in/spans?x=1', headers: PROTOBUF })).status, 200);
        assert.equal(handler.requests[0]?.signal, 'traces');
        assert.equal((await send({ headers: PROTOBUF })).status, 404);
        assert.equal((await send({ path: '/v1/logs', headers: PROTOBUF })).status, 404);
      },
      { paths: { traces: '/in/spans' }, signals: ['traces', 'metrics'] },
    ));

  test('rejects unknown content types and codings and lists the supported ones', () =>
    withServer(async ({ handler, send }) => {
      const type = await send({ headers: { 'content-type': 'text/plain' } }, 'x');
      assert.equal(type.status, 415);
      assert.match(type.body.toString(), /expected application\/x-protobuf or application\/json, got .*text\/plain/);
      const none = await send({ headers: {} }, 'x');
      assert.match(none.body.toString(), /got none/);
      const coding = await send({ headers: { ...JSON_TYPE, 'content-encoding': 'lzma' } }, 'x');
      assert.equal(coding.status, 415);
      assert.match(
        coding.body.toString(),
        /expected one of identity, gzip, deflate, zstd, br, snappy, x-snappy-framed, lz4, got .*lzma/,
      );
      assert.equal(coding.headers['accept-encoding'], 'gzip, deflate, zstd, br, snappy, x-snappy-framed, lz4');
      assert.equal(handler.requests.length, 0);
    }));

  test('rejects bodies that do not decompress and accepts deflate with and without header', () =>
    withServer(async ({ handler, send }) => {
      const body = Buffer.from('a body that is long enough to be worth it');
      const whole: readonly (readonly [string, Buffer])[] = [
        ['gzip', zlib.gzipSync(body)],
        ['deflate', zlib.deflateSync(body)],
        ['deflate', zlib.deflateRawSync(body)],
        ['zstd', zlib.zstdCompressSync(body)],
        ['br', zlib.brotliCompressSync(body)],
        ['identity', body],
      ];
      for (const [coding, packed] of whole) {
        assert.equal((await send({ headers: { ...JSON_TYPE, 'content-encoding': coding } }, packed)).status, 200);
        if (coding === 'identity') continue;
        for (const broken of [packed.subarray(0, packed.length - 5), Buffer.from('not compressed'), Buffer.alloc(0)]) {
          const response = await send({ headers: { ...JSON_TYPE, 'content-encoding': coding } }, broken);
          assert.equal(response.status, 400, `${coding} ${broken.length}`);
          assert.match(response.body.toString(), /does not decompress/);
        }
      }
      for (const request of handler.requests) assert.deepEqual(Buffer.from(request.body), body);
      assert.equal(handler.requests.length, whole.length);
    }));

  test('accepts chunked bodies within the limit and the budget', () =>
    withServer(
      async ({ handler, send }) => {
        const chunked = { headers: { ...PROTOBUF, 'transfer-encoding': 'chunked' } };
        assert.equal((await send(chunked, Buffer.alloc(90_000, 1))).status, 200);
        assert.equal(handler.requests[0]?.body.length, 90_000);
        const { byteLength = 0 } = handler.requests[0]?.body.buffer ?? {};
        assert.ok(byteLength >= 90_000 && byteLength < 100_000, `a body of 90,000 bytes takes ${byteLength}`);
        assert.equal((await send(chunked, Buffer.alloc(100_001))).status, 413);
        handler.budgetBytes = 50_000;
        assert.equal((await send(chunked, Buffer.alloc(60_000))).status, 429);
        assert.equal((await send(chunked, Buffer.alloc(0))).status, 200);
      },
      { maxBodyBytes: 100_000 },
    ));

  test('responds to Expect: 100-continue and does not read a rejected body', () =>
    withServer(
      async ({ handler, port }) => {
        const head = 'POST /v1/traces HTTP/1.1\r\nhost: x\r\nconnection: close\r\nexpect: 100-continue\r\n';
        const response = raw(port, `${head}content-type: application/json\r\ncontent-length: 2\r\n\r\n{}`);
        assert.match(await response, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
        const refused = await raw(port, `${head}content-type: application/json\r\ncontent-length: 999\r\n\r\n`);
        assert.match(refused, /^HTTP\/1\.1 413 /);
        assert.equal(handler.requests.length, 1);
      },
      { maxBodyBytes: 100 },
    ));

  test('releases the memory of a client that disconnects in the middle of its body', () =>
    withServer(async ({ handler, port, send }) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.write(
        'POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{',
      );
      while (handler.open === 0) await new Promise((resolve) => setImmediate(resolve));
      socket.destroy();
      await handler.untilReleased();
      assert.equal(handler.requests.length, 0);
      assert.equal((await send({ headers: JSON_TYPE }, '{}')).status, 200);
    }));

  test('times out clients that send their headers or body too slowly', () =>
    withServer(
      async ({ handler, port }) => {
        const [head, body] = await Promise.all([
          raw(port, 'POST /v1/traces HTTP/1.1\r\nhost'),
          raw(
            port,
            'POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
          ),
        ]);
        assert.match(head, /^HTTP\/1\.1 408 /);
        assert.match(body, /^HTTP\/1\.1 408 /);
        assert.equal(handler.requests.length, 0);
      },
      { headersTimeoutMillis: 100, requestTimeoutMillis: 150 },
    ));

  test('rejects header blocks beyond the limit and requests that are not HTTP/1.1', () =>
    withServer(
      async ({ port }) => {
        const long = `POST /v1/traces HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(3000)}\r\n\r\n`;
        assert.match(await raw(port, long), /^HTTP\/1\.1 431 /);
        assert.match(await raw(port, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), /^HTTP\/1\.1 400 /);
        const smuggled =
          'POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n';
        assert.match(await raw(port, smuggled), /^HTTP\/1\.1 400 /);
      },
      { maxHeaderBytes: 2048 },
    ));

  test('disconnects a client that keeps sending a rejected body', () =>
    withServer(
      async ({ port, send }) => {
        const socket = net.connect(port, '127.0.0.1');
        socket.on('error', () => {});
        const closed = new Promise((resolve) => socket.on('close', resolve));
        let response = '';
        socket.on('data', (chunk) => {
          response += chunk.toString('latin1');
        });
        socket.write(
          'POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99999999\r\n\r\n',
        );
        const flood = setInterval(() => socket.write(Buffer.alloc(10_000)), 1);
        await closed;
        clearInterval(flood);
        assert.match(response, /^HTTP\/1\.1 413 /);
        assert.equal((await send({ headers: JSON_TYPE }, '{}')).status, 200);
      },
      { maxBodyBytes: 50_000 },
    ));

  test('serves one request per connection without keep-alive', () =>
    withServer(
      async ({ send }) => {
        assert.equal((await send({ headers: JSON_TYPE }, '{}')).headers['connection'], 'close');
      },
      { keepAlive: false },
    ));
}

function corsTests(withServer: WithServer): void {
  const cors = {
    allowedOrigins: ['https://*.shop.example', 'http://localhost:3000'],
    allowedHeaders: ['X-Tenant'],
    maxAgeSeconds: 600,
  };
  const preflight = (origin: string, headers = 'content-type, x-tenant, x-other') => ({
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': headers },
  });

  test('grants the allowed headers to a preflight of an allowed origin', () =>
    withServer(
      async ({ send }) => {
        const response = await send(preflight('https://www.shop.example'));
        assert.equal(response.status, 204);
        assert.equal(response.headers['access-control-allow-origin'], 'https://www.shop.example');
        assert.equal(response.headers['access-control-allow-methods'], 'POST');
        assert.equal(response.headers['access-control-allow-headers'], 'content-type, x-tenant');
        assert.equal(response.headers['access-control-max-age'], '600');
        assert.match(response.headers['vary'] ?? '', /origin/);
      },
      { cors },
    ));

  test('grants nothing to other origins', () =>
    withServer(
      async ({ send }) => {
        for (const origin of [
          'https://shop.example',
          'https://www.shop.example.evil',
          'http://www.shop.example',
          'null',
        ]) {
          const response = await send(preflight(origin));
          assert.equal(response.headers['access-control-allow-origin'], undefined, origin);
        }
      },
      { cors },
    ));

  test('lets an allowed page read responses, errors included', () =>
    withServer(
      async ({ handler, send }) => {
        const headers = { ...JSON_TYPE, origin: 'http://localhost:3000' };
        handler.response = () => ({ kind: 'refused', reason: 'bad' });
        const response = await send({ headers }, '{}');
        assert.deepEqual(
          [response.status, response.headers['access-control-allow-origin']],
          [400, 'http://localhost:3000'],
        );
        assert.equal(response.headers['access-control-allow-credentials'], 'true');
      },
      { cors },
    ));

  test('allows no credentials with a wildcard origin', () =>
    withServer(
      async ({ send }) => {
        const response = await send(preflight('https://anyone.example'));
        assert.equal(response.headers['access-control-allow-origin'], '*');
        assert.equal(response.headers['access-control-allow-credentials'], undefined);
      },
      { cors: { allowedOrigins: ['*'] } },
    ));

  test('is off without options', () =>
    withServer(async ({ send }) => {
      assert.equal((await send(preflight('https://anyone.example'))).status, 405);
    }));
}
