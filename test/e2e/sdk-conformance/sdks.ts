import type { LoggerProvider, MeterProvider, Sampler, TextMapPropagator, TracerProvider } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { AggregationTemporalityPreference } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  hostDetector,
  osDetector,
  processDetector,
  type Resource,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import * as officialLogs from '@opentelemetry/sdk-logs';
import * as officialMetrics from '@opentelemetry/sdk-metrics';
import * as officialTrace from '@opentelemetry/sdk-trace';
import * as light from '@otelier/sdk';
import { officialPropagator, registerOfficial } from './official-api.ts';

/** The common interface through which scenarios use both SDKs. */
export interface Sdk {
  tracers(options?: TracerSetUp): TracerProvider;
  loggers(options?: LoggerSetUp): LoggerProvider;
  meters(options?: MeterSetUp): MeterProvider;
  /** Collects metrics and exports everything recorded so far. */
  flush(): Promise<void>;
  readonly samplers: Samplers;
  /** A propagator for W3C Trace Context and W3C Baggage. */
  readonly propagator: TextMapPropagator;
  /** Registers a provider with the SDK's own context manager and propagators until the SDK is shut down. */
  register(provider: TracerProvider): void;
  /** Returns the attributes that the SDK detects from the environment, host, operating system and process. */
  detect(): Promise<light.Attributes>;
}

/** The samplers that both SDKs have. */
export interface Samplers {
  readonly on: Sampler;
  readonly off: Sampler;
  ratio(ratio: number): Sampler;
  parentBased(options: light.ParentBasedOptions): Sampler;
}

/** Tracer provider options, in terms common to both SDKs. */
export interface TracerSetUp {
  readonly resource?: light.Attributes;
  readonly spanLimits?: light.SpanLimits;
  readonly sampler?: Sampler;
}

/** Logger provider options. */
export interface LoggerSetUp {
  readonly resource?: light.Attributes;
  readonly logRecordLimits?: light.LogRecordLimits;
}

/** Meter provider options. */
export interface MeterSetUp {
  readonly resource?: light.Attributes;
  readonly temporality?: light.TemporalityPreference;
  readonly views?: readonly light.View[];
}

/** An SDK that exports to a URL. Shutdown exports the remaining telemetry. */
export interface RunningSdk extends Sdk {
  shutdown(): Promise<void>;
}

/** Creates the opentelemetry-js SDK with its own exporters. */
export function officialSdk(url: string): RunningSdk {
  const providers: Provider[] = [];
  const unregister: (() => void)[] = [];
  return {
    ...lifeOf(providers, unregister),
    samplers: {
      on: new officialTrace.AlwaysOnSampler(),
      off: new officialTrace.AlwaysOffSampler(),
      ratio: (ratio) => new officialTrace.TraceIdRatioBasedSampler(ratio),
      parentBased: (options) => new officialTrace.ParentBasedSampler(options),
    },
    propagator: officialPropagator,
    register: (provider) => unregister.push(registerOfficial(provider)),
    async detect() {
      const detected = detectResources({ detectors: [envDetector, hostDetector, osDetector, processDetector] });
      await detected.waitForAsyncAttributes?.();
      return detected.attributes;
    },
    tracers({ resource, ...options } = {}) {
      const exporter = new OTLPTraceExporter({ url: `${url}/v1/traces` });
      const spanProcessors = [new officialTrace.BatchSpanProcessor({ exporter })];
      return kept(
        providers,
        new officialTrace.TracerProvider({ ...options, resource: officialResource(resource), spanProcessors }),
      );
    },
    loggers({ resource, ...options } = {}) {
      const exporter = new OTLPLogExporter({ url: `${url}/v1/logs` });
      const processors = [new officialLogs.BatchLogRecordProcessor({ exporter })];
      return kept(
        providers,
        new officialLogs.LoggerProvider({ ...options, resource: officialResource(resource), processors }),
      );
    },
    meters({ resource, temporality = 'cumulative', views = [] } = {}) {
      const exporter = new OTLPMetricExporter({
        url: `${url}/v1/metrics`,
        temporalityPreference: PREFERENCES[temporality],
      });
      // Only flushes trigger collection, so that results do not depend on timing.
      const reader = new officialMetrics.PeriodicExportingMetricReader({ exporter, exportIntervalMillis: HOUR_MILLIS });
      return kept(
        providers,
        new officialMetrics.MeterProvider({
          resource: officialResource(resource),
          readers: [reader],
          views: views.map(officialView),
        }),
      );
    },
  };
}

/** Creates the light SDK. */
export function lightSdk(url: string): RunningSdk {
  const providers: Provider[] = [];
  const unregister: (() => void)[] = [];
  const client = light.createClient({ endpoint: url });
  return {
    ...lifeOf(providers, unregister),
    samplers: {
      on: light.alwaysOn,
      off: light.alwaysOff,
      ratio: light.traceIdRatio,
      parentBased: light.parentBased,
    },
    propagator: light.compositePropagator([new light.TraceContextPropagator(), new light.BaggagePropagator()]),
    register: (provider) => unregister.push(light.register(provider)),
    detect: () => light.detectResource({ detectors: ['environment', 'host', 'os', 'process'] }),
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

function lifeOf(
  providers: readonly Provider[],
  unregister: readonly (() => void)[],
): Pick<RunningSdk, 'flush' | 'shutdown'> {
  return {
    async flush() {
      for (const provider of providers) await provider.forceFlush();
    },
    async shutdown() {
      for (const takeBack of unregister) takeBack();
      for (const provider of providers) await provider.shutdown();
    },
  };
}

/** Detects a resource as the full opentelemetry-js SDK for Node does. */
function officialResource(attributes: light.Attributes = {}): Resource {
  return defaultResource().merge(resourceFromAttributes(attributes as Parameters<typeof resourceFromAttributes>[0]));
}

const HOUR_MILLIS = 3_600_000;

const PREFERENCES = {
  cumulative: AggregationTemporalityPreference.CUMULATIVE,
  delta: AggregationTemporalityPreference.DELTA,
  lowmemory: AggregationTemporalityPreference.LOWMEMORY,
} as const;

/** Converts a light SDK view to an opentelemetry-js view. */
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
