/**
 * Compares the cost of a span with opentelemetry-js: ten attributes, from its creation until a local sink has received
 * it, in CPU time of this process (all threads) and allocated memory. Both use HTTP with their defaults.
 *   node packages/sdk/src/trace/span.bench.ts [rounds]
 *   TURN=4096 node packages/sdk/src/trace/span.bench.ts     spans that end before each flush; default 512
 */
import type { Tracer } from '@opentelemetry/api';
import { compareLibraries, type Workload } from '../compare-libraries.testing.ts';

await compareLibraries({
  program: import.meta.filename,
  row: 'span',
  items: 400_000,
  results: { rate: 'spansPerCpuSecond', bytes: 'bytesPerSpan' },
  libraries: { otelier, 'opentelemetry-js': official },
});

function makeSpan(tracer: Tracer, i: number): void {
  const span = tracer.startSpan('GET /cart', { kind: 1 });
  span.setAttribute('http.request.method', 'GET');
  span.setAttribute('url.path', '/cart/items');
  span.setAttribute('http.response.status_code', 200);
  span.setAttribute('server.address', 'shop.example.com');
  span.setAttribute('server.port', 8080);
  span.setAttribute('user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64)');
  span.setAttribute('app.cart.total', 12.5);
  span.setAttribute('app.user.premium', true);
  span.setAttribute('app.user.id', `user-${i}`);
  span.setAttribute('network.protocol.version', '1.1');
  span.end();
}

async function otelier(endpoint: string): Promise<Workload> {
  const { createClient, TracerProvider } = await import('../node.ts');
  const provider = new TracerProvider({ client: createClient({ endpoint }), resource: { 'service.name': 'shop' } });
  const tracer = provider.getTracer('bench');
  return { record: (i) => makeSpan(tracer, i), flush: () => provider.forceFlush() };
}

async function official(endpoint: string): Promise<Workload> {
  const { BatchSpanProcessor, TracerProvider } = await import('@opentelemetry/sdk-trace');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
  const { resourceFromAttributes } = await import('@opentelemetry/resources');
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces` });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop' }),
    spanProcessors: [new BatchSpanProcessor({ exporter, maxQueueSize: 4096 })],
  });
  const tracer = provider.getTracer('bench');
  return { record: (i) => makeSpan(tracer, i), flush: () => provider.forceFlush() };
}
