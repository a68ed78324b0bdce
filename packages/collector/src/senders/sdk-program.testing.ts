import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type MeterProvider as ApiMeterProvider,
  type Attributes,
  type context,
  SpanKind,
  type Tracer,
  type trace,
} from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import {
  BatchSpanProcessor,
  type SpanProcessor,
  TracerProvider,
  type TracerProviderOptions,
} from '@opentelemetry/sdk-trace';

/** How a program uses the official SDK. */
export interface ProgramOptions {
  /** Address of the receiver. */
  readonly url: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** URL of traces, if it is not that of the receiver. */
  readonly tracesUrl?: string;
  readonly maxQueueSize?: number;
  /** Number of exporters of spans. */
  readonly exporters?: number;
  readonly processors?: readonly SpanProcessor[];
  readonly traces?: Omit<TracerProviderOptions, 'resource' | 'spanProcessors'>;
}

/** A program with the official SDK, which exports when told. */
export interface SdkProgram {
  readonly tracer: Tracer;
  readonly meters: ApiMeterProvider;
  readonly logs: LoggerProvider;
  tracerOf(scope: string): Tracer;
  /** Exports what was recorded: traces, logs, then metrics. Failed exports are no error, as in a program. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a program. Nothing is exported by time. */
export function startProgram(options: ProgramOptions): SdkProgram {
  const { url, attributes, tracesUrl = `${url}/v1/traces`, exporters = 1, maxQueueSize = 2048 } = options;
  const resource = resourceFromAttributes({
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.name': 'opentelemetry',
    'telemetry.sdk.version': '3.1.0',
    ...attributes,
  });
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ url: `${url}/v1/metrics` }),
    exportIntervalMillis: 3_600_000,
  });
  const meters = new MeterProvider({ resource, readers: [reader] });
  const processors = Array.from({ length: exporters }, () => {
    const exporter = new OTLPTraceExporter({ url: tracesUrl, selfObsMeterProvider: meters });
    return new BatchSpanProcessor({
      ...{ exporter, maxQueueSize, selfObsMeterProvider: meters },
      ...{ maxExportBatchSize: Math.min(512, maxQueueSize), scheduledDelayMillis: 3_600_000 },
    });
  });
  const traces = new TracerProvider({
    ...options.traces,
    resource,
    spanProcessors: [...(options.processors ?? processors)],
  });
  const logExporter = new OTLPLogExporter({ url: `${url}/v1/logs` });
  const logs = new LoggerProvider({
    resource,
    processors: [new BatchLogRecordProcessor({ exporter: logExporter, scheduledDelayMillis: 3_600_000 })],
  });
  const all = [traces, logs, meters];
  return {
    tracer: traces.getTracer('app'),
    meters,
    logs,
    tracerOf: (scope) => traces.getTracer(scope),
    async flush() {
      for (const provider of all) await provider.forceFlush().catch(() => undefined);
    },
    async close() {
      await Promise.allSettled(all.map((provider) => provider.shutdown()));
    },
  };
}

/** The parts of a copy of the API that programs use. */
interface Api {
  readonly context: typeof context;
  readonly trace: typeof trace;
}

/** Records spans. */
export function record({ tracer }: SdkProgram, count: number, attributes: Attributes = {}): void {
  for (let index = 0; index < count; index++) tracer.startSpan(`work ${index}`, { attributes }).end();
}

/** Handles requests one after the other, each with a call to a database, in the context of one copy of the API. */
export function handleRequests({ tracerOf }: SdkProgram, api: Api): void {
  const start = Date.now() - 10_000;
  for (let index = 0; index < 20; index++) {
    const at = start + index * 200;
    const server = tracerOf('http').startSpan('GET /', { kind: SpanKind.SERVER, startTime: at });
    api.context.with(api.trace.setSpan(api.context.active(), server), () => {
      tracerOf('pg')
        .startSpan('SELECT', { kind: SpanKind.CLIENT, startTime: at + 2 })
        .end(at + 8);
    });
    server.end(at + 10);
  }
}

/** Loads a second copy of the API with a newer version, which does not use what the first one registered. */
export function newerApi(lifetime: { after(end: () => void): void }): Api {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-api-copy-'));
  lifetime.after(() => rmSync(directory, { recursive: true, force: true }));
  const require = createRequire(import.meta.url);
  const root = dirname(dirname(require.resolve('@opentelemetry/api')));
  cpSync(root, directory, { recursive: true });
  for (const file of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (!/version\.c?js$/.test(file)) continue;
    const path = join(directory, file);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"1\.\d+\.\d+"|'1\.\d+\.\d+'/, '"1.99.0"'));
  }
  return require(directory) as Api;
}
