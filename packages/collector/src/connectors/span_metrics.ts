import { defineConnector } from '../component/define.ts';
import { formatDuration } from '../component/units.ts';
import { checkSpanMetrics, spanMetricsConfig } from './span_metrics/config.ts';
import { createSpanMetrics } from './span_metrics/create.ts';

export const spanMetrics = defineConnector({
  summary: 'Counts spans and measures their durations by service, name, kind, status and additional dimensions.',
  stability: 'alpha',
  aliases: ['spanmetrics'],
  runsIn: 'main',
  joins: { traces: ['metrics'] },
  config: spanMetricsConfig,
  examples: [
    {
      title: 'Rates, errors and durations by route, with exemplars',
      config: {
        dimensions: [{ name: 'http.request.method', default: 'GET' }, { name: 'http.route' }],
        exemplars: { enabled: true },
        metrics_flush_interval: '15s',
        metrics_expiration: '5m',
        resource_metrics_key_attributes: ['service.name', 'telemetry.sdk.language', 'telemetry.sdk.name'],
      },
    },
    {
      title: 'Exponential histograms in seconds, at most 10,000 series for each resource',
      config: {
        histogram: { unit: 's', exponential: { max_size: 160 } },
        aggregation_cardinality_limit: 10_000,
        exclude_dimensions: ['collector.instance.id'],
      },
    },
  ],
  describe: ({ metricsFlushInterval }) => formatDuration(metricsFlushInterval),
  check: checkSpanMetrics,
  create: createSpanMetrics,
});
