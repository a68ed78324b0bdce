/**
 * Metrics: counters and histograms, an observed value, a view, and an instrument that is bound to its attributes.
 *
 *     node examples/metrics.ts
 */
import { createClient, MeterProvider } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';

const provider = new MeterProvider({
  client: createClient({ endpoint, resource: { 'service.name': 'example-metrics' } }),
  // Metrics are collected once a minute unless you say otherwise, and at the end.
  intervalMillis: 10_000,
  views: [
    // Exponential histograms need no boundaries.
    { instrumentName: 'request.duration', aggregation: { kind: 'exponential_histogram' } },
    // Without the attribute that would make too many points.
    { instrumentName: 'requests', excludedAttributeKeys: ['user.id'] },
  ],
});
const meter = provider.getMeter('shop');

const requests = meter.createCounter('requests', { unit: '{request}' });
const duration = meter.createHistogram('request.duration', { unit: 'ms' });
meter.createObservableGauge('memory', { unit: 'By' }).addCallback((result) => {
  result.observe(process.memoryUsage().rss, { kind: 'resident' });
});

for (let i = 1; i <= 100; i++) {
  requests.add(1, { 'http.route': '/cart', 'user.id': i });
  duration.record(i, { 'http.route': '/cart' });
}

// Where the same attributes come again and again, look for them once.
const hits = meter.createCounter('cache.hits').bind({ cache: 'prices' });
for (let i = 0; i < 1_000; i++) hits.add(1);

await provider.shutdown();
