import type { TracerProvider } from '@opentelemetry/api';
import type { ExportClient } from '@otelier/transport/portable';
import { ClientBuilder } from './builder/client-builder.ts';
import { Client } from './client/client.ts';
import type { ClientOptions } from './client/options.ts';
import { createWebSocketClient, type WebSocketTransportOptions } from './client/web-socket.ts';
import { type RegisterOptions, type Registration, registerGlobally } from './context/register.ts';
import { StackContextManager } from './context/stack-context.ts';
import { LogExporter } from './exporters/log-exporter.ts';
import { MetricExporter, type MetricExporterOptions } from './exporters/metric-exporter.ts';
import type { WithOfficial } from './exporters/official-options.ts';
import type { ExporterOptions } from './exporters/sender.ts';
import { TraceExporter } from './exporters/trace-exporter.ts';
import { browserNetwork, browserPlatform } from './platform/browser.ts';
import type { ClientPort } from './sharing/client-port.ts';
import { portTransport } from './sharing/port-transport.ts';
import type { RemoteClientOptions } from './sharing/remote-options.ts';

export { type IndexedDbBufferOptions, openIndexedDbBuffer } from './buffer/indexed-db-buffer.ts';
/** OTLP client, exporters for the OpenTelemetry SDK, and a light SDK: entry point for browsers and edge runtimes. */
export * from './portable.ts';
export { type BrowserDetectionOptions, type BrowserNavigator, detectResource } from './resource/browser.ts';
export { StackContextManager };

/** Creates a client. Throws an `OptionError` that names the invalid option. */
export function createClient(options: ClientOptions = {}): Client {
  return new Client(options, browserPlatform);
}

/**
 * Creates a transport that sends requests over a WebSocket: `createClient({ transport: webSocketTransport({ endpoint:
 * 'wss://host' }) })`. It is separate from `createClient` so that pages that do not use it do not bundle its code.
 * Throws an `OptionError` that names the invalid option.
 */
export function webSocketTransport(options: WebSocketTransportOptions = {}): ExportClient {
  return createWebSocketClient(options);
}

/**
 * Creates a client that sends its requests through the client of another thread, which passes the other end of the port
 * to `serveClient`. Telemetry is encoded in this thread and remains in its queue until the server responds.
 */
export function remoteClient(port: ClientPort, options: RemoteClientOptions = {}): Client {
  return createClient({ ...options, transport: portTransport(port, browserNetwork.clock) });
}

/** Creates clients through a builder: `OtlpClient.builder().endpoint('http://127.0.0.1:4318').build()`. */
export const OtlpClient = {
  /** Returns a builder. Options that are not set have their default values. */
  builder: (options: ClientOptions = {}): ClientBuilder => new ClientBuilder(createClient, options),
};

/**
 * Registers the provider, a context manager and propagators with the OpenTelemetry API, unless others are already
 * registered. The default context manager is `StackContextManager`, in which a context is active until a function
 * returns. Call the result to undo the registration. Its `warnings` list problems such as a second copy of the API.
 */
export function register(provider: TracerProvider, options: RegisterOptions = {}): Registration {
  return registerGlobally(provider, options.contextManager ?? new StackContextManager(), options);
}

/** An OTLP span exporter for opentelemetry-js. It replaces that project's own exporters. */
export class OtlpTraceExporter extends TraceExporter {
  constructor(options: WithOfficial<ExporterOptions> = {}) {
    super(options as ExporterOptions, browserNetwork);
  }
}

/** An OTLP log record exporter for opentelemetry-js. It replaces that project's own exporters. */
export class OtlpLogExporter extends LogExporter {
  constructor(options: WithOfficial<ExporterOptions> = {}) {
    super(options as ExporterOptions, browserNetwork);
  }
}

/** An OTLP metric exporter for opentelemetry-js. It replaces that project's own exporters. */
export class OtlpMetricExporter extends MetricExporter {
  constructor(options: WithOfficial<MetricExporterOptions> = {}) {
    super(options as MetricExporterOptions, browserNetwork);
  }
}
