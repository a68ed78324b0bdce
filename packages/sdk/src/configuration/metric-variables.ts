import type { ExemplarFilterName } from '../metrics/exemplars.ts';
import type { MetricReaderOptions } from '../metrics/reader.ts';
import type { Variables } from './variables.ts';

/** Metric reader options, excluding the client. */
export type ReaderSettings = Omit<MetricReaderOptions, 'client'>;

/** Reads `OTEL_METRIC_EXPORT_*` and the collection settings of `OTEL_EXPORTER_OTLP_METRICS_*`. */
export function readerFrom(variables: Variables): ReaderSettings {
  const intervalMillis = variables.integer('OTEL_METRIC_EXPORT_INTERVAL', 1, MAX_MILLIS) ?? 60_000;
  const timeoutMillis = variables.timeout('OTEL_METRIC_EXPORT_TIMEOUT') ?? 30_000;
  const temporality = variables.choice('OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', [
    'cumulative',
    'delta',
    'lowmemory',
  ]);
  const ofHistograms = variables.choice('OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION', [
    'explicit_bucket_histogram',
    'base2_exponential_bucket_histogram',
  ]);
  return {
    intervalMillis,
    timeoutMillis: Math.min(timeoutMillis, intervalMillis),
    temporality: temporality ?? 'cumulative',
    aggregation: histogramsAs(ofHistograms ?? 'explicit_bucket_histogram'),
  };
}

/** Returns the default histogram aggregation with this name in the specification. */
export function histogramsAs(
  name: 'explicit_bucket_histogram' | 'base2_exponential_bucket_histogram',
): NonNullable<MetricReaderOptions['aggregation']> {
  const isExponential = name === 'base2_exponential_bucket_histogram';
  return (kind) => ({ kind: isExponential && kind === 'histogram' ? 'exponential_histogram' : 'default' });
}

/** Reads `OTEL_METRICS_EXEMPLAR_FILTER`. */
export function exemplarFilterFrom(variables: Variables): ExemplarFilterName {
  return variables.choice('OTEL_METRICS_EXEMPLAR_FILTER', ['trace_based', 'always_on', 'always_off']) ?? 'trace_based';
}

const MAX_MILLIS = 86_400_000;
