/**
 * Builder: creates clients, spans, metrics and log records with method calls. All settings are optional.
 *     node examples/builder.ts
 */
import { log, metric, OtlpClient, type SpanItem, span } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';

// Builders are immutable: every call returns a new one. Store the settings that clients share and extend them.
const shared = OtlpClient.builder()
  .endpoint(endpoint)
  .compression('gzip')
  .batch({ maxItems: 512, maxDelayMillis: 200 })
  .attribute('service.name', 'example-builder');
const client = shared.header('x-priority', 'low').attribute('import.kind', 'nightly').build();
const alerts = shared.header('x-priority', 'high').batch({ maxDelayMillis: 0 }).build();

const scope = { name: 'importer', version: '1.0.0' };

/** Returns a span with the settings shared by all steps of the import. */
function step(name: string, of: SpanItem): SpanItem {
  return span(name).parent(of.context).kind('internal').attribute('import.format', 'csv');
}

const run = span('import').kind('consumer').attributes({ 'messaging.system': 'kafka', 'messaging.batch.size': 2 });

client.record(step('parse', run).event('header read', { columns: 7 }).ok().end(), scope);
client.record(step('store', run).failed('the table is locked').link({ context: run.context }).end(), scope);
alerts.record(
  log({ text: 'row skipped', row: 2 }).severity('error').exception(new Error('no price')).within(run.context),
  scope,
);
client.record(
  metric('import.rows').unit('{row}').integers().sum(1, { result: 'stored' }).point(1, { result: 'failed' }),
  scope,
);
client.record(run.failed('1 of 2 rows failed').end(), scope);

await alerts.shutdown();
await client.shutdown();
