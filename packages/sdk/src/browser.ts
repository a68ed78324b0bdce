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
/** OTLP client, exporters for the OpenTelemetry SDK, and a light SDK: the door for browsers and the edge. */
export * from './portable.ts';
export { type BrowserDetectionOptions, type BrowserNavigator, detectResource } from './resource/browser.ts';
export { StackContextManager };

/** Makes a client. Throws an `OptionError` that names the option that cannot be used. */
export function createClient(options: ClientOptions = {}): Client {
  return new Client(options, browserPlatform);
}

/**
 * Sends requests over a WebSocket: `createClient({ transport: webSocketTransport({ endpoint: 'wss://host' }) })`. Apart from `createClient`, so
 * that pages without one have no code for it. Throws an `OptionError` that names the option that cannot be used.
 */
export function webSocketTransport(options: WebSocketTransportOptions = {}): ExportClient {
  return createWebSocketClient(options);
}

/**
 * Makes a client whose requests the client of another thread sends: the one that is given to `serveClient` with the other end of the port. What is
 * recorded is encoded in this thread, and waits in its queue until the server has answered.
 */
export function remoteClient(port: ClientPort, options: RemoteClientOptions = {}): Client {
  return createClient({ ...options, transport: portTransport(port, browserNetwork.clock) });
}

/** Makes clients call by call: `OtlpClient.builder().endpoint('http://127.0.0.1:4318').build()`. */
export const OtlpClient = {
  /** Begins a client; what is not said has its default. */
  builder: (options: ClientOptions = {}): ClientBuilder => new ClientBuilder(createClient, options),
};

/**
 * Makes the provider, a context manager (default `StackContextManager`, which holds until a function returns) and propagators those of the
 * OpenTelemetry API, where none are registered. The result takes that back, and says what stands in the way, as a second copy of the API.
 */
export function register(provider: TracerProvider, options: RegisterOptions = {}): Registration {
  return registerGlobally(provider, options.contextManager ?? new StackContextManager(), options);
}

/** Exports the spans of opentelemetry-js by OTLP; takes the place of its own exporters. */
export class OtlpTraceExporter extends TraceExporter {
  constructor(options: WithOfficial<ExporterOptions> = {}) {
    super(options as ExporterOptions, browserNetwork);
  }
}

/** Exports the log records of opentelemetry-js by OTLP; takes the place of its own exporters. */
export class OtlpLogExporter extends LogExporter {
  constructor(options: WithOfficial<ExporterOptions> = {}) {
    super(options as ExporterOptions, browserNetwork);
  }
}

/** Exports the metrics of opentelemetry-js by OTLP; takes the place of its own exporters. */
export class OtlpMetricExporter extends MetricExporter {
  constructor(options: WithOfficial<MetricExporterOptions> = {}) {
    super(options as MetricExporterOptions, browserNetwork);
  }
}
