import type { Signal } from '@otelier/otlp';
import type { Connector, ConnectorOutputs, Consumer, SignalContext } from '../../component/contract.ts';
import { reportChange } from '../../component/items/report-change.ts';
import { BatchRejection } from '../../component/rewriter.ts';
import { type ErrorMode, errorHandler } from '../../ottl/sequence.ts';
import { Portions } from '../by-pipeline/portions.ts';
import { SplitDelivery } from '../by-pipeline/split-delivery.ts';
import { RouteSplitter } from './split.ts';
import type { Route } from './table.ts';

interface RouterConfig {
  readonly table: readonly Route[];
  readonly defaultPipelines: readonly string[];
  readonly errorMode: ErrorMode;
}

/**
 * Creates the connector, which splits batches according to the routing table and delivers the pieces to their
 * pipelines.
 */
export function createRouter(
  { table, defaultPipelines, errorMode }: RouterConfig,
  { byPipeline }: ConnectorOutputs,
  context: SignalContext,
): Connector {
  const routes = usableRoutes(table, context);
  const consumersOf = (ids: readonly string[]): Consumer[] => [...new Set(ids)].map((id) => consumerOf(byPipeline, id));
  const matched = routes.map(({ test }) => context.observeRule?.({ kind: 'route', text: test.text }));
  const targets = routes.map(({ pipelines }) => consumersOf(pipelines));
  const defaults = consumersOf(defaultPipelines);
  const splitter = new RouteSplitter(routes, context, errorHandler(errorMode, context.logger));
  const delivery = new SplitDelivery(context);
  const notRouted = context.dropRule({ reason: 'unrouted', rule: 'no default_pipelines', path: ['table'] });
  return {
    consume(batch) {
      const portions = new Portions(batch);
      let unrouted = 0;
      try {
        splitter.split(batch, (piece, route) => {
          if (route !== undefined) matched[route]?.();
          const consumers = route === undefined ? defaults : (targets[route] ?? []);
          if (consumers.length === 0) {
            unrouted += piece.itemCount;
            notRouted.parts([piece.bytes]);
          }
          for (const consumer of consumers) portions.add(consumer, piece);
        });
      } catch (error) {
        if (error instanceof BatchRejection) return { kind: 'refused', reason: error.message };
        throw error;
      }
      if (unrouted > 0) context.dropped(unrouted, 'unrouted');
      const list = portions.list();
      const routed = list.reduce((sum, portion) => sum + portion.batch.itemCount, 0);
      reportChange(context, batch.itemCount - unrouted, routed);
      return delivery.deliver(batch, list);
    },
  };
}

const SIGNALS_OF: Readonly<Record<string, Signal>> = {
  span: 'traces',
  metric: 'metrics',
  datapoint: 'metrics',
  log: 'logs',
};

/** Returns the routes without duplicates. As in the Collector, a route in the context of another signal never matches. */
function usableRoutes(table: readonly Route[], { signal, logger }: SignalContext): Route[] {
  const seen = new Set<string>();
  return table.filter(({ test, pipelines }) => {
    const context = test.kind === 'request' ? test.kind : test.context;
    const key = `${context} ${test.text}`;
    if (seen.has(key)) {
      logger.warn({ statement: test.text, pipelines }, 'route ignored: an earlier route has the same condition');
      return false;
    }
    seen.add(key);
    const served = SIGNALS_OF[context];
    if (served === undefined || served === signal) return true;
    logger.warn(
      { statement: test.text, context, signal },
      'route never matches: its context belongs to another signal',
    );
    return false;
  });
}

function consumerOf(byPipeline: ConnectorOutputs['byPipeline'], id: string): Consumer {
  const output = byPipeline.get(id);
  if (output === undefined)
    throw new Error(`expected the pipeline ${id}; the configuration check should have reported it`);
  return output.consumer;
}
