/**
 * Builder: spans, metrics and log records that are put together call by call, without any SDK. What you do not say has a
 * default; what you build is encoded when you hand it over.
 *
 *     node examples/builder.ts
 */
import { createClient, log, metric, type SpanItem, span } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';
const client = createClient({ endpoint, resource: { 'service.name': 'example-builder' } });
const scope = { name: 'importer', version: '1.0.0' };

/** A part of a build that comes again and again. */
function step(name: string, of: SpanItem): SpanItem {
  return span(name).parent(of.context).kind('internal').attribute('import.format', 'csv');
}

const run = span('import').kind('consumer').attributes({ 'messaging.system': 'kafka', 'messaging.batch.size': 2 });

client.record(step('parse', run).event('header read', { columns: 7 }).ok().end(), scope);
client.record(step('store', run).failed('the table is locked').link({ context: run.context }).end(), scope);
client.record(
  log({ text: 'row left out', row: 2 }).severity('error').exception(new Error('no price')).within(run.context),
  scope,
);
client.record(
  metric('import.rows').unit('{row}').integers().sum(1, { result: 'stored' }).point(1, { result: 'failed' }),
  scope,
);
client.record(run.failed('1 of 2 rows failed').end(), scope);

await client.shutdown();
