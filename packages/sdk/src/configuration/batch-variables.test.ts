import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logs } from '@opentelemetry/api';
import { createManualClock } from '@otelier/testkit/clock';
import { start, tracer } from './start.testing.ts';

const RECORD = {
  OTEL_BSP: () => tracer().startSpan('x').end(),
  OTEL_BLRP: () => logs.getLogger('x').emit({ body: 'x' }),
} as const;
for (const [prefix, signal] of [
  ['OTEL_BSP', 'traces'],
  ['OTEL_BLRP', 'logs'],
] as const) {
  const record = RECORD[prefix];
  const other = RECORD[prefix === 'OTEL_BSP' ? 'OTEL_BLRP' : 'OTEL_BSP'];

  test(`${prefix}_MAX_EXPORT_BATCH_SIZE`, async (t) => {
    const { sdk, sink } = await start(t, { [`${prefix}_MAX_EXPORT_BATCH_SIZE`]: '2' });
    for (let i = 0; i < 4; i++) record();
    for (let i = 0; i < 4; i++) other();
    await sdk.forceFlush();
    assert.deepEqual(sink.handler.requests.map((request) => request.signal === signal).toSorted(), [false, true, true]);
    assert.equal(sdk.clients.length, 2);
  });

  test(`${prefix}_MAX_QUEUE_SIZE`, async (t) => {
    const { sdk } = await start(t, { [`${prefix}_MAX_QUEUE_SIZE`]: '3' });
    for (let i = 0; i < 5; i++) record();
    await sdk.forceFlush();
    const dropped = sdk.clients.map(({ health }) => health[signal]?.droppedItems.queue_full ?? 0);
    assert.deepEqual(dropped.toSorted(), [0, 2]);
  });

  test(`${prefix}_SCHEDULE_DELAY`, async (t) => {
    const clock = createManualClock();
    const { sdk, sink } = await start(t, { [`${prefix}_SCHEDULE_DELAY`]: '7000' }, { client: { clock } });
    record();
    await clock.advance(6_999);
    assert.equal(sink.handler.requests.length, 0);
    await clock.advance(1);
    await sink.handler.untilRequests(1);
    await sdk.shutdown();
  });

  test(`${prefix}_EXPORT_TIMEOUT limits all attempts together`, async (t) => {
    const { sdk, sink } = await start(t, { [`${prefix}_EXPORT_TIMEOUT`]: '1' });
    sink.handler.response = () => ({ kind: 'retry', afterMillis: undefined, reason: 'busy' });
    record();
    assert.deepEqual(await sdk.forceFlush(20_000), { kind: 'flushed' });
    const lost = sdk.clients.map(({ health }) => health[signal]?.droppedItems.retries_exhausted ?? 0);
    assert.deepEqual(lost.toSorted(), [0, 1]);
  });

  test(`${prefix}: a batch cannot be larger than the queue`, async (t) => {
    const { warnings } = await start(t, {
      [`${prefix}_MAX_QUEUE_SIZE`]: '10',
      [`${prefix}_MAX_EXPORT_BATCH_SIZE`]: '11',
    });
    assert.deepEqual(warnings, [
      `${prefix}_MAX_EXPORT_BATCH_SIZE: expected at most the size of the queue, 10, got 11; ignored`,
    ]);
  });
}
