import { setTimeout } from 'node:timers/promises';
import { type Batch, encodeHex, forEachLogRecord } from '@otelier/otlp';
import { batchOf, type ComponentBench } from '@otelier/testkit';
import type { Comparison } from '../check.ts';

/** A configuration as users write it. */
export type Config = Readonly<Record<string, unknown>>;

const BATCHES = 40;
const BATCH_ITEMS = 250;
const WAIT_MILLIS = 60_000;

/** Sends log records through an exporter. Returns a mismatch if a batch is not accepted. */
export async function sendRecords(exporter: ComponentBench): Promise<Comparison | undefined> {
  for (let batch = 0; batch < BATCHES; batch++) {
    const outcome = await exporter.send(logsOf(batch));
    if (outcome.kind !== 'accepted') return { compared: 0, mismatches: [`batch ${batch}: ${JSON.stringify(outcome)}`] };
  }
  return undefined;
}

/** Waits until a receiver has got as many log records as were sent, and compares them. */
export async function compareRecords(receiver: ComponentBench): Promise<Comparison> {
  const count = BATCHES * BATCH_ITEMS;
  const received = () => receiver.received.reduce((sum, { itemCount }) => sum + itemCount, 0);
  for (const end = performance.now() + WAIT_MILLIS; received() < count && performance.now() < end; )
    await setTimeout(20);
  const found = bodiesOf(receiver.received);
  const expected = Array.from({ length: BATCHES }, (_, batch) => [...bodiesOf([logsOf(batch)]).keys()]).flat();
  const missing = expected.filter((body) => !found.has(body));
  const doubled = [...found].filter(([, times]) => times > 1);
  const mismatches = [
    ...missing.map((body) => `lost: ${body}`),
    ...doubled.map(([body, times]) => `${times} times: ${body}`),
  ];
  return { compared: count, mismatches };
}

/** Returns log records with unique bodies, of several services and traces. */
export function logsOf(batch: number): Batch {
  const resourceLogs = [0, 1, 2, 3, 4].map((service) => ({
    resource: { attributes: [{ key: 'service.name', value: { stringValue: `service-${service}` } }] },
    scopeLogs: [
      {
        logRecords: Array.from({ length: BATCH_ITEMS / 5 }, (_, i) => ({
          timeUnixNano: '1700000000000000000',
          body: { stringValue: `line ${batch} ${service} ${i}` },
          ...(i % 3 > 0 && { traceId: encodeHex(Buffer.alloc(16, 1 + ((batch + i) % 20))) }),
        })),
      },
    ],
  }));
  return batchOf('logs', { resourceLogs });
}

/** Returns how often each body was received. */
function bodiesOf(batches: readonly Batch[]): Map<string, number> {
  const bodies = new Map<string, number>();
  for (const { parts } of batches)
    for (const part of parts)
      forEachLogRecord(part, ({ body }) => void bodies.set(String(body), (bodies.get(String(body)) ?? 0) + 1));
  return bodies;
}
