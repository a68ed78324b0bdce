import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import { describe, test } from 'node:test';
import tls from 'node:tls';
import { ACCEPTED } from '@otelier/otlp';
import { createCertificates } from '@otelier/testkit/certificates';
import { createManualClock } from '@otelier/testkit/clock';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { createGrpcServer } from '../server/grpc/server.ts';
import { createGrpcClient } from './grpc.ts';

interface SeenRequest {
  readonly headers: http2.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Runs `body` against an independent server that sends the given responses and records its requests. */
async function withPeer(
  response: (stream: http2.ServerHttp2Stream, count: number) => void,
  body: (address: string, seen: readonly SeenRequest[], sessions: readonly http2.ServerHttp2Session[]) => Promise<void>,
): Promise<void> {
  const seen: SeenRequest[] = [];
  const sessions: http2.ServerHttp2Session[] = [];
  const server = http2.createServer();
  server.on('session', (session: http2.ServerHttp2Session) => void sessions.push(session.on('error', () => {})));
  server.on('stream', (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
    const chunks: Buffer[] = [];
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      if (stream.aborted) return;
      seen.push({ headers, body: Buffer.concat(chunks) });
      response(stream, seen.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  try {
    await body(typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '', seen, sessions);
  } finally {
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

function accept(stream: http2.ServerHttp2Stream): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': 0 }));
  stream.end(Buffer.alloc(5));
}

describe('OTLP/gRPC client', { concurrency: true }, () => {
  test('keeps a program alive until it receives its response, and not afterwards', () =>
    withPeer(accept, async (endpoint) => {
      const script = `
        import { createGrpcClient } from ${JSON.stringify(new URL('./grpc.ts', import.meta.url).href)};
        const client = createGrpcClient({ endpoint: ${JSON.stringify(endpoint)} });
        for (let i = 0; i < 2; i++) console.log((await client.export('traces', [])).kind);`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      child.stdout.setEncoding('utf8');
      let output = '';
      for await (const text of child.stdout) output += text;
      assert.equal(output, 'accepted\naccepted\n');
    }));

  test('sends one message with its metadata and the deadline', () =>
    withPeer(accept, async (endpoint, seen) => {
      const client = createGrpcClient({
        endpoint,
        timeoutMillis: 7000,
        headers: { 'X-Tenant': 'a' },
        authority: 'other',
      });
      assert.deepEqual(await client.export('logs', [Buffer.from('ab'), Buffer.from('c')]), ACCEPTED);
      await client.shutdown();
      const [{ headers, body } = { headers: {}, body: Buffer.alloc(0) }] = seen;
      assert.equal(body.toString('latin1'), '\0\0\0\0\x03abc');
      assert.equal(headers[':path'], '/opentelemetry.proto.collector.logs.v1.LogsService/Export');
      assert.deepEqual(
        ['te', 'content-type', 'grpc-timeout', 'x-tenant', ':authority', 'grpc-encoding'].map((name) => headers[name]),
        ['trailers', 'application/grpc', '7000m', 'a', 'other', undefined],
      );
    }));

  test('retries unprocessed requests at once, and reconnects after GOAWAY', () =>
    withPeer(
      (stream, count) => {
        if (count === 1) return stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
        accept(stream);
        if (count === 2) stream.session?.close();
      },
      async (endpoint, seen, sessions) => {
        const client = createGrpcClient({ endpoint });
        assert.deepEqual(await client.export('traces', []), ACCEPTED);
        assert.equal(seen.length, 2);
        const [session] = sessions;
        if (session?.destroyed === false) await once(session, 'close');
        assert.deepEqual(await client.export('traces', []), ACCEPTED);
        assert.equal(sessions.length, 2);
        await client.shutdown();
      },
    ));

  test('neither loses nor repeats requests while a server repeatedly moves its connection', async () => {
    const handler = createRecordingHandler();
    const server = await createGrpcServer({ endpoint: '127.0.0.1:0' }, handler);
    const client = createGrpcClient({ endpoint: `http://${server.address}` });
    let moved = 0;
    const bodies = Array.from({ length: 400 }, (_, index) => Buffer.alloc(1 + ((index * 7919) % 100_000), index));
    const rest = bodies.entries();
    const send = async () => {
      for (const [index, body] of rest) {
        if (index % 20 === 19 && server.moveConnection()) moved += 1;
        assert.deepEqual(await client.export('logs', [body]), ACCEPTED);
      }
    };
    await Promise.all(Array.from({ length: 8 }, send));
    assert.ok(moved >= 5, `moved ${moved} times`);
    const lengths = (all: readonly Uint8Array[]) => all.map(({ length }) => length).sort((a, b) => a - b);
    assert.deepEqual(lengths(handler.requests.map(({ body }) => body)), lengths(bodies));
    await client.shutdown();
    await server.shutdown();
  });

  test('reports a retryable outcome for a broken stream or connection, and for a 200 without status', async () => {
    const broken: readonly ((stream: http2.ServerHttp2Stream) => void)[] = [
      (stream) => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR),
      (stream) => stream.session?.destroy(),
      (stream) => stream.respond({ ':status': 200 }, { endStream: true }),
    ];
    for (const response of broken) {
      await withPeer(response, async (endpoint) => {
        const client = createGrpcClient({ endpoint });
        assert.equal((await client.export('traces', [])).kind, 'retry');
        await client.shutdown();
      });
    }
    const client = createGrpcClient({ endpoint: 'http://127.0.0.1:1' });
    assert.match(JSON.stringify(await client.export('traces', [])), /127\.0\.0\.1:1: connect ECONNREFUSED/);
    await client.shutdown();
  });

  test('maps the status of a plain HTTP/2 response', () =>
    withPeer(
      (stream) => stream.respond({ ':status': 404 }, { endStream: true }),
      async (endpoint) => {
        const client = createGrpcClient({ endpoint });
        assert.deepEqual(await client.export('traces', []), {
          kind: 'refused',
          reason: 'the server responded HTTP status 404 without a gRPC status',
        });
        await client.shutdown();
      },
    ));

  test('reports a TLS server that does not offer HTTP/2', async () => {
    const { ca, server: certificate } = await createCertificates();
    const server = tls.createServer({ ...certificate }, (socket) => void socket.on('error', () => {}).resume());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const client = createGrpcClient({ endpoint: `127.0.0.1:${port}`, tls: { caPem: ca.cert } });
    const outcome = await client.export('traces', []);
    assert.equal(outcome.kind, 'retry');
    assert.match(JSON.stringify(outcome), /does not offer HTTP\/2 over TLS/);
    await client.shutdown();
    await new Promise((resolve) => server.close(resolve));
  });

  test('replaces a silent connection, by deadline and by ping', async () => {
    let connections = 0;
    const held: net.Socket[] = [];
    const silent = net.createServer((socket) => {
      connections++;
      held.push(socket.on('error', () => {}).resume());
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    const hasty = createGrpcClient({ endpoint, timeoutMillis: 50 });
    assert.match(JSON.stringify(await hasty.export('traces', [])), /within 50 ms/);
    assert.match(JSON.stringify(await hasty.export('traces', [])), /within 50 ms/);
    while (connections < 2) await new Promise((resolve) => setImmediate(resolve));
    const clock = createManualClock();
    const probing = createGrpcClient({
      endpoint,
      timeoutMillis: 60_000,
      clock,
      keepalive: { timeMillis: 1000, timeoutMillis: 500 },
    });
    const outcome = probing.export('traces', []);
    while (connections < 3) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(1000);
    await clock.advance(501);
    assert.match(JSON.stringify(await outcome), /did not acknowledge a ping/);
    await Promise.all([hasty.shutdown(), probing.shutdown()]);
    for (const socket of held) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });

  test('rejects options that gRPC does not support', () => {
    for (const compression of ['brotli', 'lz4'] as const)
      assert.throws(() => createGrpcClient({ endpoint: 'host:1', compression }), new RegExp(`got ${compression}$`));
    assert.throws(() => createGrpcClient({ endpoint: 'nowhere' }), /endpoint: expected host:port/);
    createGrpcClient({ endpoint: 'dns:///host:4317' });
  });
});
