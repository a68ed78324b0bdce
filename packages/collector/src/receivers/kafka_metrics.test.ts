import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { kafkaMetrics } from './kafka_metrics.ts';
import { readingError, startReading } from './scraping/scraping.testing.ts';

const SCRAPERS = { scrapers: ['brokers', 'topics', 'consumers'], metadata: { retry: { backoff: '1ms' } } };
receiverContract(kafkaMetrics, { config: { brokers: ['127.0.0.1:1'], ...SCRAPERS }, silent: true });

/** Starts a server that is no broker. */
async function startServer(t: TestContext, handle: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => handle(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('reports a broker that is not there, and one that closes connections', async (t) => {
  const missing = await readingError(t, kafkaMetrics, { brokers: ['127.0.0.1:1'], ...SCRAPERS });
  assert.match(missing, /^Kafka: .*(ECONNREFUSED|127\.0\.0\.1:1)/);
  const address = await startServer(t, (socket) => socket.destroy());
  assert.match(await readingError(t, kafkaMetrics, { brokers: [address], ...SCRAPERS }), /^Kafka: ./);
});

test('gives up at the timeout of a broker that does not respond, and stops during a reading', async (t) => {
  let asked = 0;
  const address = await startServer(t, () => (asked += 1));
  const bench = await startReading(t, kafkaMetrics, { brokers: [address], ...SCRAPERS, timeout: '2s' });
  while (asked === 0) await bench.clock.advance(0);
  await bench.clock.advance(2000);
  while (bench.error() === undefined) await bench.clock.advance(0);
  assert.equal(bench.error(), 'Kafka: not read after 2000 ms');
  await bench.service.drain();
});

test('rejects configurations that cannot work, naming the fields', async () => {
  const expected: [Record<string, unknown>, RegExp][] = [
    [{}, /scrapers/],
    [{ scrapers: ['partitions'] }, /scrapers/],
    [{ ...SCRAPERS, topic_match: '(' }, /topic_match: /],
    [{ ...SCRAPERS, brokers: ['a:b:c'] }, /brokers.*expected `host:port`/],
    [{ ...SCRAPERS, metrics: { other: {} } }, /metrics.other: expected one of kafka/],
  ];
  for (const [config, message] of expected)
    await assert.rejects(createComponentBench(kafkaMetrics, { config }), message);
});
