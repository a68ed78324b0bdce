/**
 * Strategies: choose the sampler and the delivery options when the program starts.
 *     node examples/strategy.ts
 */
import { type Sampler, SamplingDecision } from '@opentelemetry/api';
import { type ClientOptions, createClient, TracerProvider } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';

/** Client options by environment. */
const DELIVERIES: Readonly<Record<string, ClientOptions>> = {
  // Next to the collector: no compression, short delay.
  sidecar: { protocol: 'http/protobuf', batch: { maxDelayMillis: 100 } },
  // Over the internet: few compressed requests, long retries.
  remote: { compression: 'gzip', batch: { maxDelayMillis: 5_000 }, retry: { maxElapsedMillis: 600_000 } },
};

/** Returns a sampler that keeps all spans except those for certain routes. */
function withoutRoutes(routes: readonly string[]): Sampler {
  return {
    shouldSample: (_context, _traceId, _name, _kind, attributes) => ({
      decision: routes.includes(String(attributes['http.route']))
        ? SamplingDecision.NOT_RECORD
        : SamplingDecision.RECORD_AND_SAMPLED,
    }),
    toString: () => `WithoutRoutes(${routes.join()})`,
  };
}

const provider = new TracerProvider({
  client: createClient({
    ...DELIVERIES[process.env['DELIVERY'] ?? 'sidecar'],
    endpoint,
    resource: { 'service.name': 'example-strategy' },
  }),
  sampler: withoutRoutes(['/healthz', '/metrics']),
});

const tracer = provider.getTracer('shop');
for (const route of ['/cart', '/healthz', '/order', '/metrics']) {
  tracer.startSpan(`GET ${route}`, { attributes: { 'http.route': route } }).end();
}
await provider.shutdown();
