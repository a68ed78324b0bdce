/**
 * Batching: configures batch size, batch delay and queue limits, and counts the spans dropped when the queue is full.
 *     node examples/batching.ts
 */
import { createClient, span } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';

const client = createClient({
  endpoint,
  compression: 'gzip',
  resource: { 'service.name': 'example-batching' },
  // A batch is sent when it contains 100 spans or 64 KiB, or when its oldest span is 200 ms old.
  batch: { maxItems: 100, maxBytes: 64 * 1024, maxDelayMillis: 200 },
  // Limits apply to queued and in-flight items. When they are reached, the oldest items are dropped.
  queue: { maxItems: 1_000, maxBytes: 1024 * 1024, dropPolicy: 'oldest', maxConcurrentRequests: 2 },
});

// Recording never blocks. These spans are recorded faster than they can be sent, so the queue overflows.
for (let i = 0; i < 1_500; i++) client.record(span(`step ${i}`).attribute('i', i));
await client.flush();

// Flushing periodically lets the client send, so nothing is dropped.
for (let i = 1_500; i < 3_000; i++) {
  client.record(span(`step ${i}`).attribute('i', i));
  if (i % 500 === 0) await client.flush();
}
await client.shutdown();

const { sentItems, droppedItems } = client.health.traces ?? {};
console.log(`sent ${sentItems}, dropped ${droppedItems?.queue_full}`);
