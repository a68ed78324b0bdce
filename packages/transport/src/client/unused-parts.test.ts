import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { createGrpcServer } from '../server/grpc/server.ts';
import { createHttpServer } from '../server/http1/server.ts';
import { createGrpcClient } from './grpc.ts';
import { createHttpClient } from './http1/client.ts';
import { accepted, DATA, frame, settings, uint32, WINDOW, withRawServer } from './http2/raw-server.testing.ts';

const CASES = [
  { name: 'gRPC', createServer: createGrpcServer, createClient: createGrpcClient },
  { name: 'HTTP', createServer: createHttpServer, createClient: createHttpClient },
];

for (const { name, createServer, createClient } of CASES) {
  for (const compression of ['none', 'gzip'] as const) {
    test(`${name} with compression ${compression} tells that the parts of an accepted request are unused`, async () => {
      const server = await createServer({ endpoint: '127.0.0.1:0' }, createRecordingHandler());
      const client = createClient({ endpoint: `http://${server.address}`, compression });
      let unused = 0;
      const onUnused = () => void unused++;
      for (const size of [10, 100_000, 3_000_000])
        assert.deepEqual(await client.export('traces', [new Uint8Array(size)], { onUnused }), ACCEPTED);
      assert.equal(unused, 3);
      await client.shutdown();
      await server.shutdown();
    });
  }

  test(`${name} does not tell so while a canceled request waits to be sent`, async () => {
    const sockets: net.Socket[] = [];
    const deaf = net.createServer((socket) => void sockets.push(socket.on('error', () => {}).pause()));
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    const address = deaf.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const client = createClient({ endpoint: `http://127.0.0.1:${port}` });
    const abort = new AbortController();
    const outcome = client.export('traces', [new Uint8Array(8_000_000)], {
      signal: abort.signal,
      onUnused: () => assert.fail('the connection still has the parts'),
    });
    while (sockets.length === 0) await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    assert.equal((await outcome).kind, 'retry');
    for (const socket of sockets) socket.destroy();
    await client.shutdown();
    await new Promise((resolve) => deaf.close(resolve));
  });
}

test('gRPC does not tell so if the server responds before it has read the request', () =>
  withRawServer(
    async (connection) => {
      // Windows for the whole request, of which the server reads no more than its beginning.
      connection.write(settings({ 4: 2 ** 31 - 1 }), frame(WINDOW, 0, 0, uint32(2 ** 30)));
      const { streamId } = await connection.next(DATA);
      connection.socket.pause();
      connection.write(accepted(streamId));
    },
    async (endpoint) => {
      const client = createGrpcClient({ endpoint });
      const onUnused = () => assert.fail('the connection still has the parts');
      await client.export('traces', [new Uint8Array(32_000_000)], { onUnused });
    },
  ));
