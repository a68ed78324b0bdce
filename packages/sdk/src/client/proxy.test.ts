import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { TracerProvider as OfficialProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { type Certificates, createCertificates } from '@otelier/testkit/certificates';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { createGrpcServer } from '@otelier/transport/grpc-server';
import { createHttpServer } from '@otelier/transport/http-server';
import { createWebSocketServer } from '@otelier/transport/websocket-server';
import { createClient, OptionError, OtlpTraceExporter, TracerProvider } from '../node.ts';

/** Starts a proxy that opens tunnels to this machine, whatever the host, and notes their targets and credentials. */
async function startProxy(t: TestContext, credentials?: string) {
  const tunnels: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    const { url = '', headers } = request;
    const given = headers['proxy-authorization']?.replace('Basic ', '') ?? '';
    tunnels.push(url);
    sockets.add(socket);
    socket.on('error', () => {});
    if (credentials !== undefined && Buffer.from(given, 'base64').toString() !== credentials) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const target = connect(Number(url.split(':').at(-1)), '127.0.0.1');
    sockets.add(target);
    target.on('error', () => socket.destroy());
    // In two parts, as a slow proxy sends it.
    socket.write('HTTP/1.1 200 Connec');
    target.once('connect', () => {
      socket.write('tion established\r\nvia: test\r\n\r\n');
      socket.pipe(target).pipe(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, tunnels };
}

/** By protocol, how to start a server, and the scheme of its endpoint. */
const SERVERS = {
  'http/protobuf': { start: createHttpServer, scheme: 'http' },
  grpc: { start: createGrpcServer, scheme: 'http' },
  websocket: { start: createWebSocketServer, scheme: 'ws' },
} as const;

type Protocol = keyof typeof SERVERS;

async function startCollector(t: TestContext, protocol: Protocol, certificates?: Certificates) {
  const handler = createRecordingHandler();
  const { start } = SERVERS[protocol];
  const tls = certificates && { certPem: certificates.server.cert, keyPem: certificates.server.key };
  const server = await start({ endpoint: '127.0.0.1:0', ...(tls && { tls }) }, handler);
  t.after(() => server.shutdown());
  return { handler, port: Number(server.address.split(':').at(-1)) };
}

for (const protocol of ['http/protobuf', 'grpc', 'websocket'] as const)
  for (const isSecure of [false, true])
    test(`${protocol}, ${isSecure ? 'with' : 'without'} TLS: requests share a tunnel of the proxy`, async (t) => {
      const certificates = isSecure ? await createCertificates() : undefined;
      const { handler, port } = await startCollector(t, protocol, certificates);
      const { address, tunnels } = await startProxy(t, 'user:p@ss');
      const client = createClient({
        endpoint: `${SERVERS[protocol].scheme}${isSecure ? 's' : ''}://localhost:${port}`,
        protocol,
        proxy: `http://user:p%40ss@${address}`,
        environment: { NO_PROXY: '*' },
        ...(certificates && { tls: { caPem: certificates.ca.cert } }),
      });
      const tracer = new TracerProvider({ client }).getTracer('test');
      for (const name of ['a', 'b'.repeat(200_000)]) {
        tracer.startSpan(name).end();
        assert.deepEqual(await client.flush(), { kind: 'flushed' });
      }
      assert.deepEqual(await client.shutdown(), { kind: 'flushed' });
      assert.equal(handler.requests.length, 2);
      assert.deepEqual(tunnels, [`localhost:${port}`]);
    });

test('the environment selects the proxy by TLS and host, in upper and lower case', async (t) => {
  const { handler, port } = await startCollector(t, 'http/protobuf');
  const { port: socketPort } = await startCollector(t, 'websocket');
  const { address, tunnels } = await startProxy(t);
  const send = async (host: string, environment: Record<string, string>, protocol: Protocol = 'http/protobuf') => {
    tunnels.length = 0;
    const client = createClient({
      protocol,
      endpoint: `${SERVERS[protocol].scheme}://${host}:${protocol === 'websocket' ? socketPort : port}`,
      environment,
      retry: { maxElapsedMillis: 1 },
      log() {},
    });
    new TracerProvider({ client }).getTracer('test').startSpan('a').end();
    await client.shutdown();
    return tunnels.length;
  };
  const proxy = `http://${address}`;
  assert.equal(await send('collector.test', { HTTP_PROXY: proxy }), 1);
  assert.equal(await send('collector.test', { http_proxy: address, HTTP_PROXY: 'http://127.0.0.1:1' }), 1);
  assert.equal(await send('collector.test', { HTTPS_PROXY: proxy }), 0);
  assert.equal(handler.requests.length, 2);
  for (const excluded of ['*', 'test', '.test', 'a, collector.test', `collector.test:${port}`, '*.test'])
    assert.equal(await send('collector.test', { HTTP_PROXY: proxy, NO_PROXY: excluded }), 0, excluded);
  for (const other of ['ollector.test', 'x.collector.test', 'collector.test:1', ''])
    assert.equal(await send('collector.test', { HTTP_PROXY: proxy, no_proxy: other }), 1, other);
  assert.equal(await send('127.0.0.1', { HTTP_PROXY: proxy }), 0);
  assert.equal(await send('localhost', { HTTP_PROXY: proxy }), 0);
  assert.equal(await send('collector.test', { HTTP_PROXY: proxy }, 'websocket'), 1);
});

test('an exporter for opentelemetry-js uses the proxy of the environment, and a client none on request', async (t) => {
  const { handler, port } = await startCollector(t, 'http/protobuf');
  const { address, tunnels } = await startProxy(t);
  const environment = { http_proxy: address };
  const exporter = new OtlpTraceExporter({ url: `http://collector.test:${port}/v1/traces`, environment });
  const provider = new OfficialProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  provider.getTracer('test').startSpan('a').end();
  await provider.shutdown();
  assert.equal(handler.requests.length, 1);
  assert.deepEqual(tunnels, [`collector.test:${port}`]);
  const endpoint = `http://collector.test:${port}`;
  const client = createClient({ endpoint, environment, proxy: false, retry: { maxElapsedMillis: 1 }, log() {} });
  new TracerProvider({ client }).getTracer('test').startSpan('b').end();
  await client.shutdown();
  assert.equal(tunnels.length, 1);
});

test('a proxy that refuses or is not one fails the request, and its credentials are not logged', async (t) => {
  const { port } = await startCollector(t, 'http/protobuf');
  const { address } = await startProxy(t, 'user:right');
  const other = createServer().on('connect', (_, socket) => void socket.end('SSH-2.0-OpenSSH\r\n\r\n'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.after(() => void other.close());
  const lines: string[] = [];
  const failed = async (proxy: string) => {
    lines.length = 0;
    const log = (line: string) => void lines.push(line);
    const client = createClient({
      endpoint: `http://collector.test:${port}`,
      proxy,
      retry: { maxElapsedMillis: 1 },
      log,
    });
    new TracerProvider({ client }).getTracer('test').startSpan('a').end();
    await client.shutdown();
    return lines.join();
  };
  const refused = await failed(`http://user:wrong@${address}`);
  assert.match(refused, new RegExp(`proxy ${address} responded 407`));
  assert.doesNotMatch(refused, /wrong/);
  const { port: otherPort } = other.address() as AddressInfo;
  assert.match(await failed(`127.0.0.1:${otherPort}`), /responded with something other than HTTP/);
  assert.match(await failed('127.0.0.1:1'), /ECONNREFUSED/);
  assert.throws(
    () => createClient({ proxy: 'socks5://user:wrong@127.0.0.1:1' }),
    (error: Error) =>
      error instanceof OptionError && /got "socks5:/.test(error.message) && !/wrong/.test(error.message),
  );
});
