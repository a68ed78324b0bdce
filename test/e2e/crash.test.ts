import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '@otelier/testkit/otlp/random';
import { encodeRequest, type RequestJson } from '@otelier/testkit/request-codec';
import { type Gateway, type GatewayOptions, startGateway, tempDirectory } from './gateway.ts';

/**
 * Number of kills per number of threads. Workers forward requests to the thread that owns the store. The chaos suite
 * `kill` performs a hundred kills.
 */
const KILLS = [
  { workers: 1, kills: 4 },
  { workers: 2, kills: 4 },
];
const SENDERS = 4;
const ITEMS = 25;

const SIGNALS = ['traces', 'logs', 'metrics'] as const;
type Signal = (typeof SIGNALS)[number];

/** Requests with their outcomes, by request ID. */
interface Sent {
  readonly signal: Signal;
  acknowledged: boolean;
}

/** The senders of one round. */
interface Load {
  readonly sent: Map<string, Sent>;
  readonly stop: AbortSignal;
  acknowledged: number;
  /** Number of senders whose requests the gateway has not failed. */
  running: number;
}

for (const { workers, kills } of KILLS) {
  test(`stores every acknowledged item exactly once when killed ${kills} times under load with ${workers} threads`, (t) =>
    killAgainAndAgain(t, workers, kills));
}

async function killAgainAndAgain(t: TestContext, workers: number, kills: number): Promise<void> {
  const directory = join(await tempDirectory(t), 'store');
  // Small files, so that many are being written when the process is killed.
  const options = { directory, set: ['exporters.store.rows_per_file=1000', `service.workers=${workers}`] };
  const random = createRandom(20);
  const sent = new Map<string, Sent>();
  for (let round = 0; round < kills; round++) {
    // Before every fourth round, a process is killed during startup, while it recovers.
    if (round % 4 === 3) await startAndKill(t, options, 50 + random(500));
    const gateway = await startGateway(t, options);
    const stop = new AbortController();
    const load: Load = { sent, stop: stop.signal, acknowledged: 0, running: SENDERS };
    const senders = Array.from({ length: SENDERS }, (_, sender) =>
      send(gateway, `${round}-${sender}`, load).finally(() => {
        load.running -= 1;
      }),
    );
    const enough = 1 + random(150);
    while (load.acknowledged < enough && load.running > 0) await sleep(1);
    await gateway.kill();
    stop.abort();
    await Promise.all(senders);
  }
  const acknowledged = [...sent.values()].filter((one) => one.acknowledged).length;
  assert.ok(acknowledged > kills, `only ${acknowledged} requests were acknowledged`);
  t.diagnostic(`${acknowledged} of ${sent.size} requests were acknowledged, ${ITEMS} items each`);
  for (const attempt of ['after the last kill', 'after a restart in peace']) {
    const gateway = await startGateway(t, options);
    for (const signal of SIGNALS) await compare(gateway, signal, sent, attempt);
    assert.equal(await gateway.stop(), 0, gateway.output());
  }
}

async function startAndKill(t: TestContext, options: GatewayOptions, millis: number): Promise<void> {
  const signal = AbortSignal.timeout(millis);
  const gateway = await startGateway(t, { ...options, killedBy: signal }).catch((error) => {
    assert.ok(signal.aborted, `the process exited: ${error}`);
  });
  await gateway?.kill();
}

/** Sends requests sequentially, alternating signals, until the gateway is gone. */
async function send(gateway: Gateway, prefix: string, load: Load): Promise<void> {
  const { sent, stop } = load;
  for (let i = 0; !stop.aborted; i++) {
    const signal = SIGNALS[i % SIGNALS.length] ?? 'traces';
    const id = `${prefix}-${i}`;
    const state: Sent = { signal, acknowledged: false };
    sent.set(id, state);
    try {
      const response = await fetch(`${gateway.http}/v1/${signal}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        body: Buffer.from(REQUESTS[signal](id)),
        signal: stop,
      });
      state.acknowledged = response.ok;
      if (response.ok) load.acknowledged += 1;
      await response.arrayBuffer();
      if (!response.ok) return;
    } catch {
      return;
    }
  }
}

const attributes = (id: string, i: number) => [
  { key: 'request', value: { stringValue: id } },
  { key: 'i', value: { intValue: String(i) } },
];
const items = <T>(item: (i: number, nanos: string) => T): T[] => {
  const now = BigInt(Date.now()) * 1_000_000n;
  return Array.from({ length: ITEMS }, (_, i) => item(i, String(now + BigInt(i))));
};
const REQUESTS: Readonly<Record<Signal, (id: string) => Uint8Array>> = {
  traces: (id) =>
    encodeRequest('traces', {
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: items((i, nanos) => ({
                traceId: '5b8efff798038103d269b633813fc60c',
                spanId: (i + 1).toString(16).padStart(16, '0'),
                name: 'work',
                startTimeUnixNano: nanos,
                endTimeUnixNano: nanos,
                attributes: attributes(id, i),
              })),
            },
          ],
        },
      ],
    } satisfies RequestJson['traces']),
  logs: (id) =>
    encodeRequest('logs', {
      resourceLogs: [
        {
          scopeLogs: [{ logRecords: items((i, nanos) => ({ timeUnixNano: nanos, attributes: attributes(id, i) })) }],
        },
      ],
    }),
  metrics: (id) => {
    const dataPoints = items((i, nanos) => ({ timeUnixNano: nanos, asInt: i, attributes: attributes(id, i) }));
    return encodeRequest('metrics', {
      resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'load', gauge: { dataPoints } }] }] }],
    });
  },
};

const RELATIONS = { traces: 'spans', logs: 'logs', metrics: 'metric_points' } as const;

async function compare(gateway: Gateway, signal: Signal, sent: ReadonlyMap<string, Sent>, when: string): Promise<void> {
  const { rows, truncated } = await gateway.api.sql({
    statement: `SELECT attributes->>'request', count(*)::INTEGER, count(DISTINCT attributes->>'i')::INTEGER
      FROM ${RELATIONS[signal]} GROUP BY 1`,
    maxRows: 100_000,
  });
  assert.equal(truncated, false);
  const stored = new Map(rows.map(([id, count, distinct]) => [String(id), [count, distinct]]));
  for (const [id, one] of sent) {
    if (one.signal !== signal) continue;
    const found = stored.get(id);
    stored.delete(id);
    // A request without a response is stored completely or not at all, and never twice.
    if (found === undefined && !one.acknowledged) continue;
    assert.deepEqual(found, [ITEMS, ITEMS], `${signal} ${id} ${when}, acknowledged: ${one.acknowledged}`);
  }
  assert.deepEqual([...stored], [], 'items were stored that were not sent');
}
