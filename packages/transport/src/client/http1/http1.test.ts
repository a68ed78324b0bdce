import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { createManualClock } from '@otelier/testkit/clock';
import type { ExportClient } from '../../contract.ts';
import { createHttpClient, type HttpClientOptions } from './client.ts';

/** A received request, without fields that vary between runs. */
interface SeenRequest {
  readonly connection: number;
  readonly text: string;
}

interface Peer {
  readonly endpoint: string;
  readonly seen: readonly SeenRequest[];
  /** Open connections. */
  readonly open: ReadonlySet<net.Socket>;
  client(options?: Partial<HttpClientOptions>): ExportClient;
}

/**
 * Starts a server that responds with the bytes written by `respond`, which receives the sequence number of each
 * request.
 */
async function startPeer(t: TestContext, respond: (socket: net.Socket, request: number) => void): Promise<Peer> {
  const seen: SeenRequest[] = [];
  const open = new Set<net.Socket>();
  let connections = 0;
  const server = net.createServer((socket) => {
    const connection = connections++;
    let text = '';
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const [head = '', length] = /^.*?content-length: (\d+)\r\n\r\n/s.exec(text) ?? [];
      if (length === undefined || text.length < head.length + Number(length)) return;
      seen.push({ connection, text });
      text = '';
      respond(socket, seen.length);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  return {
    endpoint,
    seen,
    open,
    client(options = {}) {
      const client = createHttpClient({ endpoint, ...options });
      t.after(() => client.shutdown());
      return client;
    },
  };
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const BUSY = 'HTTP/1.1 503 Service Unavailable\r\nretry-after: 7\r\ncontent-type: text/plain\r\n';
const BUSY_OUTCOME = { kind: 'retry', afterMillis: 7000, reason: 'the server responded 503: come later' };

const send = (client: ExportClient, ...parts: readonly string[]): Promise<Outcome> =>
  client.export(
    'traces',
    parts.map((part) => Buffer.from(part)),
  );

describe('a response', () => {
  const responses: Readonly<Record<string, string>> = {
    'with a length': `${BUSY}Content-Length:  10\r\n\r\ncome later`,
    'in chunks': `${BUSY}transfer-encoding: Chunked\r\n\r\n4;a=b\r\ncome\r\n6\r\n later\r\n0\r\nx: y\r\n\r\n`,
    'ending with the connection': `${BUSY}\r\ncome later`,
    'after informational responses': `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${BUSY}content-length: 10\r\n\r\ncome later`,
    'of HTTP/1.0, with a non-ASCII reason': `${BUSY.replace('1.1', '1.0').replace('Service', 'Über')}\r\ncome later`,
  };
  for (const [name, bytes] of Object.entries(responses)) {
    const endsWithConnection = !/length|chunked/i.test(bytes);
    test(`${name}, in one piece and byte by byte`, async (t) => {
      const whole = await startPeer(t, (socket) => {
        socket.write(bytes, 'latin1');
        if (endsWithConnection) socket.end();
      });
      assert.deepEqual(await send(whole.client(), 'x'), BUSY_OUTCOME);
      const pieces = await startPeer(t, async (socket) => {
        socket.setNoDelay(true);
        for (const byte of Buffer.from(bytes, 'latin1')) {
          socket.write(Buffer.of(byte));
          await new Promise(setImmediate);
        }
        if (endsWithConnection) socket.end();
      });
      assert.deepEqual(await send(pieces.client(), 'x'), BUSY_OUTCOME);
    });
  }

  const wrong: Readonly<Record<string, RegExp>> = {
    'SSH-2.0-OpenSSH\r\n\r\n': /expected an HTTP\/1\.1 response, got "SSH-2\.0-OpenSSH"/,
    '\x16\x03\x01\x00\x01': /expected an HTTP\/1\.1 response: .*got TLS/,
    'HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n': /content-length: expected a number of bytes/,
    'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n': /expected one content-length, got two/,
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n': /size of a chunk in hexadecimal/,
    [`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`]: /at most 16384 bytes/,
    '': /the connection closed without a response/,
  };
  for (const [bytes, reason] of Object.entries(wrong)) {
    test(`that is invalid: ${JSON.stringify(bytes.slice(0, 60))}`, async (t) => {
      const peer = await startPeer(t, (socket) => void socket.end(bytes, 'latin1'));
      const outcome = await send(peer.client(), 'x');
      assert.ok(outcome.kind === 'retry');
      assert.match(outcome.reason, reason);
      assert.ok(outcome.reason.startsWith(peer.endpoint));
    });
  }

  test('beyond the limit is reduced to its status and ends the connection', async (t) => {
    const peer = await startPeer(
      t,
      (socket) => void socket.write(`${BUSY}content-length: 999\r\n\r\n${'x'.repeat(50)}`),
    );
    const outcome = await send(peer.client({ maxResponseBytes: 40 }), 'x');
    assert.deepEqual(outcome, { kind: 'retry', afterMillis: 7000, reason: 'the server responded 503' });
    for (const socket of peer.open) await once(socket, 'close');
  });
});

describe('a connection', () => {
  test('carries one request after the other, with head and parts unchanged', async (t) => {
    const peer = await startPeer(t, (socket) => void socket.write(OK));
    const client = peer.client({ headers: { 'X-Tenant': 'a', host: 'elsewhere', connection: 'close' } });
    for (const part of ['one', 'two']) assert.deepEqual(await send(client, part, '', 'é'), ACCEPTED);
    await client.export('logs', [], { headers: { 'x-tenant': 'b' } });
    const head = (path: string, tenant: string, length: number) =>
      `POST ${path} HTTP/1.1\r\nhost: ${peer.endpoint.slice(7)}\r\nuser-agent: otelier\r\nx-tenant: ${tenant}\r\n` +
      `content-type: application/x-protobuf\r\ncontent-length: ${length}\r\n\r\n`;
    assert.deepEqual(peer.seen, [
      { connection: 0, text: `${head('/v1/traces', 'a', 5)}oneÃ©` },
      { connection: 0, text: `${head('/v1/traces', 'a', 5)}twoÃ©` },
      { connection: 0, text: head('/v1/logs', 'b', 0) },
    ]);
  });

  const last: Readonly<Record<string, string>> = {
    'the server sends connection: close': OK.replace('\r\n\r\n', '\r\nConnection: x, Close\r\n\r\n'),
    'the server keeps it for a second only': OK.replace('\r\n\r\n', '\r\nkeep-alive: timeout=1\r\n\r\n'),
    'the server speaks HTTP/1.0': OK.replace('1.1', '1.0'),
    'bytes follow the response': `${OK}HTTP/1.1 200 OK\r\n`,
  };
  for (const [name, bytes] of Object.entries(last)) {
    test(`is not reused when ${name}`, async (t) => {
      const peer = await startPeer(t, (socket) => void socket.write(bytes));
      const client = peer.client();
      for (const part of ['one', 'two']) assert.deepEqual(await send(client, part), ACCEPTED);
      assert.deepEqual(
        peer.seen.map(({ connection }) => connection),
        [0, 1],
      );
    });
  }

  test('is reused with HTTP/1.0 keep-alive and with a keep-alive timeout of some seconds', async (t) => {
    for (const bytes of [
      OK.replace('1.1', '1.0').replace('\r\n\r\n', '\r\nconnection: keep-alive\r\n\r\n'),
      OK.replace('\r\n\r\n', '\r\nkeep-alive: timeout=5, max=1000\r\n\r\n'),
      'HTTP/1.1 204 No Content\r\n\r\n',
    ]) {
      const peer = await startPeer(t, (socket) => void socket.write(bytes));
      const client = peer.client();
      for (const part of ['one', 'two']) assert.deepEqual(await send(client, part), ACCEPTED);
      assert.deepEqual(
        peer.seen.map(({ connection }) => connection),
        [0, 0],
      );
    }
  });

  test('with a late 408 is not reused, and the request is retried', async (t) => {
    const late = 'HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n';
    const peer = await startPeer(t, (socket, request) => void (request === 2 ? socket.end(late) : socket.write(OK)));
    const client = peer.client();
    for (const part of ['one', 'two']) assert.deepEqual(await send(client, part), ACCEPTED);
    assert.deepEqual(
      peer.seen.map(({ connection, text }) => [connection, text.slice(-3)]),
      [
        [0, 'one'],
        [0, 'two'],
        [1, 'two'],
      ],
    );
    const always = await startPeer(t, (socket) => void socket.end(late));
    assert.deepEqual(await send(always.client(), 'x'), { kind: 'refused', reason: 'the server responded 408' });
  });

  test('is not reused after an early response, which counts', async (t) => {
    const sockets: net.Socket[] = [];
    const server = net.createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.once('data', () => {
        socket.pause();
        socket.write('HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\n\r\n');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const client = createHttpClient({ endpoint: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}` });
    const large = [Buffer.alloc(32 * 1024 * 1024)];
    for (let i = 1; i <= 2; i++) {
      const outcome = await client.export('traces', large);
      assert.deepEqual(outcome, { kind: 'refused', reason: 'the server responded 413' });
      assert.equal(sockets.length, i);
    }
    await client.shutdown();
  });

  test('is opened up to the maximum number; further requests wait', async (t) => {
    const waiting: net.Socket[] = [];
    const peer = await startPeer(t, (socket) => void waiting.push(socket));
    const client = peer.client({ maxConnections: 2 });
    const sent = ['a', 'b', 'c', 'd'].map((part) => send(client, part));
    for (let responses = 0; responses < 4; ) {
      await new Promise(setImmediate);
      assert.ok(peer.open.size <= 2 && waiting.length <= 2);
      const socket = waiting.shift();
      if (socket === undefined) continue;
      socket.write(OK);
      responses++;
    }
    assert.deepEqual(await Promise.all(sent), [ACCEPTED, ACCEPTED, ACCEPTED, ACCEPTED]);
    assert.deepEqual(new Set(peer.seen.map(({ connection }) => connection)), new Set([0, 1]));
  });

  test('is closed with a canceled request; a queued request is canceled, too', async (t) => {
    const peer = await startPeer(t, () => {});
    const clock = createManualClock();
    const client = peer.client({ maxConnections: 1, timeoutMillis: 500, clock });
    const abort = new AbortController();
    const first = send(client, 'a');
    const second = client.export('traces', [], { signal: abort.signal });
    while (peer.seen.length === 0) await new Promise(setImmediate);
    abort.abort();
    const aborted = await second;
    assert.ok(aborted.kind === 'retry' && aborted.reason.endsWith('the request was aborted'));
    await clock.advance(500);
    const late = await first;
    assert.ok(late.kind === 'retry' && late.reason.endsWith('no response within 500 ms'));
    for (const socket of peer.open) await once(socket, 'close');
    assert.equal(peer.seen.length, 1);
  });

  test('is closed after its idle timeout', async (t) => {
    const peer = await startPeer(t, (socket) => void socket.write(OK));
    assert.deepEqual(await send(peer.client({ idleTimeoutMillis: 1 }), 'x'), ACCEPTED);
    for (const socket of peer.open) await once(socket, 'close');
  });

  test('keeps a program alive while a request is in flight, and not afterwards', async (t) => {
    const peer = await startPeer(t, (socket) => void setImmediate(() => socket.write(OK)));
    const script = `
      const { createHttpClient } = await import(${JSON.stringify(new URL('./client.ts', import.meta.url).href)});
      const client = createHttpClient({ endpoint: ${JSON.stringify(peer.endpoint)} });
      client.export('traces', []).then(({ kind }) => console.log(kind));
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [[output], [code]] = await Promise.all([once(child.stdout, 'data'), once(child, 'close')]);
    assert.deepEqual([String(output), code], ['accepted\n', 0]);
  });
});
