import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { createCuttingProxy } from '@otelier/testkit/cutting-proxy';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { createWebSocketServer } from '@otelier/transport/websocket-server';
import { otlpExporterTests } from './otlp/suite.testing.ts';
import { otlpWebsocket } from './otlp_websocket.ts';

otlpExporterTests({
  definition: otlpWebsocket,
  compressions: ['none', 'gzip', 'deflate', 'zstd', 'brotli'],
  encodingHeader: 'content-encoding',
  joinsAttempts: true,
  // Heartbeats use real time, while tests advance the exporter's clock by hours. Idle sessions hold a timer.
  createServer: (options, handler) =>
    createWebSocketServer({ ...options, heartbeatMillis: 0, maxDisconnectedSessions: 0 }, handler),
  configFor: (address, secure = false) => {
    if (address.startsWith('unix:')) return { endpoint: address, tls: { insecure: true } };
    return { endpoint: `${secure ? 'wss' : 'ws'}://${address}` };
  },
});

test('resumes after a broken connection without a duplicate or a warning', async () => {
  const handler = createRecordingHandler();
  const held = Promise.withResolvers<Outcome>();
  handler.response = () => held.promise;
  const server = await createWebSocketServer({ endpoint: '127.0.0.1:0' }, handler);
  const proxy = await createCuttingProxy({ target: server.address, random: () => 0 });
  const config = { endpoint: `ws://${proxy.address}`, sending_queue: { enabled: false } };
  const bench = await createComponentBench(otlpWebsocket, { config, signals: ['traces'] });
  await bench.start();
  const outcome = bench.send(sampleBatch('traces'));
  await handler.untilRequests(1);
  proxy.cutOne();
  held.resolve(ACCEPTED);
  let ended = false;
  void outcome.then(() => {
    ended = true;
  });
  // The reconnect delay uses the manual clock.
  while (!ended) await bench.clock.advance(10);
  assert.deepEqual(await outcome, ACCEPTED);
  assert.equal(handler.requests.length, 1);
  assert.deepEqual(
    bench.logs.filter(({ level }) => level === 'warn'),
    [],
  );
  await bench.close();
  await proxy.close();
  await server.shutdown(0);
});
