import { QueryLimitError } from '../../contract.ts';
import type { MetricSamplesQuery, MetricStream } from '../../samples.ts';
import { TIME_COLUMN } from '../../schema.ts';
import { where } from '../shared/context.ts';
import type { Files } from '../shared/files.ts';
import { rangeConditions } from '../shared/steps.ts';

/** How many points a query may still read. */
export interface PointBudget {
  points: number;
}

/** Takes points from a budget. Throws a `QueryLimitError` if there are not enough left. */
export function takeFrom(budget: PointBudget, points: number, { limit }: MetricSamplesQuery): void {
  budget.points -= points;
  if (budget.points >= 0) return;
  throw new QueryLimitError(`the query reads more than ${limit} points; add matchers or a shorter range`);
}

/** Returns a statement for columns of the points of streams; `position` is the index of the stream. */
export function pointsOf(
  query: MetricSamplesQuery,
  files: Files,
  streams: readonly MetricStream[],
  columns: readonly string[],
): string {
  // Ids are the numbers that this store has returned; anything else is not one of its streams.
  const ids = streams.map(({ id }) => (/^-?\d{1,19}$/.test(id) ? id : '0'));
  const wanted = `(SELECT unnest([${ids.join(', ')}]::BIGINT[]) AS id, unnest(range(${ids.length}))::INTEGER AS position)`;
  const conditions = where(rangeConditions(TIME_COLUMN.metrics, query, files));
  return (
    `SELECT ${columns.join(', ')} FROM (SELECT *, file_index FROM ${files.relation} ${conditions}) ` +
    `JOIN ${wanted} AS wanted ON series = wanted.id`
  );
}
