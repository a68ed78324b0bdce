import { defineReceiver } from '../component/define.ts';
import { checkStatsd, listenAddressOf, statsdConfig } from './statsd/config.ts';
import { StatsdReceiver } from './statsd/receiver.ts';

export const statsd = defineReceiver({
  summary: 'Receives metrics by StatsD and DogStatsD over UDP, TCP and Unix sockets, and aggregates them.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['metrics'],
  config: statsdConfig,
  examples: [
    { title: 'Datagrams from the same host', config: { aggregation_interval: '10s' } },
    {
      title: 'As an agent of DogStatsD, with histograms',
      config: {
        endpoint: '0.0.0.0:8125',
        aggregation_interval: '10s',
        enable_simple_tags: true,
        is_monotonic_counter: true,
        ignore_host: true,
        timer_histogram_mapping: [
          { statsd_type: 'timing', observer_type: 'histogram', histogram: { max_size: 100 } },
          {
            statsd_type: 'histogram',
            observer_type: 'histogram',
            histogram: { explicit_buckets: [{ matcher_pattern: '^http\\.', buckets: [10, 100, 1000] }] },
          },
          { statsd_type: 'distribution', observer_type: 'summary', summary: { percentiles: [50, 95, 99] } },
        ],
      },
    },
  ],
  describe: ({ transport, endpoint }) => `${transport} ${endpoint}`,
  check: checkStatsd,
  listens: (config) => [listenAddressOf(config)],
  create: (config, next, context) => new StatsdReceiver(config, next.metrics, context),
});
