/**
 * Batching: how spans become requests, what the queue holds at most, and what is lost beyond that.
 *
 *     node examples/batching.ts
 */
import { createClient, span } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';

const client = createClient({
  endpoint,
  compression: 'gzip',
  resource: { 'service.name': 'example-batching' },
  // A request goes when it has 100 spans or 64 KiB, or when its first span has waited for 200 ms.
  batch: { maxItems: 100, maxBytes: 64 * 1024, maxDelayMillis: 200 },
  // All that waits and is on its way; beyond it the oldest make room.
  queue: { maxItems: 1_000, maxBytes: 1024 * 1024, dropPolicy: 'oldest', maxConcurrentRequests: 2 },
});

// Recording never waits. These come faster than any request can go, so only the queue's length is kept.
for (let i = 0; i < 1_500; i++) client.record(span(`step ${i}`).attribute('i', i));
await client.flush();

// Give it a moment to send, and nothing is lost.
for (let i = 1_500; i < 3_000; i++) {
  client.record(span(`step ${i}`).attribute('i', i));
  if (i % 500 === 0) await client.flush();
}
await client.shutdown();

const { sentItems, droppedItems } = client.health.traces ?? {};
console.log(`sent ${sentItems}, lost ${droppedItems?.queue_full}`);
