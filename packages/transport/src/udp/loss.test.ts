import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '@otelier/testkit/otlp/random';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { createUdpClient, type UdpClient, type UdpClientOptions } from './client.ts';
import { readDatagram } from './datagram.ts';
import { type Fates, type LossyPath, openLossyPath } from './lossy-path.testing.ts';
import { eventually } from './raw-sender.testing.ts';
import { createUdpServer, type UdpServer } from './server.ts';

interface World {
  readonly client: UdpClient;
  readonly path: LossyPath;
  readonly server: UdpServer;
  readonly handler: RecordingHandler;
}

async function withPath(fates: Fates, options: Partial<UdpClientOptions>, run: (world: World) => Promise<void>) {
  const handler = createRecordingHandler();
  const server = await createUdpServer({ endpoint: '127.0.0.1:0', reportIntervalMillis: 20 }, handler);
  const path = await openLossyPath(server.address, fates);
  // Bursts that fit into any kernel's receive buffer, so that datagrams are lost only on the path.
  const pace = { bytesPerSecond: 64 * 2 ** 20, burstBytes: 32 * 1024 };
  const client = createUdpClient({ endpoint: path.endpoint, reportIntervalMillis: 20, pace, ...options });
  try {
    await run({ client, path, server, handler });
  } finally {
    await client.shutdown();
    await server.shutdown(0);
    await path.close();
  }
}

/** Sends requests one after another and returns their bytes. */
async function sendAll(client: UdpClient, count: number, spansOf: (index: number) => number): Promise<Set<string>> {
  const sent = new Set<string>();
  for (let index = 0; index < count; index++) {
    // Makes every request unique, so that deliveries can be identified.
    const name = Buffer.from(`request ${index}`);
    const [request] = sampleBatch('traces', spansOf(index)).parts;
    assert.ok(request);
    // Field 15 of a resource's telemetry is unknown and therefore preserved.
    const part = Buffer.concat([request, Buffer.from([0x0a, name.length + 2, 0x7a, name.length]), name]);
    sent.add(part.toString('latin1'));
    assert.equal((await client.export('traces', [part])).kind, 'accepted');
  }
  return sent;
}

/** Waits until the receiver has reported the fate of every datagram. */
function reported(client: UdpClient): Promise<void> {
  return eventually(() => {
    const { datagrams, reported } = client.stats();
    return reported.received + reported.lost === datagrams;
  }, 'a report of every datagram');
}

function assertOnlySent(handler: RecordingHandler, sent: ReadonlySet<string>): void {
  const delivered = handler.requests.map(({ body }) => Buffer.from(body).toString('latin1'));
  assert.ok(
    delivered.every((body) => sent.has(body)),
    'expected nothing but what was sent',
  );
  assert.equal(new Set(delivered).size, delivered.length, 'expected nothing twice');
}

test('reports loss with an error of at most 1 % and accepts no corrupt message at 20 % loss with duplicates, reordering and flipped bits', async () => {
  const random = createRandom(4316);
  const other = createRandom(1);
  const fates: Fates = {
    fragment() {
      const chance = random(100);
      if (chance < 20) return 'drop';
      if (chance < 25) return 'twice';
      if (chance < 35) return 'late';
      return chance < 40 ? 'flipped' : 'pass';
    },
    control: () => (other(5) === 0 ? 'drop' : 'pass'),
    bit: createRandom(2),
  };
  await withPath(fates, {}, async ({ client, path, server, handler }) => {
    const sent = await sendAll(client, 1500, (index) => 1 + (index % 60));
    await reported(client);
    const { truth } = path;
    const stats = client.stats();
    assert.equal(stats.datagrams, truth.sent);
    assert.ok(truth.lost > 900, `expected the path to lose a lot, got ${truth.lost} of ${truth.sent}`);
    const error = Math.abs(stats.reported.lost - truth.lost) / truth.lost;
    assert.ok(error <= 0.01, `expected about ${truth.lost} lost, got ${stats.reported.lost} reported`);
    assert.equal(stats.reported.duplicated, truth.duplicated);
    assert.ok(stats.reported.reordered > truth.sent / 20, `got ${stats.reported.reordered} reordered`);
    const { total, foreign } = server.stats();
    assert.equal(total.corrupt + foreign, truth.flipped);
    assert.ok(handler.requests.length > 300, `expected many messages to pass, got ${handler.requests.length}`);
    assert.equal(handler.requests.length, total.messagesTaken);
    assertOnlySent(handler, sent);
    await handler.untilReleased();
  });
});

test('recovers one lost datagram of every group by parity', async () => {
  const dropped = new Set<string>();
  const fates: Fates = {
    // The first datagram of every group: data, or the parity of its own group.
    fragment(bytes) {
      const datagram = readDatagram(bytes, undefined);
      assert.ok(typeof datagram !== 'string' && 'header' in datagram);
      const { kind, index, messageSequence, header } = datagram;
      const group = `${messageSequence}/${kind === 'data' ? Math.floor(index / header.groupSize) : index}`;
      if (dropped.has(group)) return 'pass';
      dropped.add(group);
      return 'drop';
    },
  };
  await withPath(fates, { fec: { groupSize: 3 } }, async ({ client, path, handler }) => {
    const sent = await sendAll(client, 100, (index) => 1 + index);
    await reported(client);
    assert.equal(handler.requests.length, sent.size);
    assertOnlySent(handler, sent);
    const { fragmentsRecovered, lost, messagesIncomplete } = client.stats().reported;
    assert.deepEqual([fragmentsRecovered, lost, messagesIncomplete], [dropped.size, path.truth.lost, 0]);
  });
});

test('recovers a lost copy of every datagram by repetition, and delivers once', async () => {
  const seen = new Set<string>();
  const fates: Fates = {
    fragment(bytes) {
      const fragment = bytes.toString('hex', 24, 40);
      if (seen.has(fragment)) return 'pass';
      seen.add(fragment);
      return 'drop';
    },
  };
  await withPath(fates, { repeat: 3 }, async ({ client, handler }) => {
    const sent = await sendAll(client, 60, (index) => 1 + index);
    await reported(client);
    assert.equal(handler.requests.length, sent.size);
    assertOnlySent(handler, sent);
    const { lost, duplicated } = client.stats().reported;
    assert.deepEqual([lost, duplicated], [seen.size, 0]);
  });
});

test('counts the lost end of a session', async () => {
  await withPath({ fragment: (_, index) => (index < 10 ? 'pass' : 'drop') }, {}, async ({ client }) => {
    await sendAll(client, 40, () => 1);
    await reported(client);
    assert.equal(client.stats().reported.lost, 30);
  });
});
