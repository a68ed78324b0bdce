import type { MatchingTraces } from '../../populations/contract.ts';
import { asNumber, type ClickHouseContext, NANOS, rangeOf, select, tableOf, where } from '../shared/context.ts';
import { DURATION } from '../shared/fields.ts';
import { aroundRange, matchConditions } from '../traces/search-traces.ts';

/** A part of the traces, which limits the memory of a query. */
export interface TraceSample {
  /** One in this many traces is read. */
  readonly sampling: number;
  /** Conditions that select the spans of these traces. */
  readonly conditions: readonly string[];
}

/** Returns the part of the traces in a range that has about `maxRows` spans, or all if they have no more. */
export async function sampleTraces(
  context: ClickHouseContext,
  query: Pick<MatchingTraces, 'tenant' | 'start' | 'end'>,
  maxRows: number,
): Promise<TraceSample> {
  const text = `SELECT count() AS items FROM ${tableOf(context, 'traces')} ${where(rangeOf(query))}`;
  const [row] = await select(context, text);
  const sampling = Math.max(1, Math.ceil(asNumber(row?.['items']) / maxRows));
  return { sampling, conditions: sampling === 1 ? [] : [`cityHash64(TraceId) % ${sampling} = 0`] };
}

/** Number of spans up to which every trace is read. */
const MAX_ROWS = 20_000_000;

/** Returns a relation of the matching traces: trace, begin, duration, failed. Times are nanoseconds. */
export async function matchingTraces(
  context: ClickHouseContext,
  query: MatchingTraces,
): Promise<{ readonly relation: string; readonly sampling: number }> {
  const { sampling, conditions } = await sampleTraces(context, query, MAX_ROWS);
  const table = tableOf(context, 'traces');
  const isFiltered = query.conditions.length > 0 || (query.text ?? '') !== '';
  const hits = `TraceId IN (SELECT TraceId FROM ${table} ${where([...matchConditions(query), ...conditions])})`;
  const selected = isFiltered ? [...aroundRange(query), hits, ...conditions] : [...rangeOf(query), ...conditions];
  const relation =
    `(SELECT TraceId AS trace, min(${NANOS}) AS begin, max(${NANOS} + ${DURATION}) - begin AS duration, ` +
    `max(StatusCode = 'Error') AS failed FROM ${table} ${where(selected)} GROUP BY TraceId)`;
  return { relation, sampling };
}
