/**
 * Traces: a provider behind the API of OpenTelemetry, spans that know their parents, an error.
 *
 *     node examples/traces.ts
 */
import { type Context, context, SpanStatusCode, trace } from '@opentelemetry/api';
import { createClient, TracerProvider } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';

// One client sends what all providers make.
const client = createClient({ endpoint, resource: { 'service.name': 'example-traces' } });
const provider = new TracerProvider({ client });
const tracer = provider.getTracer('shop', '1.0.0');

const request = tracer.startSpan('GET /cart', { attributes: { 'http.route': '/cart' } });
try {
  priceOf('unknown', trace.setSpan(context.active(), request));
} catch (error) {
  request.recordException(error as Error);
  request.setStatus({ code: SpanStatusCode.ERROR, message: 'no price' });
} finally {
  request.end();
}

function priceOf(article: string, around: Context): number {
  const span = tracer.startSpan('price', { attributes: { article } }, around);
  span.addEvent('cache miss', { cache: 'prices' });
  span.end();
  throw new RangeError(`no price for ${article}`);
}

// Sends what is left, and ends.
await provider.shutdown();
