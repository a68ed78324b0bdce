import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { startTestApi, testGraph, testStatus } from '@otelier/testkit/memory-api';
import { createMemoryStore } from '@otelier/testkit/memory-store';
import { createApi } from './create-api.ts';
import { serveApi } from './serve.ts';

const bareApi = (token?: string) =>
  createApi({
    store: () => createMemoryStore(),
    graph: () => testGraph,
    status: () => testStatus,
    subscribeLogs: () => () => {},
    token,
  });

test('refuses to listen for other machines without credentials, saying what to do', async () => {
  for (const endpoint of ['0.0.0.0:0', ':0', '[::]:0', '192.168.1.5:4319']) {
    await assert.rejects(serveApi({ endpoint, api: bareApi() }), {
      name: 'UnsafeEndpointError',
      message: `endpoint: expected a token or a loopback address such as 127.0.0.1, because other machines could read all telemetry, got "${endpoint}" without a token; allow_unauthenticated: true permits it`,
    });
  }
});

test('listens for other machines with a token, or when allowed', async () => {
  const withToken = await serveApi({ endpoint: '0.0.0.0:0', api: bareApi('secret') });
  const told = await serveApi({ endpoint: '0.0.0.0:0', api: bareApi(), allowUnauthenticated: true });
  assert.match(withToken.address, /^0\.0\.0\.0:\d+$/);
  await Promise.all([withToken.shutdown(), told.shutdown()]);
});

test('listens on loopback by name or address', async () => {
  for (const endpoint of ['localhost:0', '127.0.0.1:0']) {
    const server = await serveApi({ endpoint, api: bareApi() });
    assert.equal((await fetch(`http://${server.address}/healthz`)).status, 200);
    await server.shutdown();
  }
});

test('reports a port in use', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  await assert.rejects(serveApi({ endpoint: `127.0.0.1:${port}`, api: bareApi() }), {
    name: 'ListenError',
    code: 'EADDRINUSE',
    message: `127.0.0.1:${port} is in use by another program, perhaps another otelier; stop that program, or give the workbench another endpoint`,
  });
  other.close();
});

test('rejects an invalid endpoint', async () => {
  await assert.rejects(serveApi({ endpoint: 'nonsense', api: bareApi() }), { name: 'EndpointError' });
  await assert.rejects(serveApi({ endpoint: 'unix:/tmp/x', api: bareApi() }), /expected host:port/);
});

test('shutdown ends connections that have sent nothing, or too little', { timeout: 20_000 }, async () => {
  const server = await serveApi({ endpoint: '127.0.0.1:0', api: bareApi() });
  const port = Number(server.address.split(':').at(-1));
  const sockets = ['', 'P', 'PR'].map((text) => {
    const socket = connect(port, '127.0.0.1').resume();
    if (text !== '') socket.write(text);
    return socket;
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const ended = Promise.all(sockets.map((socket) => once(socket, 'close')));
  // A later connection is accepted after them.
  assert.equal((await fetch(`http://${server.address}/healthz`)).status, 200);
  await server.shutdown(0);
  await ended;
});

test('requests whose bytes arrive one by one are served', { timeout: 20_000 }, async () => {
  await using server = await startTestApi();
  const { port } = new URL(server.url);
  const socket = connect(Number(port), '127.0.0.1').setNoDelay();
  const request = `PUT /healthz HTTP/1.1\r\nhost: ${new URL(server.url).host}\r\nconnection: close\r\n\r\n`;
  for (const byte of request) {
    await new Promise((resolve) => socket.write(byte, resolve));
    // While the server waits for the rest, it serves others.
    if (socket.bytesWritten < 4) assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  }
  assert.match(Buffer.concat(await socket.toArray()).toString(), /^HTTP\/1\.1 \d/);
  // A client that ends without a request is not kept.
  const silent = connect(Number(port), '127.0.0.1').resume();
  silent.end('P');
  await once(silent, 'close');
});

test('shutdown ends streams, waits for requests in flight and is idempotent', async () => {
  const { promise, resolve } = Promise.withResolvers<readonly []>();
  const asked = Promise.withResolvers<void>();
  const slow = {
    ...createMemoryStore(),
    services: () => {
      asked.resolve();
      return promise;
    },
  };
  const server = await startTestApi({ store: () => slow });
  const stream = await fetch(`${server.url}/api/v1/pipeline/stream`);
  const tail = await fetch(`${server.url}/api/v1/logs/tail`);
  const response = fetch(`${server.url}/api/v1/services`);
  await asked.promise;
  const stopping = server.shutdown(60_000);
  assert.match(await stream.text(), /event: pipeline/);
  await tail.text();
  assert.equal(server.logListeners, 0);
  resolve([]);
  assert.deepEqual(await (await response).json(), { services: [] });
  await stopping;
  await server.shutdown();
  await assert.rejects(fetch(`${server.url}/healthz`));
});

test('shutdown waits at most the grace period', async () => {
  const asked = Promise.withResolvers<void>();
  const never = {
    ...createMemoryStore(),
    services: () => {
      asked.resolve();
      return new Promise<never>(() => {});
    },
  };
  const server = await startTestApi({ store: () => never });
  const response = fetch(`${server.url}/api/v1/services`);
  await asked.promise;
  await server.shutdown(10);
  assert.deepEqual(
    [(await response).status, await (await response).json()],
    [503, { error: { code: 'unavailable', message: 'otelier is shutting down' } }],
  );
});
