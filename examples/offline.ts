/**
 * Offline buffering: telemetry that cannot be sent is stored on disk, and the next run that can reach the server sends
 * it in order. Run it without a server, then start one and run it again.
 *     node examples/offline.ts
 */
import { createClient, openDiskBuffer, span } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';

const client = createClient({
  endpoint,
  resource: { 'service.name': 'example-offline' },
  // Only one process can open the directory at a time. When `maxBytes` is reached, new telemetry is dropped and
  // counted.
  buffer: await openDiskBuffer({ directory: process.env['BUFFER'] ?? 'telemetry-buffer', maxBytes: 64 * 1024 * 1024 }),
});

for (const step of ['one', 'two', 'three']) {
  client.record(span(`step ${step}`));
  const result = await client.flush(2_000);
  // The telemetry is now on disk or has reached the server, so a crash cannot lose it.
  console.log(result.kind === 'buffered' ? `buffered ${result.items}` : result.kind);
}
await client.shutdown();
