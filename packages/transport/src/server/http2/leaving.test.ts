import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, test } from 'node:test';
import tls from 'node:tls';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { createCertificates } from '@otelier/testkit/certificates';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import { ACK, DATA, frame, GOAWAY, PING, RESET } from '../../client/http2/raw-server.testing.ts';
import type { ExportServer } from '../../contract.ts';
import type { GrpcServerOptions } from '../grpc/options.ts';
import { createGrpcServer } from '../grpc/server.ts';
import { call, RawClient } from './raw-client.testing.ts';

const REFUSED_STREAM = 7;

interface Bench {
  readonly handler: RecordingHandler;
  readonly server: ExportServer;
  readonly port: number;
  connect(): RawClient;
}

async function withServer(
  body: (bench: Bench) => Promise<void>,
  options: Partial<GrpcServerOptions> = {},
): Promise<void> {
  const handler = createRecordingHandler();
  const server = await createGrpcServer({ endpoint: '127.0.0.1:0', ...options }, handler);
  const clients: RawClient[] = [];
  const connect = () => {
    const client = RawClient.connect(server.address);
    clients.push(client);
    return client;
  };
  try {
    await body({ handler, server, port: Number(server.address.split(':').at(-1)), connect });
  } finally {
    for (const { socket } of clients) socket.destroy();
    await server.shutdown(0);
  }
  await handler.untilReleased();
}

describe('a connection that is closed gracefully', { concurrency: true }, () => {
  test('receives two GOAWAY frames and serves the requests sent before the second', () =>
    withServer(async ({ handler, server, connect }) => {
      const held = Promise.withResolvers<Outcome>();
      handler.response = ({ body }) => (body.length === 3 ? held.promise : ACCEPTED);
      const client = connect();
      client.send(call(1));
      await handler.untilRequests(1);
      const shutdown = server.shutdown(10_000);
      const announced = await client.next(GOAWAY);
      assert.deepEqual([announced.payload.readUInt32BE(0), announced.payload.readUInt32BE(4)], [0x7fff_ffff, 0]);
      const probe = await client.next(PING);
      client.send(call(3), frame(PING, ACK, 0, probe.payload), call(5));
      const final = await client.next(GOAWAY);
      assert.deepEqual([final.payload.readUInt32BE(0), final.payload.readUInt32BE(4)], [3, 0]);
      assert.equal((await client.next(RESET, 5)).payload.readUInt32BE(0), REFUSED_STREAM);
      held.resolve(ACCEPTED);
      const responses = [await client.next(DATA), await client.next(DATA)].map(({ streamId }) => streamId);
      assert.deepEqual(responses.sort(), [1, 3]);
      await client.closed();
      await shutdown;
      assert.equal(handler.requests.length, 2);
    }));

  test('does not delay shutdown when its client is dead', () =>
    withServer(async ({ server, connect }) => {
      const dead = connect();
      dead.send(call(1));
      await dead.next(DATA);
      const silent = net.connect({ host: '127.0.0.1', port: Number(server.address.split(':').at(-1)) });
      silent.on('error', () => {});
      await once(silent, 'connect');
      while (server.connectionCount < 2) await new Promise((resolve) => setImmediate(resolve));
      await server.shutdown(60_000);
      assert.equal(server.connectionCount, 0);
      silent.destroy();
    }));

  test('is the busiest one', () =>
    withServer(async ({ server, connect }) => {
      assert.equal(server.moveConnection(), false);
      const [idle, busy, less] = [connect(), connect(), connect()];
      idle.send(frame(PING, 0, 0, Buffer.alloc(8)));
      await idle.next(PING);
      busy.send(call(1), call(3), call(5));
      less.send(call(1));
      await Promise.all([busy.next(DATA, 5), less.next(DATA, 1)]);
      assert.equal(server.moveConnection(), true);
      await busy.next(GOAWAY);
      assert.equal(server.moveConnection(), true);
      await less.next(GOAWAY);
      assert.equal(server.moveConnection(), false);
      assert.equal(server.connectionCount, 3);
    }));

  test('still sends its responses to a client that has closed its side', () =>
    withServer(async ({ handler, connect }) => {
      const held = Promise.withResolvers<Outcome>();
      handler.response = () => held.promise;
      const client = connect();
      client.send(call(1));
      client.socket.end();
      await handler.untilRequests(1);
      await client.next(GOAWAY);
      held.resolve(ACCEPTED);
      await client.next(DATA, 1);
      await client.closed();
    }));
});

describe('an HTTP/1.1 client', { concurrency: true }, () => {
  const REQUEST = 'POST /v1/traces HTTP/1.1\r\nhost: x\r\n\r\n';
  const EXPECTED = /^HTTP\/1\.1 400 .*serves OTLP\/gRPC \(HTTP\/2\); send OTLP\/HTTP to its own port/s;

  test('receives an explanation that the port is wrong', () =>
    withServer(async ({ port }) => {
      for (const pieces of [[REQUEST], [...REQUEST]]) {
        const socket = net.connect(port, '127.0.0.1').setNoDelay();
        const response = readAll(socket);
        for (const piece of pieces) {
          socket.write(piece);
          await new Promise((resolve) => setImmediate(resolve));
        }
        assert.match(await response, EXPECTED);
      }
    }));

  test('receives it over TLS without ALPN, too', async () => {
    const { ca, server } = await createCertificates();
    await withServer(
      async ({ port }) => {
        const socket = tls.connect({ port, host: '127.0.0.1', ca: ca.cert });
        await once(socket, 'secureConnect');
        const response = readAll(socket);
        socket.write(REQUEST);
        assert.match(await response, EXPECTED);
      },
      { tls: { certPem: server.cert, keyPem: server.key } },
    );
  });
});

async function readAll(socket: net.Socket): Promise<string> {
  let text = '';
  socket.on('error', () => {});
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(socket, 'close');
  return text;
}
