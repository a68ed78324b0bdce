import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Attributes,
  context,
  ROOT_CONTEXT,
  SeverityNumber,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
  ValueType,
} from '@opentelemetry/api';
import { OTLPLogExporter as GrpcLogs } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtoLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as GrpcMetrics } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtoMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as GrpcTraces } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from '@opentelemetry/sdk-logs';
import {
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';

/** A factory per signal for each protocol of the official exporters. */
const EXPORTERS = {
  'http/json': { path: true, traces: JsonTraces, logs: JsonLogs, metrics: JsonMetrics },
  'http/protobuf': { path: true, traces: ProtoTraces, logs: ProtoLogs, metrics: ProtoMetrics },
  grpc: { path: false, traces: GrpcTraces, logs: GrpcLogs, metrics: GrpcMetrics },
} as const;
export type Protocol = keyof typeof EXPORTERS;
export const PROTOCOLS = Object.keys(EXPORTERS) as readonly Protocol[];

/** The telemetry sent by the official SDK, as encoded by its OTLP/JSON exporter. */
export interface SentBySdk {
  readonly traces: readonly unknown[];
  readonly logs: readonly unknown[];
  readonly metrics: readonly unknown[];
}

/**
 * Runs an application that uses the whole OpenTelemetry API with the official SDK, exporting to `url` over `protocol`.
 * Every batch is also sent as OTLP/JSON to a plain web server, which records it.
 */
export async function runApplication(
  service: string,
  protocol: Protocol,
  url: string,
  count: number,
): Promise<SentBySdk> {
  const witness = await startRecorder();
  const resource = resourceFromAttributes({
    'service.name': service,
    'service.version': '1.2.3',
    'host.cpus': 8,
    'host.load': 0.25,
    'k8s.pod.labels': ['a=1', 'b=2'],
    'deployment.test': true,
  });
  const exporters = EXPORTERS[protocol];
  const to = (path: string): { readonly url: string } => ({ url: exporters.path ? `${url}${path}` : url });
  const witnessed = (path: string): { readonly url: string } => ({ url: `${witness.url}${path}` });
  const tracers = tracersOf(
    resource,
    count,
    tee<SpanExporter>(new exporters.traces(to('/v1/traces')), new JsonTraces(witnessed('/v1/traces'))),
  );
  const loggers = loggersOf(
    resource,
    count,
    tee<LogRecordExporter>(new exporters.logs(to('/v1/logs')), new JsonLogs(witnessed('/v1/logs'))),
  );
  const meters = metersOf(
    resource,
    tee<PushMetricExporter>(new exporters.metrics(to('/v1/metrics')), new JsonMetrics(witnessed('/v1/metrics'))),
  );
  work(tracers, loggers, meters, count);
  for (const provider of [tracers, loggers, meters]) {
    await provider.forceFlush();
    await provider.shutdown();
  }
  return await witness.stop();
}

function tracersOf(resource: Resource, count: number, exporter: SpanExporter): TracerProvider {
  const processor = new BatchSpanProcessor({ exporter, maxQueueSize: 4 * count, maxExportBatchSize: 100 });
  return new TracerProvider({ resource, spanProcessors: [processor] });
}

function loggersOf(resource: Resource, count: number, exporter: LogRecordExporter): LoggerProvider {
  const processor = new BatchLogRecordProcessor({ exporter, maxQueueSize: 4 * count, maxExportBatchSize: 100 });
  return new LoggerProvider({ resource, processors: [processor] });
}

function metersOf(resource: Resource, exporter: PushMetricExporter): MeterProvider {
  // Only flushes trigger exports, so that results do not depend on timing.
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 40 } } as const;
  return new MeterProvider({ resource, readers: [reader], views: [{ instrumentName: '*.exponential', aggregation }] });
}

/** Returns every kind of attribute that the API accepts. */
function attributesOf(i: number): Attributes {
  return {
    'app.index': i,
    'app.negative': -i - 1,
    'app.ratio': i / 7,
    'app.large': Number.MAX_SAFE_INTEGER - i,
    'app.even': i % 2 === 0,
    'app.text': `grün ✓ ${i} 🙂 "quoted" \\ \n`,
    'app.empty': '',
    'app.words': ['a', '', String(i)],
    'app.numbers': [0, i, -1, 0.5],
    'app.flags': [true, false],
    'http.route': `/route/${i % 5}`,
  };
}

