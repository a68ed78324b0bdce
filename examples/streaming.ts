/**
 * Streaming: a source of any length is sent as fast as the server takes it, and what became of each part comes back.
 *
 *     node examples/streaming.ts [file]
 */
import { open } from 'node:fs/promises';
import { createClient, type LogItem, log, streamItems } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';
const client = createClient({ endpoint, resource: { 'service.name': 'example-streaming' } });

/** A log record for each line of a file. Any async iterable will do, a `Readable` or `ReadableStream` too. */
async function* recordsOf(path: string): AsyncGenerator<LogItem> {
  const file = await open(path);
  for await (const line of file.readLines()) yield log(line).attribute('log.file.path', path);
}

const records = recordsOf(process.argv[2] ?? import.meta.filename);
// At most two batches are on their way; until one is answered, no further line is read.
const options = { scope: { name: 'importer' }, maxItems: 10, maxInFlight: 2 };

for await (const { start, end, outcome } of streamItems(client, records, options)) {
  const words = outcome.kind === 'accepted' ? '' : `: ${outcome.reason}`;
  console.log(`lines ${start + 1} to ${end} ${outcome.kind}${words}`);
  // Leaving the loop reads no further, and waits for what is on its way.
  if (outcome.kind === 'refused') break;
}
await client.shutdown();
