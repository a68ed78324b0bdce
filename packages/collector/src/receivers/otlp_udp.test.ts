import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { test } from 'node:test';
import type { Batch, Outcome } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { createUdpClient, type UdpClientOptions } from '@otelier/transport/udp-client';
import { otlpUdp } from './otlp_udp.ts';

const LOCAL = { endpoint: '127.0.0.1:0' };

function address(bench: ComponentBench): string {
  const [endpoint] = bench.service.host.endpoints();
  assert.equal(endpoint?.protocol, 'udp');
  return endpoint.address;
}

async function send(bench: ComponentBench, { signal, parts }: Batch, more: Partial<UdpClientOptions> = {}) {
  const client = createUdpClient({ endpoint: address(bench), ...more });
  const outcome: Outcome = await client.export(signal, parts);
  await client.shutdown();
  return outcome;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

async function withBench(config: Record<string, unknown>, run: (bench: ComponentBench) => Promise<void>) {
  const bench = await createComponentBench(otlpUdp, { config: { ...LOCAL, ...config } });
  try {
    await bench.start();
    await run(bench);
  } finally {
    await bench.close();
  }
}

receiverContract(otlpUdp, { config: LOCAL, send, oneWay: true });

test('listens on port 4316 of loopback by default', () => {
  assert.equal(otlpUdp.config.parse({}).endpoint, '127.0.0.1:4316');
  assert.throws(() => otlpUdp.config.parse({ endpoint: 'unix:/tmp/x' }), /expected host:port/);
});

test('refuses invalid messages, and reports them once a minute', () =>
  withBench({}, async (bench) => {
    await send(bench, { ...sampleBatch('logs'), parts: [Uint8Array.of(0x0a, 0x7f, 0x01)] });
    await send(bench, sampleBatch('logs', 2));
    await until(() => bench.received.length > 0);
    await bench.clock.advance(60_000);
    assert.equal(bench.error(), '1 messages refused');
    const line = bench.logs.find(({ msg }) => msg === 'datagrams lost');
    assert.equal(line?.['messagesRefused'], 1);
    await bench.clock.advance(60_000);
    assert.equal(bench.error(), undefined);
  }));

test('receives only from senders with the shared key', () =>
  withBench({ shared_key: 'hunter2' }, async (bench) => {
    await send(bench, sampleBatch('logs', 1));
    await send(bench, sampleBatch('logs', 2), { sharedKey: 'hunter2' });
    await until(() => bench.received.length > 0);
    assert.deepEqual(
      bench.received.map(({ itemCount }) => itemCount),
      [2],
    );
    assert.doesNotMatch(JSON.stringify(bench.logs), /hunter2/);
  }));

test('reports the loss of a session with gaps', () =>
  withBench({}, async (bench) => {
    // A proxy that drops the second of three datagrams.
    const proxy = createSocket('udp4');
    await new Promise<void>((resolve) => proxy.bind(0, '127.0.0.1', resolve));
    const [host = '', port] = address(bench).split(':');
    let count = 0;
    proxy.on('message', (bytes) => {
      if (count++ !== 1) proxy.send(bytes, Number(port), host);
    });
    const client = createUdpClient({ endpoint: `127.0.0.1:${proxy.address().port}`, maxFragments: 1 });
    for (let index = 0; index < 3; index++) await client.export('logs', sampleBatch('logs').parts);
    await until(() => bench.received.length === 2);
    await bench.clock.advance(60_000);
    assert.equal(bench.error(), '33.3 % of datagrams lost');
    await client.shutdown();
    proxy.close();
  }));

test('fails to start on a port in use', async () => {
  await withBench({}, async (first) => {
    const second = await createComponentBench(otlpUdp, { config: { endpoint: address(first) } });
    await assert.rejects(second.start(), /is in use by another program/);
    await second.close();
  });
});
