import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@otelier/testkit/clock';
import { createClient, TracerProvider } from '../node.ts';
import { startSink } from '../sink.testing.ts';

const MIB = 1024 * 1024;

test('an endpoint that never responds costs bounded memory, counted losses, and a line per minute', async (t) => {
  const sink = await startSink(t);
  sink.handler.response = () => new Promise(() => {});
  const clock = createManualClock();
  const lines: string[] = [];
  const client = createClient({ endpoint: sink.url, clock, log: (line) => lines.push(line) });
  const tracer = new TracerProvider({ client }).getTracer('x');
  const bytesBefore = process.memoryUsage().arrayBuffers;
  const end = (count: number) => {
    for (let i = 0; i < count; i++) tracer.startSpan('GET /cart').setAttribute('url.path', `/cart/${i}`).end();
  };
  const health = () => {
    const { queuedItems = 0, queuedBytes = 0, droppedItems } = client.health.traces ?? {};
    return { queuedItems, queuedBytes, lost: droppedItems?.queue_full };
  };

  end(100_000);
  // All four allowed requests are in flight.
  await sink.handler.untilRequests(4);
  const { queuedBytes, ...counts } = health();
  assert.deepEqual(counts, { queuedItems: 16_384, lost: 100_000 - 16_384 });
  assert.ok(queuedBytes <= 16 * MIB, `${queuedBytes} bytes are queued`);
  const growth = process.memoryUsage().arrayBuffers - bytesBefore;
  assert.ok(growth < 2 * queuedBytes + MIB, `${growth} bytes of buffers for ${queuedBytes} queued`);

  for (let minute = 0; minute < 3; minute++) {
    for (let i = 0; i < 60; i++) {
      end(10);
      await clock.advance(1_000);
    }
  }
  assert.deepEqual(health(), { queuedItems: 16_384, queuedBytes, lost: 100_000 - 16_384 + 1_800 });
  assert.equal(lines.length, 3);
  assert.match(
    lines[0] ?? '',
    /^otelier: lost 83626 items since the last report: the queue of 16384 items .* is full$/,
  );
  assert.match(lines[1] ?? '', /^otelier: lost 600 items since the last report/);

  const shutdown = client.shutdown(0);
  await clock.advance(1);
  assert.deepEqual(await shutdown, { kind: 'timed_out', pendingItems: 16_384 });
  assert.equal(client.health.traces?.droppedItems.shutdown, 16_384);
});
