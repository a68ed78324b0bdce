import { defineConnector } from '../component/define.ts';
import { formatDuration } from '../component/units.ts';
import { checkServiceGraph, serviceGraphConfig } from './service_graph/config.ts';
import { createServiceGraph } from './service_graph/create.ts';

export const serviceGraph = defineConnector({
  summary: 'Counts requests between services and measures their durations, by pairing client and server spans.',
  stability: 'alpha',
  aliases: ['servicegraph'],
  runsIn: 'main',
  joins: { traces: ['metrics'] },
  config: serviceGraphConfig,
  examples: [
    {
      title: 'Requests between services, also to databases and services without spans',
      config: {
        metrics_flush_interval: '15s',
        store: { ttl: '5s', max_items: 10_000 },
        dimensions: ['deployment.environment.name'],
        database_name_attributes: ['db.namespace', 'db.name'],
        virtual_node_peer_attributes: ['peer.service', 'db.namespace', 'server.address'],
        virtual_node_extra_label: true,
      },
    },
    { title: 'Exponential histograms', config: { exponential_histogram_max_size: 160 } },
  ],
  describe: ({ metricsFlushInterval }) => formatDuration(metricsFlushInterval),
  check: checkServiceGraph,
  create: createServiceGraph,
});
