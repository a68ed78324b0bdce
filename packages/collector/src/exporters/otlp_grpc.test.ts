import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { createGrpcServer } from '@otelier/transport/grpc-server';
import { otlpExporterTests } from './otlp/suite.testing.ts';
import { otlpGrpc } from './otlp_grpc.ts';

const configFor = (endpoint: string, secure = false) => ({ endpoint, ...(secure ? {} : { tls: { insecure: true } }) });

otlpExporterTests({
  definition: otlpGrpc,
  compressions: ['none', 'gzip', 'deflate', 'zlib', 'zstd', 'snappy'],
  encodingHeader: 'grpc-encoding',
  createServer: createGrpcServer,
  configFor,
});

test('sends the configured authority', async () => {
  const handler = createRecordingHandler();
  const server = await createGrpcServer({ endpoint: '127.0.0.1:0' }, handler);
  const config = { ...configFor(server.address), authority: 'collector.example' };
  const bench = await createComponentBench(otlpGrpc, { config, signals: ['traces'] });
  await bench.start();
  await bench.send(sampleBatch('traces'));
  await handler.untilRequests(1);
  assert.equal(handler.requests[0]?.headers[':authority'], 'collector.example');
  await bench.close();
  await server.shutdown(0);
});

test('closes an unresponsive connection and opens another', async () => {
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    socket.on('error', () => {}).resume();
    sockets.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const config = { ...configFor(`127.0.0.1:${port}`), timeout: '3s', retry_on_failure: { initial_interval: '1s' } };
  const bench = await createComponentBench(otlpGrpc, { config, signals: ['traces'] });
  await bench.start();
  await bench.send(sampleBatch('traces'));
  const connections = async (count: number) => {
    while (sockets.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  await connections(1);
  await bench.clock.advance(3000);
  while (bench.error() === undefined) await new Promise((resolve) => setImmediate(resolve));
  await bench.clock.advance(2000);
  await connections(2);
  await bench.close();
  for (const socket of sockets) socket.destroy();
  server.close();
});

test('accepts the ignored options of the Collector', async () => {
  const ignored = {
    balancer_name: 'round_robin',
    read_buffer_size: 1024,
    write_buffer_size: 1024,
    wait_for_ready: true,
  };
  const keepalive = { time: '30s', timeout: '5s', permit_without_stream: true };
  await createComponentBench(otlpGrpc, { config: { ...configFor('127.0.0.1:1'), ...ignored, keepalive } });
});
