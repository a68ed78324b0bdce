import type { LoggerProvider, Sampler, TracerProvider } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import * as officialLogs from '@opentelemetry/sdk-logs';
import * as officialTrace from '@opentelemetry/sdk-trace';
import * as light from '@otelier/sdk';

/** What a scenario works with: the same in both SDKs. */
export interface Sdk {
  tracers(options?: TracerSetUp): TracerProvider;
  loggers(options?: LoggerSetUp): LoggerProvider;
}

/** How a tracer provider is set up, in words that both SDKs know. */
export interface TracerSetUp {
  readonly resource?: light.Attributes;
  readonly spanLimits?: light.SpanLimits;
  readonly sampler?: Sampler;
}

/** How a logger provider is set up. */
export interface LoggerSetUp {
  readonly resource?: light.Attributes;
  readonly logRecordLimits?: light.LogRecordLimits;
}

/** An SDK that exports to a URL until it is shut down, which exports what is left. */
export interface RunningSdk extends Sdk {
  shutdown(): Promise<void>;
}

/** opentelemetry-js with its own exporters. */
export function officialSdk(url: string): RunningSdk {
  const providers: { shutdown(): Promise<unknown> }[] = [];
  const keep = <T extends { shutdown(): Promise<unknown> }>(provider: T): T => {
    providers.push(provider);
    return provider;
  };
  return {
    tracers: ({ resource = {}, ...options } = {}) =>
      keep(
        new officialTrace.TracerProvider({
          ...options,
          resource: resourceFromAttributes(resource),
          spanProcessors: [
            new officialTrace.BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: `${url}/v1/traces` }) }),
          ],
        }),
      ),
    loggers: ({ resource = {}, ...options } = {}) =>
      keep(
        new officialLogs.LoggerProvider({
          ...options,
          resource: resourceFromAttributes(resource),
          processors: [
            new officialLogs.BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url: `${url}/v1/logs` }) }),
          ],
        }),
      ),
    shutdown: async () => {
      for (const provider of providers) await provider.shutdown();
    },
  };
}

/** The light SDK. */
export function lightSdk(url: string): RunningSdk {
  const client = light.createClient({ endpoint: url });
  return {
    tracers: (options = {}) => new light.TracerProvider({ ...options, client }),
    loggers: (options = {}) => new light.LoggerProvider({ ...options, client }),
    shutdown: async () => {
      await client.shutdown();
    },
  };
}
