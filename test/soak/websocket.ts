/**
 * Runs a thousand clients of the `otlp_websocket` receiver for a minute while their connections are broken at random.
 * Everything acknowledged must be in the gateway's output file, with at most as many duplicates as broken connections.
 *
 *    node test/soak/websocket.ts --clients 1000 --seconds 60
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createCuttingProxy } from '@otelier/testkit/cutting-proxy';
import { createRandom } from '@otelier/testkit/otlp/random';
import { decodeRequest, encodeRequest } from '@otelier/testkit/request-codec';
import { createWebSocketClient, type WebSocketClient } from '@otelier/transport/websocket-client';
import { startGateway } from '../e2e/gateway.ts';

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '60' },
    /** Number of connections broken per second, in addition to those that break after a number of bytes. */
    cuts: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
  },
});
const clients = Number(values.clients);
const random = createRandom(Number(values.seed));

/** Concurrent requests per client, spans per request, and the interval between requests. */
const WORKERS = 4;
const SPANS = 10;
const PAUSE_MILLIS = 2000;

const ends: (() => Promise<void>)[] = [];
const directory = await mkdtemp(join(tmpdir(), 'otelier-soak-'));
const file = join(directory, 'traces.bin');
const gateway = await startGateway(
  { after: (end) => ends.push(end) },
  {
    config: [
      `receivers: { otlp_websocket: { endpoint: '127.0.0.1:0' } }
exporters: { file: { path: ${JSON.stringify(file)}, format: proto } }
service: { pipelines: { traces: { receivers: [otlp_websocket], exporters: [file] } } }
`,
    ],
  },
);
const target = /^ *otlp_websocket +(\S+)$/m.exec(gateway.output())?.[1] ?? '';
const proxy = await createCuttingProxy({ target, random, withinBytes: 40_000 });
const end = performance.now() + Number(values.seconds) * 1000;
const counts = { acknowledged: 0, repeated: 0 };
const acknowledged = new Set<string>();

const all = Array.from({ length: clients }, (_, index) => {
  const client = createWebSocketClient({ endpoint: `ws://${proxy.address}` });
  const workers = Array.from({ length: WORKERS }, (_worker, worker) => work(client, index * WORKERS + worker));
  return { client, work: Promise.all(workers) };
});
await cutUntilEnd();
proxy.spare();
await Promise.all(all.map(({ work: done }) => done));
await Promise.all(all.map(({ client }) => client.shutdown()));
const { cuts } = proxy;
await proxy.close();
const code = await gateway.stop();
const delivered = await readDelivered();
for (const close of ends) await close();
await rm(directory, { recursive: true, force: true });

const lost = [...acknowledged].filter((name) => !delivered.has(name)).length;
const duplicated = [...delivered.values()].reduce((sum, times) => sum + times - 1, 0);
process.stdout.write(
  `${JSON.stringify({ clients, seconds: Number(values.seconds), cuts, ...counts, delivered: delivered.size, lost, duplicated })}\n`,
);
process.exit(lost === 0 && duplicated <= cuts && code === 0 && cuts > 0 && counts.acknowledged > 0 ? 0 : 1);

/** Sends batches sequentially, retrying each one until it is accepted. */
async function work(client: WebSocketClient, worker: number): Promise<void> {
  await setTimeout(random(PAUSE_MILLIS));
  for (let batch = 0; performance.now() < end; batch++) {
    const name = hex(worker, 16) + hex(batch, 16);
    const parts = [requestNamed(name)];
    for (;;) {
      const outcome = await client.export('traces', parts);
      if (outcome.kind === 'accepted') break;
      if (outcome.kind !== 'retry') throw new Error(JSON.stringify(outcome));
      counts.repeated++;
      await setTimeout(50);
    }
    acknowledged.add(name);
    counts.acknowledged++;
    await setTimeout(PAUSE_MILLIS);
  }
}

async function cutUntilEnd(): Promise<void> {
  while (performance.now() < end) {
    proxy.cutOne();
    await setTimeout(1000 / Number(values.cuts));
  }
}

/** Encodes a batch: a trace whose ID identifies the batch. */
function requestNamed(traceId: string): Uint8Array {
  const spans = Array.from({ length: SPANS }, (_, index) => ({
    traceId,
    spanId: hex(index + 1, 16),
    name: `GET /articles/${index}`,
    startTimeUnixNano: '1700000000000000000',
    endTimeUnixNano: '1700000000005000000',
  }));
  return encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

/** Returns how many times each batch occurs in the file. */
async function readDelivered(): Promise<ReadonlyMap<string, number>> {
  const bytes = await readFile(file);
  const spans = new Map<string, number>();
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const request = decodeRequest('traces', bytes.subarray(at + 4, at + 4 + length));
    for (const { scopeSpans } of request.resourceSpans ?? []) {
      for (const { traceId = '' } of scopeSpans?.flatMap((scope) => scope.spans ?? []) ?? []) {
        spans.set(traceId, (spans.get(traceId) ?? 0) + 1);
      }
    }
    at += 4 + length;
  }
  return new Map([...spans].map(([traceId, count]) => [traceId, count / SPANS]));
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
