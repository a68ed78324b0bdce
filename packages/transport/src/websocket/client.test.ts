import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { describe, test } from 'node:test';
import { ACCEPTED, type Outcome, requestFromJson } from '@otelier/otlp';
import { createManualClock } from '@otelier/testkit/clock';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { type WebSocket, WebSocketServer } from 'ws';
import { createWebSocketClient } from './client.ts';
import type { ClientMessage } from './envelope.ts';
import { readClientMessage } from './read-envelope.ts';
import { createWebSocketServer } from './server.ts';
import { writeServerMessage } from './write-envelope.ts';

const WELCOME = { kind: 'welcome', maxBodyBytes: 1_000_000, window: 3, heartbeatMillis: 0, known: [] } as const;

/** Runs a server that behaves as the test specifies, unlike a real one. */
async function withPeer(
  act: (message: ClientMessage, ws: WebSocket) => void,
  run: (address: string, seen: { readonly messages: ClientMessage[] }) => Promise<void>,
): Promise<void> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  const messages: ClientMessage[] = [];
  await once(server, 'listening');
  server.on('connection', (ws) => {
    ws.on('error', () => {});
    ws.on('message', (data: Buffer) => {
      const message = readClientMessage(data);
      messages.push(message);
      act(message, ws);
    });
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  try {
    await run(`ws://127.0.0.1:${address.port}`, { messages });
  } finally {
    for (const ws of server.clients) ws.terminate();
    await new Promise((resolve) => server.close(resolve));
  }
}

function acknowledge(ws: WebSocket, id: number): void {
  ws.send(writeServerMessage({ kind: 'acknowledgment', id, outcome: ACCEPTED }));
}

describe('a WebSocket client', () => {
  test('reports a missing server at once and reconnects with increasing pauses', async () => {
    const clock = createManualClock();
    const attempts: number[] = [];
    const server = net.createServer((socket) => {
      attempts.push(clock.now());
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const client = createWebSocketClient({
      endpoint: `127.0.0.1:${address.port}`,
      tls: { insecure: true },
      clock,
      random: () => 0.5,
      initialIntervalMillis: 100,
      maxIntervalMillis: 350,
      timeoutMillis: 60_000,
    });
    const start = clock.now();
    for (let attempt = 1; attempt <= 5; attempt++) {
      const outcome = client.export('traces', [new Uint8Array(1)]);
      let ended = false;
      void outcome.then(() => {
        ended = true;
      });
      while (!ended) await (attempts.length < attempt ? clock.advance(10) : new Promise((done) => setImmediate(done)));
      const { kind, reason = '' } = { reason: '', ...(await outcome) };
      assert.equal(kind, 'retry');
      assert.match(reason, /^127\.0\.0\.1:\d+: socket hang up/);
    }
    // Delays of 100, 200, and then 350, measured in steps of 10.
    const at = attempts.map((millis) => millis - start);
    const pauses = at.slice(1).map((millis, index) => Math.round((millis - (at[index] ?? 0)) / 50) * 50);
    assert.deepEqual(pauses, [100, 200, 350, 350]);
    await client.shutdown();
    assert.equal(clock.pending, 0);
    server.close();
  });

  test('limits the time for connecting', async () => {
    const sockets: net.Socket[] = [];
    const silent = net.createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    assert.ok(typeof address === 'object' && address !== null);
    const client = createWebSocketClient({ endpoint: `ws://127.0.0.1:${address.port}`, connectTimeoutMillis: 50 });
    const outcome = await client.export('traces', [new Uint8Array(1)]);
    assert.deepEqual(outcome, { kind: 'retry', afterMillis: undefined, reason: 'no connection within 50 ms' });
    await client.shutdown();
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  for (const [status, kind] of [
    [401, 'refused'],
    [404, 'refused'],
    [503, 'retry'],
  ] as const) {
    test(`reports the response of a server with status ${status}`, async () => {
      const server = http.createServer();
      server.on('upgrade', (_request, socket) => {
        socket.end(`HTTP/1.1 ${status} No\r\nretry-after: 7\r\ncontent-type: text/plain\r\n\r\nnot you`);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      assert.ok(typeof address === 'object' && address !== null);
      const client = createWebSocketClient({ endpoint: `ws://127.0.0.1:${address.port}` });
      const outcome = await client.export('traces', [new Uint8Array(1)]);
      const reason = `the server responded ${status}: not you`;
      assert.deepEqual(outcome, kind === 'retry' ? { kind, afterMillis: 7000, reason } : { kind, reason });
      await client.shutdown();
      server.close();
    });
  }

  test('limits requests in flight to the window of the server, in number and bytes', () => {
    let maxBytes = 0;
    let max = 0;
    const pending = new Map<number, number>();
    return withPeer(
      (message, ws) => {
        if (message.kind === 'hello') ws.send(writeServerMessage(WELCOME));
        if (message.kind !== 'export') return;
        pending.set(message.id, message.body.length);
        max = Math.max(max, pending.size);
        maxBytes = Math.max(
          maxBytes,
          [...pending.values()].reduce((a, b) => a + b),
        );
        setImmediate(() => {
          pending.delete(message.id);
          acknowledge(ws, message.id);
        });
      },
      async (endpoint) => {
        const client = createWebSocketClient({ endpoint, maxInFlightBytes: 1000 });
        const sizes = [100, 100, 100, 100, 600, 600, 600, 2000, 1];
        const outcomes = await Promise.all(sizes.map((size) => client.export('traces', [new Uint8Array(size)])));
        assert.deepEqual(new Set(outcomes.map(({ kind }) => kind)), new Set(['accepted']));
        assert.equal(max, 3);
        // A request larger than the limit is sent on its own.
        assert.equal(maxBytes, 2000);
        await client.shutdown();
      },
    );
  });

  test('stops resending a request that breaks the connection each time', () =>
    withPeer(
      (message, ws) => {
        if (message.kind === 'hello') ws.send(writeServerMessage(WELCOME));
        if (message.kind === 'export') ws.terminate();
      },
      async (endpoint, { messages }) => {
        const client = createWebSocketClient({ endpoint, initialIntervalMillis: 1, maxIntervalMillis: 2 });
        const outcome = await client.export('traces', [new Uint8Array(1)]);
        assert.deepEqual(outcome, {
          kind: 'retry',
          afterMillis: undefined,
          reason: 'the connection broke 5 times under this request',
        });
        assert.equal(messages.filter(({ kind }) => kind === 'export').length, 5);
        await client.shutdown();
      },
    ));

  test('reconnects when a server sends neither acknowledgments nor heartbeats', () => {
    const clock = createManualClock();
    return withPeer(
      (message, ws) => {
        if (message.kind === 'hello') ws.send(writeServerMessage({ ...WELCOME, heartbeatMillis: 1000 }));
      },
      async (endpoint, { messages }) => {
        const client = createWebSocketClient({ endpoint, clock, timeoutMillis: 60_000, initialIntervalMillis: 10 });
        const outcome = client.export('traces', [new Uint8Array(1)]);
        await until(() => messages.length === 2);
        await clock.advance(2999);
        assert.equal(messages.length, 2);
        await clock.advance(1);
        // Reconnects on its own, reports its unacknowledged requests, and resends those unknown to the server.
        while (messages.length < 4) await clock.advance(1);
        assert.deepEqual(
          messages.slice(2).map((message) => [message.kind, message.kind === 'hello' && message.unacknowledged]),
          [
            ['hello', [1]],
            ['export', false],
          ],
        );
        await clock.advance(60_000);
        assert.equal((await outcome).kind, 'retry');
        await client.shutdown();
        assert.equal(clock.pending, 0);
      },
    );
  });

  test('disconnects from a server with another protocol', () =>
    withPeer(
      (_message, ws) => ws.send(Buffer.from([0xff, 0xff, 0xff])),
      async (endpoint) => {
        const client = createWebSocketClient({ endpoint });
        const outcome = await client.export('traces', [new Uint8Array(1)]);
        assert.equal(outcome.kind, 'retry');
        await client.shutdown();
      },
    ));

  test('sends OTLP/JSON and rejects signals without a JSON encoding', async () => {
    const handler = createRecordingHandler();
    const server = await createWebSocketServer({ endpoint: '127.0.0.1:0' }, handler);
    const client = createWebSocketClient({ endpoint: `ws://${server.address}`, encoding: 'json', compression: 'gzip' });
    const { parts } = sampleBatch('logs', 2);
    assert.deepEqual(await client.export('logs', parts), ACCEPTED);
    const [request] = handler.requests;
    assert.equal(request?.encoding, 'json');
    const read = requestFromJson('logs', request.body);
    assert.equal(read.ok && read.itemCount, 2);
    assert.deepEqual(await client.export('profiles', []), {
      kind: 'refused',
      reason: 'profiles cannot be sent as JSON',
    });
    await client.shutdown();
    await server.shutdown();
  });

  test('accepts common spellings of endpoints', async () => {
    const server = await createWebSocketServer({ endpoint: '127.0.0.1:0', path: '/a/b' }, createRecordingHandler());
    const outcomes: Outcome[] = [];
    for (const path of ['/a/b', '/', '']) {
      const client = createWebSocketClient({ endpoint: `WS://${server.address}${path}` });
      outcomes.push(await client.export('traces', []));
      await client.shutdown();
    }
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['accepted', 'refused', 'refused'],
    );
    assert.match(JSON.stringify(outcomes[1]), /expected the path \/a\/b, got \\"\/v1\/otlp\\"/);
    assert.throws(() => createWebSocketClient({ endpoint: 'ws://user:secret@host' }), /without user and password/);
    assert.throws(() => createWebSocketClient({ endpoint: 'nonsense' }), /expected host:port/);
    await server.shutdown();
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
