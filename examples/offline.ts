/**
 * Offline and resume: what can't be sent is kept on disk, and sent in order by the next run that reaches the server. Run it
 * without a server, then start one and run it again.
 *
 *     node examples/offline.ts
 */
import { createClient, openDiskBuffer, span } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';

const client = createClient({
  endpoint,
  resource: { 'service.name': 'example-offline' },
  // One process uses the folder at a time. Beyond the bound the newest are lost, and counted.
  buffer: await openDiskBuffer({ directory: process.env['BUFFER'] ?? 'telemetry-buffer', maxBytes: 64 * 1024 * 1024 }),
});

for (const step of ['one', 'two', 'three']) {
  client.record(span(`step ${step}`));
  const result = await client.flush(2_000);
  // On disk, or at the server: a crash loses neither.
  console.log(result.kind === 'buffered' ? `kept ${result.items}` : result.kind);
}
await client.shutdown();
