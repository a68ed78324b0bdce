import type { TracerProvider as ApiTracerProvider } from '@opentelemetry/api';
import type { Signal } from '@otelier/otlp';
import type { ExportClient } from '@otelier/transport/portable';
import { installedCopies } from './api-copies/installed-copies.ts';
import { ClientBuilder } from './builder/client-builder.ts';
import { Client } from './client/client.ts';
import { known } from './client/known-options.ts';
import { CLIENT_OPTIONS, EXPORTER_OPTIONS, METRIC_EXPORTER_OPTIONS } from './client/option-tables.ts';
import type { ClientOptions } from './client/options.ts';
import type { Network } from './client/platform.ts';
import { loggerProviderOptions, meterProviderOptions, tracerProviderOptions } from './client/provider-options.ts';
import type { WebSocketTransportOptions } from './client/web-socket.ts';
import { otlpNetwork } from './configuration/network/otlp-network.ts';
import { Variables } from './configuration/variables.ts';
import { AsyncContextManager } from './context/async-context.ts';
import { type RegisterOptions, type Registration, registerGlobally } from './context/register.ts';
import { type Environment, processEnvironment } from './environment.ts';
import { exporterNetwork } from './exporters/exporter-network.ts';
import { LogExporter } from './exporters/log-exporter.ts';
import { MetricExporter, type MetricExporterOptions } from './exporters/metric-exporter.ts';
import { translateOptions, type WithOfficial } from './exporters/official-options.ts';
import type { ExporterOptions } from './exporters/sender.ts';
import { TraceExporter } from './exporters/trace-exporter.ts';
import { LoggerProvider as LightLoggerProvider, type LoggerProviderOptions } from './logs/logger-provider.ts';
import { MeterProvider as LightMeterProvider, type MeterProviderOptions } from './metrics/meter-provider.ts';
import { nodeNetwork, nodePlatform } from './platform/node.ts';
import { logUnsentItemsOnExit } from './platform/unsent-items.ts';
import { defaultResource } from './resource/default-resource.ts';
import type { ClientPort } from './sharing/client-port.ts';
import { portTransport } from './sharing/port-transport.ts';
import type { RemoteClientOptions } from './sharing/remote-options.ts';
import { TracerProvider as LightTracerProvider, type TracerProviderOptions } from './trace/tracer-provider.ts';

export { type DiskBuffer, type DiskBufferOptions, openDiskBuffer } from './buffer/disk-buffer.ts';
export { ConfigurationFileError } from './configuration/file/config-node.ts';
export type { SdkOptions } from './configuration/sdk-options.ts';
export { type Sdk, startSdk } from './configuration/start-sdk.ts';
export type { Environment } from './environment.ts';
/** OTLP client, exporters for the OpenTelemetry SDK, and a light SDK: entry point for Node, Deno and Bun. */
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

/** The environment from which a client or exporter reads variables. */
export interface EnvironmentOptions {
  /** Environment variables. Default: those of the process. */
  readonly environment?: Environment;
}

/**
 * Creates a client. Options default to the `OTEL_EXPORTER_OTLP_*` variables, of which invalid ones are logged and
 * ignored. Throws an `OptionError` that names the invalid option.
 */
export function createClient(options: ClientOptions & EnvironmentOptions = {}): Client {
  const { environment = processEnvironment() } = known(options, CLIENT_OPTIONS);
  const resource = () => defaultResource(environment);
  const client = new Client(options, { ...nodePlatform, network: networkFor(options), resource });
  logUnsentItemsOnExit(client, options.log);
  return client;
}

/**
 * Creates a transport that sends requests over a WebSocket, like `createClient({ protocol: 'websocket' })`. For
 * programs that also run in browsers, where it is the only way to use a WebSocket. Throws an `OptionError` that names
 * the invalid option.
 */
export function webSocketTransport(options: WebSocketTransportOptions = {}): ExportClient {
  return nodeNetwork.connect({ ...options, protocol: 'websocket' });
}

/**
 * Creates a client that sends its requests through the client of another thread, which passes the other end of the port
 * to `serveClient`. Telemetry is encoded in this thread and remains in its queue until the server responds.
 */
export function remoteClient(port: ClientPort, options: RemoteClientOptions & EnvironmentOptions = {}): Client {
  return createClient({ ...options, transport: portTransport(port, nodeNetwork.clock) });
}

/** Creates clients through a builder: `OtlpClient.builder().endpoint('http://127.0.0.1:4318').build()`. */
export const OtlpClient = {
  /** Returns a builder. Options that are not set have their default values. */
  builder: (options: ClientOptions & EnvironmentOptions = {}): ClientBuilder =>
    new ClientBuilder(createClient, options),
};

function networkFor({ environment = processEnvironment() }: EnvironmentOptions, signals?: readonly Signal[]): Network {
  return otlpNetwork(nodeNetwork, new Variables(environment), signals);
}

/**
 * Registers the provider, a context manager and propagators with the OpenTelemetry API, unless others are already
 * registered. The default context manager is `AsyncContextManager`, which follows promises, timers and callbacks. Call
 * the result to undo the registration. Its `warnings` list problems such as a second copy of the API.
 */
export function register(provider: ApiTracerProvider, options: RegisterOptions = {}): Registration {
  return registerGlobally(provider, options.contextManager ?? new AsyncContextManager(), options, installedCopies);
}

/** Creates tracers whose spans are sent by the client. Throws an `OptionError` that names the invalid option. */
export class TracerProvider extends LightTracerProvider {
  constructor(options: TracerProviderOptions) {
    super(tracerProviderOptions(options));
  }
}

/**
 * Creates meters whose metrics are collected periodically and sent by the client. Throws an `OptionError` that names
 * the invalid option.
 */
export class MeterProvider extends LightMeterProvider {
  constructor(options: MeterProviderOptions) {
    super(meterProviderOptions(options));
  }
}

/**
 * Creates loggers whose records are sent by the client. Implements the `LoggerProvider` of `@opentelemetry/api` and
 * `@opentelemetry/api-logs`. Throws an `OptionError` that names the invalid option.
 */
export class LoggerProvider extends LightLoggerProvider {
  constructor(options: LoggerProviderOptions) {
    super(loggerProviderOptions(options));
  }
}

/** An OTLP span exporter for opentelemetry-js. It replaces that project's own exporters. */
export class OtlpTraceExporter extends TraceExporter {
  constructor(options: WithOfficial<ExporterOptions> & EnvironmentOptions = {}) {
    super(translateOptions(options, EXPORTER_OPTIONS), exporterNetwork(networkFor(options, ['traces']), options.url));
  }
}

/** An OTLP log record exporter for opentelemetry-js. It replaces that project's own exporters. */
export class OtlpLogExporter extends LogExporter {
  constructor(options: WithOfficial<ExporterOptions> & EnvironmentOptions = {}) {
    super(translateOptions(options, EXPORTER_OPTIONS), exporterNetwork(networkFor(options, ['logs']), options.url));
  }
}

/** An OTLP metric exporter for opentelemetry-js. It replaces that project's own exporters. */
export class OtlpMetricExporter extends MetricExporter {
  constructor(options: WithOfficial<MetricExporterOptions> = {}) {
    super(
      translateOptions(options, METRIC_EXPORTER_OPTIONS),
      exporterNetwork(networkFor(options, ['metrics']), options.url),
    );
  }
}
