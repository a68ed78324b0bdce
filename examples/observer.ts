/**
 * Observers: inspect spans when they start and end, and modify them before they are exported.
 *     node examples/observer.ts
 */
import { createClient, type SpanObserver, TracerProvider } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';

/** Adds the customer's tier to every span. */
const customer: SpanObserver = {
  onStart(span) {
    span.setAttribute('customer.tier', 'gold');
  },
};

/** Redacts card numbers in string attributes. */
const redaction: SpanObserver = {
  onEnding(span) {
    span.attributes.values.forEach((value, i) => {
      if (typeof value === 'string' && /^\d{16}$/.test(value)) span.attributes.values[i] = '[redacted]';
    });
  },
};

/** Counts slow spans without modifying them. */
let slow = 0;
const slowSpans: SpanObserver = {
  onEnding(span) {
    if (span.endTime.seconds - span.startTime.seconds >= 1) slow++;
  },
};

const provider = new TracerProvider({
  client: createClient({ endpoint, resource: { 'service.name': 'example-observer' } }),
  observers: [customer, redaction, slowSpans],
});
const start = Date.now();
provider
  .getTracer('shop')
  .startSpan('pay', { startTime: start, attributes: { card: '4111111111111111', amount: 12.5 } })
  .end(start + 1_500);
await provider.shutdown();
console.log(`${slow} slow`);
