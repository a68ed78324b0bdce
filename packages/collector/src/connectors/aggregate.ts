import type { Signal } from '@otelier/otlp';
import type { z } from 'zod';
import type { Connector, SignalContext } from '../component/contract.ts';
import { defineConnector } from '../component/define.ts';
import { formatDuration } from '../component/units.ts';
import { checkFunction } from '../functions/function-config.ts';
import { aggregateConfig } from './aggregate/config.ts';
import { AggregateConnector, type AggregateOutput } from './aggregate/connector.ts';
import { FunctionAggregate } from './aggregate/function-aggregate.ts';

export const aggregate = defineConnector({
  summary: 'Aggregates durations and numbers over time windows, with exact results across threads and nodes.',
  stability: 'development',
  joins: { traces: ['metrics'], logs: ['metrics'], metrics: ['metrics'] },
  runsIn: 'main',
  config: aggregateConfig,
  examples: [
    {
      title: 'Durations of requests per route and minute, and the number of errors in the logs',
      config: {
        spans: [
          {
            name: 'http.server.request.duration',
            conditions: ['span.kind == SPAN_KIND_SERVER'],
            attributes: ['http.route', { key: 'http.request.method', default_value: '_OTHER' }],
            functions: ['count', 'mean', 'p50', 'p99', 'histogram'],
          },
        ],
        logs: [
          { name: 'log.errors', conditions: ['log.severity_number >= SEVERITY_NUMBER_ERROR'], functions: ['count'] },
        ],
      },
    },
    {
      title: 'A node that sends partial aggregates of the last five minutes, every ten seconds',
      config: {
        emit: 'partials',
        window: { type: 'sliding', size: '5m', slide: '10s' },
        datapoints: [{ name: 'queue.length', conditions: ['metric.name == "queue.length"'], attributes: ['queue'] }],
      },
    },
    {
      title: 'The otelier that merges partial aggregates of all nodes, and corrects results for a minute',
      config: {
        window: { type: 'sliding', size: '5m', slide: '10s' },
        allowed_lateness: '1m',
        functions: ['count', 'sum', 'max', 'p99'],
      },
    },
  ],
  describe: ({ window: { type, size, gap } }) => `${type} ${formatDuration(type === 'session' ? gap : size)}`,
  check: ({ function: own }) => (own === undefined ? [] : checkFunction(own, ['function'])),
  create: (config, next, context) =>
    connectorOf(config, { next: metricsOf(next.bySignal), emit: config.emit }, context),
  createReducer: (config, main, context) => connectorOf(config, { next: main, emit: 'partials' }, context),
});

function connectorOf(
  { function: own, ...config }: z.output<typeof aggregateConfig>,
  output: AggregateOutput,
  context: SignalContext,
): Connector {
  return own === undefined
    ? new AggregateConnector(config, output, context)
    : new FunctionAggregate({ ...config, function: own }, output, context);
}

function metricsOf<T>({ metrics }: Partial<Readonly<Record<Signal, T>>>): T {
  if (metrics === undefined) throw new Error('no metrics pipeline has this connector as its receiver');
  return metrics;
}
