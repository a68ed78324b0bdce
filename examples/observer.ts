/**
 * Observer: look at spans when they start and end, and change them while they can be changed.
 *
 *     node examples/observer.ts
 */
import { createClient, type SpanObserver, TracerProvider } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';

/** Writes on every span who the customer is. */
const customer: SpanObserver = {
  onStart(span) {
    span.setAttribute('customer.tier', 'gold');
  },
};

/** Takes card numbers out of what the program has written. */
const redaction: SpanObserver = {
  onEnding(span) {
    span.attributes.values.forEach((value, i) => {
      if (typeof value === 'string' && /^\d{16}$/.test(value)) span.attributes.values[i] = '[redacted]';
    });
  },
};

/** Counts slow spans, without touching them. */
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
