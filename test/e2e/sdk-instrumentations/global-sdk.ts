import { createRequire } from 'node:module';
import { type ContextManager, context, metrics, propagation, trace } from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import * as light from '@otelier/sdk';

/** Which SDK a program uses. */
export type SdkName = 'official' | 'light';

/** The providers of an SDK. */
interface Providers {
  readonly tracerProvider: TracerProvider | light.TracerProvider;
  readonly meterProvider: MeterProvider | light.MeterProvider;
}

/** An SDK that stands behind the API of the process. */
export interface GlobalSdk extends Providers {
  /** Exports spans that have ended. */
  flush(): Promise<void>;
  /** Exports all that is left. */
  shutdown(): Promise<void>;
}

/** Makes the SDK that of the whole process, exporting to `url`. */
export function startGlobalSdk(name: SdkName, url: string): GlobalSdk {
  const providers = name === 'official' ? officialProviders(url) : lightProviders(url);
  const { tracerProvider, meterProvider } = providers;
  trace.setGlobalTracerProvider(tracerProvider);
  metrics.setGlobalMeterProvider(meterProvider);
  context.setGlobalContextManager(officialContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  );
  return {
    ...providers,
    flush: async () => {
      await tracerProvider.forceFlush();
    },
    shutdown: async () => {
      await tracerProvider.shutdown();
      await meterProvider.shutdown();
    },
  };
}

const RESOURCE = { 'service.name': 'instrumented' };

function officialProviders(url: string): Providers {
  const resource = resourceFromAttributes(RESOURCE);
  const exporter = new OTLPTraceExporter({ url: `${url}/v1/traces` });
  const metricExporter = new OTLPMetricExporter({ url: `${url}/v1/metrics` });
  return {
    tracerProvider: new TracerProvider({ resource, spanProcessors: [new BatchSpanProcessor({ exporter })] }),
    meterProvider: new MeterProvider({
      resource,
      readers: [new PeriodicExportingMetricReader({ exporter: metricExporter })],
    }),
  };
}

function lightProviders(url: string): Providers {
  const client = light.createClient({ endpoint: url, resource: RESOURCE });
  return { tracerProvider: new light.TracerProvider({ client }), meterProvider: new light.MeterProvider({ client }) };
}

/** It comes with the instrumentations, and nothing else of ours needs it. */
function officialContextManager(): ContextManager {
  const require = createRequire(import.meta.resolve('@opentelemetry/auto-instrumentations-node'));
  const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
  return new AsyncLocalStorageContextManager();
}
