import type { SelectedSpan } from '@otelier/store';
import { type FoundTrace, searchTraces } from '../../traceql/evaluate/search.ts';
import { planPipeline } from '../../traceql/plan/plan.ts';
import { readTraces, type SpanSource } from '../../traceql/source.ts';
import { type SpanConditions, spanCondition } from './conditions.ts';

/** A search for traces. */
export interface TraceSearch extends SpanConditions {
  readonly start: bigint;
  readonly end: bigint;
  readonly limit: number;
}

/** Finds the newest traces with a span that satisfies the conditions. */
export async function findTraces(source: SpanSource, search: TraceSearch): Promise<readonly FoundTrace[]> {
  const plan = planPipeline([{ kind: 'filter', condition: spanCondition(search) }]);
  return (await searchTraces(source, plan, search)).traces;
}

/** Reads whole traces with all of their parts, in the order of their IDs. */
export async function wholeTraces(
  source: SpanSource,
  traceIds: readonly string[],
): Promise<readonly (readonly SelectedSpan[])[]> {
  const parts = { attributes: 'all', resource: true, scope: true, events: true, links: true } as const;
  const traces: (readonly SelectedSpan[])[] = [];
  for await (const spans of readTraces(source, { parts }, traceIds)) traces.push(spans);
  return traces;
}
