/**
 * Errors: wrong options throw at once; what happens to telemetry later is an answer, never an exception.
 *
 *     node examples/errors.ts
 */
import { createClient, OptionError, span } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';

try {
  createClient({ endpoint, batch: { maxItems: 0 } });
} catch (error) {
  // The one thing that throws, when the client is made: it says which option, what was expected, and what came.
  if (error instanceof OptionError) console.log(error.message);
}

const client = createClient({ endpoint, resource: { 'service.name': 'example-errors' } });

// Values that cannot be sent are left out and counted in the span.
client.record(span('wrong value').attribute('callback', () => {}));

// `send` resolves with what the server has said of this request.
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

// A flush does not reject either, and says whether it was done in time.
const flushed = await client.flush(5_000);
console.log(flushed.kind);
await client.shutdown();
