/** The API that both entry points share. */
export {
  filterDataPoints,
  filterLogRecords,
  filterMetrics,
  filterSpans,
  type ItemFunction,
  mapDataPoints,
  mapLogRecords,
  mapMetrics,
  mapSpans,
} from '@otelier/otlp';
export type { AttributeLimits, Attributes } from './attributes/attribute-list.ts';
export type { AttributeValue } from './attributes/attribute-value.ts';
export type { ClientBuilder } from './builder/client-builder.ts';
export type { Auth } from './client/auth.ts';
export {
  BasicClient,
  type BasicClientOptions,
  createBasicClient,
  type ProviderClient,
} from './client/basic/basic-client.ts';
export {
  type BodyCoding,
  gzip,
  type RequestRetries,
  type RetryOptions,
  retries,
} from './client/basic/retries-and-coding.ts';
export { Client } from './client/client.ts';
export { observeClient } from './client/observe-client.ts';
export { OptionError } from './client/option-error.ts';
export type { ClientOptions, Protocol, TransportOptions } from './client/options.ts';
export type { WebSocketTransportOptions } from './client/web-socket.ts';
export type { HeaderFunction, HeaderRecord, HeaderSource } from './client/with-headers.ts';
export { B3Propagator } from './context/b3.ts';
export { BaggagePropagator } from './context/baggage.ts';
export { compositePropagator } from './context/composite.ts';
export { JaegerPropagator } from './context/jaeger.ts';
export type { RegisterOptions, Registration } from './context/register.ts';
export { TraceContextPropagator } from './context/trace-context.ts';
export type * from './delivery/contract.ts';
export { type Drain, type DrainContext, drainInOrder, type Loss, type RequestBuffer } from './delivery/drain.ts';
export type { DeliveryListener } from './delivery/health.ts';
export type { AgentOptions } from './exporters/agent-tls.ts';
export type { MetricExporterOptions } from './exporters/metric-exporter.ts';
export type { OfficialCompression, OfficialOptions, WithOfficial } from './exporters/official-options.ts';
export type { ExporterOptions, ExportResult } from './exporters/sender.ts';
export type { Item } from './items/item.ts';
export { type LogItem, log, type SeverityName } from './items/log-item.ts';
export {
  type ExponentialHistogramItem,
  type ExponentialHistogramValue,
  type HistogramItem,
  type HistogramValue,
  type MetricStart,
  metric,
  type NumberItem,
  type PointTemporality,
  type PointTimes,
  type SumOptions,
} from './items/metric-item.ts';
export { type SpanItem, type SpanKindName, span } from './items/span-item.ts';
export type { LogRecordLimits } from './logs/limits.ts';
export type { LoggerConfig } from './logs/logger.ts';
export { LoggerProvider, type LoggerProviderOptions } from './logs/logger-provider.ts';
export type { Aggregation } from './metrics/aggregation.ts';
export type { ExemplarFilterName, ExemplarReservoir, Offer } from './metrics/exemplars.ts';
export type { InstrumentKind } from './metrics/instrument.ts';
export type { MetricLosses } from './metrics/measurement.ts';
export { MeterProvider, type MeterProviderOptions } from './metrics/meter-provider.ts';
export type { MetricReaderOptions } from './metrics/reader.ts';
export type { BoundCounter, BoundRecorder } from './metrics/sync-instruments.ts';
export type { Temporality, TemporalityPreference, TemporalitySelector } from './metrics/temporality.ts';
export type { View } from './metrics/view.ts';
export type { ResourceSource } from './resource.ts';
export type { Scope } from './scope.ts';
export type { ClientPort } from './sharing/client-port.ts';
export type { RemoteClientOptions } from './sharing/remote-options.ts';
export { serveClient } from './sharing/serve-client.ts';
export type { ItemSource } from './streaming/item-source.ts';
export { type Acknowledgment, type StreamOptions, streamItems } from './streaming/stream-items.ts';
export { Timeline, type TimeSource } from './time.ts';
export type { SpanLimits } from './trace/limits.ts';
export { alwaysOff, alwaysOn } from './trace/samplers/always.ts';
export { consistentProbability } from './trace/samplers/consistent-probability.ts';
export { type ParentBasedOptions, parentBased } from './trace/samplers/parent-based.ts';
export { ruleBased, type SamplingRule } from './trace/samplers/rule-based.ts';
export { traceIdRatio } from './trace/samplers/trace-id-ratio.ts';
export type { SpanObserver } from './trace/span.ts';
export { TracerProvider, type TracerProviderOptions } from './trace/tracer-provider.ts';
