import type { Signal } from '@otelier/otlp';

/** The topic of each signal by default, as in the Collector. */
export const DEFAULT_TOPICS: Readonly<Record<Signal, string>> = {
  traces: 'otlp_spans',
  metrics: 'otlp_metrics',
  logs: 'otlp_logs',
  profiles: 'otlp_profiles',
};
