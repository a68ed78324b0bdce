import type { LoggerProvider, MeterProvider, Sampler, TracerProvider } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { AggregationTemporalityPreference } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import * as officialLogs from '@opentelemetry/sdk-logs';
import * as officialMetrics from '@opentelemetry/sdk-metrics';
import * as officialTrace from '@opentelemetry/sdk-trace';
import * as light from '@otelier/sdk';

/** What a scenario works with: the same in both SDKs. */
export interface Sdk {
  tracers(options?: TracerSetUp): TracerProvider;
  loggers(options?: LoggerSetUp): LoggerProvider;
  meters(options?: MeterSetUp): MeterProvider;
  /** Exports what has been recorded; metrics are collected for it. */
  flush(): Promise<void>;
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

/** How a meter provider is set up. */
export interface MeterSetUp {
  readonly resource?: light.Attributes;
  readonly temporality?: light.TemporalityPreference;
  readonly views?: readonly light.View[];
}

/** An SDK that exports to a URL until it is shut down, which exports what is left. */
export interface RunningSdk extends Sdk {
  shutdown(): Promise<void>;
}

/** opentelemetry-js with its own exporters. */
export function officialSdk(url: string): RunningSdk {
  const providers: Provider[] = [];
  return {
    ...lifeOf(providers),
    tracers({ resource = {}, ...options } = {}) {
      const exporter = new OTLPTraceExporter({ url: `${url}/v1/traces` });
      const spanProcessors = [new officialTrace.BatchSpanProcessor({ exporter })];
      return kept(
        providers,
        new officialTrace.TracerProvider({ ...options, resource: resourceFromAttributes(resource), spanProcessors }),
      );
    },
    loggers({ resource = {}, ...options } = {}) {
      const exporter = new OTLPLogExporter({ url: `${url}/v1/logs` });
      const processors = [new officialLogs.BatchLogRecordProcessor({ exporter })];
      return kept(
        providers,
        new officialLogs.LoggerProvider({ ...options, resource: resourceFromAttributes(resource), processors }),
      );
    },
    meters({ resource = {}, temporality = 'cumulative', views = [] } = {}) {
      const exporter = new OTLPMetricExporter({
        url: `${url}/v1/metrics`,
        temporalityPreference: PREFERENCES[temporality],
      });
      // Only flushes collect, so that nothing depends on when the test runs.
      const reader = new officialMetrics.PeriodicExportingMetricReader({ exporter, exportIntervalMillis: HOUR_MILLIS });
      return kept(
        providers,
        new officialMetrics.MeterProvider({
          resource: resourceFromAttributes(resource),
          readers: [reader],
          views: views.map(officialView),
        }),
      );
    },
  };
}

/** The light SDK. */
export function lightSdk(url: string): RunningSdk {
  const providers: Provider[] = [];
  const client = light.createClient({ endpoint: url });
  return {
    ...lifeOf(providers),
    tracers: (options = {}) => kept(providers, new light.TracerProvider({ ...options, client })),
    loggers: (options = {}) => kept(providers, new light.LoggerProvider({ ...options, client })),
    meters: (options = {}) =>
      kept(providers, new light.MeterProvider({ ...options, client, intervalMillis: HOUR_MILLIS })),
  };
}

interface Provider {
  forceFlush(): Promise<unknown>;
  shutdown(): Promise<unknown>;
}

function kept<T extends Provider>(providers: Provider[], provider: T): T {
  providers.push(provider);
  return provider;
}

function lifeOf(providers: readonly Provider[]): Pick<RunningSdk, 'flush' | 'shutdown'> {
  return {
    async flush() {
      for (const provider of providers) await provider.forceFlush();
    },
    async shutdown() {
      for (const provider of providers) await provider.shutdown();
    },
  };
}

const HOUR_MILLIS = 3_600_000;

const PREFERENCES = {
  cumulative: AggregationTemporalityPreference.CUMULATIVE,
  delta: AggregationTemporalityPreference.DELTA,
  lowmemory: AggregationTemporalityPreference.LOWMEMORY,
} as const;

/** A view of ours in the words of opentelemetry-js. */
function officialView(view: light.View): officialMetrics.ViewOptions {
  const { attributeKeys, excludedAttributeKeys, aggregation, cardinalityLimit, instrumentKind, ...same } = view;
  return {
    ...same,
    ...(attributeKeys && {
      attributesProcessors: [officialMetrics.createAllowListAttributesProcessor([...attributeKeys])],
    }),
    ...(excludedAttributeKeys && {
      attributesProcessors: [officialMetrics.createDenyListAttributesProcessor([...excludedAttributeKeys])],
    }),
    ...(aggregation && { aggregation: officialAggregation(aggregation) }),
    ...(cardinalityLimit && { aggregationCardinalityLimit: cardinalityLimit }),
    ...(instrumentKind && { instrumentType: INSTRUMENT_TYPES[instrumentKind] }),
  };
}

const { InstrumentType } = officialMetrics;
const INSTRUMENT_TYPES: Readonly<Record<light.InstrumentKind, officialMetrics.InstrumentType>> = {
  counter: InstrumentType.COUNTER,
  up_down_counter: InstrumentType.UP_DOWN_COUNTER,
  histogram: InstrumentType.HISTOGRAM,
  gauge: InstrumentType.GAUGE,
  observable_counter: InstrumentType.OBSERVABLE_COUNTER,
  observable_up_down_counter: InstrumentType.OBSERVABLE_UP_DOWN_COUNTER,
  observable_gauge: InstrumentType.OBSERVABLE_GAUGE,
};

function officialAggregation(aggregation: light.Aggregation): officialMetrics.AggregationOption {
  const { AggregationType } = officialMetrics;
  switch (aggregation.kind) {
    case 'default':
      return { type: AggregationType.DEFAULT };
    case 'drop':
      return { type: AggregationType.DROP };
    case 'sum':
      return { type: AggregationType.SUM };
    case 'last_value':
      return { type: AggregationType.LAST_VALUE };
    case 'explicit_buckets': {
      const { boundaries = [], recordMinMax = true } = aggregation;
      return {
        type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
        options: { boundaries: [...boundaries], recordMinMax },
      };
    }
    case 'exponential_histogram': {
      const { maxSize = 160, recordMinMax = true } = aggregation;
      return { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize, recordMinMax } };
    }
  }
}
