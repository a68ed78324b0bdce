import { metrics } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import * as light from '@otelier/sdk';
import { registerOfficial } from '../sdk-conformance/official-api.ts';

/** The SDK that a program uses. */
export type SdkName = 'official' | 'light';

/** The providers of an SDK. */
interface Providers {
  readonly tracerProvider: TracerProvider | light.TracerProvider;
  readonly meterProvider: MeterProvider | light.MeterProvider;
}

/** A globally registered SDK. */
export interface GlobalSdk extends Providers {
  /** Exports ended spans. */
  flush(): Promise<void>;
  /** Exports the rest and shuts down. */
  shutdown(): Promise<void>;
}

/** Registers the SDK for the whole process, exporting to `url`. */
export function startGlobalSdk(name: SdkName, url: string): GlobalSdk {
  const providers = name === 'official' ? officialProviders(url) : lightProviders(url);
  const { tracerProvider, meterProvider } = providers;
  if (name === 'official') registerOfficial(tracerProvider);
  else light.register(tracerProvider);
  metrics.setGlobalMeterProvider(meterProvider);
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

/** Includes the attributes that each SDK reports about itself, so that the resources are equal. */
const RESOURCE = {
  'service.name': 'instrumented',
  'telemetry.sdk.language': 'nodejs',
  'telemetry.sdk.name': 'compared',
  'telemetry.sdk.version': '1',
};

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
