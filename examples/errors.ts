/**
 * Errors: invalid options throw immediately. Delivery errors are returned as outcomes and never thrown.
 *     node examples/errors.ts
 */
import { createClient, OptionError, span } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';

try {
  createClient({ endpoint, batch: { maxItems: 0 } });
} catch (error) {
  // Only `createClient` throws. The message contains the option, the expected value and the actual one.
  if (error instanceof OptionError) console.log(error.message);
}

const client = createClient({ endpoint, resource: { 'service.name': 'example-errors' } });

// Attribute values that OTLP cannot represent are dropped and counted in the span.
client.record(span('wrong value').attribute('callback', () => {}));

// `send` resolves with the server's response to this request.
for (const name of ['first', 'second', 'third']) {
  const outcome = await client.send(span(name));
  switch (outcome.kind) {
    case 'accepted':
      console.log(`${name}: accepted`);
      break;
    case 'partial':
      console.log(`${name}: ${outcome.rejectedItems} rejected, ${outcome.reason}`);
      break;
    case 'refused':
      console.log(`${name}: refused, ${outcome.reason}`);
      break;
  }
}

// `flush` never rejects. Its result indicates whether everything was sent in time.
const flushed = await client.flush(5_000);
console.log(flushed.kind);
await client.shutdown();
