import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { type Gateway, type Lifetime, startGateway, tempDirectory, withLifetime } from '../e2e/gateway.ts';
import { HOSTILE_BODIES } from './hostile/bodies.ts';
import { ENCODINGS, prepare, type Send, type Transport } from './hostile/senders.ts';
import type { ChaosSuite } from './suite.ts';

const MAX_RSS_MB = 512;
const MAX_WAIT_MILLIS = 100;
const KINDS = Object.keys(HOSTILE_BODIES);
const TRANSPORTS: readonly Transport[] = ['http', 'json', 'grpc'];
/** Request sizes just below the default limits. */
const SIZES: Readonly<Record<Transport, number>> = { http: 19 << 20, json: 2 << 20, grpc: 3_900_000 };
const REQUESTS = 5;

/** A suite that sends each kind of hostile request over each transport. The seed selects encodings, sizes and IDs. */
export const suite: ChaosSuite = {
  name: 'hostile-requests',
  summary: 'requests that are more expensive than their size do not affect memory, other clients or the next start',
  cases: KINDS.length * TRANSPORTS.length * 2,
  sampleCases: 1,
  async run({ seed, from, count, fail, log }) {
    for (let index = from; index < from + count; index++) {
      await withLifetime(async (lifetime) => {
        try {
          log(`case ${index}: ${await runCase(lifetime, index, createRandom(seed * 1000 + index))}`);
        } catch (error) {
          fail(index, error instanceof Error ? error.message : String(error));
        }
      });
    }
  },
};

async function runCase(lifetime: Lifetime, index: number, random: Random): Promise<string> {
  const kind = KINDS[index % KINDS.length] ?? '';
  const transport = TRANSPORTS[Math.floor(index / KINDS.length) % TRANSPORTS.length] ?? 'http';
  const encoding = ENCODINGS[random(ENCODINGS.length)] ?? 'gzip';
  const what = `${kind}, ${transport}, ${encoding}`;
  const size = Math.floor((SIZES[transport] * (50 + random(50))) / 100);
  const body = HOSTILE_BODIES[kind]?.(size, random);
  assert.ok(body !== undefined);
  const send = await prepare({ kind, ...body }, transport, encoding);

  const directory = await tempDirectory(lifetime);
  const gateway = await startGateway(lifetime, { directory });
  const quiet = await sendDuring(gateway, 0, () => sleep(500));
  const loaded = await sendDuring(gateway, quiet.sent, () => sendAll(gateway, send));
  const sent = quiet.sent + loaded.sent;
  assert.equal(await countItems(gateway), sent, `${what}: items of the concurrent client`);
  const memory = memoryMb(gateway);
  await gateway.kill();

  const next = await startGateway(lifetime, { directory });
  assert.equal(await countItems(next), sent, `${what}: items after a restart`);
  const report =
    `${what}: statuses ${loaded.result}, memory ${memory} MB, after the restart ${memoryMb(next)} MB, ` +
    `wait of others p99 ${loaded.p99.toFixed(0)} ms (before ${quiet.p99.toFixed(0)} ms), ${loaded.sent} requests`;
  assert.ok(Math.max(memory, memoryMb(next)) <= MAX_RSS_MB, report);
  // Latencies are meaningless on a machine whose load exceeds its number of cores.
  const isBusy = (loadavg()[0] ?? 0) > availableParallelism();
  assert.ok(isBusy || loaded.p99 <= MAX_WAIT_MILLIS, report);
  return report;
}

async function sendAll(gateway: Gateway, send: Send): Promise<string> {
  const statuses = await Promise.all(Array.from({ length: REQUESTS }, () => send(gateway)));
  return [...new Set(statuses)].sort().join('/');
}

interface Beside<T> {
  readonly result: T;
  readonly sent: number;
  readonly p99: number;
}

/** Sends numbered log records sequentially, starting at `first`, while `work` runs. */
async function sendDuring<T>(gateway: Gateway, first: number, work: () => Promise<T>): Promise<Beside<T>> {
  let isDone = false;
  const working = work().finally(() => {
    isDone = true;
  });
  const waits: number[] = [];
  // The `await` below handles a rejection.
  working.catch(() => undefined);
  do {
    const request = encodeRequest('logs', {
      resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: `normal ${first + waits.length}` } }] }] }],
    });
    const started = performance.now();
    const response = await fetch(`${gateway.http}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: Buffer.from(request),
    });
    await response.arrayBuffer();
    assert.equal(response.status, 200, 'a normal request was rejected');
    waits.push(performance.now() - started);
    await sleep(5);
  } while (!isDone);
  const sorted = waits.toSorted((a, b) => a - b);
  return { result: await working, sent: waits.length, p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0 };
}

/** Counts the normal items in the store once everything has been stored. Fails if one is duplicated. */
async function countItems(gateway: Gateway): Promise<number> {
  const { rows } = await gateway.api.sql({
    statement: "SELECT count(*), count(DISTINCT body) FROM logs WHERE body LIKE 'normal %'",
  });
  const [all, distinct] = (rows[0] ?? []).map(Number);
  assert.equal(all, distinct, 'expected no duplicates');
  return all ?? 0;
}

/** Returns the peak resident memory of the process. */
function memoryMb({ child }: Gateway): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
