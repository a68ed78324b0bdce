/**
 * Metrics: counters, histograms, an observable gauge, views, and an instrument bound to its attributes.
 *     node examples/metrics.ts
 */
import { createClient, MeterProvider } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';

const provider = new MeterProvider({
  client: createClient({ endpoint, resource: { 'service.name': 'example-metrics' } }),
  // Metrics are collected at this interval (default: one minute) and on shutdown.
  intervalMillis: 10_000,
  views: [
    // Exponential histograms do not need bucket boundaries.
    { instrumentName: 'request.duration', aggregation: { kind: 'exponential_histogram' } },
    // Dropping the `user.id` attribute limits the number of time series.
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

// Bind an instrument to frequently used attributes so that they are looked up only once.
const hits = meter.createCounter('cache.hits').bind({ cache: 'prices' });
for (let i = 0; i < 1_000; i++) hits.add(1);

await provider.shutdown();
