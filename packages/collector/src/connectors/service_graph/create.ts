import type { Connector, ConnectorOutputs, SignalContext } from '../../component/contract.ts';
import { AggregatingConnector, metricsOf } from '../../metrics/aggregating-connector.ts';
import { nowUnixNano } from '../../metrics/now.ts';
import { createStateBudget } from '../../metrics/state-budget.ts';
import { type CountDropped, ServiceGraphAggregator } from './aggregator.ts';
import type { ServiceGraphConfig } from './config.ts';
import { settingsOf } from './settings.ts';

/** Creates the connector. */
export function createServiceGraph(
  config: ServiceGraphConfig,
  next: ConnectorOutputs,
  context: SignalContext,
): Connector {
  const { clock, logger } = context;
  const settings = settingsOf(config, createStateBudget(logger, 'not counting requests with further combinations'));
  const startTimeUnixNano = nowUnixNano(clock);
  const dropped: CountDropped = (items, reason) => context.dropped(items, reason);
  if (config.metricsFlushInterval <= 0) logger.warn('emitting metrics after every batch: metrics_flush_interval is 0');
  return new AggregatingConnector<ServiceGraphAggregator>(
    {
      intervalMillis: config.metricsFlushInterval,
      createAggregator: () => new ServiceGraphAggregator(settings, startTimeUnixNano, dropped),
      tasks: [
        {
          intervalMillis: config.storeExpirationLoop > 0 ? config.storeExpirationLoop : 2000,
          run: (aggregator, moment) => aggregator.expireEdges(moment),
        },
        {
          intervalMillis: config.cacheLoop > 0 ? config.cacheLoop : 60_000,
          run: (aggregator, moment) => aggregator.removeStaleSeries(moment),
        },
      ],
    },
    metricsOf(next),
    context,
  );
}
