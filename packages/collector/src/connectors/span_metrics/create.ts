import type { Connector, ConnectorOutputs, SignalContext } from '../../component/contract.ts';
import { AggregatingConnector, metricsOf } from '../../metrics/aggregating-connector.ts';
import { createStateBudget } from '../../metrics/state-budget.ts';
import { SpanMetricsAggregator } from './aggregator.ts';
import type { SpanMetricsConfig } from './config.ts';
import { settingsOf } from './settings.ts';

/** Creates the connector. */
export function createSpanMetrics(
  config: SpanMetricsConfig,
  next: ConnectorOutputs,
  context: SignalContext,
): Connector {
  const { random, logger } = context;
  const settings = settingsOf(config, createUuid(random));
  const budget = createStateBudget(
    logger,
    'counting further combinations of dimensions together; set aggregation_cardinality_limit or use fewer dimensions',
  );
  return new AggregatingConnector(
    {
      intervalMillis: config.metricsFlushInterval,
      createAggregator: () => new SpanMetricsAggregator(settings, budget, random),
    },
    metricsOf(next),
    context,
  );
}

function createUuid(random: () => number): string {
  const bytes = Buffer.from(Array.from({ length: 16 }, () => Math.floor(random() * 256)));
  // Version 4, variant 1 (RFC 9562).
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
