import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { test } from 'node:test';
import { ACCEPTED, countItems, normalizeRequest, SIGNAL_NAMES } from '@otelier/otlp';
import { createManualClock } from '@otelier/testkit/clock';
import { createRandom } from '@otelier/testkit/otlp/random';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { EndpointError } from '../endpoint.ts';
import { createUdpClient, type UdpClient, type UdpClientOptions, UdpOptionsError } from './client.ts';
import { eventually } from './raw-sender.testing.ts';
import { createUdpServer, type UdpServer, type UdpServerOptions } from './server.ts';

interface World {
  readonly client: UdpClient;
  readonly server: UdpServer;
  readonly handler: RecordingHandler;
}

async function withClient(
  options: Partial<UdpClientOptions>,
  run: (world: World) => Promise<void>,
  serverOptions: Partial<UdpServerOptions> = {},
): Promise<void> {
  const handler = createRecordingHandler();
  const server = await createUdpServer(
    { endpoint: '127.0.0.1:0', reportIntervalMillis: 20, ...serverOptions },
    handler,
  );
  const client = createUdpClient({ endpoint: server.address, reportIntervalMillis: 20, ...options });
  try {
    await run({ client, server, handler });
  } finally {
    await client.shutdown();
    await server.shutdown(0);
  }
}

const CASES: readonly Partial<UdpClientOptions>[] = [
  {},
  { encoding: 'json' },
  ...(['gzip', 'zstd', 'deflate', 'brotli'] as const).map((compression) => ({ compression })),
  { maxFragments: 1 },
  { maxDatagramBytes: 65_507 },
  { fec: { groupSize: 2 }, repeat: 2 },
];

for (const options of CASES) {
  test(`delivers every item of every signal with ${JSON.stringify(options)}`, () =>
    withClient(options, async ({ client, handler }) => {
      for (const signal of SIGNAL_NAMES) {
        if (signal === 'profiles' && options.encoding === 'json') continue;
        // Profiles are small here: all lengths in their sample take one byte.
        const count = signal === 'profiles' ? 50 : 300;
        const batch = sampleBatch(signal, count);
        assert.deepEqual(await client.export(signal, batch.parts), ACCEPTED);
        const items = () =>
          handler.requests
            .filter((request) => request.signal === signal && request.encoding === 'protobuf')
            .reduce((sum, { body }) => sum + countItems(signal, body), 0);
        if (options.encoding !== 'json') await eventually(() => items() === count, `all items of ${signal}`);
        else await eventually(() => handler.requests.some((request) => request.signal === signal), 'a request');
      }
    }));
}

test('splits an oversized request between items into valid requests', () =>
  withClient({ maxFragments: 1 }, async ({ client, handler }) => {
    const { parts } = sampleBatch('metrics', 500);
    assert.deepEqual(await client.export('metrics', [...parts, ...parts]), ACCEPTED);
    const items = () => handler.requests.map(({ body }) => normalizeRequest('metrics', body)).reduce(addItems, 0);
    await eventually(() => items() === 1000, 'all items');
    const { datagrams, messages } = client.stats();
    assert.equal(datagrams, messages);
    assert.ok(handler.requests.every(({ body }) => body.length <= 1344));
  }));

function addItems(sum: number, normalized: ReturnType<typeof normalizeRequest>): number {
  assert.ok(normalized.ok);
  return sum + normalized.itemCount;
}

test('rejects items that exceed a message and sends the others', () =>
  withClient({ maxFragments: 1, maxDatagramBytes: 300 }, async ({ client, handler }) => {
    const huge = Buffer.concat([Buffer.from([0x12, 0xac, 0x02]), Buffer.alloc(300, 'a')]);
    // A resource with scope logs, whose only record has an unknown 300-byte field.
    const tagged = (tag: number, bytes: Buffer) =>
      Buffer.concat([Buffer.from([tag, 0x80 | (bytes.length & 0x7f), bytes.length >> 7]), bytes]);
    const request = tagged(0x0a, tagged(0x12, tagged(0x12, Buffer.concat([Buffer.from([0x7a]), huge.subarray(1)]))));
    const outcome = await client.export('logs', [...sampleBatch('logs', 5).parts, request]);
    assert.equal(outcome.kind, 'partial');
    assert.deepEqual([outcome.kind === 'partial' && outcome.rejectedItems], [1]);
    assert.equal((await client.export('logs', [request])).kind, 'refused');
    await eventually(
      () => handler.requests.reduce((sum, { body }) => sum + countItems('logs', body), 0) === 5,
      '5 items',
    );
  }));

test('learns from reports what has arrived, and stops requesting them when all datagrams are accounted for', () =>
  withClient({}, async ({ client, server }) => {
    await client.export('traces', sampleBatch('traces', 100).parts);
    await eventually(() => client.stats().reported.received === client.stats().datagrams, 'a report');
    assert.deepEqual(client.stats().reported.messagesTaken, client.stats().messages);
    assert.equal(server.stats().senders[0]?.proved, true);
  }));

