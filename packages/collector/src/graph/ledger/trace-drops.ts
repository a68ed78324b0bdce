import type { TraceDrops } from '@otelier/query';
import type { Graph } from '../graph.ts';
import { intsOf, type RuleIdentity } from './drop-rules.ts';
import { type DropSample, RULE_TRACES, WINDOW_TRACES } from './drop-sample.ts';

/** Returns where a trace was dropped in this thread. Components of earlier configurations have no pipelines. */
export function traceDropsOf(
  sample: DropSample<RuleIdentity>,
  { nodes }: Pick<Graph, 'nodes'>,
  traceId: string,
): TraceDrops {
  const { traces, sinceMillis, skippedTraces } = sample.window;
  const drops = sample.find(...intsOf(traceId)).map(({ rule, atMillis, item }) => {
    const { nodeId, component, kind, reason, place, message, isReturned = false } = rule;
    const pipelines = nodes.find(({ identity }) => identity.id === nodeId)?.identity.pipelines ?? [];
    return {
      ...{ nodeId, component, kind, pipelines, reason },
      ...(rule.rule !== undefined && { rule: rule.rule }),
      ...(place !== undefined && { place }),
      ...(message !== undefined && { message }),
      ...(item !== undefined && { item }),
      ...{ isReturned, atMillis },
    };
  });
  return {
    drops,
    window: {
      ...{ traces, skippedTraces, maxTraces: WINDOW_TRACES, maxTracesPerRule: RULE_TRACES },
      // The sample is complete as long as it has never been full.
      ...(traces === WINDOW_TRACES && { sinceMillis }),
    },
  };
}

/** Joins what several threads know about a trace. Each has a window of its own. */
export function joinTraceDrops(threads: readonly TraceDrops[]): TraceDrops {
  const windows = threads.map(({ window }) => window);
  const sum = (value: (window: TraceDrops['window']) => number) => windows.reduce((all, one) => all + value(one), 0);
  const since = windows.flatMap(({ sinceMillis }) => sinceMillis ?? []);
  return {
    drops: threads.flatMap(({ drops }) => drops).toSorted((a, b) => b.atMillis - a.atMillis),
    window: {
      traces: sum(({ traces }) => traces),
      maxTraces: sum(({ maxTraces }) => maxTraces),
      maxTracesPerRule: RULE_TRACES,
      ...(since.length > 0 && { sinceMillis: Math.max(...since) }),
      skippedTraces: sum(({ skippedTraces }) => skippedTraces),
    },
  };
}
