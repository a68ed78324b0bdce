/**
 * Monitoring the client: receives its events, reads its counts, and exports them as metrics.
 *     node examples/monitoring.ts
 */
import { createClient, MeterProvider, observeClient, span } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';

const client = createClient({
  endpoint,
  resource: { 'service.name': 'example-monitoring' },
  retry: { initialIntervalMillis: 10 },
  // Receives the report of lost telemetry, at most once a minute. Default: `console.warn`.
  log: (line) => console.log(`log: ${line}`),
});

client.subscribe((event) => {
  switch (event.kind) {
    case 'retrying':
      console.log(`retrying: ${event.reason}`);
      break;
    case 'rejected':
    case 'dropped':
      console.log(`lost ${event.items} of ${event.signal}: ${event.reason}`);
      break;
    case 'sent':
      console.log(`sent ${event.items} of ${event.signal}`);
      break;
  }
});

// Exports the counts as metrics (`otel.sdk.exporter.span.exported` and others) through the same client.
const meters = new MeterProvider({ client });
observeClient(client, meters);

client.record(span('one'));
await client.flush();
client.record(span('two'));
await client.flush();
await meters.shutdown();
console.log(JSON.stringify(client.health.traces));