test('passes reports to the callback', async () => {
  const seen: number[] = [];
  await withClient({ onReport: ({ reported }) => seen.push(reported.received) }, async ({ client }) => {
    await client.export('logs', sampleBatch('logs').parts);
    await eventually(() => seen.at(-1) === 1, 'a report');
  });
});

test('reports a missing receiver once the system detects it, and recovers when one listens', async () => {
  const handler = createRecordingHandler();
  const gone = await createUdpServer({ endpoint: '127.0.0.1:0' }, handler);
  await gone.shutdown();
  const client = createUdpClient({ endpoint: gone.address });
  const { parts } = sampleBatch('logs');
  let outcome = await client.export('logs', parts);
  while (outcome.kind === 'accepted') outcome = await client.export('logs', parts);
  assert.deepEqual(outcome, {
    kind: 'retry',
    afterMillis: undefined,
    reason: `${gone.address}: no receiver is listening`,
    unreachable: true,
  });
  const back = await createUdpServer({ endpoint: gone.address }, handler);
  await eventually(() => {
    void client.export('logs', parts);
    return handler.requests.length > 0;
  }, 'a request at the new server');
  await client.shutdown();
  await back.shutdown(0);
});

test('respects its rate and stops when aborted', async () => {
  const sink = createSocket('udp4');
  await new Promise<void>((resolve) => sink.bind(0, '127.0.0.1', resolve));
  let datagrams = 0;
  sink.on('message', () => datagrams++);
  const clock = createManualClock();
  const client = createUdpClient({
    endpoint: `127.0.0.1:${sink.address().port}`,
    pace: { bytesPerSecond: 10_000, burstBytes: 5000 },
    maxFragments: 100,
    clock,
  });
  const { parts } = sampleBatch('traces', 300);
  const abort = new AbortController();
  const sent = client.export('traces', parts, { signal: abort.signal });
  await eventually(() => datagrams === 4, 'a burst');
  await clock.untilPending();
  await clock.advance(1000);
  await eventually(() => datagrams > 8, 'a second of the rate');
  assert.ok(datagrams <= 13, `got ${datagrams}`);
  await clock.untilPending();
  abort.abort(new DOMException('no response within 5s', 'TimeoutError'));
  assert.deepEqual(await sent, { kind: 'retry', afterMillis: undefined, reason: 'no response within 5s' });
  await client.shutdown();
  sink.close();
});

test('rejects requests after shutdown, which is idempotent', async () => {
  const client = createUdpClient({ endpoint: '127.0.0.1:9' });
  await client.shutdown();
  await client.shutdown();
  assert.equal((await client.export('logs', sampleBatch('logs').parts)).kind, 'retry');
});

test('rejects profiles as JSON, which has no encoding for them', async () => {
  const client = createUdpClient({ endpoint: '127.0.0.1:9', encoding: 'json' });
  const outcome = await client.export('profiles', sampleBatch('profiles').parts);
  assert.deepEqual(outcome, { kind: 'refused', reason: 'profiles cannot be sent as JSON' });
  await client.shutdown();
});

test('names an invalid option at creation', () => {
  const endpoint = '127.0.0.1:9';
  assert.throws(() => createUdpClient({ endpoint: 'nowhere' }), EndpointError);
  assert.throws(() => createUdpClient({ endpoint: 'unix:/tmp/x' }), EndpointError);
  const wrong: [Partial<UdpClientOptions>, RegExp][] = [
    [{ maxDatagramBytes: 70_000 }, /^maxDatagramBytes: expected a whole number from 256 to 65507, got 70000$/],
    [{ maxFragments: 0 }, /^maxFragments:/],
    [{ fec: { groupSize: 256 } }, /^fec.groupSize:/],
    [{ repeat: 1.5 }, /^repeat:/],
    [{ pace: { bytesPerSecond: 0 } }, /^pace.bytesPerSecond:/],
  ];
  for (const [options, message] of wrong) {
    assert.throws(
      () => createUdpClient({ endpoint, ...options }),
      (error) => error instanceof UdpOptionsError && message.test(error.message),
    );
  }
});

test('ignores datagrams of unknown senders', () =>
  withClient({}, async ({ client, server }) => {
    await client.export('logs', sampleBatch('logs').parts);
    await eventually(() => client.stats().reported.received === 1, 'a report');
    const nonGrpcClient = createSocket('udp4');
    const port = Number(server.stats().senders[0]?.address.split(':')[1]);
    const random = createRandom(3);
    for (let index = 0; index < 50; index++) {
      nonGrpcClient.send(Buffer.from(Array.from({ length: 100 }, () => random(256))), port, '127.0.0.1');
    }
    await client.export('logs', sampleBatch('logs').parts);
    await eventually(() => client.stats().reported.received === 2, 'another report');
    nonGrpcClient.close();
  }));
