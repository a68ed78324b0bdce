import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED, countItems, SIGNAL_NAMES } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { exporterContract } from '@otelier/testkit/component-contract';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { systemClock } from '@otelier/transport/clock';
import { createUdpServer } from '@otelier/transport/udp-server';
import { otlpUdp } from './otlp_udp.ts';

exporterContract(otlpUdp, {
  config: { endpoint: '127.0.0.1:9' },
  async destination() {
    // The timer of a server runs as long as it remembers senders.
    const forgetful = { endpoint: '127.0.0.1:0', reportIntervalMillis: 20, idleTimeoutMillis: 1 };
    const server = await createUdpServer(forgetful, createRecordingHandler());
    return { config: { endpoint: server.address }, close: () => server.shutdown(0) };
  },
});

const CONFIGS: readonly Record<string, unknown>[] = [
  {},
  { compression: 'none', max_fragments: 1 },
  { compression: 'zstd', fec: { group_size: 2 }, repeat: 2, shared_key: 'hunter2' },
];

for (const config of CONFIGS) {
  test(`sends every signal with ${JSON.stringify(config)}`, async () => {
    const handler = createRecordingHandler();
    const server = await createUdpServer(
      { endpoint: '127.0.0.1:0', ...('shared_key' in config && { sharedKey: 'hunter2' }) },
      handler,
    );
    const bench = await createComponentBench(otlpUdp, { config: { endpoint: server.address, ...config } });
    await bench.start();
    for (const signal of SIGNAL_NAMES) {
      const batch = sampleBatch(signal, 50);
      assert.deepEqual(await bench.send(batch), ACCEPTED);
      const items = () =>
        handler.requests
          .filter((request) => request.signal === signal)
          .reduce((sum, { body }) => sum + countItems(signal, body), 0);
      while (items() < 50) await new Promise((resolve) => setImmediate(resolve));
      assert.equal(items(), 50);
    }
    await bench.close();
    await server.shutdown(0);
  });
}

test('returns a retryable error while no receiver listens, and recovers', async () => {
  const handler = createRecordingHandler();
  const stopped = await createUdpServer({ endpoint: '127.0.0.1:0' }, handler);
  await stopped.shutdown();
  const config = {
    endpoint: stopped.address,
    sending_queue: { enabled: false },
    retry_on_failure: { enabled: false },
  };
  const bench = await createComponentBench(otlpUdp, { config, signals: ['logs'], clock: systemClock });
  await bench.start();
  let outcome = await bench.send(sampleBatch('logs'));
  while (outcome.kind === 'accepted') outcome = await bench.send(sampleBatch('logs'));
  assert.match(outcome.kind === 'retry' ? outcome.reason : '', /no receiver is listening/);
  const restarted = await createUdpServer({ endpoint: stopped.address }, handler);
  while (handler.requests.length === 0) await bench.send(sampleBatch('logs'));
  await bench.close();
  await restarted.shutdown(0);
});

test('rejects invalid options, and names them', async () => {
  const invalid: readonly [Record<string, unknown>, RegExp][] = [
    [{ endpoint: 'nowhere' }, /endpoint: expected host:port/],
    [{ max_datagram_size: 100 }, /max_datagram_size: expected a size from 256 to 65507 bytes/],
    [{ rate: { bytes_per_second: 0 } }, /rate.bytes_per_second: expected a rate above 0/],
    [{ fec: { group_size: 0 } }, /fec.group_size/],
  ];
  for (const [config, message] of invalid) {
    await assert.rejects(createComponentBench(otlpUdp, { config: { endpoint: '127.0.0.1:9', ...config } }), message);
  }
});
