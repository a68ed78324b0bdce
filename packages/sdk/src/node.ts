import type { TracerProvider as ApiTracerProvider } from '@opentelemetry/api';
import type { Signal } from '@otelier/otlp';
import type { ExportClient } from '@otelier/transport/portable';
import { installedCopies } from './api-copies/installed-copies.ts';
import { ClientBuilder } from './builder/client-builder.ts';
import { Client } from './client/client.ts';
import { CLIENT_OPTIONS, EXPORTER_OPTIONS, known, METRIC_EXPORTER_OPTIONS } from './client/known-options.ts';
import type { ClientOptions } from './client/options.ts';
import type { Network } from './client/platform.ts';
import { loggerProviderOptions, meterProviderOptions, tracerProviderOptions } from './client/provider-options.ts';
import type { WebSocketTransportOptions } from './client/web-socket.ts';
import { otlpNetwork } from './configuration/otlp-network.ts';
import { Variables } from './configuration/variables.ts';
import { AsyncContextManager } from './context/async-context.ts';
import { type RegisterOptions, type Registration, registerGlobally } from './context/register.ts';
import { type Environment, processEnvironment } from './environment.ts';
import { exporterNetwork } from './exporters/exporter-network.ts';
import { LogExporter } from './exporters/log-exporter.ts';
import { MetricExporter, type MetricExporterOptions } from './exporters/metric-exporter.ts';
import { translated, type WithOfficial } from './exporters/official-options.ts';
import type { ExporterOptions } from './exporters/sender.ts';
import { TraceExporter } from './exporters/trace-exporter.ts';
import { LoggerProvider as LightLoggerProvider, type LoggerProviderOptions } from './logs/logger-provider.ts';
import { MeterProvider as LightMeterProvider, type MeterProviderOptions } from './metrics/meter-provider.ts';
import { watchLeftOver } from './platform/left-over.ts';
import { nodeNetwork, nodePlatform } from './platform/node.ts';
import { defaultResource } from './resource/default-resource.ts';
import type { ClientPort } from './sharing/client-port.ts';
import { portTransport } from './sharing/port-transport.ts';
import type { RemoteClientOptions } from './sharing/remote-options.ts';
import { TracerProvider as LightTracerProvider, type TracerProviderOptions } from './trace/tracer-provider.ts';

export { type DiskBuffer, type DiskBufferOptions, openDiskBuffer } from './buffer/disk-buffer.ts';
export { ConfigurationFileError } from './configuration/file/configuration-file-error.ts';
export type { SdkOptions } from './configuration/sdk-options.ts';
export { type Sdk, startSdk } from './configuration/start-sdk.ts';
export type { Environment } from './environment.ts';
/** OTLP client, exporters for the OpenTelemetry SDK, and a light SDK: the door for Node, Deno and Bun. */
export * from './portable.ts';
export { detectResource } from './resource/detect.ts';
export type {
  DetectionContext,
  DetectionOptions,
  DetectorName,
  OfficialDetector,
  ResourceDetector,
} from './resource/detection.ts';
export { AsyncContextManager };

/** Where variables are looked up. */
export interface EnvironmentOptions {
  /** Default that of the process. */
  readonly environment?: Environment;
}

/**
 * Makes a client. What the options leave open, `OTEL_EXPORTER_OTLP_*` say. Throws an `OptionError` that names the option that
 * cannot be used; a variable that cannot be used is warned of and ignored.
 */
export function createClient(options: ClientOptions & EnvironmentOptions = {}): Client {
  const { environment = processEnvironment() } = known(options, CLIENT_OPTIONS);
  const resource = () => defaultResource(environment);
  const client = new Client(options, { ...nodePlatform, network: networkFor(options), resource });
  watchLeftOver(client, options.log);
  return client;
}

/**
 * Sends requests over a WebSocket, as `createClient({ protocol: 'websocket' })` does here; for programs that run in pages, too, where it is the only way.
 * Throws an `OptionError` that names the option that cannot be used.
 */
export function webSocketTransport(options: WebSocketTransportOptions = {}): ExportClient {
  return nodeNetwork.connect({ ...options, protocol: 'websocket' });
}

/**
 * Makes a client whose requests the client of another thread sends: the one that is given to `serveClient` with the other end of the port. What is
 * recorded is encoded in this thread, and waits in its queue until the server has answered.
 */
export function remoteClient(port: ClientPort, options: RemoteClientOptions & EnvironmentOptions = {}): Client {
  return createClient({ ...options, transport: portTransport(port, nodeNetwork.clock) });
}

/** Makes clients call by call: `OtlpClient.builder().endpoint('http://127.0.0.1:4318').build()`. */
export const OtlpClient = {
  /** Begins a client; what is not said has its default. */
  builder: (options: ClientOptions & EnvironmentOptions = {}): ClientBuilder =>
    new ClientBuilder(createClient, options),
};

function networkFor({ environment = processEnvironment() }: EnvironmentOptions, signals?: readonly Signal[]): Network {
  return otlpNetwork(nodeNetwork, new Variables(environment), signals);
}

/**
 * Makes the provider, a context manager (default `AsyncContextManager`, which follows promises, timers and callbacks) and propagators those of the
 * OpenTelemetry API, where none are registered. The result takes that back, and says what stands in the way, as a second copy of the API.
 */
export function register(provider: ApiTracerProvider, options: RegisterOptions = {}): Registration {
  return registerGlobally(provider, options.contextManager ?? new AsyncContextManager(), options, installedCopies);
}

/** Makes tracers, whose spans go to the client. Throws an `OptionError` that names the option that cannot be used. */
export class TracerProvider extends LightTracerProvider {
  constructor(options: TracerProviderOptions) {
    super(tracerProviderOptions(options));
  }
}

/** Makes meters, whose metrics are collected in intervals and go to the client. Throws an `OptionError` that names the option that cannot be used. */
export class MeterProvider extends LightMeterProvider {
  constructor(options: MeterProviderOptions) {
    super(meterProviderOptions(options));
  }
}

/**
 * Makes loggers, whose records go to the client. Fits the API of `@opentelemetry/api` and that of `@opentelemetry/api-logs`. Throws an
 * `OptionError` that names the option that cannot be used.
 */
export class LoggerProvider extends LightLoggerProvider {
  constructor(options: LoggerProviderOptions) {
    super(loggerProviderOptions(options));
  }
}

/** Exports the spans of opentelemetry-js by OTLP; takes the place of its own exporters. */
export class OtlpTraceExporter extends TraceExporter {
  constructor(options: WithOfficial<ExporterOptions> & EnvironmentOptions = {}) {
    super(translated(options, EXPORTER_OPTIONS), exporterNetwork(networkFor(options, ['traces']), options.url));
  }
}

/** Exports the log records of opentelemetry-js by OTLP; takes the place of its own exporters. */
export class OtlpLogExporter extends LogExporter {
  constructor(options: WithOfficial<ExporterOptions> & EnvironmentOptions = {}) {
    super(translated(options, EXPORTER_OPTIONS), exporterNetwork(networkFor(options, ['logs']), options.url));
  }
}

/** Exports the metrics of opentelemetry-js by OTLP; takes the place of its own exporters. */
export class OtlpMetricExporter extends MetricExporter {
  constructor(options: WithOfficial<MetricExporterOptions> = {}) {
    super(translated(options, METRIC_EXPORTER_OPTIONS), exporterNetwork(networkFor(options, ['metrics']), options.url));
  }
}
