/**
 * Traces: registers spans with the OpenTelemetry API, sets parents, and records an error.
 *     node examples/traces.ts
 */
import { type Context, context, SpanStatusCode, trace } from '@opentelemetry/api';
import { createClient, TracerProvider } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';

// Several providers can share one client.
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

function priceOf(article: string, parent: Context): number {
  const span = tracer.startSpan('price', { attributes: { article } }, parent);
  span.addEvent('cache miss', { cache: 'prices' });
  span.end();
  throw new RangeError(`no price for ${article}`);
}

// Sends pending spans and closes the client.
await provider.shutdown();
