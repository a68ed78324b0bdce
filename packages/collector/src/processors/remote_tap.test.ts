import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { decodeRequest } from '@otelier/testkit/request-codec';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { WebSocket } from 'ws';
import { basicAuth } from '../extensions/basic_auth.ts';
import { remoteTap } from './remote_tap.ts';

const LOCAL = { endpoint: '127.0.0.1:0' };

processorContract(remoteTap, { config: LOCAL });

async function startTap(config: object = {}, options: object = {}): Promise<ComponentBench> {
  const bench = await createComponentBench(remoteTap, {
    signals: ['logs', 'traces'],
    config: { ...LOCAL, ...config },
    ...options,
  });
  await bench.start();
  return bench;
}

function urlOf(bench: ComponentBench): string {
  const listening = bench.logs.find(({ msg }) => msg === 'remote tap listening');
  return `ws://${listening?.['address']}`;
}

/** Connects a client that collects its messages. */
async function connect(bench: ComponentBench, headers: Readonly<Record<string, string>> = {}) {
  const messages: string[] = [];
  const socket = new WebSocket(urlOf(bench), { headers });
  socket.on('message', (data) => messages.push(String(data)));
  await once(socket, 'open');
  return {
    messages,
    async until(count: number) {
      while (messages.length < count) await once(socket, 'message');
    },
    close: () => socket.terminate(),
  };
}

test('sends batches of all pipelines as OTLP/JSON to all clients', async () => {
  const bench = await startTap({ limit: 10 });
  const clients = [await connect(bench), await connect(bench)];
  await bench.send(sampleBatch('logs'));
  await bench.send(sampleBatch('traces'));
  for (const client of clients) {
    await client.until(2);
    assert.equal(JSON.parse(client.messages[0] ?? '').resourceLogs.length, 1);
    assert.equal(JSON.parse(client.messages[1] ?? '').resourceSpans[0].scopeSpans[0].spans[0].name, 'GET /0');
    client.close();
  }
  assert.deepEqual(
    decodeRequest('logs', bench.received[0]?.parts[0] ?? new Uint8Array()),
    decodeRequest('logs', sampleBatch('logs').parts[0] ?? new Uint8Array()),
  );
  await bench.close();
});

test('limits the rate, also below one per second', async () => {
  const bench = await startTap({ limit: 0.5 });
  const client = await connect(bench);
  const burst = async () => {
    for (let index = 0; index < 5; index++) await bench.send(sampleBatch('logs'));
  };
  await burst();
  await client.until(1);
  await bench.clock.advance(1999);
  await burst();
  await bench.clock.advance(1);
  await burst();
  await client.until(2);
  assert.equal(bench.received.length, 15);
  client.close();
  await bench.close();
  assert.equal(client.messages.length, 2);
});

test('refuses pages of other origins, clients without credentials, and too many clients', async () => {
  const status = async (bench: ComponentBench, headers: Readonly<Record<string, string>>) => {
    const socket = new WebSocket(urlOf(bench), { headers });
    const [, response] = await once(socket, 'unexpected-response');
    socket.on('error', () => {});
    socket.terminate();
    return response.statusCode;
  };
  const open = await startTap({ max_clients: 1, cors: { allowed_origins: ['https://*.shop.example'] } });
  assert.equal(await status(open, { origin: 'https://evil.example' }), 403);
  const page = await connect(open, { origin: 'https://a.shop.example' });
  assert.equal(await status(open, {}), 503);
  page.close();
  await open.close();

  const secret = { definition: basicAuth, config: { htpasswd: { inline: 'ann:secret' } } };
  const guarded = await startTap({ auth: { authenticator: 'basic_auth' } }, { extensions: { basic_auth: secret } });
  assert.equal(await status(guarded, {}), 401);
  const authorization = `Basic ${Buffer.from('ann:secret').toString('base64')}`;
  (await connect(guarded, { authorization })).close();
  await guarded.close();
});

test('an HTTP request is told to connect by WebSocket', async () => {
  const bench = await startTap();
  const response = await fetch(urlOf(bench).replace('ws:', 'http:'));
  assert.equal(response.status, 426);
  await response.text();
  await bench.close();
});
