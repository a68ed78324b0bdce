/**
 * Streaming: sends a source of any length as fast as the server accepts it, and yields the outcome of each batch.
 *     node examples/streaming.ts [file]
 */
import { open } from 'node:fs/promises';
import { createClient, type LogItem, log, streamItems } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';
const client = createClient({ endpoint, resource: { 'service.name': 'example-streaming' } });

/** Yields a log record for each line of a file. Any async iterable works, including `Readable` and `ReadableStream`. */
async function* recordsOf(path: string): AsyncGenerator<LogItem> {
  const file = await open(path);
  for await (const line of file.readLines()) yield log(line).attribute('log.file.path', path);
}

const records = recordsOf(process.argv[2] ?? import.meta.filename);
// At most two batches are in flight. No further lines are read until the server responds to one of them.
const options = { scope: { name: 'importer' }, maxItems: 10, maxInFlight: 2 };

for await (const { start, end, outcome } of streamItems(client, records, options)) {
  const detail = outcome.kind === 'accepted' ? '' : `: ${outcome.reason}`;
  console.log(`lines ${start + 1} to ${end} ${outcome.kind}${detail}`);
  // Leaving the loop stops reading and waits for the batches in flight.
  if (outcome.kind === 'refused') break;
}
await client.shutdown();
