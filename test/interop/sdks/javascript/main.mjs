// Sends a known set of spans, log records and metrics with the official SDK and prints what it sent, one JSON per line.
// Environment: INTEROP_PROTOCOL (grpc, http/protobuf or http/json), INTEROP_ENDPOINT (URL), INTEROP_SERVICE,
// INTEROP_COUNT.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { SpanKind, SpanStatusCode, trace, context } = require('@opentelemetry/api');
const { resourceFromAttributes } = require('@opentelemetry/resources');
const { BatchLogRecordProcessor, LoggerProvider } = require('@opentelemetry/sdk-logs');
const { MeterProvider, PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics');
const { BatchSpanProcessor, TracerProvider } = require('@opentelemetry/sdk-trace');

const { INTEROP_PROTOCOL: protocol, INTEROP_ENDPOINT: endpoint } = process.env;
const count = Number(process.env.INTEROP_COUNT);
const resource = resourceFromAttributes({ 'service.name': process.env.INTEROP_SERVICE });
const flavour = { grpc: 'grpc', 'http/protobuf': 'proto', 'http/json': 'http' }[protocol];
const exporter = (signal, path, name) => {
  const { [name]: Exporter } = require(`@opentelemetry/exporter-${signal}-otlp-${flavour}`);
  return new Exporter({ url: protocol === 'grpc' ? endpoint : `${endpoint}${path}` });
};

const batching = { maxQueueSize: 2 * count, maxExportBatchSize: 512 };
const tracers = new TracerProvider({
  resource,
  spanProcessors: [
    new BatchSpanProcessor({ exporter: exporter('trace', '/v1/traces', 'OTLPTraceExporter'), ...batching }),
  ],
});
const logExporter = exporter('logs', '/v1/logs', 'OTLPLogExporter');
const loggers = new LoggerProvider({
  resource,
  processors: [new BatchLogRecordProcessor({ exporter: logExporter, ...batching })],
});
const meters = new MeterProvider({
  resource,
  readers: [
    new PeriodicExportingMetricReader({
      exporter: exporter('metrics', '/v1/metrics', 'OTLPMetricExporter'),
      exportIntervalMillis: 3_600_000,
    }),
  ],
});
const tracer = tracers.getTracer('interop');
const logger = loggers.getLogger('interop');
const counter = meters.getMeter('interop').createCounter('interop.counter', { unit: '{thing}' });
const histogram = meters.getMeter('interop').createHistogram('interop.histogram', { unit: 'ms' });
const tell = (sent) => process.stdout.write(`${JSON.stringify(sent)}\n`);

for (let i = 0; i < count; i++) {
  const attributes = { i, ratio: i / 7, flag: i % 2 === 0, text: `grün ✓ ${i}`, list: ['a', String(i)] };
  const span = tracer.startSpan(`op-${i}`, { kind: SpanKind.SERVER, attributes });
  if (i % 10 === 0) {
    span.addEvent('checkpoint', { at: i });
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'every tenth fails' });
  }
  logger.emit({ severityNumber: 13, body: `line-${i}`, context: trace.setSpan(context.active(), span) });
  const parity = { parity: i % 2 === 0 ? 'even' : 'odd' };
  counter.add(i, parity);
  histogram.record(i, parity);
  span.end();
  const { traceId, spanId } = span.spanContext();
  tell({ kind: 'span', trace_id: traceId, span_id: spanId, name: `op-${i}`, i });
  tell({ kind: 'log', body: `line-${i}`, trace_id: traceId, span_id: spanId });
}
for (const parity of [0, 1]) {
  const values = Array.from({ length: count }, (_, i) => i).filter((i) => i % 2 === parity);
  const sum = values.reduce((total, value) => total + value, 0);
  const label = parity === 0 ? 'even' : 'odd';
  tell({ kind: 'sum', name: 'interop.counter', parity: label, value: sum });
  tell({ kind: 'histogram', name: 'interop.histogram', parity: label, count: values.length, sum });
}
for (const provider of [tracers, loggers, meters]) {
  await provider.forceFlush();
  await provider.shutdown();
}
