/**
 * Client monitoring: receives the client's events, reads its counters, and exports them as metrics.
 *     node examples/monitoring.ts
 */
import { createClient, MeterProvider, observeClient, span } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';

const client = createClient({
  endpoint,
  resource: { 'service.name': 'example-monitoring' },
  retry: { initialIntervalMillis: 10 },
  // Receives a report of lost telemetry, at most once per minute. Defaults to `console.warn`.
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

// Exports the counters as metrics (`otel.sdk.exporter.span.exported` and others) through the same client.
const meters = new MeterProvider({ client });
observeClient(client, meters);

client.record(span('one'));
await client.flush();
client.record(span('two'));
await client.flush();
await meters.shutdown();
console.log(JSON.stringify(client.health.traces));
