import { metrics } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import * as light from '@otelier/sdk';
import { registerOfficial } from '../sdk-conformance/official-api.ts';

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

/** Also what each SDK would say of itself, so that all is equal. */
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