function work(tracers: TracerProvider, loggers: LoggerProvider, meters: MeterProvider, count: number): void {
  const tracer = tracers.getTracer('app.tracing', '0.1.0', { schemaUrl: 'https://opentelemetry.io/schemas/1.38.0' });
  const logger = loggers.getLogger('app.logging', '0.2.0');
  const meter = meters.getMeter('app.metering', '0.3.0');
  const requests = meter.createCounter('app.requests', { unit: '{request}', description: 'Requests.' });
  const bytes = meter.createCounter('app.bytes', { unit: 'By', valueType: ValueType.INT });
  const active = meter.createUpDownCounter('app.active');
  const load = meter.createGauge('app.load', { unit: '1' });
  const duration = meter.createHistogram('app.duration', {
    unit: 'ms',
    advice: { explicitBucketBoundaries: [1, 10, 100] },
  });
  const exponential = meter.createHistogram('app.exponential');
  meter.createObservableGauge('app.observed').addCallback((result) => {
    result.observe(0, { which: 'zero' });
    result.observe(-1.5, { which: 'below' });
  });
  for (let i = 0; i < count; i++) {
    const attributes = attributesOf(i);
    const start = 1_790_000_000_000 + i;
    const root = tracer.startSpan(`root ${i}`, { kind: SpanKind.SERVER, attributes, startTime: start }, ROOT_CONTEXT);
    const around = trace.setSpan(ROOT_CONTEXT, root);
    const child = tracer.startSpan(`child ${i}`, childOptions(i, attributes), around);
    child.addEvent('checkpoint', { at: i, names: ['x', 'y'] });
    if (i % 3 === 0) child.recordException(new RangeError(`number ${i} is out of range`));
    if (i % 3 === 0) child.setStatus({ code: SpanStatusCode.ERROR, message: 'out of range' });
    if (i % 3 === 1) child.setStatus({ code: SpanStatusCode.OK });
    logger.emit({
      severityNumber: i % 2 === 0 ? SeverityNumber.INFO : SeverityNumber.ERROR2,
      ...(i % 2 === 0 ? { severityText: 'info' } : { eventName: 'app.failed' }),
      body: bodyOf(i),
      attributes: { ...attributes, nested: { list: [1, 'two', { three: 3 }] } },
      timestamp: start,
      context: trace.setSpan(context.active(), child),
    });
    child.end();
    root.end(start + 250 + i);
    const labels = { route: `/route/${i % 5}`, even: i % 2 === 0 };
    requests.add(i / 2, labels);
    bytes.add(1_000_000 * i, labels);
    active.add(i % 2 === 0 ? 1 : -1, labels);
    load.record(Math.sin(i), labels);
    duration.record(i, labels);
    exponential.record(i === 0 ? 0 : 1.5 ** (i % 40), labels);
  }
}

function childOptions(i: number, attributes: Attributes) {
  const kinds = [SpanKind.CLIENT, SpanKind.INTERNAL, SpanKind.PRODUCER, SpanKind.CONSUMER];
  const linked = {
    traceId: (i + 1).toString(16).padStart(32, '0'),
    spanId: (i + 1).toString(16).padStart(16, '0'),
    traceFlags: TraceFlags.SAMPLED,
  };
  return {
    kind: kinds[i % kinds.length] ?? SpanKind.CLIENT,
    attributes,
    links: [{ context: linked, attributes: { why: 'batch', i } }],
  };
}

function bodyOf(i: number) {
  return [`line ${i}`, { text: `line ${i}`, parts: [i, 0.5, true, { deep: '' }] }, i, new Uint8Array([0, 1, 254, 255])][
    i % 4
  ];
}

interface Exports {
  export(items: never, done: (result: { readonly code: number }) => void): void;
  forceFlush?(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Creates an exporter that passes each batch to two exporters and waits for both. The first error wins. */
function tee<E extends Exports>(first: E, second: E): E {
  const both: Exports = {
    export(items, done) {
      first.export(items, (result) => second.export(items, (other) => done(result.code === 0 ? other : result)));
    },
    async forceFlush() {
      await first.forceFlush?.();
      await second.forceFlush?.();
    },
    async shutdown() {
      await first.shutdown();
      await second.shutdown();
    },
  };
  return both as E;
}

/** Starts a web server that records the received JSON by the signal in the path. */
async function startRecorder(): Promise<{ readonly url: string; stop(): Promise<SentBySdk> }> {
  const kept = { traces: [], logs: [], metrics: [] } as Record<keyof SentBySdk, unknown[]>;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const signal = request.url?.replace('/v1/', '') as keyof SentBySdk;
    kept[signal].push(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      return kept;
    },
  };
}
