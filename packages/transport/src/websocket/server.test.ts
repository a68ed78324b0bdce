import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, test } from 'node:test';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { createManualClock } from '@otelier/testkit/clock';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import { WebSocket } from 'ws';
import { createBearerAuthenticator } from '../auth.ts';
import type { ExportServer } from '../contract.ts';
import { createWebSocketClient } from './client.ts';
import type { ClientMessage, ServerMessage } from './envelope.ts';
import { readServerMessage } from './read-envelope.ts';
import { createWebSocketServer, type WebSocketServerOptions } from './server.ts';
import { writeClientMessage, writeExport } from './write-envelope.ts';

interface World {
  readonly server: ExportServer;
  readonly handler: RecordingHandler;
  /** Opens a connection that sends raw envelope messages. */
  connect(headers?: Readonly<Record<string, string>>, protocols?: readonly string[]): Promise<Peer>;
}

/** A connection that sends only what the test specifies. */
interface Peer {
  readonly ws: WebSocket;
  readonly messages: ServerMessage[];
  /** Resolves with the code and reason of the server's close frame. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  say(message: Exclude<ClientMessage, { kind: 'export' }>): void;
  send(id: number, body: Uint8Array, more?: Partial<Parameters<typeof writeExport>[0]>): void;
  next(): Promise<ServerMessage>;
}

const HELLO = { kind: 'hello', session: '0123456789abcdef', unacknowledged: [] } as const;
const KIB = 1024;

async function withServer(options: Partial<WebSocketServerOptions>, run: (world: World) => Promise<void>) {
  const handler = createRecordingHandler();
  const server = await createWebSocketServer({ endpoint: '127.0.0.1:0', ...options }, handler);
  const peers: WebSocket[] = [];
  try {
    await run({
      server,
      handler,
      async connect(headers = {}, protocols = ['otlp.otelier.v1']) {
        const ws = new WebSocket(`ws://${server.address}/v1/otlp`, [...protocols], { headers });
        peers.push(ws);
        const peer = peerOf(ws);
        await once(ws, 'open');
        return peer;
      },
    });
  } finally {
    for (const ws of peers) ws.terminate();
    await server.shutdown(0);
  }
}

function peerOf(ws: WebSocket): Peer {
  const messages: ServerMessage[] = [];
  let read = 0;
  ws.on('error', () => {});
  ws.on('message', (data: Buffer) => messages.push(readServerMessage(data)));
  return {
    ws,
    messages,
    closed: new Promise((resolve) => ws.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))),
    say: (message) => ws.send(writeClientMessage(message)),
    send: (id, body, more = {}) =>
      ws.send(writeExport({ id, signal: 'traces', encoding: '', compression: '', headers: {}, ...more }, [body])),
    async next() {
      await until(() => messages.length > read);
      return messages[read++] as ServerMessage;
    },
  };
}

describe('a WebSocket server', () => {
  for (const [what, send, code, reason] of [
    ['text', (peer: Peer) => peer.ws.send('hello'), 1003, /expected binary messages, got text/],
    ['bytes that are no message', (peer: Peer) => peer.ws.send(Buffer.from([0xff, 0xff])), 1002, /offset 0/],
    ['a request before hello', (peer: Peer) => peer.send(1, new Uint8Array(1)), 1002, /expected hello first/],
    ['a message beyond the limit', (peer: Peer) => peer.ws.send(new Uint8Array(200 * KIB)), 1009, /^$/],
    ['a second hello', (peer: Peer) => [peer.say(HELLO), peer.say(HELLO)], 1002, /expected hello first and once/],
  ] as const) {
    test(`closes only the connection that sends ${what}, with the reason`, () =>
      withServer({ maxBodyBytes: 64 * KIB }, async ({ server, connect }) => {
        const good = createWebSocketClient({ endpoint: `ws://${server.address}` });
        assert.deepEqual(await good.export('traces', [new Uint8Array(1)]), ACCEPTED);
        const bad = await connect();
        send(bad);
        const end = await bad.closed;
        assert.equal(end.code, code);
        assert.match(end.reason, reason);
        assert.deepEqual(await good.export('traces', [new Uint8Array(2)]), ACCEPTED);
        assert.equal(server.connectionCount, 1);
        await good.shutdown();
      }));
  }

  test('rejects single invalid requests and continues', () =>
    withServer({ signals: ['traces'], maxBodyBytes: KIB }, async ({ connect, handler }) => {
      const peer = await connect();
      peer.say(HELLO);
      assert.equal((await peer.next()).kind, 'welcome');
      peer.send(1, new Uint8Array(1), { signal: 'smells' });
      peer.send(2, new Uint8Array(1), { signal: 'logs' });
      peer.send(3, new Uint8Array(1), { encoding: 'yaml' });
      peer.send(4, new Uint8Array(1), { compression: 'rar' });
      peer.send(5, new Uint8Array(KIB + 1));
      peer.send(6, new Uint8Array(1), { compression: 'gzip' });
      peer.send(7, new Uint8Array(1), { encoding: 'json' });
      await until(() => peer.messages.length === 8);
      const outcomes = peer.messages.slice(1).map((message) => message.kind === 'acknowledgment' && message.outcome);
      assert.deepEqual(
        outcomes.map((outcome) => outcome !== false && 'reason' in outcome && outcome.reason.split(',')[0]),
        [
          'signal: expected one of traces',
          'signal: expected one of traces',
          'encoding: expected protobuf or json',
          'compression: expected gzip',
          'expected a body of at most 1024 bytes',
          'expected a body compressed with gzip',
          false,
        ],
      );
      assert.deepEqual(
        handler.requests.map(({ encoding }) => encoding),
        ['json'],
      );
    }));

  test('rejects plain HTTP and foreign upgrades with an explanation', () =>
    withServer({ allowedOrigins: ['https://*.shop.example'] }, async ({ server, connect }) => {
      const plain = await fetch(`http://${server.address}/`);
      assert.equal(plain.status, 426);
      assert.match(await plain.text(), /connect to \/v1\/otlp by WebSocket/);
      const refused = async (headers: Record<string, string>, protocol = 'otlp.otelier.v1', path = '/v1/otlp') => {
        const ws = new WebSocket(`ws://${server.address}${path}`, protocol, { headers });
        const [error] = await once(ws, 'error');
        return String(error);
      };
      assert.match(await refused({}, 'otlp.otelier.v2'), /400/);
      assert.match(await refused({}, 'otlp.otelier.v1', '/elsewhere'), /404/);
      assert.match(await refused({ origin: 'https://evil.example' }), /403/);
      await connect({ origin: 'https://www.shop.example' });
    }));

  test('rejects pages of origins that are not allowed', () =>
    withServer({}, async ({ server }) => {
      const ws = new WebSocket(`ws://${server.address}/v1/otlp`, 'otlp.otelier.v1', {
        origin: `http://${server.address}`,
      });
      const [error] = await once(ws, 'error');
      assert.match(String(error), /403/);
    }));

  test('accepts credentials in a subprotocol, for browsers', () =>
    withServer({ auth: createBearerAuthenticator({ tokens: ['sesame'] }) }, async ({ connect, handler }) => {
      const credentials = Buffer.from('Bearer sesame').toString('base64url');
      const peer = await connect({}, ['otlp.otelier.v1', `authorization.${credentials}`]);
      assert.equal(peer.ws.protocol, 'otlp.otelier.v1');
      peer.say(HELLO);
      peer.send(1, new Uint8Array(1));
      await handler.untilRequests(1);
      assert.match(handler.requests[0]?.subject ?? '', /^bearer:/);
    }));

  test('pauses reading from a client at its limit of requests in flight', () =>
    withServer({ maxInFlightBytes: 256 * KIB }, async ({ connect, handler }) => {
      const held = Promise.withResolvers<Outcome>();
      handler.response = () => held.promise;
      const peer = await connect();
      peer.say(HELLO);
      for (let id = 1; id <= 60; id++) peer.send(id, new Uint8Array(64 * KIB));
      await handler.untilRequests(4);
      const other = await connect();
      other.say({ ...HELLO, session: 'fedcba9876543210' });
      other.send(1, new Uint8Array(1));
      await handler.untilRequests(5);
      // Requests in the same read were also accepted. The rest is buffered in the kernel and in the client.
      assert.ok(handler.requests.length <= 7, `${handler.requests.length} requests were read`);
      assert.ok(handler.reservedBytes <= 512 * KIB, `${handler.reservedBytes} bytes were reserved`);
      held.resolve(ACCEPTED);
      await until(() => peer.messages.length === 61);
    }));

  test('counts incomplete messages and closes a connection without memory', () =>
    withServer({}, async ({ server, connect, handler }) => {
      handler.budgetBytes = 512 * KIB;
      const slow = await connect();
      slow.say(HELLO);
      await slow.next();
      // The header of a 2 MiB frame, masked with zeros, and an incomplete payload.
      const raw = socketOf(slow);
      const head = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0]);
      raw.write(Buffer.concat([head, Buffer.alloc(300 * KIB)]));
      await until(() => handler.reservedBytes > 250 * KIB);
      raw.write(Buffer.alloc(600 * KIB));
      const { code, reason } = await slow.closed;
      assert.equal(code, 1013);
      assert.match(reason, /no memory/);
      await handler.untilReleased();
      assert.equal(handler.reservedBytes, 0);
      const fine = createWebSocketClient({ endpoint: `ws://${server.address}` });
      assert.deepEqual(await fine.export('traces', [new Uint8Array(100 * KIB)]), ACCEPTED);
      await fine.shutdown();
    }));

  test('times out an incomplete message, a silent client and a lost one', () => {
    const clock = createManualClock();
    return withServer({ clock, requestTimeoutMillis: 5000, heartbeatMillis: 2000 }, async ({ connect, handler }) => {
      const [silent, unfinished, gone] = [await connect(), await connect(), await connect()];
      for (const [index, peer] of [unfinished, gone].entries()) {
        peer.say({ ...HELLO, session: `0123456789abcdef${index}` });
        await peer.next();
      }
      const raw = socketOf(unfinished);
      raw.write(
        Buffer.concat([Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0]), Buffer.alloc(100 * KIB)]),
      );
      await until(() => handler.reservedBytes > 64 * KIB);
      socketOf(gone).pause();
      for (let second = 0; second < 5; second++) {
        // Every byte counts as activity.
        const { reservedBytes } = handler;
        raw.write(Buffer.alloc(1));
        await until(() => handler.reservedBytes > reservedBytes);
        await clock.advance(1000);
      }
      assert.match((await silent.closed).reason, /expected hello within 5000 ms/);
      assert.match((await unfinished.closed).reason, /body: expected all of it within 5000 ms/);
      socketOf(gone).resume();
      assert.equal((await gone.closed).code, 1006);
    });
  });

  test('closes an unused connection if configured', () => {
    const clock = createManualClock();
    return withServer({ clock, idleTimeoutMillis: 3000, heartbeatMillis: 2000 }, async ({ connect }) => {
      const peer = await connect();
      peer.say(HELLO);
      await peer.next();
      for (let beat = 0; beat < 2; beat++) {
        peer.ws.ping();
        await once(peer.ws, 'pong');
        await clock.advance(2000);
      }
      assert.equal((await peer.closed).code, 1000);
    });
  });
});

function socketOf({ ws }: Peer): net.Socket {
  const socket: unknown = Reflect.get(ws, '_socket');
  assert.ok(socket instanceof net.Socket);
  return socket;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
