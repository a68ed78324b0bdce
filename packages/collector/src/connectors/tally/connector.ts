import { ACCEPTED, type ItemCursor, RESOURCE_FIELDS } from '@otelier/otlp';
import type { Connector, ConnectorOutputs, SignalContext } from '../../component/contract.ts';
import { BatchRejection } from '../../component/rewriter.ts';
import { readEncodedAttributes } from '../../metrics/encoded-attributes.ts';
import { MetricsWriter } from '../../metrics/metrics-writer.ts';
import { nowUnixNano } from '../../metrics/now.ts';
import { evaluationContext } from '../../ottl/evaluation-context.ts';
import { CONTEXTS_OF } from './config.ts';
import { consumeDerived } from './derived.ts';
import { type Item, type ItemContext, ItemWalk } from './items.ts';
import { type PointTimes, Tally, type TallyMetric, TimeRange } from './tally.ts';

/** Options for `createTallyConnector`. */
export interface TallyOptions {
  /** Instrumentation scope name. */
  readonly scopeName: string;
  /** Whether data points are integers that span the items' time range, rather than doubles at the current time. */
  readonly isCount: boolean;
}

/**
 * Creates a connector that computes delta sums over the items of each resource in a batch. It retains no state between
 * batches.
 */
export function createTallyConnector(
  metricsOf: (context: ItemContext) => readonly TallyMetric[],
  { scopeName, isCount }: TallyOptions,
  { bySignal: { metrics: next } }: ConnectorOutputs,
  context: SignalContext,
): Connector {
  const { clock, signal } = context;
  const contexts = CONTEXTS_OF[signal] ?? [];
  const tallies = new Map(
    contexts.map((name) => [name, { tally: new Tally(metricsOf(name)), times: new TimeRange() }]),
  );
  const walk = new ItemWalk(new Set(contexts), evaluationContext(context), 'refuse');
  const writer = new MetricsWriter();
  let now: PointTimes = { startTimeUnixNano: 0n, timeUnixNano: 0n };
  const visitor = {
    item(name: ItemContext, item: Item, subject: Parameters<Tally['add']>[1]) {
      const entry = tallies.get(name);
      if (isCount) entry?.times.add(name, item);
      entry?.tally.add(item, subject);
    },
    leaveResource({ bytes, resourceStart, resourceEnd }: ItemCursor) {
      const all = [...tallies.values()];
      if (all.every(({ tally }) => tally.isEmpty)) {
        for (const { times } of all) times.take(0n);
        return;
      }
      writer.resource(readEncodedAttributes(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes));
      writer.namedScope(scopeName);
      for (const { tally, times } of all)
        tally.write(writer, isCount, isCount ? times.take(now.timeUnixNano) : { ...now, startTimeUnixNano: 0n });
    },
  };
  return {
    consume(batch) {
      const nanos = nowUnixNano(clock);
      now = { startTimeUnixNano: nanos, timeUnixNano: nanos };
      try {
        for (const part of batch.parts) walk.walk(batch.signal, part, batch.context, visitor);
      } catch (error) {
        // Counts made before the error must not become part of the next batch.
        writer.finish();
        for (const { tally, times } of tallies.values()) {
          tally.clear();
          times.take(0n);
        }
        if (error instanceof BatchRejection) return { kind: 'refused', reason: error.message };
        throw error;
      }
      const derived = writer.finishBatch(batch.context);
      if (derived === undefined || next === undefined) return ACCEPTED;
      return consumeDerived(next, derived, batch);
    },
  };
}
